"""Distributions of sums of days: what they recover of demand whose distribution is known."""

import itertools
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from ..backtest import Window
from ..calibration import Reconciliation, Totals
from ..censored_days import completed
from ..panel import Panel
from ..sum_bands import (
    LEAST_OF_GOODS,
    LEAST_SUMS,
    PIECES,
    SPANS,
    STATED,
    WEIGHED,
    Band,
    Forecasts,
    edges_of,
    fit_band,
    fit_bands,
    recalibration_of,
    spread_of,
    sums_of,
)
from ..sum_calibration import calibrate_sums, weighed_series
from ..sum_scores import LEVELS, figures_of, score

SERIES = 500
DAYS = 28


def world(
    seed: int, *, bias: float = 1.2, shared: float = 0.4, weighed: bool = False, series: int = SERIES
) -> Forecasts:
    """
    What comes is bias times what is forecast, times an error of the series that stays for all days (its standard
    deviation is `shared`), times one of each day: so that errors of days go together, as those of forecasts do.
    """
    draw = np.random.default_rng(seed)
    rate = draw.lognormal(0.5, 1.2, size=(series, 1)).clip(0.05)
    mean = rate * draw.uniform(0.6, 1.4, size=(series, DAYS))
    lasting = draw.gamma(1 / shared**2, shared**2, size=(series, 1))
    daily = draw.gamma(4, 1 / 4, size=(series, DAYS))
    wanted = bias * mean * lasting * daily
    actual = wanted if weighed else draw.poisson(wanted).astype(float)
    return Forecasts(mean, actual, np.full(series, weighed))


def coverage(bands: list[Band], window: Forecasts, days: int, level: float, seed: int = 9) -> float:
    """Share of sums that are at most the quantile, drawn within the jumps of counts."""
    draw = np.random.default_rng(seed)
    shares = []
    for band in bands:
        if band.days == days:
            after = [b.from_mean for b in bands if b.days == days and b.from_mean > band.from_mean]
            sums = sums_of([window], band.goods, days)
            sums = sums.of((sums.rate >= band.from_mean) & (sums.rate < min([*after, np.inf])))
            shares.append(band.level_of(sums.total, sums.mean, draw) <= level)
    return float(np.concatenate(shares).mean())


@pytest.mark.parametrize("weighed", [False, True])
@pytest.mark.parametrize("days", [1, 7, 28])
def test_service_levels_hold_on_later_windows(weighed: bool, days: int) -> None:
    bands = fit_bands([world(seed, weighed=weighed) for seed in range(3)])
    later = world(100, weighed=weighed, series=4_000)
    for level in LEVELS:
        assert coverage(bands, later, days, level) == pytest.approx(level, abs=0.03)


def test_the_tail_holds_where_the_family_is_wrong() -> None:
    """Errors by factors with a long tail: no gamma or negative binomial is like it, the map of probabilities is."""

    def lumpy(seed: int, series: int = SERIES) -> Forecasts:
        draw = np.random.default_rng(seed)
        mean = np.full((series, DAYS), 5.0)
        error = draw.lognormal(-0.5, 1.0, (series, 1))
        return Forecasts(mean, draw.poisson(error * mean).astype(float), np.zeros(series, bool))

    windows = [lumpy(seed) for seed in range(3)]
    bands = fit_bands(windows)
    plain = [replace(band, actual=STATED) for band in bands]
    later = lumpy(50, 3_000)
    for level in LEVELS:
        assert coverage(bands, later, 7, level) == pytest.approx(level, abs=0.025)
    assert max(abs(coverage(plain, later, 7, level) - level) for level in LEVELS) > 0.05


