"""
What was wanted on days on which the shelf was empty.

Such a day tells less than was wanted: at least what was sold. To leave out each sum that holds one would leave out
nearly half of the sums of two weeks, and of those the large ones, for it is what sells more than was thought that
runs out; service levels learned from the rest come out too low. To take the sum for a lower bound (Kaplan and Meier)
would suppose that what a sum lost says nothing of how large it was, which is false as soon as the shelf is filled
again within it. So the day itself is drawn from what is known of it: its distribution, given that it is at least what
was sold (stochastic imputation, Little and Rubin, 2020, Statistical analysis with missing data, ch. 10), learned from
all days by turns (stochastic EM, Celeux and Diebolt, 1985). It supposes that within a day how much was on the shelf
has nothing to do with how far demand is off its forecast. What remains is a bias to the low side where a shelf runs
out because many days in a row sold more than was thought: the days after are drawn without that knowledge.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import special, stats

from .sum_bands import (
    LEAST_DISPERSION,
    PIECES,
    WEIGHED,
    Band,
    Forecasts,
    Sums,
    edges_of,
    fit_band,
)

TURNS = 3
# Of the days of a class more would tell nothing new.
MOST_DAYS = 60_000


def completed(
    windows: Sequence[Forecasts], sold: Sequence[np.ndarray], seed: int = 1
) -> tuple[list[Forecasts], float]:
    """
    :param windows: with NaN for days on which the shelf was empty, and for those that nobody knows
    :param sold: by window, what was sold on all days; NaN where nobody knows
    :returns: the windows with such days drawn, and their share of the days that are known
    """
    draw = np.random.default_rng(seed)
    empty = [np.isnan(window.actual) & ~np.isnan(units) for window, units in zip(windows, sold, strict=True)]
    filled = list(windows)
    for turn in range(TURNS):
        for goods in (PIECES, WEIGHED):
            bands = day_bands(filled, goods, seed + turn)
            if bands:
                filled = [
                    replace(window, actual=_drawn(window, units, days, goods, bands, draw))
                    for window, units, days in zip(filled, sold, empty, strict=True)
                ]
    known = sum(int((~np.isnan(units)).sum()) for units in sold)
    return filled, sum(int(days.sum()) for days in empty) / max(known, 1)


def day_bands(windows: Sequence[Forecasts], goods: str, seed: int) -> list[Band]:
    """How single days are distributed, whichever their horizon, by class."""
    rates, means, totals = [], [], []
    for window in windows:
        usable = window.goods(goods)[:, None] & ~np.isnan(window.actual) & (window.mean > 0)
        rates.append(np.broadcast_to(window.rate[:, None], usable.shape)[usable])
        means.append(window.mean[usable])
        totals.append(window.actual[usable])
    rate, mean, total = (np.concatenate(part) for part in (rates, means, totals))
    if len(rate) > MOST_DAYS:
        some = np.random.default_rng(seed).choice(len(rate), MOST_DAYS, replace=False)
        rate, mean, total = rate[some], mean[some], total[some]
    edges = edges_of(rate)
    classes = np.searchsorted(edges, rate, side="right") - 1
    days = Sums(rate, mean, total, np.zeros(len(rate), int))
    return [fit_band(goods, edge, 1, days.of(classes == number), seed) for number, edge in enumerate(edges)]


def _drawn(
    window: Forecasts,
    sold: np.ndarray,
    empty: np.ndarray,
    goods: str,
    bands: Sequence[Band],
    draw: np.random.Generator,
) -> np.ndarray:
    actual = window.actual.copy()
    edges = [band.from_mean for band in bands]
    series, day = np.nonzero(empty & window.goods(goods)[:, None])
    classes = np.searchsorted(edges, window.rate[series], side="right") - 1
    for number, band in enumerate(bands):
        at = series[classes == number], day[classes == number]
        actual[at] = _at_least(band, np.maximum(sold[at], 0), window.mean[at], draw)
    return actual


def _at_least(band: Band, sold: np.ndarray, mean: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """A draw of the day's demand, given that it is at least what was sold."""
    mean = np.maximum(mean * band.factor, 1e-9)
    u = draw.random(len(mean))
    if band.goods == WEIGHED:
        per_unit = band.scale + band.dispersion * mean
        above = special.gammaincc(mean / per_unit, sold / per_unit) * u
        drawn = special.gammainccinv(mean / per_unit, above) * per_unit
    elif band.dispersion < LEAST_DISPERSION:
        drawn = stats.poisson.isf(stats.poisson.sf(sold - 1, mean) * u, mean)
    else:
        size, share = 1 / band.dispersion, 1 / (1 + band.dispersion * mean)
        drawn = stats.nbinom.isf(stats.nbinom.sf(sold - 1, size, share) * u, size, share)
    # Far in the tail nothing is left to draw from: it is what was sold.
    return np.where(np.isfinite(drawn), np.maximum(drawn, sold), sold)
