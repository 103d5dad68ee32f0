"""
`shelfcast-models backtest` on files: learns from the days that are given, tunes on earlier windows only, and scores
once on the days after them.
"""

from dataclasses import asdict, dataclass, replace

import numpy as np
import polars as pl

from . import metrics, prophet
from .backtest import (
    NAMES,
    Window,
    by_week,
    calibration_of,
    can_learn,
    finished,
    interval_scores,
    of_series,
    scores,
    seasonal_naive_quantiles,
    window_of,
)
from .calibration import Calibration, Reconciliation, totals_of
from .contract import BASELINES, HORIZONS, QUANTILES, STEP, TRAINING
from .datasets.dataset import Source
from .demand import Recipe, recipe_of, rows_of
from .features import reasons
from .learnable import constant_text, is_constant, last_values, why_nothing
from .panel import Panel
from .progress import Progress
from .search import search
from .tables import table

NO_TOTALS = {
    "store_id": pl.String,
    "category": pl.String,
    "horizon": pl.Int64,
    "total_category": pl.Float64,
    "total_store": pl.Float64,
}


@dataclass(frozen=True)
class Options:
    trials: int
    seed: int
    origins: int = TRAINING.origins
    # So many of the best-selling series are told by Prophet too.
    prophet: int = 0


def backtest_files(source: Source, options: Options, progress: Progress) -> dict[str, object]:
    """:returns: figures by name; the text tables are said on the way"""
    panel, truth = source.panel, source.held_out
    if truth is None:
        raise ValueError(
            "There are no later days to score on. Add sales_validation_dN+1-M.csv.gz to the folder."
        )
    last = panel.last_day
    recipe = recipe_of("lean", options.seed, options.origins)
    if is_constant(panel, last):
        return _constant_report(source, truth, recipe, progress)
    folds = [last - STEP * k for k in range(1, TRAINING.windows + 1)]
    grid = [last - STEP * k for k in range(TRAINING.windows + recipe.origins + 1)]
    grid = [origin for origin in grid if origin >= panel.start]
    with progress.step("Features", 1):
        rows = rows_of(panel, source.features.build(grid, progress), list(reasons()))
    folds = [origin for origin in folds if can_learn(rows, origin, recipe)]
    if not folds:
        raise ValueError(f"{source.name}: {why_nothing(panel, last)}")
    trials: list[dict[str, float]] = []
    if options.trials > 0:
        with progress.step(f"Search, {options.trials} trials", options.trials * len(folds)):
            recipe, trials = search(panel, rows, folds, recipe, options.trials, progress)
    with progress.step("Windows before the last day", 4 * len(folds)):
        earlier = [
            window_of(panel, panel, rows, origin, recipe, quantiles=True, progress=progress)
            for origin in folds
        ]
    calibration, reconciliation = calibration_of(earlier)
    with progress.step(f"After {last}", 4):
        raw = window_of(panel, truth, rows, last, recipe, quantiles=True, progress=progress)
    window = finished(raw, calibration, reconciliation)
    prophet_window = (
        _beside_prophet(source, window, options.prophet, progress) if options.prophet > 0 else None
    )
    report = _report(
        source, window, earlier, recipe, trials, asdict(calibration), asdict(reconciliation), progress
    )
    if prophet_window is not None:
        report["prophet"] = {
            "series": len(prophet_window.weights),
            "scores": _say_beside(prophet_window, progress),
        }
    return report


def _constant_report(source: Source, truth: Panel, recipe: Recipe, progress: Progress) -> dict[str, object]:
    """Where no series ever changed: its last value is told, by the model as by every baseline."""
    panel = source.panel
    last = panel.last_day
    forecast = np.repeat(last_values(panel, last)[:, None], HORIZONS, axis=1)
    sold = truth.targets(last)
    window = Window(
        origin=last,
        actual=np.where(truth.target_outs(last) == 1, np.nan, sold),
        sold=sold,
        mean=forecast,
        quantiles=dict.fromkeys(QUANTILES, forecast),
        baselines=dict.fromkeys(BASELINES, forecast),
        totals=totals_of(panel.keys, pl.DataFrame(schema=NO_TOTALS)),
        scale=metrics.scale_of(panel, panel.index(last)),
        weights=metrics.dollar_weights(panel, panel.index(last)),
    )
    note = (
        f"{source.name}: {constant_text(panel, last)}. There is nothing to learn: the last value is the forecast. "
        "WRMSSE, which is relative to the changes from day to day, has no value."
    )
    report = _report(
        source, window, [], recipe, [], asdict(Calibration()), asdict(Reconciliation()), progress
    )
    progress.say(f"\n{note}")
    return {**report, "note": note}


