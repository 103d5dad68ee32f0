"""The warehouse: the daily series and the features that the job build-features has built."""

import os
from collections.abc import Sequence
from datetime import date

import clickhouse_connect
import polars as pl

from ..contract import CONTRACT, STEP
from ..features import FOLDER, feature_hash
from ..panel import panel_of
from ..patience import PatientClient
from ..progress import Progress
from .dataset import Source

FIX = "Run npm run jobs -- build-features first."
VARIABLES = ("CLICKHOUSE_URL", "CLICKHOUSE_USER", "CLICKHOUSE_PASSWORD")


def connect() -> PatientClient:
    """By CLICKHOUSE_URL, CLICKHOUSE_USER and CLICKHOUSE_PASSWORD, as the services do."""
    missing = [name for name in VARIABLES if not os.environ.get(name)]
    if missing:
        raise ValueError(
            f"{' and '.join(missing)} must be set: where the warehouse is. npm run models sets them."
        )
    return PatientClient(
        lambda: clickhouse_connect.get_client(
            dsn=os.environ["CLICKHOUSE_URL"],
            username=os.environ["CLICKHOUSE_USER"],
            password=os.environ["CLICKHOUSE_PASSWORD"],
            database=CONTRACT.database,
            client_name="models",
            settings={
                **CONTRACT.background_settings,
                **_bounds(),
                # Text as text, not as a dictionary of bytes.
                "output_format_arrow_string_as_string": 1,
                "output_format_arrow_low_cardinality_as_dictionary": 0,
            },
        )
    )


def _bounds() -> dict[str, int | str]:
    """Whoever bounds the threads of a training means those of its statements too."""
    threads = os.environ.get("OMP_NUM_THREADS", "")
    return {"max_threads": int(threads)} if threads.isdigit() else {}


class WarehouseFeatures:
    def __init__(self, client: PatientClient) -> None:
        self._client = client
        self._table = f"{CONTRACT.feature_table_prefix}{feature_hash()}"
        if not client.query_arrow(f"exists table {self._table}").column(0)[0].as_py():
            raise ValueError(f"The warehouse has no table {self._table}, of these feature definitions. {FIX}")

    def build(self, origins: Sequence[date], progress: Progress | None = None) -> pl.DataFrame:
        parts = []
        for origin in origins:
            rows = self._client.query_arrow(
                f"select * from {self._table} where origin = {{origin:Date}} order by store_id, sku, origin, horizon",
                parameters={"origin": origin},
            )
            if rows.num_rows > 0:
                parts.append(_typed(pl.from_arrow(rows)))
            if progress:
                progress.advance(1 / len(origins), str(origin))
        if not parts:
            raise ValueError(f"The warehouse has features of none of {len(origins)} origins. {FIX}")
        return pl.concat(parts)

    def origins(self) -> list[date]:
        """That are built, newest first."""
        answer = self._client.query_arrow(f"select distinct origin from {self._table}")
        days = pl.from_arrow(answer).select(_day("origin").alias("origin"))
        return sorted(days["origin"].to_list(), reverse=True)

    def close(self) -> None:
        self._client.close()


def longest(origins: Sequence[date]) -> date:
    """The newest origin of those that have the most others behind them, four weeks apart: scoring builds some alone."""
    built = set(origins)

    def behind(origin: date) -> int:
        count = 0
        while origin - STEP * (count + 1) in built:
            count += 1
        return count

    return max(origins, key=lambda origin: (behind(origin), origin))


def open_warehouse(until: date | None = None) -> Source:
    """:param until: last day to learn from; an origin whose features are built"""
    client = connect()
    features = WarehouseFeatures(client)
    origins = features.origins()
    if not origins:
        raise ValueError(f"The warehouse has no features. {FIX}")
    if until is not None and until not in origins:
        raise ValueError(f"The warehouse has no features of {until}. {FIX}")
    days = client.query_arrow(
        """
        select
            store_id,
            sku,
            day,
            argMax(series_daily.units, filled_at) as units,
            argMax(series_daily.price, filled_at) as price,
            argMax(series_daily.stock_out, filled_at) as stock_out
        from series_daily
        group by store_id, sku, day
        """
    )
    categories = client.query_arrow(
        """
        select sku, if(category = '', 'all', category) as category
        from (select sku, argMax(dim_product.category, updated_at) as category from dim_product group by sku)
        """
    )
    table = _typed(pl.from_arrow(days))
    keys = (
        table.select("store_id", "sku")
        .unique()
        .join(_typed(pl.from_arrow(categories)), on="sku", how="left")
        .with_columns(pl.col("category").fill_null("all"))
    )
    calendar = client.query_arrow((FOLDER / "inputs" / "store_days.sql").read_text())
    panel = panel_of(table, keys, until or longest(origins))
    return Source("warehouse", panel, None, features, _typed(pl.from_arrow(calendar)))


def _typed(table: pl.DataFrame) -> pl.DataFrame:
    """Days as days, whether they came as numbers or as dates, and text as text."""
    return table.with_columns(
        *[_day(name) for name in ("day", "origin", "target_date") if name in table.columns],
        *[
            pl.col(name).cast(pl.String)
            for name in ("store_id", "sku", "category", "unit", "event")
            if name in table.columns
        ],
    )


def _day(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Int32, strict=False).cast(pl.Date)
