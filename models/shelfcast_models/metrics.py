"""
Accuracy of forecasts. Arrays are [series, days]; a NaN in the actuals is not scored.

WRMSSE is that of the M5 competition at its lowest level (Makridakis, Spiliotis and Assimakopoulos, 2022, The M5
competition: Background, organization, and implementation).
"""

from collections.abc import Mapping

import numpy as np

from .panel import Panel


def measured(figures: Mapping[str, float]) -> dict[str, float]:
    """Without those that have no value, such as errors relative to nothing sold."""
    return {name: value for name, value in figures.items() if np.isfinite(value)}


def scale_of(panel: Panel, origin: int) -> np.ndarray:
    """Mean squared change from day to day, from each series' first day to the origin; NaN where there is none."""
    changes = np.diff(panel.units[:, : origin + 1], axis=1) ** 2
    counts = (~np.isnan(changes)).sum(axis=1)
    return np.where(counts > 0, np.nansum(changes, axis=1) / np.maximum(counts, 1), np.nan)


def dollar_weights(panel: Panel, origin: int, days: int = 28) -> np.ndarray:
    """Share of each series in the sales of the last days up to the origin, in money; they sum to 1."""
    last = slice(max(0, origin + 1 - days), origin + 1)
    money = np.nansum(panel.units[:, last] * panel.price[:, last], axis=1)
    if money.sum() <= 0:
        money = np.nansum(panel.units[:, last], axis=1)
    return money / money.sum() if money.sum() > 0 else np.full(len(money), 1 / len(money))


def wrmsse(actual: np.ndarray, forecast: np.ndarray, scale: np.ndarray, weights: np.ndarray) -> float:
    """Weighted root mean squared scaled error. A series without a scale, which never changed, is not scored."""
    days = (~np.isnan(actual)).sum(axis=1)
    error = np.nansum((actual - forecast) ** 2, axis=1) / np.maximum(days, 1)
    scored = np.isfinite(scale) & (scale > 0) & (days > 0)
    return float(np.sum(weights[scored] * np.sqrt(error[scored] / scale[scored])))


def wape(actual: np.ndarray, forecast: np.ndarray) -> float:
    """Sum of the absolute errors, relative to the sum of the actuals."""
    is_known = ~np.isnan(actual)
    total = np.abs(actual[is_known]).sum()
    return float(np.abs(actual[is_known] - forecast[is_known]).sum() / total) if total > 0 else float("nan")


def mape(actual: np.ndarray, forecast: np.ndarray) -> float:
    """Mean absolute error relative to the actual, where that is not 0."""
    is_known = ~np.isnan(actual) & (actual > 0)
    return (
        float(np.mean(np.abs(actual[is_known] - forecast[is_known]) / actual[is_known]))
        if is_known.any()
        else float("nan")
    )


def bias(actual: np.ndarray, forecast: np.ndarray) -> float:
    """How much more was forecast than came, relative to what came."""
    is_known = ~np.isnan(actual)
    total = actual[is_known].sum()
    return float((forecast[is_known].sum() - total) / total) if total > 0 else float("nan")


def pinball(actual: np.ndarray, forecast: np.ndarray, quantile: float) -> float:
    """Mean pinball loss, in units of the series."""
    error = (actual - forecast)[~np.isnan(actual)]
    return float(np.mean(np.maximum(quantile * error, (quantile - 1) * error)))


def coverage(actual: np.ndarray, low: np.ndarray, high: np.ndarray) -> float:
    """Share of the actuals that lie in the interval."""
    is_known = ~np.isnan(actual)
    return float(np.mean((actual[is_known] >= low[is_known]) & (actual[is_known] <= high[is_known])))


def upper_tail(actual: np.ndarray, high: np.ndarray) -> float:
    """Share of the actuals that are not above the upper quantile."""
    is_known = ~np.isnan(actual)
    return float(np.mean(actual[is_known] <= high[is_known]))