def _beside_prophet(source: Source, window: Window, count: int, progress: Progress) -> Window:
    """The window of the best-selling series, with Prophet among the baselines."""
    best = np.argsort(-window.weights, kind="stable")[:count]
    with progress.step("Prophet", len(best)):
        forecast = prophet.forecast(source.panel, window.origin, source.store_days, best.tolist(), progress)
    some = of_series(window, best)
    return replace(some, baselines={**some.baselines, "prophet": forecast})


def _say_beside(window: Window, progress: Progress) -> dict[str, dict[str, float]]:
    figures = {name: scores([window], name) for name in ("model", *window.baselines)}
    order = sorted(figures, key=lambda name: figures[name]["wrmsse"])
    keys = ("wrmsse", "wape", "bias", "wape_week")
    head = [f"{len(window.weights)} best-selling series", "WRMSSE", "WAPE", "bias", "weekly WAPE"]
    progress.say("")
    progress.say(table(head, [[NAMES[name], *(figures[name][key] for key in keys)] for name in order]))
    return figures


def _report(
    source: Source,
    window: Window,
    earlier: list[Window],
    recipe: Recipe,
    trials: list[dict[str, float]],
    calibration: dict[str, object],
    reconciliation: dict[str, object],
    progress: Progress,
) -> dict[str, object]:
    figures = {name: scores([window], name) for name in ("model", *BASELINES)}
    if not earlier:
        # Nothing changed, so nothing was scored.
        figures = {name: {**each, "wrmsse": float("nan")} for name, each in figures.items()}
    earlier_wrmsse = {
        name: scores(earlier, name)["wrmsse"] if earlier else float("nan") for name in ("model", *BASELINES)
    }
    intervals = interval_scores([window])
    weeks = by_week([window])
    assert source.held_out is not None
    naive = seasonal_naive_quantiles(_padded(source.panel), window.origin)
    naive_pinball = {
        f"pinball_{name}": metrics.pinball(window.actual, naive[name], share)
        for name, share in QUANTILES.items()
    }
    progress.say(f"\n{_accuracy_table(figures, earlier_wrmsse, len(earlier))}")
    progress.say(f"\n{_interval_table(weeks, figures, intervals, naive_pinball)}")
    return {
        "dataset": source.name,
        "series": source.panel.keys.height,
        "origin": window.origin.isoformat(),
        "scored_series": int((~np.isnan(window.actual)).any(axis=1).sum()),
        "wrmsse": figures["model"]["wrmsse"],
        "scores": figures,
        "scores_before": earlier_wrmsse,
        "intervals": intervals,
        "by_horizon_week": weeks,
        "seasonal_naive_intervals": naive_pinball,
        "recipe": recipe.to_json(),
        "trials": trials,
        "calibration": calibration,
        "reconciliation": reconciliation,
        "timings_s": progress.timings,
    }


def _accuracy_table(
    figures: dict[str, dict[str, float]], earlier_wrmsse: dict[str, float], earlier_windows: int
) -> str:
    """The best first."""
    head = ["forecast", "WRMSSE", "WAPE", "MAPE non-zero", "bias", "weekly WAPE"]
    keys = ("wrmsse", "wape", "mape_nonzero", "bias", "wape_week")
    order = sorted(figures, key=lambda name: figures[name]["wrmsse"])
    rows = [[NAMES[name], *(figures[name][key] for key in keys)] for name in order]
    if earlier_windows == 0:
        return table(head, rows)
    head.append(f"WRMSSE of {earlier_windows} before")
    return table(head, [[*row, earlier_wrmsse[name]] for row, name in zip(rows, order, strict=True)])


def _interval_table(
    weeks: list[dict[str, float]],
    figures: dict[str, dict[str, float]],
    intervals: dict[str, float],
    naive_pinball: dict[str, float],
) -> str:
    head = ["horizon week", "WAPE", "coverage of 80%", "below p90", "pinball p10", "p50", "p90"]
    keys = ("wape", "coverage_80", "upper_tail", *(f"pinball_{name}" for name in QUANTILES))
    return table(
        head,
        [
            *([str(row["week"]), *(row[key] for key in keys)] for row in weeks),
            ["all", figures["model"]["wape"], *intervals.values()],
            ["seasonal naive", figures["seasonal_naive"]["wape"], "", "", *naive_pinball.values()],
        ],
    )


def _padded(panel: Panel) -> Panel:
    """With the 28 days to come, unknown, so that days ahead can be named."""
    ahead = np.full((panel.keys.height, HORIZONS), np.nan)
    return Panel(
        panel.keys,
        panel.start,
        panel.first,
        np.hstack([panel.units, ahead]),
        np.hstack([panel.price, ahead]),
        np.hstack([panel.out, ahead]),
    )
