"""The recipe of a training, as the windows before those that it is measured on want it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import xgboost as xgb

from .backtest import origins_to_learn_from
from .demand import Recipe, Rows, best_rounds, of_origins, with_inputs
from .panel import Panel
from .progress import Progress
from .search import search


def tuned(
    panel: Panel,
    rows: Rows,
    windows: Sequence[date],
    recipe: Recipe,
    trials: int,
    rounds: int | None,
    progress: Progress,
) -> tuple[Recipe, list[dict[str, float]], dict[date, xgb.Booster]]:
    """
    :param trials: recipes that are tried; 0 for early stopping alone
    :param rounds: trees, where that is said
    :returns: the recipe, the trials, and the means that were learned on the way, by the window that they are for
    """
    tried: list[dict[str, float]] = []
    models: dict[date, xgb.Booster] = {}
    if trials > 0 and windows:
        with progress.step(f"Search, {trials} trials", trials * len(windows)):
            recipe, tried = search(panel, rows, list(windows), recipe, trials, progress)
    elif rounds is None and windows:
        with progress.step("Early stopping", len(windows)):
            # A single window stops by chance: the mean of all.
            best = []
            for origin in windows:
                train_rows = with_inputs(
                    of_origins(rows, origins_to_learn_from(origin, recipe)), recipe.inputs
                )
                target_rows = with_inputs(of_origins(rows, [origin]), recipe.inputs)
                best_of_window, model = best_rounds(train_rows, target_rows, recipe)
                best.append(best_of_window)
                if model is not None:
                    models[origin] = model
                progress.advance(1, f"{best_of_window} rounds")
            recipe = replace(recipe, rounds=round(sum(best) / len(best)))
    return (recipe if rounds is None else replace(recipe, rounds=rounds)), tried, models
