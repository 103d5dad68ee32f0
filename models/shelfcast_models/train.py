"""
`shelfcast-models train`: the demand model of the warehouse, from features to a bundle that Node can serve. Whether it
serves is decided elsewhere: here it is trained, and measured on the last windows that it has not seen.
"""

import json
import math
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path

import numpy as np
import xgboost as xgb

from . import metrics
from .backtest import (
    NAMES,
    Window,
    by_week,
    calibration_of,
    can_learn,
    finished,
    interval_scores,
    origins_to_learn_from,
    scores,
    window_of,
)
from .bundle import Description, write_bundle
from .calibration import Calibration, Reconciliation
from .contract import BASELINES, QUANTILES, STEP, TRAINING
from .datasets.dataset import Source
from .demand import (
    LEVEL_FLOOR,
    Recipe,
    Rows,
    fit_mean,
    fit_quantile,
    levels,
    mean_matrix,
    of_origins,
    quantile_matrix,
    recipe_of,
    rows_of,
    with_inputs,
)
from .export import distributions, heads_of, trees_of
from .fallback import best_baseline
from .features import feature_hash, reasons
from .learnable import constant_text, is_constant
from .panel import DAY, Panel
from .progress import Progress
from .sum_calibration import calibrate_sums
from .tables import table
from .tuning import tuned

# Origins to learn from before a window is worth looking at.
LEAST_ORIGINS = 2
# File of the mean model's trees, for the reasons.
TREES = "mean.trees.json"


@dataclass(frozen=True)
class Options:
    out: Path
    seed: int = 1
    windows: int = TRAINING.windows
    origins: int = TRAINING.origins
    # 0: the recipe as it is.
    trials: int = 0
    rounds: int | None = None
    champion: Path | None = None


def origins_of_training(last: date, options: Options) -> list[date]:
    """The newest, those of all windows, and those that the oldest of them is learned from; the newest first."""
    return [last - STEP * k for k in range(1 + options.windows + TRAINING.tuning_windows + options.origins)]


def train_demand(source: Source, options: Options, progress: Progress) -> dict[str, object]:
    """:returns: the manifest"""
    panel = source.panel
    last = panel.last_day
    champion = recipe_of_manifest(options.champion) if options.champion else None
    with progress.step("Features"):
        grid = origins_of_training(last, options)
        rows = rows_of(panel, source.features.build(grid, progress), list(reasons()))
    recipe = recipe_of("full", options.seed, options.origins)
    windows = _origins_to_measure(panel, rows, recipe, options)
    tuning = _origins_to_tune(panel, rows, recipe, options)
    recipe, trials, models_of = tuned(panel, rows, tuning, recipe, options.trials, options.rounds, progress)
    measured = _measure(panel, rows, windows, recipe, champion, progress)
    baseline = _best_baseline(measured.backtest)
    with progress.step("Sums of days", 2):
        earlier = [
            window_of(panel, panel, rows, origin, recipe, quantiles=False, model=models_of.get(origin))
            for origin in tuning
        ]
        progress.advance(1, "earlier windows")
        sums = calibrate_sums(panel, earlier, measured.windows, measured.reconciliation, baseline)
        progress.advance(1, "bands")
    models, train_rows = _fit(rows, last, recipe, progress)
    with progress.step("Export"):
        inputs = list(recipe.inputs)
        causes = reasons()
        manifest = write_bundle(
            options.out,
            Description(
                model="demand",
                seed=options.seed,
                feature_hash=feature_hash(),
                inputs={name: causes[name] for name in inputs},
                window=(train_rows.frame["origin"].min() + DAY, last),
                parameters={**recipe.to_json(), "trials": len(trials)},
                metrics={**measured.metrics, **sums.metrics},
                backtest=measured.backtest,
                demand={
                    "trees": TREES,
                    "best_iteration": recipe.rounds - 1,
                    "calibration": measured.calibration.to_json(),
                    "reconciliation": asdict(measured.reconciliation),
                    "level": _level(train_rows, recipe),
                    "baseline": baseline,
                    "sums": sums.bands,
                    "drift": distributions(train_rows, inputs),
                },
            ),
            heads_of(models, with_inputs(of_origins(rows, [last]), inputs), recipe),
            {TREES: trees_of(models["mean"])},
        )
    _say(measured.backtest, progress)
    if sums.text:
        progress.say(f"\n{sums.text}")
    return manifest


def _can_be_measured(rows: Rows, origin: date, recipe: Recipe) -> bool:
    return int((rows.frame["origin"].unique() < origin).sum()) >= LEAST_ORIGINS and can_learn(
        rows, origin, recipe
    )


def _origins_to_measure(panel: Panel, rows: Rows, recipe: Recipe, options: Options) -> list[date]:
    """
    Of the newest windows those that can be learned from, the newest first.

    :raises ValueError: where there is none
    """
    last = panel.last_day
    windows = [last - STEP * k for k in range(1, options.windows + 1)]
    usable = [origin for origin in windows if _can_be_measured(rows, origin, recipe)]
    if usable:
        return usable
    if is_constant(panel, last):
        raise ValueError(
            f"There is nothing to learn: {constant_text(panel, last)}. "
            "Until something changes, run fallback --out FILE.csv."
        )
    built = sorted(rows.frame["origin"].unique().to_list())
    raise ValueError(
        f"There are {len(built)} origins with features, and the first backtest window needs two before it: "
        "the warehouse needs at least four months of sales to train on. Until then the best baseline serves, "
        f"which is {NAMES[best_baseline(panel, rows, built)]} so far: run fallback --out FILE.csv."
    )


