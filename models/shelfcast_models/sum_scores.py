"""
What the bands are worth on windows that they were not fitted on: beside daily quantiles added up, and beside the
textbook normal whose daily errors are independent.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from .sum_bands import PIECES, Band, Forecasts, Sums, sums_of

# Where service levels lie, and the middle.
LEVELS = (0.5, 0.8, 0.9, 0.95, 0.98)
# The continuous ranked probability score is twice the mean pinball loss over all levels (Gneiting and Ranjan, 2011).
CRPS_LEVELS = tuple((np.arange(20) + 0.5) / 20)
METHODS = ("bands", "daily quantiles", "independent normal")
# One day is much the same for all methods, and a few spans show what all do.
SCORED_SPANS = (3, 7, 14, 28)
RESAMPLES = 400
# Series of a window that are scored: more of them would cost seconds and tell little.
MOST_SERIES = 300


@dataclass(frozen=True)
class Scored:
    """
    Of sums of one class and span, by method.

    series    which series each sum is of: resampled whole
    level     of what came, in the method's distribution; drawn within the jumps of counts
    pinball   [sums, LEVELS] losses
    crps      [sums]
    """

    goods: str
    from_mean: float
    days: int
    total: np.ndarray
    series: np.ndarray
    level: dict[str, np.ndarray]
    pinball: dict[str, np.ndarray]
    crps: dict[str, np.ndarray]


def score(bands: Sequence[Band], windows: Sequence[Forecasts], seed: int = 1) -> list[Scored]:
    """:param windows: others than those that the bands are of"""
    draw = np.random.default_rng(seed)
    some = [_some(window, draw) for window in windows]
    return [
        _score_band(band, bands, some, draw)
        for band in bands
        if band.days in SCORED_SPANS and len(_of_class(band, bands, some).total) > 0
    ]


def _some(window: Forecasts, draw: np.random.Generator) -> Forecasts:
    """All weighed goods, which are few, and a part of the others; what is left out is not known."""
    others = np.flatnonzero(~window.is_weighed)
    if len(others) <= MOST_SERIES:
        return window
    actual = window.actual.copy()
    actual[draw.permutation(others)[MOST_SERIES:]] = np.nan
    return Forecasts(window.mean, actual, window.is_weighed)


def _of_class(band: Band, bands: Sequence[Band], windows: Sequence[Forecasts]) -> Sums:
    edges = sorted({each.from_mean for each in bands if each.goods == band.goods})
    after = [edge for edge in edges if edge > band.from_mean]
    sums = sums_of(windows, band.goods, band.days)
    return sums.of((sums.rate >= band.from_mean) & (sums.rate < (after[0] if after else np.inf)))


def _score_band(
    band: Band, bands: Sequence[Band], windows: Sequence[Forecasts], draw: np.random.Generator
) -> Scored:
    sums = _of_class(band, bands, windows)
    daily = next(
        each
        for each in bands
        if each.days == 1 and (each.goods, each.from_mean) == (band.goods, band.from_mean)
    )
    # The others get the factor too: what differs is how the spread of a sum is made.
    days = _days_of(sums, windows, band) * band.factor
    alone = replace(daily, factor=1.0)
    # Errors of the days taken as independent: variances are added.
    spread = np.sqrt((daily.scale * days + daily.dispersion * days**2).sum(axis=1))
    center = days.sum(axis=1)
    quantiles: dict[str, Callable[[float], np.ndarray]] = {
        "bands": lambda q: band.quantile(q, sums.mean),
        "daily quantiles": lambda q: alone.quantile(q, days.ravel()).reshape(days.shape).sum(axis=1),
        "independent normal": lambda q: np.maximum(0, center + stats.norm.ppf(q) * spread),
    }
    levels = {
        "bands": band.level_of(sums.total, sums.mean, draw),
        "independent normal": stats.norm.cdf(
            # Counts are spread over their unit, as the others' jumps are.
            (sums.total + (draw.random(len(sums.total)) - 0.5 if band.goods == PIECES else 0) - center)
            / spread
        ),
    }
    pinball, crps = {}, {}
    for method, quantile in quantiles.items():
        at = {q: quantile(q) for q in (*LEVELS, *CRPS_LEVELS)}
        pinball[method] = np.stack([_loss(sums.total, at[q], q) for q in LEVELS], axis=1)
        crps[method] = 2 * np.mean([_loss(sums.total, at[q], q) for q in CRPS_LEVELS], axis=0)
        if method not in levels:
            levels[method] = _level_by(at, sums.total, draw)
    return Scored(band.goods, band.from_mean, band.days, sums.total, sums.series, levels, pinball, crps)


def _days_of(sums: Sums, windows: Sequence[Forecasts], band: Band) -> np.ndarray:
    """[sums, days]: means of the days of each sum; the rows of sums_of are in the order of the windows."""
    rows, begin = [], 0
    for window in windows:
        count = 0
        # A window's series ascend: a new window begins where they fall.
        while begin + count < len(sums.series) and (
            count == 0 or sums.series[begin + count] > sums.series[begin + count - 1]
        ):
            count += 1
        rows.append(window.mean[sums.series[begin : begin + count], : band.days])
        begin += count
    return np.maximum(np.concatenate(rows), 1e-9)


def _loss(total: np.ndarray, quantile: np.ndarray, level: float) -> np.ndarray:
    error = total - quantile
    return np.maximum(level * error, (level - 1) * error)


def _level_by(at: dict[float, np.ndarray], total: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Between the quantiles at hand: where a sum equals several of them, anywhere among those."""
    levels = np.array(sorted(at))
    grid = np.stack([at[level] for level in levels], axis=1)
    bounds = np.concatenate(([0.0], levels, [1.0]))
    below = (grid < total[:, None]).sum(axis=1)
    up_to = (grid <= total[:, None]).sum(axis=1)
    low, high = bounds[below], bounds[np.minimum(up_to + 1, len(bounds) - 1)]
    return low + draw.random(len(total)) * (high - low)


