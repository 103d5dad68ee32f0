"""
How sums of days are distributed around the sum of their means: negative binomial for pieces, gamma for weighed goods,
with a factor, a dispersion and a recalibration by class of series and span of days, found on windows that the
forecasts have not seen. A sum is never made of daily quantiles: errors of neighbouring days go together in part, so
quantiles added are too wide and variances added are too narrow, and only sums tell by how much.
services/planning/demand serves it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import special, stats

# Days 1 to each of these; what is between them is interpolated.
SPANS = (1, 2, 3, 4, 5, 7, 10, 14, 21, 28)
# Units a day from which on a class of series may begin.
EDGES = (0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
# Of a class: below it, dispersion and the upper tail are noise, and it goes with its neighbour.
LEAST_SUMS = 150
# Of goods with fewer than a class needs: they are one class then, down to this, and below it have none.
LEAST_OF_GOODS = 60
# Of the map of probabilities. The last ones are where service levels are asked for.
STATED = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99)
# The map begins as "what is said is so", which counts as many sums.
PRIOR_SUMS = 30
# So much that came as forecast counts beside what came, so that a few sales of slow series move no factor.
PRIOR_UNITS = 50.0
FACTORS = (0.5, 2.0)
MOST_DISPERSION = 10.0
# Below it a negative binomial is a Poisson, in what a double can tell.
LEAST_DISPERSION = 1e-6
PIECES, WEIGHED = "pieces", "weighed"


@dataclass(frozen=True)
class Band:
    """
    factor       the sum of the means is multiplied by it
    dispersion   of pieces: variance = mean + dispersion mean^2
    scale        of weighed goods: variance = scale mean + dispersion mean^2
    actual       share of the held-out sums up to the quantile STATED
    """

    goods: str
    from_mean: float
    days: int
    factor: float
    dispersion: float
    scale: float
    actual: tuple[float, ...] = STATED

    def to_json(self) -> dict[str, object]:
        return {
            "goods": self.goods,
            "from_mean": self.from_mean,
            "days": self.days,
            "factor": round(self.factor, 6),
            "dispersion": round(self.dispersion, 6),
            "scale": round(self.scale, 6),
            "levels": [
                {"stated": stated, "actual": round(actual, 4)}
                for stated, actual in zip(STATED, self.actual, strict=True)
            ],
        }

    def recalibrated(self, probability: np.ndarray) -> np.ndarray:
        """From what the distribution says to what it is."""
        return np.interp(probability, (0, *STATED, 1), (0, *self.actual, 1))

    def cdf(self, total: np.ndarray, mean: np.ndarray) -> np.ndarray:
        """:param mean: sum of the means, as forecast"""
        return self.recalibrated(_cdf(self, total, mean * self.factor))

    def quantile(self, probability: float, mean: np.ndarray) -> np.ndarray:
        stated = np.interp(probability, (0, *self.actual, 1), (0, *STATED, 1))
        return _quantile(self, np.full(len(mean), stated), mean * self.factor)

    def level_of(self, total: np.ndarray, mean: np.ndarray, draw: np.random.Generator) -> np.ndarray:
        """
        The probability integral transform: uniform where the band is right. Of counts, which jump, it is drawn within
        the jump (Czado, Gneiting and Held, 2009, Predictive model assessment for count data).
        """
        return self.recalibrated(_level(self, total, mean * self.factor, draw))


@dataclass(frozen=True)
class Forecasts:
    """
    Means of one window and what came, [series, 28].

    actual      NaN where it is not known
    is_weighed  [series] in kilograms or litres
    """

    mean: np.ndarray
    actual: np.ndarray
    is_weighed: np.ndarray

    @property
    def rate(self) -> np.ndarray:
        """[series] units a day, by which a series has its class."""
        return self.mean.mean(axis=1)

    def goods(self, goods: str) -> np.ndarray:
        return (self.is_weighed == (goods == WEIGHED)) & (self.rate > 0)


@dataclass(frozen=True)
class Sums:
    """Of the days 1 to `days`, one for each series and window whose days are all known."""

    rate: np.ndarray
    mean: np.ndarray
    total: np.ndarray
    # Which series, in the order of the windows.
    series: np.ndarray = field(default_factory=lambda: np.zeros(0, int))

    def of(self, mask: np.ndarray) -> "Sums":
        return Sums(self.rate[mask], self.mean[mask], self.total[mask], self.series[mask])


def sums_of(windows: Sequence[Forecasts], goods: str, days: int) -> Sums:
    parts: list[list[np.ndarray]] = [[], [], [], []]
    for window in windows:
        total, mean = window.actual[:, :days].sum(axis=1), window.mean[:, :days].sum(axis=1)
        usable = np.flatnonzero(window.goods(goods) & ~np.isnan(total) & (mean > 0))
        for part, values in zip(
            parts, (window.rate[usable], mean[usable], total[usable], usable), strict=True
        ):
            part.append(values)
    return Sums(*(np.concatenate(part) if part else np.zeros(0) for part in parts))


def fit_bands(windows: Sequence[Forecasts], seed: int = 1) -> list[Band]:
    """:returns: by goods, class and span; none of goods of which too few sums are known"""
    bands: list[Band] = []
    for goods in (PIECES, WEIGHED):
        # The longest span has the fewest sums.
        edges = edges_of(sums_of(windows, goods, SPANS[-1]).rate)
        for days in SPANS if edges else ():
            sums = sums_of(windows, goods, days)
            classes = np.searchsorted(edges, sums.rate, side="right") - 1
            for number, edge in enumerate(edges):
                bands.append(fit_band(goods, edge, days, sums.of(classes == number), seed))
    return sorted(bands, key=lambda band: (band.goods, band.from_mean, band.days))


def edges_of(rate: np.ndarray) -> list[float]:
    """Of classes with enough sums each; the first begins at 0."""
    edges: list[float] = []
    above = 0
    for low in reversed(EDGES):
        reached = int((rate >= low).sum())
        if reached - above >= LEAST_SUMS:
            edges.append(low)
            above = reached
    if edges:
        # What is left below the lowest class goes with it.
        edges[-1] = 0.0
    elif len(rate) >= LEAST_OF_GOODS:
        edges.append(0.0)
    return sorted(edges)


def fit_band(goods: str, edge: float, days: int, sums: Sums, seed: int) -> Band:
    mean = sums.mean
    factor = float(np.clip((sums.total.sum() + PRIOR_UNITS) / (mean.sum() + PRIOR_UNITS), *FACTORS))
    scale, dispersion = spread_of(sums.total, mean * factor, goods)
    band = Band(goods, edge, days, factor, dispersion, scale)
    level = band.level_of(sums.total, mean, np.random.default_rng((seed, days, int(edge * 10))))
    return Band(goods, edge, days, factor, dispersion, scale, recalibration_of(level))


def recalibration_of(level: np.ndarray) -> tuple[float, ...]:
    """Share of the levels up to each of STATED. (Kuleshov, Fenner and Ermon, 2018, isotonic on the same pairs.)"""
    stated = np.array(STATED)
    shares = (level[:, None] <= stated).sum(axis=0)
    return tuple(((shares + PRIOR_SUMS * stated) / (len(level) + PRIOR_SUMS)).tolist())


def spread_of(total: np.ndarray, mean: np.ndarray, goods: str, rounds: int = 20) -> tuple[float, float]:
    """
    Pseudo-likelihood: squared errors are regressed on their variances, each weighed by its own variance, which is the
    maximum of a likelihood that knows no shape (Davidian and Carroll, 1987, Variance function estimation).

    :returns: scale and dispersion; the scale of pieces is 1
    """
    error = (total - mean) ** 2
    scale, dispersion = 1.0, 0.1
    for _ in range(rounds):
        variance = np.maximum(scale * mean + dispersion * mean**2, 1e-12)
        weight = variance**-2
        before = (scale, dispersion)
        if goods == PIECES:
            dispersion = _ratio(weight * mean**2 * (error - mean), weight * mean**4)
        else:
            scale, dispersion = _two(weight, mean, error)
        dispersion = min(MOST_DISPERSION, max(0.0, dispersion))
        if max(abs(scale - before[0]), abs(dispersion - before[1])) < 1e-6:
            break
    return scale, dispersion if goods == PIECES else max(dispersion, LEAST_DISPERSION)


def _ratio(above: np.ndarray, below: np.ndarray) -> float:
    return float(above.sum() / below.sum()) if below.sum() > 0 else 0.0


def _two(weight: np.ndarray, mean: np.ndarray, error: np.ndarray) -> tuple[float, float]:
    """Least squares of error = scale mean + dispersion mean^2, neither below 0."""
    a = np.array([(weight * mean**2).sum(), (weight * mean**3).sum(), (weight * mean**4).sum()])
    b = np.array([(weight * mean * error).sum(), (weight * mean**2 * error).sum()])
    below = a[0] * a[2] - a[1] ** 2
    if below > 1e-9 * a[0] * a[2]:
        scale, dispersion = (a[2] * b[0] - a[1] * b[1]) / below, (a[0] * b[1] - a[1] * b[0]) / below
        if scale >= 0 and dispersion >= 0:
            return float(scale), float(dispersion)
    alone = float(b[0] / a[0]) if a[0] > 0 else 0.0, float(b[1] / a[2]) if a[2] > 0 else 0.0
    # Of one alone, the one that leaves less.
    left = [float((weight * (error - part * mean**power) ** 2).sum()) for power, part in enumerate(alone, 1)]
    return (alone[0], 0.0) if left[0] < left[1] else (0.0, alone[1])


def _shape(band: Band, mean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of the gamma: shape, and scale in units."""
    per_unit = band.scale + band.dispersion * mean
    return mean / per_unit, per_unit


