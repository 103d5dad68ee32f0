"""
What is done to forecasts after the trees, found on windows that they have not seen: the upper quantile is stretched
until it covers what it says, and series are scaled so that they agree with the forecast of their totals.

Only the upper tail is calibrated. Half of the days have no sale at all, so the lower quantile is 0 and covers what it
covers; a correction that is symmetric would do nothing (its scores have an atom at 0).
"""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from .contract import HORIZONS, QUANTILES

WEEK = 7
BANDS = tuple((begin, begin + WEEK - 1) for begin in range(1, HORIZONS, WEEK))
LIMITS = (0.5, 3.0)
# A total may be scaled by this much at most.
FACTORS = (0.5, 2.0)
# And all of them by this much.
LEVELS = (0.95, 1.05)


@dataclass(frozen=True)
class Calibration:
    """p90 of each band of horizons is multiplied by its factor."""

    p90_factors: tuple[float, ...] = (1.0,) * len(BANDS)

    def apply(self, p90: np.ndarray) -> np.ndarray:
        """:param p90: [series, 28]"""
        out = p90.copy()
        for (begin, end), factor in zip(BANDS, self.p90_factors, strict=True):
            out[:, begin - 1 : end] *= factor
        return out

    def to_json(self) -> list[dict[str, float]]:
        return [
            {"from": begin, "to": end, "p90_factor": factor, "p90_offset": 0}
            for (begin, end), factor in zip(BANDS, self.p90_factors, strict=True)
        ]


def calibrate(
    actuals: list[np.ndarray], p90s: list[np.ndarray], share: float = QUANTILES["p90"]
) -> Calibration:
    """:param actuals: of several windows, [series, 28]; NaN is not looked at"""
    factors = []
    for begin, end in BANDS:
        actual = np.concatenate([each[:, begin - 1 : end].ravel() for each in actuals])
        p90 = np.concatenate([each[:, begin - 1 : end].ravel() for each in p90s])
        usable = ~np.isnan(actual) & (p90 > 0)
        if usable.sum() < 100:
            factors.append(1.0)
            continue
        # Rows whose upper quantile is 0 cannot be stretched; they count as they are.
        fixed = ~np.isnan(actual) & (p90 <= 0)
        covered = float((actual[fixed] <= 0).sum())
        target = (share * (usable.sum() + fixed.sum()) - covered) / usable.sum()
        ratio = actual[usable] / p90[usable]
        factors.append(float(np.clip(np.quantile(ratio, np.clip(target, 0.01, 0.999)), *LIMITS)))
    return Calibration(tuple(factors))


@dataclass(frozen=True)
class Reconciliation:
    """
    level            factor on all series: what windows before have shown to be missing
    category, store  how much of the direct forecast of a total goes into the total that its series are scaled to
    """

    level: float = 1.0
    category: float = 0.0
    store: float = 0.0

    def apply(self, mean: np.ndarray, totals: "Totals") -> np.ndarray:
        """:returns: [series, 28], the means that agree with the totals"""
        out = _scaled(mean * self.level, totals.category_of, totals.category, self.category)
        return _scaled(out, totals.store_of, totals.store, self.store)


@dataclass(frozen=True)
class Totals:
    """
    category_of, store_of   [series] index of the total that a series belongs to
    category, store         [totals, 28] direct forecasts; NaN where there is none
    """

    category_of: np.ndarray
    store_of: np.ndarray
    category: np.ndarray
    store: np.ndarray


def totals_of(keys: pl.DataFrame, frame: pl.DataFrame) -> Totals:
    """:param frame: rows of forecast_features of one origin"""
    stores = keys["store_id"].unique().sort()
    cells = keys.select("store_id", "category").unique().sort("store_id", "category")
    category_of = (
        keys.join(
            cells.with_row_index("cell"), on=["store_id", "category"], how="left", maintain_order="left"
        )["cell"]
        .to_numpy()
        .astype(np.int64)
    )
    store_of = np.searchsorted(stores.to_numpy(), keys["store_id"].to_numpy())
    category = np.full((cells.height, HORIZONS), np.nan)
    store = np.full((len(stores), HORIZONS), np.nan)
    per_cell = frame.group_by("store_id", "category", "horizon").agg(pl.col("total_category").first())
    per_cell = per_cell.join(cells.with_row_index("cell"), on=["store_id", "category"])
    category[per_cell["cell"].to_numpy(), per_cell["horizon"].to_numpy() - 1] = per_cell[
        "total_category"
    ].to_numpy()
    per_store = frame.group_by("store_id", "horizon").agg(pl.col("total_store").first())
    rows = np.searchsorted(stores.to_numpy(), per_store["store_id"].to_numpy())
    store[rows, per_store["horizon"].to_numpy() - 1] = per_store["total_store"].to_numpy()
    return Totals(category_of, store_of, category, store)