@dataclass(frozen=True)
class Figures:
    """Of one method over many sums. below: share of the sums up to each of LEVELS; its intervals are of 95%."""

    sums: int
    below: dict[float, float]
    below_interval: dict[float, tuple[float, float]]
    pinball: dict[float, float]
    crps: float
    crps_interval: tuple[float, float]


def figures_of(scored: Sequence[Scored], method: str, relative: bool = True, seed: int = 1) -> Figures | None:
    """
    :param relative: losses relative to the mean of what came, so that slow and fast series are told together
    """
    if sum(len(each.total) for each in scored) == 0:
        return None
    series = np.concatenate([each.series for each in scored])
    level = np.concatenate([each.level[method] for each in scored])
    pinball = np.concatenate([each.pinball[method] for each in scored])
    crps = np.concatenate([each.crps[method] for each in scored])
    total = np.concatenate([each.total for each in scored])
    below = np.stack([level <= q for q in LEVELS], axis=1).astype(float)
    columns = np.column_stack([np.ones(len(series)), below, pinball, crps, total])
    number = np.unique(series, return_inverse=True)[1]
    by_series = np.zeros((number.max() + 1, columns.shape[1]))
    np.add.at(by_series, number, columns)
    draw = np.random.default_rng(seed)
    draws = draw.multinomial(len(by_series), np.full(len(by_series), 1 / len(by_series)), size=RESAMPLES)
    point, spread = by_series.sum(axis=0), draws @ by_series
    size = len(LEVELS)

    def loss(sums: np.ndarray, column: int) -> np.ndarray:
        below_it = sums[..., -1] if relative else sums[..., 0]
        return sums[..., column] / np.maximum(below_it, 1e-12)

    def interval(values: np.ndarray) -> tuple[float, float]:
        low, high = np.quantile(values, (0.025, 0.975))
        return float(low), float(high)

    return Figures(
        sums=len(series),
        below={q: float(point[1 + k] / point[0]) for k, q in enumerate(LEVELS)},
        below_interval={q: interval(spread[:, 1 + k] / spread[:, 0]) for k, q in enumerate(LEVELS)},
        pinball={q: float(loss(point, 1 + size + k)) for k, q in enumerate(LEVELS)},
        crps=float(loss(point, 1 + 2 * size)),
        crps_interval=interval(loss(spread, 1 + 2 * size)),
    )