def _cdf(band: Band, total: np.ndarray, mean: np.ndarray) -> np.ndarray:
    if band.goods == WEIGHED:
        shape, per_unit = _shape(band, mean)
        return np.where(total < 0, 0.0, special.gammainc(shape, np.maximum(total, 0) / per_unit))
    whole = np.floor(np.maximum(total, 0))
    if band.dispersion < LEAST_DISPERSION:
        below = special.gammaincc(whole + 1, mean)
    else:
        below = special.betainc(1 / band.dispersion, whole + 1, 1 / (1 + band.dispersion * mean))
    return np.where(total < 0, 0.0, below)


def _level(band: Band, total: np.ndarray, mean: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    upper = _cdf(band, total, mean)
    if band.goods == WEIGHED:
        return upper
    lower = _cdf(band, total - 1, mean)
    return lower + draw.random(len(total)) * (upper - lower)


def _quantile(band: Band, probability: np.ndarray, mean: np.ndarray) -> np.ndarray:
    if band.goods == WEIGHED:
        shape, per_unit = _shape(band, mean)
        return special.gammaincinv(shape, probability) * per_unit
    if band.dispersion < LEAST_DISPERSION:
        whole = stats.poisson.ppf(probability, mean)
    else:
        whole = stats.nbinom.ppf(probability, 1 / band.dispersion, 1 / (1 + band.dispersion * mean))
    # ppf of nothing is -1.
    return np.maximum(whole, 0)
