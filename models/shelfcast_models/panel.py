"""Daily series side by side: what was sold, at which price, and when the shelf was empty."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from .contract import HORIZONS

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Panel:
    """
    Arrays are [series, days]; what is not known, and days before a series begins, are NaN.

    keys     store_id, sku, category: one row a series, sorted by store and SKU
    first    index of the first day of each series; the number of days where it has none
    units    pieces, kilograms or litres
    price    of one of them, in the currency
    out      the shelf was empty: what was sold is less than what was wanted
    """

    keys: pl.DataFrame
    start: date
    first: np.ndarray
    units: np.ndarray
    price: np.ndarray
    out: np.ndarray

    @property
    def days(self) -> int:
        return self.units.shape[1]

    def index(self, day: date) -> int:
        return (day - self.start).days

    def day(self, index: int) -> date:
        return self.start + timedelta(days=index)

    @property
    def last_day(self) -> date:
        return self.day(self.days - 1)

    def targets(self, origin: date) -> np.ndarray:
        """Units of the days after the origin, [series, 28]; NaN where they are not known."""
        return self._ahead(self.units, origin)

    def target_outs(self, origin: date) -> np.ndarray:
        return self._ahead(self.out, origin)

    def _ahead(self, values: np.ndarray, origin: date) -> np.ndarray:
        begin = self.index(origin) + 1
        ahead = np.full((len(values), HORIZONS), np.nan)
        part = values[:, begin : begin + HORIZONS]
        ahead[:, : part.shape[1]] = part
        return ahead


def panel_of(days: pl.DataFrame, keys: pl.DataFrame, last_day: date | None = None) -> Panel:
    """
    :param days: store_id, sku, day, units, price, stock_out; one row for each day of a series
    :param keys: store_id, sku, category of all series, those without a day too
    :param last_day: what is later is left out
    """
    keys = keys.sort("store_id", "sku").with_row_index("series")
    if last_day is not None:
        days = days.filter(pl.col("day") <= last_day)
    if days.height == 0:
        raise ValueError(
            "There is not a single day of sales. Check the files or the warehouse that were named."
        )
    start, end = days["day"].min(), days["day"].max()
    days = days.join(keys.select("store_id", "sku", "series"), on=["store_id", "sku"])
    row = days["series"].to_numpy()
    column = (days["day"] - start).dt.total_days().to_numpy()
    shape = (keys.height, (end - start).days + 1)

    def dense(name: str) -> np.ndarray:
        values = np.full(shape, np.nan)
        values[row, column] = days[name].cast(pl.Float64).fill_null(np.nan).to_numpy()
        return values

    units = dense("units")
    is_known = ~np.isnan(units)
    first = np.where(is_known.any(axis=1), is_known.argmax(axis=1), shape[1])
    return Panel(keys.drop("series"), start, first, units, dense("price"), dense("stock_out"))
