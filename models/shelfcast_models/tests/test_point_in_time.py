"""Features know nothing of the days after their origin."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from ..features import FOLDER, KEYS, FeatureStore
from .world import START, world

DAYS = 430
ORIGIN = START + timedelta(days=400)


def features_of(
    inputs: dict[str, pl.DataFrame], folder: Path = FOLDER, origin: date = ORIGIN
) -> pl.DataFrame:
    store = FeatureStore(inputs, folder)
    try:
        return pl.from_arrow(store.build([origin]))
    finally:
        store.close()


def another_future(inputs: dict[str, pl.DataFrame], origin: date) -> dict[str, pl.DataFrame]:
    """The same days up to the origin; after it, other sales, prices, promotions and weather, in tables as long."""

    def changed(is_future: pl.Expr, **columns: pl.Expr | int | float | str) -> list[pl.Expr]:
        return [
            pl.when(is_future)
            .then(pl.lit(value) if not isinstance(value, pl.Expr) else value)
            .otherwise(name)
            .alias(name)
            for name, value in columns.items()
        ]

    later = pl.col("day") > origin
    units = pl.col("units") * 3 + 11
    weather = {"temperature_c": pl.col("temperature_c") + 17, "rain_mm": pl.col("rain_mm") * 4 + 5}
    plan = {"price": pl.col("price") * 9, "promotion_off": 0.7, "promotion_kind": pl.lit("multibuy")}
    sold = {
        "units": units,
        "price": pl.col("price") * 9,
        "promotion_off": 0.7,
        "stock_out": 1 - pl.col("stock_out"),
    }
    return {
        **inputs,
        "series_days": inputs["series_days"].with_columns(changed(later, **sold)),
        "series_plan": inputs["series_plan"].with_columns(changed(pl.col("announced_on") > origin, **plan)),
        "store_weather": inputs["store_weather"].with_columns(changed(later, **weather)),
        "store_weather_forecasts": inputs["store_weather_forecasts"].with_columns(
            changed(pl.col("issued_on") > origin, **weather)
        ),
    }


def moved(inputs: dict[str, pl.DataFrame], folder: Path = FOLDER, origin: date = ORIGIN) -> list[str]:
    """Columns of the features that another future changes."""
    features = features_of(inputs, folder, origin)
    other = features_of(another_future(inputs, origin), folder, origin)
    assert features.height > 0
    assert features.select(KEYS).equals(other.select(KEYS))
    return [name for name in features.columns if not features[name].equals(other[name], null_equal=True)]


@pytest.fixture(scope="module")
def inputs() -> dict[str, pl.DataFrame]:
    return world(skus=3, days=DAYS)


def test_no_feature_changes_with_what_comes_after_its_origin(inputs: dict[str, pl.DataFrame]) -> None:
    assert moved(inputs) == []


def test_nor_where_days_are_missing() -> None:
    # Windows that count rows instead of days reach over a gap, into the future.
    inputs = world(skus=2, days=760)
    closed = pl.col("day").is_between(START + timedelta(days=480), START + timedelta(days=690))
    tables = ("series_days", "store_weather")
    with_gap = {**inputs, **{name: inputs[name].filter(~closed) for name in tables}}
    assert moved(with_gap, origin=START + timedelta(days=730)) == []


def test_what_was_announced_and_issued_up_to_the_origin_is_used(inputs: dict[str, pl.DataFrame]) -> None:
    rows = features_of(inputs)
    planned = rows.join(
        inputs["series_plan"], left_on=["store_id", "sku", "target_date"], right_on=["store_id", "sku", "day"]
    )
    early = pl.col("announced_on") <= ORIGIN
    assert set(planned["promotion_off_right"].filter(planned.select(early).to_series()).round(4)) == {0, 0.2}
    # Announced later: no promotion, and the price of the last weeks.
    assert planned.filter(~early)["promotion_off"].max() == 0
    assert planned.filter(~early)["price_relative_28"].to_list() == pytest.approx(
        [1.0] * planned.filter(~early).height
    )
    assert rows.filter(pl.col("horizon") <= 7)["temperature_anomaly"].abs().max() > 0
    assert rows.filter(pl.col("horizon") > 7)["temperature_anomaly"].abs().max() == 0


# Leaks of one case are in columns of which no other is made.
@pytest.mark.parametrize(
    "leaks",
    [
        {
            "mean_7": (
                "05_series_windows.sql",
                {
                    "o >= day and": "o + 1 >= day and",
                    "groupArray(day) as read_days": "groupArray(least(day, origin)) as read_days",
                },
            ),
            "price": (
                "45_targets.sql",
                {"plan.announced_on <= o.origin": "plan.announced_on <= o.target_date"},
            ),
            "temperature_anomaly": ("45_targets.sql", {"issued_on = o.origin": "issued_on = o.origin + 1"}),
        },
        {"event_lift": ("33_event_lifts.sql", {"day <= origin": "day <= origin + 28"})},
    ],
)
def test_planted_leaks_are_found(
    inputs: dict[str, pl.DataFrame], tmp_path: Path, leaks: dict[str, tuple[str, dict[str, str]]]
) -> None:
    for path in FOLDER.glob("*.sql"):
        shutil.copy(path, tmp_path)
    for file, changes in leaks.values():
        statement = (tmp_path / file).read_text()
        for text, leaking in changes.items():
            assert statement.count(text) == 1
            statement = statement.replace(text, leaking)
        (tmp_path / file).write_text(statement)
    assert leaks.keys() <= set(moved(inputs, tmp_path))
