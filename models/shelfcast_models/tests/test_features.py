"""Features of a series whose days are known, worked out by hand."""

from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl
import pytest

from ..contract import CONTRACT, HORIZONS
from ..features import FeatureStore, input_set, reasons
from .world import ALWAYS

ORIGIN = date(2025, 6, 30)  # a Monday
DAYS = 120


def day(age: int) -> date:
    return ORIGIN - timedelta(days=age)


def series(
    sku: str, units: dict[int, float], usual: float = 2, **others: dict[int, float]
) -> list[dict[str, object]]:
    """Days of a series by their age: the same units each day, but for those that are told."""
    return [
        {
            "store_id": "oslo",
            "sku": sku,
            "day": day(age),
            "units": float(units.get(age, usual)),
            "price": float(others.get("price", {}).get(age, 4.0)),
            "promotion_off": float(others.get("promotion_off", {}).get(age, 0)),
            "stock_out": int(others.get("stock_out", {}).get(age, 0)),
        }
        for age in range(others.get("length", {}).get(0, DAYS))
    ]


def planned(sku: str, age: int, price: float, off: float) -> dict[str, object]:
    return {
        "store_id": "oslo",
        "sku": sku,
        "day": day(age),
        "price": price,
        "promotion_off": off,
        "promotion_kind": "end_cap" if off else "",
        "announced_on": day(10),
        "promotion_announced_on": day(10),
    }


PROMOTED = dict.fromkeys(range(30, 40), 0.25)
SERIES = {
    # 9 units on the origin, which is 3 days after an empty shelf that sold 1.
    "sold-out": series("sold-out", {0: 9, 3: 1}, stock_out={3: 1}),
    "in-stock": series("in-stock", {0: 9}),
    # The last sale 5 days ago; 6 a day before that.
    "asleep": series("asleep", dict.fromkeys(range(5), 0), usual=6),
    # 6 units on ten promoted days, 2 on the others; 4.00 but 5.00 in the last 28 days.
    "promoted": series(
        "promoted", dict.fromkeys(PROMOTED, 6), promotion_off=PROMOTED, price=dict.fromkeys(range(28), 5)
    ),
    # One unit on Mondays, none else: 16 Mondays in 112 days.
    "mondays": series("mondays", dict.fromkeys(range(0, DAYS, 7), 1), usual=0),
    "ended": [row for row in series("ended", {}) if row["day"] < ORIGIN],
    "new": series("new", {}, usual=3, length={0: 4}),
}
# Ten days before the origin, and as many after it.
EVENTS = [{"event": "fair", "day": day(50)}, {"event": "fair", "day": day(-7)}]


@pytest.fixture(scope="module")
def rows() -> Iterator[pl.DataFrame]:
    days = pl.DataFrame([row for rows in SERIES.values() for row in rows])
    # At the fair the category "fair" sells twice as much, in its stores.
    visited = [
        {**row, "sku": "fair", "units": 8.0 if row["day"] == day(50) else 4.0} for row in series("fair", {})
    ]
    calendar = pl.DataFrame({"day": [day(age) for age in range(-40, DAYS)]})
    store_days = calendar.join(pl.DataFrame(EVENTS), on="day", how="left").select(
        pl.lit("oslo").alias("store_id"),
        "day",
        pl.col("event").fill_null(""),
        pl.col("event").is_not_null().cast(pl.UInt8).alias("event_kind"),
        pl.lit(0).alias("holiday"),
        pl.lit(0.0).alias("flag"),
    )
    store = FeatureStore(
        {
            "series": pl.DataFrame(
                [
                    {
                        "store_id": "oslo",
                        "sku": sku,
                        "category": sku,
                        "unit": "each",
                        "unit_scale": 1.0,
                        "listed_to": ALWAYS,
                    }
                    for sku in [*SERIES, "fair"]
                ]
            ),
            "series_days": pl.concat([days, pl.DataFrame(visited)]),
            "series_plan": pl.DataFrame(
                [
                    planned("promoted", -horizon, 3.0 if horizon <= 7 else 5.0, 0.25 * (horizon <= 7))
                    for horizon in range(1, 29)
                ]
            ),
            "store_days": store_days,
        }
    )
    yield pl.from_arrow(store.build([ORIGIN]))
    store.close()


def row_of(rows: pl.DataFrame, sku: str, horizon: int = 1) -> dict[str, float]:
    return rows.filter((pl.col("sku") == sku) & (pl.col("horizon") == horizon)).row(0, named=True)


def test_each_series_has_a_row_for_each_day_ahead(rows: pl.DataFrame) -> None:
    assert rows.height == 28 * len(SERIES)
    first = row_of(rows, "in-stock")
    assert (first["target_date"], first["weekday"]) == (date(2025, 7, 1), 2)


def test_every_input_is_a_column_with_a_reason(rows: pl.DataFrame) -> None:
    causes = reasons()
    for name in [*input_set("lean"), *input_set("full")]:
        assert rows[name].dtype == pl.Float32
        assert causes[name]


def weighted(values: list[float], alpha: float) -> float:
    """Exponentially smoothed, the newest first."""
    weights = [(1 - alpha) ** age for age in range(len(values))]
    return sum(value * weight for value, weight in zip(values, weights, strict=True)) / sum(weights)