def _origins_to_tune(panel: Panel, rows: Rows, recipe: Recipe, options: Options) -> list[date]:
    """Of the windows before those that are measured those that can be learned from; of a young warehouse none."""
    ages = range(options.windows + 1, options.windows + TRAINING.tuning_windows + 1)
    windows = [panel.last_day - STEP * k for k in ages]
    return [origin for origin in windows if _can_be_measured(rows, origin, recipe)]


@dataclass(frozen=True)
class Measured:
    """
    What the backtest shows of a recipe, and the corrections that its windows teach.

    windows   as the trees tell them
    """

    windows: list[Window]
    calibration: Calibration
    reconciliation: Reconciliation
    metrics: dict[str, float]
    backtest: dict[str, object]


def _measure(
    panel: Panel,
    rows: Rows,
    origins: list[date],
    recipe: Recipe,
    champion: Recipe | None,
    progress: Progress,
) -> Measured:
    # Quantiles of two windows: one to calibrate on, and the newest to measure on.
    quantile_windows = min(2, len(origins))
    fits = len(origins) * (2 if champion else 1) + quantile_windows * len(QUANTILES)
    with progress.step("Backtest", fits):
        windows = [
            window_of(
                panel, panel, rows, origin, recipe, quantiles=number < quantile_windows, progress=progress
            )
            for number, origin in enumerate(origins)
        ]
        champion_windows = [
            window_of(panel, panel, rows, origin, champion, quantiles=False, progress=progress)
            for origin in origins
            if champion
        ]
    # The newest window is scored with what the older ones taught; where there is but one, with nothing.
    corrections = calibration_of(windows[1:]) if len(windows) > 1 else None
    scored = [finished(window, *corrections) for window in windows] if corrections else windows
    return Measured(windows, *calibration_of(windows), _metrics(scored), _backtest(scored, champion_windows))


def _fit(rows: Rows, last: date, recipe: Recipe, progress: Progress) -> tuple[dict[str, xgb.Booster], Rows]:
    """:returns: models by head, and the rows that they learned from"""
    train_rows = with_inputs(of_origins(rows, origins_to_learn_from(last, recipe)), recipe.inputs)
    with progress.step("Training on all days", 1 + len(QUANTILES)):
        models = {"mean": fit_mean(mean_matrix(train_rows, recipe), recipe)}
        progress.advance(1, "mean")
        data = quantile_matrix(train_rows, recipe)
        for name, share in QUANTILES.items():
            models[name] = fit_quantile(data, recipe, share)
            progress.advance(1, name)
    return models, train_rows


def _metrics(scored: list[Window]) -> dict[str, float]:
    return metrics.measured({**scores(scored, "model"), **interval_scores(scored[:1])})


def _backtest(scored: list[Window], champion_windows: list[Window]) -> dict[str, object]:
    rows = [{"name": "model", "metrics": _metrics(scored)}]
    if champion_windows:
        rows.append({"name": "champion", "metrics": metrics.measured(scores(champion_windows, "model"))})
    rows += [{"name": name, "metrics": metrics.measured(scores(scored, name))} for name in BASELINES]
    weeks = by_week(scored[:1])
    return {
        "origins": [window.origin.isoformat() for window in scored],
        "rows": rows,
        "by_horizon_week": [
            {
                "week": row["week"],
                "metrics": metrics.measured({key: value for key, value in row.items() if key != "week"}),
            }
            for row in weeks
        ],
    }


def _level(train_rows: Rows, recipe: Recipe) -> dict[str, object] | None:
    if recipe.level is None:
        return None
    logarithms = np.log(levels(train_rows, recipe).astype(float))
    # Weighed as the trees weigh their average row.
    reference = float(np.average(logarithms, weights=train_rows.weight))
    return {"input": recipe.level, "floor": LEVEL_FLOOR, "reference": reference}


def _best_baseline(backtest: dict[str, object]) -> str:
    baselines = [row for row in backtest["rows"] if row["name"] in BASELINES]
    return min(baselines, key=lambda row: row["metrics"]["wrmsse"])["name"]


def recipe_of_manifest(path: Path) -> Recipe:
    """The recipe of a manifest, so that it can be trained anew on other days."""
    manifest = json.loads(path.read_text())
    settings = dict(manifest["parameters"])
    names = set(reasons())
    inputs = [each["name"] for each in manifest["inputs"]]
    missing = [name for name in inputs if name not in names]
    if missing:
        raise ValueError(
            f"The champion {manifest['version']} takes {missing[0]}, which the features have no more. "
            "It cannot be compared: train without --champion."
        )
    others = {each.name for each in fields(Recipe)}
    parameters = {name: value for name, value in settings.items() if name not in others | {"trials"}}
    return Recipe(
        inputs=inputs,
        rounds=int(settings["rounds"]),
        quantile_rounds=int(settings["quantile_rounds"]),
        origins=int(settings["origins"]),
        seed=int(manifest["seed"]),
        level=settings.get("level") or None,
        parameters=parameters,
    )


def _say(backtest: dict[str, object], progress: Progress) -> None:
    head = ["forecast", "WRMSSE", "WAPE", "MAPE non-zero", "bias", "weekly WAPE", "weekly by category"]
    keys = ("wrmsse", "wape", "mape_nonzero", "bias", "wape_week", "wape_week_category")
    order = sorted(backtest["rows"], key=lambda row: row["metrics"]["wrmsse"])
    text = table(
        head, [[NAMES[row["name"]], *(row["metrics"].get(key, math.nan) for key in keys)] for row in order]
    )
    for line in text.split("\n"):
        progress.say(line)