def shelf(window: Forecasts, seed: int) -> tuple[Forecasts, np.ndarray, Forecasts]:
    """The same demand, with an empty shelf where a day wants more than was put there in the morning."""
    draw = np.random.default_rng(seed)
    stock = np.ceil(window.mean * 1.2 * draw.uniform(0.8, 2.6, size=window.mean.shape))
    empty = window.actual >= stock
    sold = np.minimum(window.actual, stock)
    return Forecasts(window.mean, np.where(empty, np.nan, sold), window.is_weighed), sold, window


def test_empty_shelves_lower_no_service_level() -> None:
    shelves = [shelf(world(seed, shared=0.2), seed) for seed in range(3)]
    windows, share = completed([seen for seen, _, _ in shelves], [sold for _, sold, _ in shelves])
    assert 0.05 < share < 0.4
    truth = world(77, shared=0.2, series=4_000)
    bands = fit_bands(windows)
    for level in (0.8, 0.9, 0.95):
        assert coverage(bands, truth, 3, level) == pytest.approx(level, abs=0.03)
    # Sums without an empty shelf are the small ones, and of four weeks there is none.
    seen = [window for window, _, _ in shelves]
    of_the_rest = [fit_band(PIECES, 0, 3, sums_of(seen, PIECES, 3), 1)]
    assert coverage(of_the_rest, truth, 3, 0.95) < 0.9
    assert fit_bands(seen) == []


def test_what_is_drawn_is_at_least_what_was_sold_and_whole_where_pieces_are() -> None:
    seen, sold, _ = shelf(world(3), 3)
    windows, _ = completed([seen], [sold])
    drawn = windows[0].actual
    assert not np.isnan(drawn).any()
    assert (drawn >= sold).all()
    assert (drawn == np.round(drawn)).all()
    known = ~np.isnan(seen.actual)
    assert (drawn[known] == seen.actual[known]).all()
    again, _ = completed([seen], [sold])
    assert (again[0].actual == drawn).all()


def test_days_that_nobody_knows_stay_unknown() -> None:
    seen, sold, _ = shelf(world(3), 3)
    sold[:, 20:] = np.nan
    seen.actual[:, 20:] = np.nan
    windows, _ = completed([seen], [sold])
    assert np.isnan(windows[0].actual[:, 20:]).all()
    assert {band.days for band in fit_bands(windows)} == set()
    assert len(sums_of(windows, PIECES, 14).total) == SERIES


def test_dispersion_is_found() -> None:
    draw = np.random.default_rng(5)
    mean = draw.uniform(1, 60, 20_000)
    total = draw.poisson(mean * draw.gamma(1 / 0.3, 0.3, len(mean))).astype(float)
    assert spread_of(total, mean, PIECES) == (1.0, pytest.approx(0.3, rel=0.06))
    unit = 0.5 + 0.2 * mean
    scale, dispersion = spread_of(draw.gamma(mean / unit, unit), mean, WEIGHED)
    assert (scale, dispersion) == (pytest.approx(0.5, rel=0.4), pytest.approx(0.2, rel=0.1))
    # Less than the chance of single sales is none.
    assert spread_of(np.round(mean), mean, PIECES) == (1.0, 0.0)


def test_classes_have_enough_sums_each() -> None:
    rate = np.random.default_rng(1).lognormal(0, 2, 3_000)
    edges = edges_of(rate)
    assert edges[0] == 0
    counts = np.histogram(rate, [*edges, np.inf])[0]
    assert (counts >= LEAST_SUMS).all()
    assert edges_of(rate[:LEAST_OF_GOODS]) == [0.0]
    assert edges_of(rate[: LEAST_OF_GOODS - 1]) == []
    assert edges_of(np.zeros(0)) == []


def test_the_map_ascends_and_little_data_moves_it_little() -> None:
    few = recalibration_of(np.array([0.999, 0.999]))
    assert all(b >= a for a, b in itertools.pairwise(few))
    assert few[4] == pytest.approx(0.5, abs=0.05)
    assert recalibration_of(np.zeros(0)) == pytest.approx(STATED)