@pytest.mark.parametrize("sku", ["sold-out", "asleep", "promoted", "mondays", "new"])
def test_baselines_have_the_parameters_of_the_contract(rows: pl.DataFrame, sku: str) -> None:
    units = [row["units"] for row in SERIES[sku]]
    sizes = [each for each in units if each > 0]
    baselines = CONTRACT.baselines
    days, alpha = baselines["moving_average"].days, baselines["tsb"].alpha
    expected = {
        "naive": units[0],
        "moving_average": sum(units[:days]) / min(days, len(units)),
        "ses": weighted(units, baselines["ses"].alpha),
        "tsb": weighted([float(each > 0) for each in units], alpha) * weighted(sizes, alpha),
    }
    for horizon in range(1, HORIZONS + 1):
        week = baselines["seasonal_naive"].days
        age = -horizon % week
        expected["seasonal_naive"] = units[age] if age < len(units) else units[0]
        row = row_of(rows, sku, horizon)
        assert {name: row[f"baseline_{name}"] for name in baselines} == pytest.approx(expected, rel=1e-5)


def test_a_day_on_which_the_shelf_was_empty_is_no_demand(rows: pl.DataFrame) -> None:
    empty, full = row_of(rows, "sold-out"), row_of(rows, "in-stock")
    # Six days count: 9 and five of 2.
    assert empty["mean_7"] == pytest.approx((9 + 5 * 2) / 6)
    assert full["mean_7"] == pytest.approx((9 + 6 * 2) / 7)
    assert empty["mean_28"] == pytest.approx((9 + 26 * 2) / 27)
    assert empty["stock_out_28"] == pytest.approx(1 / 28)
    assert empty["deviation_28"] == pytest.approx(pl.Series([9] + [2] * 26).std())
    # A baseline takes the day as it was.
    assert empty["baseline_moving_average"] == pytest.approx((9 + 1 + 26 * 2) / 28)


def test_means_of_a_weekday_without_the_empty_day(rows: pl.DataFrame) -> None:
    # Three days before a Monday was a Friday, as is the fourth day ahead.
    friday = row_of(rows, "sold-out", 4)
    assert (friday["last_same_weekday"], friday["weekday_28"], friday["weekday_112"]) == (1, 2, 2)


def test_days_since_the_last_sale(rows: pl.DataFrame) -> None:
    asleep = row_of(rows, "asleep")
    assert (asleep["days_since_sale"], asleep["lag_1"], asleep["mean_7"]) == (5, 0, pytest.approx(2 * 6 / 7))
    assert asleep["zeros_28"] == pytest.approx(5 / 28)
    assert row_of(rows, "in-stock")["days_since_sale"] == 0


def test_the_phase_of_a_target_is_its_weekday(rows: pl.DataFrame) -> None:
    for horizon in range(1, 29):
        row = row_of(rows, "mondays", horizon)
        # Of a whole week of weekdays, Mondays have all.
        expected = (1, 7) if horizon % 7 == 0 else (0, 0)
        assert (row["weekday_28"], row["category_weekday"]) == pytest.approx(expected)
        assert row["baseline_seasonal_naive"] == expected[0]
        assert row["weekday"] == row["target_date"].isoweekday()


def test_price_relative_to_its_history(rows: pl.DataFrame) -> None:
    cheap, usual = row_of(rows, "promoted", 7), row_of(rows, "promoted", 8)
    assert (cheap["price"], usual["price"]) == (3, 5)
    assert cheap["price_relative_28"] == pytest.approx(3 / 5)
    assert cheap["price_relative_90"] == pytest.approx(3 / ((28 * 5 + 62 * 4) / 90))
    # Without a plan the price stays as it was.
    assert row_of(rows, "in-stock")["price_relative_28"] == 1


def test_how_much_more_a_promotion_sells(rows: pl.DataFrame) -> None:
    # Ten days of 6 and a usual 2; ten more days at the category's lift, which is 3 as well.
    row = row_of(rows, "promoted")
    assert row["promotion_lift"] == pytest.approx(3)
    assert (row["promotion_lift_now"], row["promotion_off"], row["promotion_display"]) == (
        pytest.approx(3),
        0.25,
        1,
    )
    later = row_of(rows, "promoted", 8)
    assert (later["promotion_lift_now"], later["promotion_off"], later["promotion_before"]) == (1, 0, 0.25)


def test_how_much_more_is_sold_at_an_event(rows: pl.DataFrame) -> None:
    # Of the weekday's mean of four to eight weeks before, which is 4, the day of the fair sold 8.
    at, before = row_of(rows, "fair", 7), row_of(rows, "fair", 6)
    assert (at["days_to_event"], at["event_kind"], at["event_lift"]) == (0, 1, pytest.approx(2))
    assert (before["days_to_event"], before["event_lift"]) == (1, pytest.approx(1))
    assert row_of(rows, "fair", 8)["days_since_event"] == 1


def test_a_series_of_four_days_has_what_they_say(rows: pl.DataFrame) -> None:
    new = row_of(rows, "new", 7)
    assert (new["known_days"], new["mean_7"], new["mean_90"], new["weekday_28"]) == (4, 3, 3, 3)
    # No day of that weekday yet.
    unknown = row_of(rows, "new", 1)
    assert (unknown["weekday_28"], unknown["last_same_weekday"]) == (None, None)
    assert unknown["baseline_seasonal_naive"] == 3


def test_an_input_that_no_definition_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="no set of inputs"):
        input_set("rich")


def test_a_series_that_ended_has_no_row(rows: pl.DataFrame) -> None:
    assert "ended" not in rows["sku"]