def sums(values: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    """:returns: [groups, 28]; a NaN counts as 0"""
    out = np.zeros((groups, values.shape[1]))
    np.add.at(out, group, np.nan_to_num(values))
    return out


def _scaled(mean: np.ndarray, group: np.ndarray, direct: np.ndarray, weight: float) -> np.ndarray:
    if weight == 0:
        return mean
    bottom = sums(mean, group, len(direct))
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = (weight * direct + (1 - weight) * bottom) / bottom
    factor = np.where(np.isfinite(factor), np.clip(factor, *FACTORS), 1)
    return mean * factor[group]


def reconcile(actuals: list[np.ndarray], means: list[np.ndarray], totals: list[Totals]) -> Reconciliation:
    """
    The level and the weights that bring the totals nearest to what came. Each is taken only where, learned from the
    other windows, it made every window's totals better on average: a few windows show trends that do not last.
    """
    best = Reconciliation()
    for part in ("level", "category", "store"):
        base = [best.apply(mean, total) for mean, total in zip(means, totals, strict=True)]
        gain = 0.0
        for held_out in range(len(actuals) if len(actuals) > 1 else 0):
            others = [index for index in range(len(actuals)) if index != held_out]
            value = _estimate(part, actuals, base, totals, others)
            candidate = Reconciliation(**{part: value}).apply(base[held_out], totals[held_out])
            error_before = _error(actuals[held_out], base[held_out], totals[held_out])
            error_after = _error(actuals[held_out], candidate, totals[held_out])
            gain += np.log(error_after / error_before) if error_before > 0 and error_after > 0 else 0
        if gain < 0:
            every = list(range(len(actuals)))
            best = replace(best, **{part: _estimate(part, actuals, base, totals, every)})
    return best


def _estimate(
    part: str, actuals: list[np.ndarray], means: list[np.ndarray], totals: list[Totals], windows: list[int]
) -> float:
    if part == "level":
        actual_total = sum(float(np.nansum(actuals[i])) for i in windows)
        forecast_total = sum(float(means[i][~np.isnan(actuals[i])].sum()) for i in windows)
        return float(np.clip(actual_total / forecast_total, *LEVELS)) if forecast_total > 0 else 1.0
    return _weight(
        [actuals[i] for i in windows],
        [means[i] for i in windows],
        [getattr(totals[i], f"{part}_of") for i in windows],
        [getattr(totals[i], part) for i in windows],
    )


def _error(actual: np.ndarray, mean: np.ndarray, totals: Totals) -> float:
    """Absolute error of the weekly totals of store and category, and of the series: WAPE of each, multiplied."""
    is_known = ~np.isnan(actual)
    size = len(totals.category)
    actual_sums = sums(actual, totals.category_of, size).reshape(size, -1, WEEK).sum(axis=2)
    forecast_sums = (
        sums(np.where(is_known, mean, 0), totals.category_of, size).reshape(size, -1, WEEK).sum(axis=2)
    )
    total = max(float(actual_sums.sum()), 1e-9)
    of_series = float(np.abs(actual[is_known] - mean[is_known]).sum())
    return float(np.abs(actual_sums - forecast_sums).sum()) / total * of_series / total


def _weight(
    actuals: list[np.ndarray], means: list[np.ndarray], groups: list[np.ndarray], directs: list[np.ndarray]
) -> float:
    above, below = 0.0, 0.0
    for actual, mean, group, direct in zip(actuals, means, groups, directs, strict=True):
        is_known = ~np.isnan(actual)
        actual_sums = sums(actual, group, len(direct))
        forecast_sums = sums(np.where(is_known, mean, 0), group, len(direct))
        gap = np.nan_to_num(direct - sums(mean, group, len(direct)))
        above += float(((actual_sums - forecast_sums) * gap).sum())
        below += float((gap**2).sum())
    return float(np.clip(above / below, 0, 1)) if below > 0 else 0.0
