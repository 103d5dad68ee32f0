"""
`shelfcast-models train`: the demand model of the warehouse, from features to a bundle that Node can serve. Whether it
serves is decided elsewhere: here it is trained, and measured on the last windows that it has not seen.
"""

import json
import math
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from pathlib import Path

import numpy as np

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
from .contract import BASELINES, QUANTILES, STEP, TRAINING
from .datasets.dataset import Source
from .demand import (
    LEVEL_FLOOR,
    Recipe,
    Rows,
    best_rounds,
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
from .panel import DAY
from .progress import Progress
from .search import search
from .tables import table

# Origins to learn from before a window is worth looking at.
LEAST_ORIGINS = 2


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
    recipe = recipe_of("full", options.seed, options.origins)
    champion = recipe_of_manifest(options.champion) if options.champion else None
    backtest_origins = [last - STEP * k for k in range(1, options.windows + 1)]
    tuning_origins = [last - STEP * (options.windows + k) for k in range(1, TRAINING.tuning_windows + 1)]
    with progress.step("Features"):
        grid = origins_of_training(last, options)
        rows = rows_of(panel, source.features.build(grid, progress), list(reasons()))
    known = sorted(rows.frame["origin"].unique().to_list())

    def can_be_told(origin: date) -> bool:
        return sum(each < origin for each in known) >= LEAST_ORIGINS and can_learn(rows, origin, recipe)

    enough = [origin for origin in backtest_origins if can_be_told(origin)]
    if not enough and is_constant(panel, last):
        raise ValueError(
            f"There is nothing to learn: {constant_text(panel, last)}. "
            "Until something changes, run fallback --out FILE.csv."
        )
    if not enough:
        raise ValueError(
            f"There are {len(known)} origins with features, and the first backtest window needs two before it: "
            "the warehouse needs at least four months of sales to train on. Until then the best baseline serves, "
            f"which is {NAMES[best_baseline(panel, rows, known)]} so far: run fallback --out FILE.csv."
        )
    tuning_origins = [origin for origin in tuning_origins if can_be_told(origin)]
    trials: list[dict[str, float]] = []
    if options.trials > 0 and tuning_origins:
        with progress.step(f"Search, {options.trials} trials", options.trials * len(tuning_origins)):
            recipe, trials = search(panel, rows, tuning_origins, recipe, options.trials, progress)
    elif options.rounds is None and tuning_origins:
        with progress.step("Early stopping", len(tuning_origins)):
            # A single window stops by chance: the mean of two.
            found = []
            for origin in tuning_origins:
                learned = with_inputs(of_origins(rows, origins_to_learn_from(origin, recipe)), recipe.inputs)
                later = with_inputs(of_origins(rows, [origin]), recipe.inputs)
                found.append(best_rounds(learned, later, recipe))
                progress.advance(1, f"{found[-1]} rounds")
            recipe = replace(recipe, rounds=round(sum(found) / len(found)))
    if options.rounds is not None:
        recipe = replace(recipe, rounds=options.rounds)

    # Quantiles of two windows: one to calibrate on, and the newest to measure on.
    told = min(2, len(enough))
    fits = len(enough) * (2 if champion else 1) + told * len(QUANTILES)
    with progress.step("Backtest", fits):
        windows = [
            window_of(panel, panel, rows, origin, recipe, quantiles=number < told, progress=progress)
            for number, origin in enumerate(enough)
        ]
        challenged = [
            window_of(panel, panel, rows, origin, champion, quantiles=False, progress=progress)
            for origin in enough
            if champion
        ]
    # The newest window is scored with what the older ones taught; where there is but one, with nothing.
    before = calibration_of(windows[1:]) if len(windows) > 1 else None
    judged = [finished(window, *before) for window in windows] if before else windows
    calibration, reconciliation = calibration_of(windows)
    backtest = _backtest(judged, challenged)

    with progress.step("Training on all days", 1 + len(QUANTILES)):
        learned_origins = origins_to_learn_from(last, recipe)
        learned = with_inputs(of_origins(rows, learned_origins), recipe.inputs)
        models = {"mean": fit_mean(mean_matrix(learned, recipe), recipe)}
        progress.advance(1, "mean")
        data = quantile_matrix(learned, recipe)
        for name, share in QUANTILES.items():
            models[name] = fit_quantile(data, recipe, share)
            progress.advance(1, name)
    with progress.step("Export"):
        inputs = list(recipe.inputs)
        newest = with_inputs(of_origins(rows, [last]), inputs)
        causes = reasons()
        manifest = write_bundle(
            options.out,
            Description(
                model="demand",
                seed=options.seed,
                feature_hash=feature_hash(),
                inputs={name: causes[name] for name in inputs},
                window=(min(origin for origin in learned_origins if origin in known) + DAY, last),
                parameters={**recipe.to_json(), "trials": len(trials)},
                metrics=_metrics(judged),
                backtest=backtest,
                demand={
                    "trees": "mean.trees.json",
                    "best_iteration": recipe.rounds - 1,
                    "calibration": calibration.to_json(),
                    "reconciliation": asdict(reconciliation),
                    "level": _level(learned, recipe),
                    "baseline": _best_baseline(backtest),
                    "drift": distributions(learned, inputs),
                },
            ),
            heads_of(models, newest, recipe),
            {"mean.trees.json": trees_of(models["mean"])},
        )
    _say(backtest, progress)
    return manifest


def _metrics(judged: list[Window]) -> dict[str, float]:
    return metrics.measured({**scores(judged, "model"), **interval_scores(judged[:1])})


def _backtest(judged: list[Window], challenged: list[Window]) -> dict[str, object]:
    rows = [{"name": "model", "metrics": _metrics(judged)}]
    if challenged:
        rows.append({"name": "champion", "metrics": metrics.measured(scores(challenged, "model"))})
    rows += [{"name": name, "metrics": metrics.measured(scores(judged, name))} for name in BASELINES]
    weeks = by_week(judged[:1])
    return {
        "origins": [window.origin.isoformat() for window in judged],
        "rows": rows,
        "by_horizon_week": [
            {
                "week": row["week"],
                "metrics": metrics.measured({key: value for key, value in row.items() if key != "week"}),
            }
            for row in weeks
        ],
    }


def _level(learned: Rows, recipe: Recipe) -> dict[str, object] | None:
    if recipe.level is None:
        return None
    logarithms = np.log(levels(learned, recipe).astype(float))
    # Weighed as the trees weigh their average row.
    reference = float(np.average(logarithms, weights=learned.weight))
    return {"input": recipe.level, "floor": LEVEL_FLOOR, "reference": reference}


def _best_baseline(backtest: dict[str, object]) -> str:
    baselines = [row for row in backtest["rows"] if row["name"] in BASELINES]
    return min(baselines, key=lambda row: row["metrics"]["wrmsse"])["name"]


def recipe_of_manifest(path: Path) -> Recipe:
    """The recipe of a manifest, so that it can be trained anew on other days."""
    manifest = json.loads(path.read_text())
    told = dict(manifest["parameters"])
    known = set(reasons())
    inputs = [each["name"] for each in manifest["inputs"]]
    missing = [name for name in inputs if name not in known]
    if missing:
        raise ValueError(
            f"The champion {manifest['version']} takes {missing[0]}, which the features have no more. "
            "It cannot be compared: train without --champion."
        )
    others = {each.name for each in fields(Recipe)}
    parameters = {name: value for name, value in told.items() if name not in others | {"trials"}}
    return Recipe(
        inputs=inputs,
        rounds=int(told["rounds"]),
        quantile_rounds=int(told["quantile_rounds"]),
        origins=int(told["origins"]),
        seed=int(manifest["seed"]),
        level=told.get("level") or None,
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
