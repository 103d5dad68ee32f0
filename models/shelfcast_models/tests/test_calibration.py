import numpy as np
import polars as pl
import pytest

from ..calibration import Reconciliation, Totals, calibrate, reconcile, totals_of
from ..metrics import upper_tail

SERIES = 60


def counts(draw: np.random.Generator, rate: np.ndarray) -> np.ndarray:
    """Half of the days sell nothing at all."""
    return draw.poisson(rate, size=(SERIES, 28)) * (draw.random((SERIES, 28)) < 0.5) * 1.0


@pytest.mark.parametrize("off", [0.5, 0.8, 1.5])
def test_the_upper_quantile_covers_what_it_says_of_counts_with_many_zeros(off: float) -> None:
    draw = np.random.default_rng(1)
    rate = draw.uniform(1, 12, size=(SERIES, 1))
    upper = np.repeat(1.15 * rate, 28, axis=1) * off
    calibration = calibrate([counts(draw, rate) for _ in range(3)], [upper] * 3)
    later = counts(draw, rate)
    assert 0.85 <= upper_tail(later, calibration.apply(upper)) <= 0.95
    assert abs(upper_tail(later, calibration.apply(upper)) - 0.9) <= abs(upper_tail(later, upper) - 0.9)


def test_each_band_of_days_has_a_factor_of_its_own() -> None:
    draw = np.random.default_rng(2)
    spread = np.repeat([1, 1, 1, 2], 7)
    actual = draw.uniform(0, 10, size=(SERIES, 28)) * spread
    factors = calibrate([actual], [np.full((SERIES, 28), 9.0)]).p90_factors
    assert factors == pytest.approx((1, 1, 1, 2), rel=0.1)


def test_little_data_and_wild_data_stretch_nothing_without_end() -> None:
    few = calibrate([np.ones((3, 28))], [np.full((3, 28), 0.1)])
    assert few.p90_factors == (1, 1, 1, 1)
    wild = calibrate([np.full((SERIES, 28), 1e6)], [np.ones((SERIES, 28))])
    assert wild.p90_factors == (3, 3, 3, 3)
    nothing = calibrate([np.full((SERIES, 28), np.nan)], [np.zeros((SERIES, 28))])
    assert nothing.p90_factors == (1, 1, 1, 1)


def totals(category: np.ndarray, store: np.ndarray) -> Totals:
    """Two categories of one store, half of the series each."""
    halves = np.arange(SERIES) // (SERIES // 2)
    return Totals(halves, np.zeros(SERIES, dtype=int), category, store)


def windows(shift: float, seed: int) -> tuple[list[np.ndarray], list[np.ndarray], list[Totals]]:
    """Three windows: what came, what was told of the series, and what was told of the totals, with noise."""
    draw = np.random.default_rng(seed)
    actuals, means, directs = [], [], []
    for _ in range(3):
        mean = np.full((SERIES, 28), 5.0)
        actual = draw.poisson(mean * shift).astype(float)
        halves = np.array([actual[: SERIES // 2].sum(axis=0), actual[SERIES // 2 :].sum(axis=0)])
        noise = draw.normal(0, 15, size=halves.shape)
        direct = (halves if shift != 1 else mean[: SERIES // 2].sum(axis=0)) + noise
        actuals.append(actual)
        means.append(mean)
        directs.append(totals(direct, direct.sum(axis=0, keepdims=True)))
    return actuals, means, directs


def test_noise_in_the_totals_is_not_taken() -> None:
    for seed in range(5):
        reconciliation = reconcile(*windows(1, seed))
        assert reconciliation.level == pytest.approx(1, abs=0.02)
        assert max(reconciliation.category, reconciliation.store) < 0.25


def test_a_shift_of_all_windows_is_taken() -> None:
    reconciliation = reconcile(*windows(0.8, 1))
    assert reconciliation.level == 0.95
    assert reconciliation.category > 0.5
    actuals, means, directs = windows(0.8, 2)
    total = reconciliation.apply(means[0], directs[0])
    assert abs(total.sum() - actuals[0].sum()) < 0.3 * abs(means[0].sum() - actuals[0].sum())


def test_a_shift_of_one_window_alone_is_not_taken() -> None:
    actuals, means, directs = windows(1, 3)
    actuals[0] = actuals[0] * 1.1
    directs = [totals(np.full((2, 28), np.nan), np.full((1, 28), np.nan))] * 3
    assert reconcile(actuals, means, directs) == Reconciliation()


def test_one_window_teaches_nothing() -> None:
    actuals, means, directs = windows(0.8, 1)
    assert reconcile(actuals[:1], means[:1], directs[:1]) == Reconciliation()


def test_totals_are_those_of_store_and_category() -> None:
    keys = pl.DataFrame({"store_id": ["a", "a", "b"], "sku": ["1", "2", "1"], "category": ["x", "y", "x"]})
    frame = pl.DataFrame(
        {
            "store_id": ["a", "a"],
            "sku": ["1", "2"],
            "category": ["x", "y"],
            "horizon": [3, 3],
            "total_category": [4.0, 6.0],
            "total_store": [10.0, 10.0],
        }
    )
    sums = totals_of(keys, frame)
    assert sums.category_of.tolist() == [0, 1, 2]
    assert sums.store_of.tolist() == [0, 0, 1]
    assert sums.category[:, 2] == pytest.approx([4, 6, np.nan], nan_ok=True)
    assert sums.store[:, 2] == pytest.approx([10, np.nan], nan_ok=True)
    # A total that nobody told of leaves its series as they are.
    mean = np.full((3, 28), 2.0)
    assert Reconciliation(category=1).apply(mean, sums)[:, 2] == pytest.approx([4, 4, 2])
