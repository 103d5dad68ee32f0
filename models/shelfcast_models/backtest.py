"""Rolling-origin backtest: models that have seen nothing after an origin, beside baselines, on the 28 days after it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import xgboost as xgb

from . import metrics
from .calibration import (
    WEEK,
    Calibration,
    Reconciliation,
    Totals,
    calibrate,
    reconcile,
    sums,
    totals_of,
)
from .contract import BASELINES, CONTRACT, HORIZONS, QUANTILES, STEP
from .demand import (
    Recipe,
    Rows,
    baseline_of,
    fit_mean,
    fit_quantile,
    mean_matrix,
    of_origins,
    on_grid,
    predict,
    quantile_matrix,
    with_inputs,
)
from .panel import Panel
from .progress import Progress

NAMES = {
    **{name: baseline.title for name, baseline in CONTRACT.baselines.items()},
    "prophet": "Prophet",
    "model": "Shelfcast",
    "champion": "champion",
}


@dataclass(frozen=True)
class Window:
    """
    What was told at an origin, and what came. All arrays are [series, 28].

    actual   NaN where it is not known, and where the shelf was empty
    sold     with the days on which the shelf was empty
    """

    origin: date
    actual: np.ndarray
    sold: np.ndarray
    mean: np.ndarray
    quantiles: dict[str, np.ndarray]
    baselines: dict[str, np.ndarray]
    totals: Totals
    scale: np.ndarray
    weights: np.ndarray


def origins_to_learn_from(origin: date, recipe: Recipe) -> list[date]:
    """Their targets end on the origin, and four, eight, ... weeks before it."""
    return [origin - STEP * k for k in range(1, recipe.origins + 1)]


def can_learn(rows: Rows, origin: date, recipe: Recipe) -> bool:
    """Whether something that weighs was sold in the windows before the origin."""
    is_learned = rows.frame["origin"].is_in(origins_to_learn_from(origin, recipe)).to_numpy()
    return bool(np.any(is_learned & (rows.y > 0) & (rows.weight > 0)))


def window_of(
    panel: Panel,
    truth: Panel,
    rows: Rows,
    origin: date,
    recipe: Recipe,
    *,
    quantiles: bool,
    progress: Progress | None = None,
    model: xgb.Booster | None = None,
) -> Window:
    """
    Trains on what was known at the origin, and tells the 28 days after it.

    :param panel: what may be learned from; only its days up to the origin are used
    :param truth: what came
    :param rows: features of the origin and of those to learn from
    :param model: a mean that was learned from them before: its first trees count, as many as the recipe has
    """
    if not can_learn(rows, origin, recipe):
        raise ValueError(
            f"There is no sale to learn from in the {recipe.origins} windows of 28 days before {origin}."
        )
    target_rows = with_inputs(of_origins(rows, [origin]), recipe.inputs)

    def learned_rows() -> Rows:
        return with_inputs(of_origins(rows, origins_to_learn_from(origin, recipe)), recipe.inputs)

    series = panel.keys.height

    def forecast_of(fit: xgb.Booster, rounds: int | None = None) -> np.ndarray:
        return on_grid(np.maximum(predict(fit, target_rows, recipe, rounds), 0), target_rows, series)

    def forecast_by(fit: str, data: xgb.DMatrix) -> np.ndarray:
        learned = fit_mean(data, recipe) if fit == "mean" else fit_quantile(data, recipe, QUANTILES[fit])
        if progress:
            progress.advance(1, f"{fit}, {origin}")
        return forecast_of(learned)

    quantile_data = quantile_matrix(learned_rows(), recipe) if quantiles else None

    sold = truth.targets(origin)
    at = panel.index(origin)
    return Window(
        origin=origin,
        actual=np.where(truth.target_outs(origin) == 1, np.nan, sold),
        sold=sold,
        mean=forecast_by("mean", mean_matrix(learned_rows(), recipe))
        if model is None
        else forecast_of(model, min(recipe.rounds, model.num_boosted_rounds())),
        quantiles={name: forecast_by(name, quantile_data) for name in QUANTILES} if quantile_data else {},
        baselines={name: baseline_of(target_rows, name, series) for name in BASELINES},
        totals=totals_of(panel.keys, target_rows.frame),
        scale=metrics.scale_of(panel, at),
        weights=metrics.dollar_weights(panel, at),
    )


def calibration_of(windows: Sequence[Window]) -> tuple[Calibration, Reconciliation]:
    """From windows that are not scored."""
    with_quantiles = [window for window in windows if window.quantiles]
    calibration = (
        calibrate(
            [window.actual for window in with_quantiles],
            [window.quantiles["p90"] for window in with_quantiles],
        )
        if with_quantiles
        else Calibration()
    )
    reconciliation = reconcile(
        [window.actual for window in windows],
        [window.mean for window in windows],
        [window.totals for window in windows],
    )
    return calibration, reconciliation


def finished(window: Window, calibration: Calibration, reconciliation: Reconciliation) -> Window:
    """With totals reconciled, the upper quantile calibrated, and the quantiles in their order."""
    mean = reconciliation.apply(window.mean, window.totals)
    quantiles = dict(window.quantiles)
    if quantiles:
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = np.where(window.mean > 0, mean / window.mean, 1)
        p10, p50 = quantiles["p10"] * factor, quantiles["p50"] * factor
        p90 = calibration.apply(quantiles["p90"]) * factor
        p50 = np.maximum(p10, p50)
        # A range that leaves the mean out would be none.
        quantiles = {"p10": np.minimum(p10, mean), "p50": p50, "p90": np.maximum(np.maximum(p50, p90), mean)}
    return Window(**{**window.__dict__, "mean": mean, "quantiles": quantiles})


def scores(windows: Sequence[Window], name: str) -> dict[str, float]:
    """Accuracy of the model or of a baseline over the windows."""

    def forecast_of(window: Window) -> np.ndarray:
        return window.mean if name == "model" else window.baselines[name]

    actual = np.concatenate([window.actual for window in windows])
    forecast = np.concatenate([forecast_of(window) for window in windows])
    figures = {
        "wrmsse": float(
            np.mean([metrics.wrmsse(w.actual, forecast_of(w), w.scale, w.weights) for w in windows])
        ),
        "wape": metrics.wape(actual, forecast),
        "mape_nonzero": metrics.mape(actual, forecast),
        "bias": metrics.bias(actual, forecast),
    }
    for level, group in (("category", "category_of"), ("store", "store_of")):
        actual_sums, forecast_sums = [], []
        for window in windows:
            index = getattr(window.totals, group)
            size = len(getattr(window.totals, level))
            is_known = ~np.isnan(window.actual)
            actual_sums.append(sums(window.actual, index, size))
            forecast_sums.append(sums(np.where(is_known, forecast_of(window), 0), index, size))
        for span, of in (("day", np.asarray), ("week", weekly)):
            actuals = np.concatenate(list(map(of, actual_sums)))
            forecasts = np.concatenate(list(map(of, forecast_sums)))
            figures[f"wape_{span}_{level}"] = metrics.wape(actuals, forecasts)
            figures[f"mape_{span}_{level}"] = metrics.mape(actuals, forecasts)
    actual_sums = weekly(np.concatenate([window.actual for window in windows]))
    is_known = ~np.isnan(actual)
    forecast_sums = weekly(np.where(is_known, forecast, np.nan))
    figures["wape_week"] = metrics.wape(actual_sums, forecast_sums)
    figures["mape_week_nonzero"] = metrics.mape(actual_sums, forecast_sums)
    return figures


def of_series(window: Window, series: np.ndarray) -> Window:
    """The window of some of its series, whose weights sum to 1 again."""
    weights = window.weights[series]
    return Window(
        origin=window.origin,
        actual=window.actual[series],
        sold=window.sold[series],
        mean=window.mean[series],
        quantiles={name: each[series] for name, each in window.quantiles.items()},
        baselines={name: each[series] for name, each in window.baselines.items()},
        totals=replace(
            window.totals,
            category_of=window.totals.category_of[series],
            store_of=window.totals.store_of[series],
        ),
        scale=window.scale[series],
        weights=weights / weights.sum() if weights.sum() > 0 else np.full(len(series), 1 / len(series)),
    )


def weekly(days: np.ndarray) -> np.ndarray:
    """Sums of the four weeks, [rows, 4]; NaN where a week has no known day."""
    weeks = days.reshape(len(days), -1, WEEK)
    is_known = ~np.isnan(weeks)
    return np.where(is_known.any(axis=2), np.nansum(weeks, axis=2), np.nan)


def interval_scores(windows: Sequence[Window], horizons: slice = slice(0, HORIZONS)) -> dict[str, float]:
    """Of the quantiles: coverage of the 80% interval, share below its upper end, pinball losses."""
    actual = np.concatenate([window.actual[:, horizons] for window in windows])
    q = {
        name: np.concatenate([window.quantiles[name][:, horizons] for window in windows])
        for name in QUANTILES
    }
    return {
        "coverage_80": metrics.coverage(actual, q["p10"], q["p90"]),
        "upper_tail": metrics.upper_tail(actual, q["p90"]),
        **{f"pinball_{name}": metrics.pinball(actual, q[name], at) for name, at in QUANTILES.items()},
    }


def by_week(windows: Sequence[Window]) -> list[dict[str, float]]:
    """Accuracy by week of the horizon."""
    rows = []
    for week in range(HORIZONS // WEEK):
        part = slice(WEEK * week, WEEK * (week + 1))
        actual = np.concatenate([window.actual[:, part] for window in windows])
        mean = np.concatenate([window.mean[:, part] for window in windows])
        row = {"week": week + 1, "wape": metrics.wape(actual, mean), "bias": metrics.bias(actual, mean)}
        if windows[0].quantiles:
            row |= interval_scores(windows, part)
        rows.append(row)
    return rows


def seasonal_naive_quantiles(panel: Panel, origin: date, days: int = 364) -> dict[str, np.ndarray]:
    """
    Quantiles of the seasonal naive forecast: the same weekday a week ago, and how far that was from what came, over
    the last year of the series. [series, 28]
    """
    at = panel.index(origin)
    out = {name: np.zeros((panel.keys.height, HORIZONS)) for name in QUANTILES}
    for horizon in range(1, HORIZONS + 1):
        back = WEEK * -(-horizon // WEEK)
        base = panel.units[:, at + horizon - back]
        past = panel.units[:, max(back, at + 1 - days) : at + 1]
        earlier = panel.units[:, max(0, at + 1 - days - back) : at + 1 - back]
        width = min(past.shape[1], earlier.shape[1])
        errors = past[:, past.shape[1] - width :] - earlier[:, earlier.shape[1] - width :]
        has_errors = (~np.isnan(errors)).any(axis=1)
        for name, share in QUANTILES.items():
            spread = np.zeros(len(errors))
            spread[has_errors] = np.nanquantile(errors[has_errors], share, axis=1)
            out[name][:, horizon - 1] = np.maximum(0, np.nan_to_num(base) + spread)
    return out