def test_every_class_has_every_span() -> None:
    bands = fit_bands([world(seed) for seed in range(2)])
    by_class: dict[float, set[int]] = {}
    for band in bands:
        by_class.setdefault(band.from_mean, set()).add(band.days)
    assert min(by_class) == 0
    assert all(days == set(SPANS) for days in by_class.values())


def test_daily_quantiles_added_and_independent_days_are_worse() -> None:
    bands = fit_bands([world(seed) for seed in range(3)])
    scored = score(bands, [world(200), world(201)])
    bands_, added, normal = (
        figures_of(scored, method) for method in ("bands", "daily quantiles", "independent normal")
    )
    assert bands_ is not None
    assert added is not None
    assert normal is not None
    assert bands_.below[0.95] == pytest.approx(0.95, abs=0.03)
    assert abs(added.below[0.95] - 0.95) > 0.02
    assert normal.below[0.95] < 0.9
    assert bands_.crps < min(added.crps, normal.crps)
    low, high = bands_.below_interval[0.95]
    assert low < bands_.below[0.95] < high


def test_bands_say_what_the_manifest_takes() -> None:
    band = fit_bands([world(seed) for seed in range(2)])[0].to_json()
    assert set(band) == {"goods", "from_mean", "days", "factor", "dispersion", "scale", "levels"}


def window(seed: int) -> Window:
    """A window of the backtest of demand as above, with an empty shelf on a day in a hundred."""
    came = world(seed)
    draw = np.random.default_rng(seed)
    none = np.full((1, DAYS), np.nan)
    group = np.zeros(SERIES, int)
    return Window(
        origin=date(2026, 1, 1) - timedelta(days=28 * seed),
        actual=np.where(draw.random(came.actual.shape) < 0.01, np.nan, came.actual),
        sold=came.actual,
        mean=came.mean,
        quantiles={},
        baselines={"ses": np.repeat(came.mean.mean(axis=1, keepdims=True), DAYS, axis=1)},
        totals=Totals(group, group, none, none),
        scale=np.ones(SERIES),
        weights=np.full(SERIES, 1 / SERIES),
    )


def panel_with(units: np.ndarray) -> Panel:
    keys = pl.DataFrame({"store_id": ["a"] * len(units), "sku": [f"{k:04d}" for k in range(len(units))]})
    nothing = np.zeros_like(units)
    return Panel(keys, date(2025, 1, 1), np.zeros(len(units), int), units, nothing, nothing)


def test_a_bundle_has_bands_of_all_windows_and_scores_of_those_held_out() -> None:
    panel = panel_with(np.ones((SERIES, 2)))
    windows = [window(seed) for seed in range(5)]
    sums = calibrate_sums(panel, windows[3:], windows[:3], Reconciliation(), "ses")
    assert sums.metrics["sum_below_95"] == pytest.approx(0.95, abs=0.03)
    assert sums.metrics["sum_crps"] < sums.metrics["sum_crps_daily_quantiles"]
    assert "independent normal" in sums.text
    # What is scored knows nothing of the windows that it is scored on.
    wild = [replace(each, actual=each.actual * 5, sold=each.sold * 5) for each in windows[:3]]
    assert calibrate_sums(panel, windows[3:], wild, Reconciliation(), "ses").metrics["sum_below_95"] < 0.5
    # Of a young warehouse the newest window is scored, and a single one is not.
    assert "sum_crps" in calibrate_sums(panel, [], windows[:2], Reconciliation(), "ses").metrics
    alone = calibrate_sums(panel, [], windows[:1], Reconciliation(), "ses")
    assert alone.metrics == {}
    assert len(alone.bands["model"]) > 0


def test_weighed_goods_are_those_that_were_sold_in_parts() -> None:
    units = np.array([[1.0, 2.0], [0.25, 1.0], [np.nan, 3.0]])
    assert weighed_series(panel_with(units)).tolist() == [False, True, False]
