"""
Files in the layout of the M5 competition, for any stores and items: sales_train_d1-N.csv, sales_validation_dN+1-M.csv,
calendar.csv and sell_prices.csv, each plain or gzipped.
"""

import re
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from ..panel import panel_of
from .dataset import Source
from .files import FileFeatures

EVENT_KINDS = {"Sporting": 1, "Cultural": 2, "National": 3, "Religious": 4}
# A shelf price of the week is known when the forecast is made: the competition gives them for the days to forecast.
PRICES_KNOWN_BEFORE = timedelta(days=42)
PRICE_TYPES = {"store_id": pl.String, "item_id": pl.String, "wm_yr_wk": pl.Int64, "sell_price": pl.Float64}
ALWAYS = date(2100, 1, 1)


def find(folder: Path, pattern: str, what: str) -> Path:
    paths = sorted(
        path for path in folder.glob("*.csv*") if re.fullmatch(pattern + r"\.csv(\.gz)?", path.name)
    )
    if len(paths) == 1:
        return paths[0]
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder. Name the folder with the M5 files.")
    names = ", ".join(path.name for path in paths) or "none"
    raise ValueError(
        f"{folder} must hold one file of {what}, named {pattern}.csv or .csv.gz; found: {names}."
    )


def open_m5(folder: Path) -> Source:
    train_path = find(folder, r"sales_train_d1-\d+", "sales to learn from")
    calendar = _calendar(find(folder, "calendar", "the days"))
    prices = pl.read_csv(find(folder, "sell_prices", "prices"), schema_overrides=PRICE_TYPES)
    train, last = _read_sales(train_path)
    validation_paths = [
        path
        for path in folder.glob("sales_validation_d*.csv*")
        if re.fullmatch(rf"sales_validation_d{last + 1}-\d+\.csv(\.gz)?", path.name)
    ]
    if calendar.height < last:
        raise ValueError(
            f"The calendar has {calendar.height} days, and {train_path.name} {last}. It needs all of them."
        )
    last_day = calendar["day"][last - 1]
    wide = _with_ids(train, train_path)
    if validation_paths:
        validation = _with_ids(_read_sales(validation_paths[0])[0], validation_paths[0])
        later = validation.drop("store_id", "item_id", "category")
        wide = wide.join(later, on="key", how="left")
    state_flags = [name for name in calendar.columns if name.startswith("snap_")]
    days = (
        wide.drop("key")
        .unpivot(index=["store_id", "item_id", "category"], variable_name="d", value_name="units")
        .join(calendar.select("d", "day", "wm_yr_wk"), on="d")
        .join(prices, on=["store_id", "item_id", "wm_yr_wk"], how="left")
        .rename({"item_id": "sku", "sell_price": "price"})
        .with_columns(stock_out=pl.lit(0, pl.UInt8))
    )
    # Zeros before the first sale mean that the item was not on sale yet.
    begins = days.filter(pl.col("units") > 0).group_by("store_id", "sku").agg(begins=pl.col("day").min())
    days = days.join(begins, on=["store_id", "sku"]).filter(
        (pl.col("day") >= pl.col("begins")) & pl.col("units").is_not_null()
    )
    keys = wide.select("store_id", pl.col("item_id").alias("sku"), "category")
    past = days.filter(pl.col("day") <= last_day)
    inputs = _inputs(prices, past, keys, calendar, state_flags, last_day)
    return Source(
        name="m5",
        panel=panel_of(days, keys, last_day),
        held_out=panel_of(days, keys) if validation_paths else None,
        features=FileFeatures(inputs),
        store_days=inputs["store_days"],
    )


def _inputs(
    prices: pl.DataFrame,
    past: pl.DataFrame,
    keys: pl.DataFrame,
    calendar: pl.DataFrame,
    state_flags: list[str],
    last_day: date,
) -> dict[str, pl.DataFrame]:
    stores = keys.select("store_id").unique()
    store_days = pl.concat(
        calendar.select(
            pl.lit(store).alias("store_id"),
            "day",
            pl.col("event_name_1").fill_null("").alias("event"),
            pl.col("event_type_1").replace_strict(EVENT_KINDS, default=0).cast(pl.UInt8).alias("event_kind"),
            (pl.col("event_type_1") == "National").fill_null(False).cast(pl.UInt8).alias("holiday"),
            _flag(store, state_flags).cast(pl.Float32).alias("flag"),
        )
        for store in stores["store_id"]
    )
    weeks = calendar.select("day", "wm_yr_wk").filter(pl.col("day") <= last_day + timedelta(days=28))
    plan = (
        prices.join(weeks, on="wm_yr_wk")
        .rename({"item_id": "sku", "sell_price": "price"})
        .join(past.select("store_id", "sku").unique(), on=["store_id", "sku"])
        .with_columns(
            promotion_off=pl.lit(0.0),
            promotion_kind=pl.lit(""),
            announced_on=pl.col("day") - PRICES_KNOWN_BEFORE,
            promotion_announced_on=pl.col("day") - PRICES_KNOWN_BEFORE,
        )
    )
    return {
        "series": keys.with_columns(unit=pl.lit("each"), unit_scale=pl.lit(1.0), listed_to=pl.lit(ALWAYS)),
        "series_days": past.with_columns(promotion_off=pl.lit(0.0)),
        "series_plan": plan,
        "store_days": store_days,
    }


def _read_sales(path: Path) -> tuple[pl.DataFrame, int]:
    """:returns: id and a column for each day; the number of the last day"""
    table = pl.read_csv(path, infer_schema=False)
    days = [name for name in table.columns if re.fullmatch(r"d_\d+", name)]
    if "id" not in table.columns or not days:
        raise ValueError(
            f"{path.name} must have the columns id, d_1, d_2, ...; found: {', '.join(table.columns[:5])}."
        )
    wide = table.select("id", pl.col(days).cast(pl.Float32, strict=False))
    return wide, max(int(name[2:]) for name in days)


def _calendar(path: Path) -> pl.DataFrame:
    calendar = pl.read_csv(path, null_values=["NA", ""], try_parse_dates=True)
    calendar = calendar.with_columns(day=pl.col("date").cast(pl.Date)).drop("date").sort("day")
    # The first day is d_1.
    return calendar.with_columns(d=pl.format("d_{}", pl.int_range(1, pl.len() + 1)))


def _flag(store: str, state_flags: list[str]) -> pl.Expr:
    """Whether food benefits are paid out in the store's state, where the calendar says so."""
    name = f"snap_{store.split('_', 1)[0]}"
    return pl.col(name) if name in state_flags else pl.lit(0)


def _with_ids(wide: pl.DataFrame, path: Path) -> pl.DataFrame:
    """:returns: key, store_id, item_id, category, and a column for each day"""
    ids = wide["id"].str.replace("_(validation|evaluation)$", "")
    parts = ids.str.extract_groups(r"^(?<item>(?<category>.+)_[^_]+)_(?<store>[^_]+_[^_]+)$")
    unreadable = wide["id"].filter(parts.struct.field("item").is_null())
    if len(unreadable) > 0:
        raise ValueError(f'{path.name}: id "{unreadable[0]}" is not like FOODS_3_001_TX_3_validation.')
    repeated = ids.filter(ids.is_duplicated())
    if len(repeated) > 0:
        raise ValueError(f'{path.name}: id "{repeated[0]}" is there more than once. Leave one row of it.')
    return wide.drop("id").with_columns(
        key=ids,
        store_id=parts.struct.field("store"),
        item_id=parts.struct.field("item"),
        category=parts.struct.field("category"),
    )
