from datetime import date

import numpy as np
import polars as pl
import pytest

from .. import metrics
from ..panel import Panel

NAN = np.nan


def panel_of_units(units: list[list[float]], price: list[float] | None = None) -> Panel:
    rows = np.array(units, dtype=float)
    keys = pl.DataFrame(
        {
            "store_id": ["s"] * len(rows),
            "sku": [f"{k}" for k in range(len(rows))],
            "category": ["c"] * len(rows),
        }
    )
    is_known = ~np.isnan(rows)
    first = np.where(is_known.any(axis=1), is_known.argmax(axis=1), rows.shape[1])
    prices = np.where(is_known, np.array(price or [1.0] * len(rows))[:, None], NAN)
    return Panel(keys, date(2026, 1, 1), first, rows, prices, np.where(is_known, 0.0, NAN))


def test_the_scale_is_the_mean_squared_change_since_the_first_day() -> None:
    panel = panel_of_units(
        [[0, 2, 2, 5], [NAN, NAN, 1, 4], [3, 3, 3, 3], [0, 0, 0, 0], [NAN, NAN, NAN, 7], [NAN] * 4]
    )
    assert metrics.scale_of(panel, 3) == pytest.approx([(4 + 0 + 9) / 3, 9, 0, 0, NAN, NAN], nan_ok=True)
    assert metrics.scale_of(panel, 2)[:2] == pytest.approx([2, NAN], nan_ok=True)


def test_weights_are_shares_of_the_money() -> None:
    panel = panel_of_units([[9, 1, 2], [9, 3, 0], [9, 0, 0], [NAN, NAN, NAN]], price=[2, 1, 5, 1])
    assert metrics.dollar_weights(panel, 2, days=2) == pytest.approx([6 / 9, 3 / 9, 0, 0])


def test_without_prices_units_weigh_and_without_sales_all_alike() -> None:
    units = panel_of_units([[1, 2], [1, 6]], price=[NAN, NAN])
    assert metrics.dollar_weights(units, 1, days=1) == pytest.approx([0.25, 0.75])
    assert metrics.dollar_weights(panel_of_units([[0, 0], [0, 0]]), 1) == pytest.approx([0.5, 0.5])


def test_wrmsse_by_hand() -> None:
    actual = np.array([[2, 4], [1, 1]], dtype=float)
    forecast = np.array([[1, 1], [1, 3]], dtype=float)
    # Mean squared errors 5 and 2, scales 5 and 8: 1 and 0.5.
    assert metrics.wrmsse(actual, forecast, np.array([5, 8]), np.array([0.6, 0.4])) == pytest.approx(
        0.6 + 0.2
    )


def test_wrmsse_skips_what_has_no_scale_and_no_actual() -> None:
    actual = np.array([[2, NAN], [1, 1], [1, 1], [NAN, NAN]])
    forecast = np.ones((4, 2))
    scale = np.array([4, 0, NAN, 1])
    assert metrics.wrmsse(actual, forecast, scale, np.full(4, 0.25)) == pytest.approx(0.25 * 0.5)


def test_errors_relative_to_what_came() -> None:
    actual, forecast = np.array([[4, 0, NAN, 6]]), np.array([[2, 1, 100, 9]], dtype=float)
    assert metrics.wape(actual, forecast) == pytest.approx((2 + 1 + 3) / 10)
    assert metrics.mape(actual, forecast) == pytest.approx((0.5 + 0.5) / 2)
    assert metrics.bias(actual, forecast) == pytest.approx((12 - 10) / 10)


def test_where_nothing_came_relative_errors_are_not_known() -> None:
    for measure in (metrics.wape, metrics.mape, metrics.bias):
        assert np.isnan(measure(np.zeros((1, 2)), np.ones((1, 2))))


def test_quantiles_by_hand() -> None:
    actual = np.array([[0, 2, 10, NAN]])
    low, high = np.array([[0, 3, 1, 0]], dtype=float), np.array([[1, 4, 8, 0]], dtype=float)
    assert metrics.coverage(actual, low, high) == pytest.approx(1 / 3)
    assert metrics.upper_tail(actual, high) == pytest.approx(2 / 3)
    # 0.1 of 1 and of 2 above, 0.9 of 2 below.
    assert metrics.pinball(actual, high, 0.9) == pytest.approx((0.1 * 1 + 0.1 * 2 + 0.9 * 2) / 3)
