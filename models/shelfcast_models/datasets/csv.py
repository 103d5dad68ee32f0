"""
A CSV file of daily sales, plain or gzipped, with a header: store_id, sku, date, units; and, where they are known,
category, price, promotion_off (share of the price), stock_out (0 or 1). A day without a row sold nothing. The last 28
days are held out.
"""

from datetime import date, timedelta
from pathlib import Path

import polars as pl

from ..contract import HORIZONS
from ..panel import panel_of
from .dataset import Source
from .files import FileFeatures

NEEDED = ("store_id", "sku", "date", "units")
MORE = "Name a file with more."
NUMBERS = ("units", "price", "promotion_off", "stock_out")
ALWAYS = date(2100, 1, 1)


def open_csv(path: Path) -> Source:
    sold = _read(path)
    last_day = _last_day(path, sold)
    days = _days(sold)
    keys = sold.group_by("store_id", "sku").agg(pl.col("category").first())
    inputs = _inputs(days, keys, last_day)
    return Source(
        "csv",
        panel_of(days, keys, last_day),
        panel_of(days, keys),
        FileFeatures(inputs),
        inputs["store_days"],
    )


def _read(path: Path) -> pl.DataFrame:
    """:returns: store_id, sku, day, units, price, promotion_off, stock_out, category; one row a day of a series"""
    if not path.is_file():
        raise ValueError(f"{path} is not a file. Name a CSV file with the columns {', '.join(NEEDED)}.")
    table = pl.read_csv(
        path,
        infer_schema_length=None,
        try_parse_dates=True,
        schema_overrides={"store_id": pl.String, "sku": pl.String},
    )
    missing = [name for name in NEEDED if name not in table.columns]
    if missing:
        raise ValueError(
            f"{path.name} has no column {', '.join(missing)}. Columns: {', '.join(table.columns)}."
        )
    if table.height == 0:
        raise ValueError(f"{path.name} has no row. {MORE}")
    if table["date"].dtype != pl.Date:
        raise ValueError(f'{path.name}: column date holds "{table["date"][0]}". Write dates like 2026-01-31.')
    for name, empty in (("category", "all"), ("price", None), ("promotion_off", 0.0), ("stock_out", 0)):
        if name not in table.columns:
            table = table.with_columns(pl.lit(empty, pl.Float64 if empty is None else None).alias(name))
    for name in NUMBERS:
        numbers = table[name].cast(pl.Float64, strict=False)
        wrong = table[name].filter(numbers.is_null() & table[name].is_not_null())
        if len(wrong) > 0:
            raise ValueError(f'{path.name}: column {name} holds "{wrong[0]}". Write a number, with a point.')
        table = table.with_columns(numbers)
    return table.group_by("store_id", "sku", pl.col("date").alias("day")).agg(
        pl.col("units").sum(),
        pl.col("price").mean(),
        pl.col("promotion_off").max(),
        pl.col("stock_out").max(),
        pl.col("category").first(),
    )


def _last_day(path: Path, sold: pl.DataFrame) -> date:
    """The last day to learn from. :raises ValueError: where there is nothing to learn or to score"""
    if sold.height == 0 or (sold["day"].max() - sold["day"].min()).days < HORIZONS:
        raise ValueError(
            f"{path.name} has sales of less than {HORIZONS + 1} days: the last {HORIZONS} are held out. {MORE}"
        )
    end = sold["day"].max()
    last_day = end - timedelta(days=HORIZONS)
    first_sale = sold.filter(pl.col("units") > 0)["day"].min()
    if first_sale is None:
        raise ValueError(
            f"{path.name}: no row has units above 0. Nothing was sold, so there is nothing to learn and nothing to "
            "score. Name a file with sales, or check the column units."
        )
    if first_sale > last_day:
        raise ValueError(
            f"{path.name}: the first sale is on {first_sale}, and the last {HORIZONS} days, from "
            f"{last_day + timedelta(days=1)} on, are held out. There is nothing to learn. {MORE}"
        )
    return last_day


def _days(sold: pl.DataFrame) -> pl.DataFrame:
    """Every day of every series from its first sale on; a day without a price has that of the day before."""
    end = sold["day"].max()
    begins = sold.filter(pl.col("units") > 0).group_by("store_id", "sku").agg(begins=pl.col("day").min())
    return (
        begins.with_columns(day=pl.date_ranges("begins", pl.lit(end)))
        .explode("day")
        .join(sold.drop("category"), on=["store_id", "sku", "day"], how="left")
        .sort("store_id", "sku", "day")
        .with_columns(
            pl.col("units").fill_null(0).clip(lower_bound=0),
            pl.col("price").forward_fill().over("store_id", "sku"),
            pl.col("promotion_off").fill_null(0),
            pl.col("stock_out").fill_null(0),
        )
    )


def _inputs(days: pl.DataFrame, keys: pl.DataFrame, last_day: date) -> dict[str, pl.DataFrame]:
    """What the feature store reads, by table."""
    calendar = pl.DataFrame({"day": pl.date_range(days["day"].min(), days["day"].max(), eager=True)})
    past = days.filter(pl.col("day") <= last_day)
    stores = keys.select("store_id").unique()
    return {
        "series": keys.with_columns(unit=pl.lit("each"), unit_scale=pl.lit(1.0), listed_to=pl.lit(ALWAYS)),
        "series_days": past,
        # Whoever wrote the file knew prices and promotions of the days to come; they are taken as planned.
        "series_plan": days.select(
            "store_id",
            "sku",
            "day",
            pl.col("price").fill_null(0),
            "promotion_off",
            pl.lit("").alias("promotion_kind"),
            (pl.col("day") - timedelta(days=42)).alias("announced_on"),
            (pl.col("day") - timedelta(days=42)).alias("promotion_announced_on"),
        ),
        "store_days": stores.join(calendar, how="cross").with_columns(
            event=pl.lit(""), event_kind=pl.lit(0), holiday=pl.lit(0), flag=pl.lit(0.0)
        ),
    }
