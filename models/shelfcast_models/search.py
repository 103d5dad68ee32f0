"""A bounded search for parameters, on windows that end before anything is scored."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import optuna
import xgboost as xgb

from .backtest import origins_to_learn_from
from .demand import (
    PARAMETERS,
    Recipe,
    Rows,
    fit_mean,
    mean_matrix,
    of_origins,
    on_grid,
    predict,
    with_inputs,
)
from .features import input_set
from .metrics import dollar_weights, scale_of, wrmsse
from .panel import Panel
from .progress import Progress

ROUNDS = (60, 90, 120, 160, 220)
SETS = ("lean", "full")


def search(
    panel: Panel, rows: Rows, origins: Sequence[date], recipe: Recipe, trials: int, progress: Progress
) -> tuple[Recipe, list[dict[str, float]]]:
    """
    Tries recipes on the windows after the origins. The recipe that is given comes first, so what is found is no worse
    on them. The same seed tries the same ones.

    :returns: the best recipe, and the score (mean WRMSSE) of each trial
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    results: list[dict[str, float]] = []
    best: tuple[float, Recipe] | None = None
    data: dict[tuple[str, date], tuple[xgb.QuantileDMatrix, Rows]] = {}

    def prepared(set_name: str, origin: date) -> tuple[xgb.QuantileDMatrix, Rows]:
        if (set_name, origin) not in data:
            inputs = input_set(set_name)
            train_rows = with_inputs(of_origins(rows, origins_to_learn_from(origin, recipe)), inputs)
            target_rows = with_inputs(of_origins(rows, [origin]), inputs)
            data[set_name, origin] = (mean_matrix(train_rows, replace(recipe, inputs=inputs)), target_rows)
        return data[set_name, origin]

    def objective(trial: optuna.Trial) -> float:
        nonlocal best
        set_name = trial.suggest_categorical("inputs", SETS)
        parameters = {
            **PARAMETERS,
            "tweedie_variance_power": trial.suggest_float("tweedie_variance_power", 1.05, 1.5),
            "max_depth": trial.suggest_int("max_depth", 4, 7),
            "min_child_weight": trial.suggest_float("min_child_weight", 50, 600, log=True),
            "reg_lambda": trial.suggest_float("reg_lambda", 1, 30, log=True),
            "colsample_bynode": trial.suggest_float("colsample_bynode", 0.3, 0.9),
        }
        candidate = replace(recipe, inputs=input_set(set_name), parameters=parameters, rounds=max(ROUNDS))
        errors = np.zeros((len(origins), len(ROUNDS)))
        for i, origin in enumerate(origins):
            train_rows, target_rows = prepared(set_name, origin)
            model = fit_mean(train_rows, candidate)
            actual = panel.targets(origin)
            scale = scale_of(panel, panel.index(origin))
            weights = dollar_weights(panel, panel.index(origin))
            for j, rounds in enumerate(ROUNDS):
                units = np.maximum(predict(model, target_rows, candidate, rounds), 0)
                forecast = on_grid(units, target_rows, len(actual))
                errors[i, j] = wrmsse(actual, forecast, scale, weights)
            progress.advance(1, f"trial {trial.number + 1}, best {min(best[0] if best else 9, 9):.4f}")
        means = errors.mean(axis=0)
        at = int(means.argmin())
        score = float(means[at])
        results.append({"trial": trial.number + 1, "wrmsse": score, "rounds": ROUNDS[at], **trial.params})
        if best is None or score < best[0]:
            best = (score, replace(candidate, rounds=ROUNDS[at]))
        return score

    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=recipe.seed))
    for set_name in SETS:
        first = {name: PARAMETERS[name] for name in PARAMETERS if name not in ("eta", "subsample", "max_bin")}
        study.enqueue_trial({"inputs": set_name, **first})
    study.optimize(objective, n_trials=trials)
    assert best is not None
    return best[1], results
