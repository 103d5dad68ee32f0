"""
The feature store's SQL, run on files. The definitions are those of services/warehouse/features, which the warehouse
runs itself: here an embedded ClickHouse runs them on tables of the same names.
"""

import hashlib
import json
import tempfile
from datetime import date
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from .contract import CONTRACT
from .progress import Progress

FOLDER = Path(__file__).resolve().parents[2] / "services" / "warehouse" / "features"
KEYS = ("store_id", "sku", "category", "origin", "horizon", "target_date")

# What the SQL reads, by table: column and type of ClickHouse.
INPUTS: dict[str, dict[str, str]] = {
    # Which series there are. listed_to: the last day on which it is sold, far ahead where that is not known.
    "series": {
        "store_id": "String",
        "sku": "String",
        "category": "String",
        "unit": "String",
        "unit_scale": "Float32",
        "listed_to": "Date",
    },
    # One row for each day from a series' first sale on.
    "series_days": {
        "store_id": "String",
        "sku": "String",
        "day": "Date",
        "units": "Float32",
        "price": "Nullable(Float32)",
        "promotion_off": "Float32",
        "stock_out": "UInt8",
    },
    # What is planned for a day, past days too, and since when that is known.
    "series_plan": {
        "store_id": "String",
        "sku": "String",
        "day": "Date",
        "price": "Float32",
        "promotion_off": "Float32",
        "promotion_kind": "String",
        "announced_on": "Date",
        "promotion_announced_on": "Date",
    },
    # The calendar of a store. flag: something else that the store knows of the day, such as benefits being paid out.
    "store_days": {
        "store_id": "String",
        "day": "Date",
        "event": "String",
        "event_kind": "UInt8",
        "holiday": "UInt8",
        "flag": "Float32",
    },
    "store_weather": {"store_id": "String", "day": "Date", "temperature_c": "Float64", "rain_mm": "Float64"},
    "store_weather_forecasts": {
        "store_id": "String",
        "issued_on": "Date",
        "day": "Date",
        "temperature_c": "Float64",
        "rain_mm": "Float64",
    },
    # The stores at hand: the warehouse takes some after the others, files all at once.
    "slice": {"store_id": "String"},
    # What the warehouse keeps of an origin before, see services/warehouse/kept.ts; of files nothing is kept.
    "kept": {"until": "Date"},
    "kept_windows": {
        "store_id": "String",
        "sku": "String",
        "days": "Array(Date)",
        "units": "Array(Float32)",
        "price": "Array(Float32)",
        "promotion_off": "Array(Float32)",
        "stock_out": "Array(UInt8)",
    },
    "kept_sums": {"category": "String", "day": "Date", "units": "Decimal(38, 9)", "listed": "UInt64"},
}
# Their rows are a year of days, of which few are to be in memory at once.
WIDE = ("series_windows",)


def definitions(folder: Path = FOLDER) -> list[Path]:
    """The statements in the order in which they are run: each makes the table that its file is named after."""
    return sorted(folder.glob("[0-9]*_*.sql"))


def feature_hash() -> str:
    """Content hash of the definitions and of their inputs, as services/warehouse/features.ts finds it."""
    digest = hashlib.sha256()
    # Those of the other models have a hash of their own, see detection.py.
    others = CONTRACT.other_models
    paths = [path for path in FOLDER.rglob("*.sql") if path.relative_to(FOLDER).parts[0] not in others]
    for path in sorted([*paths, FOLDER / "features.json"], key=lambda p: p.relative_to(FOLDER).as_posix()):
        digest.update(path.relative_to(FOLDER).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[: CONTRACT.feature_hash_digits]


def reasons() -> dict[str, str]:
    """By input: what a planner calls its cause."""
    document = json.loads((FOLDER / "features.json").read_text())
    return {each["name"]: each["reason"] for each in document["inputs"]}


def input_set(name: str) -> list[str]:
    """The inputs of a set: lean or full."""
    sets = json.loads((FOLDER / "features.json").read_text())["sets"]
    if name not in sets:
        raise ValueError(f'There is no set of inputs "{name}". Sets of features.json: {", ".join(sets)}.')
    return sets[name]


class FeatureStore:
    """
    An embedded ClickHouse with the inputs in it, that answers with the features of any origins. A process has one at a
    time.

    :param folder: of the definitions
    """

    def __init__(self, inputs: dict[str, pl.DataFrame], folder: Path = FOLDER) -> None:
        from chdb.session import Session  # noqa: PLC0415  it loads the engine, 400 MB

        self._definitions = definitions(folder)
        self._folder = tempfile.TemporaryDirectory(prefix="shelfcast-features-")
        self._session = Session(str(Path(self._folder.name) / "engine"))
        self._session.query("create database features engine = Atomic")
        self._session.query("use features")
        for table, columns in INPUTS.items():
            definition = ", ".join(f"{name} {kind}" for name, kind in columns.items())
            order = ", ".join(name for name in columns if name in ("store_id", "sku", "day"))
            self._session.query(
                f"create table features.{table} ({definition}) engine = MergeTree order by ({order})"
            )
            rows = inputs["series"].select("store_id").unique() if table == "slice" else inputs.get(table)
            if rows is None or rows.height == 0:
                continue
            path = Path(self._folder.name) / f"{table}.parquet"
            rows.select(list(columns)).write_parquet(path)
            names = ", ".join(columns)
            self._session.query(f"insert into features.{table} select {names} from file('{path}', Parquet)")
            path.unlink()

    def build(self, origins: list[date], progress: Progress | None = None) -> pa.Table:
        """:returns: the rows of forecast_features, sorted by store, SKU, origin and horizon"""
        run = self._session.query
        run("drop table if exists features.origins")
        run("create table features.origins (origin Date) engine = Memory")
        values = ", ".join(f"('{origin}')" for origin in origins)
        run(f"insert into features.origins values {values}")
        paths = self._definitions
        for path in paths:
            name = path.stem.split("_", 1)[1]
            run(f"drop table if exists features.{name}")
            engine = "MergeTree order by tuple()" if name in WIDE else "Memory"
            run(f"create table features.{name} engine = {engine} as {path.read_text()}")
            if progress:
                progress.advance(1 / len(paths), name)
        out = Path(self._folder.name) / "features.parquet"
        run(
            f"select * from features.{name} order by store_id, sku, origin, horizon"
            f" into outfile '{out}' truncate format Parquet settings output_format_parquet_compression_method = 'lz4'"
        )
        table = pq.read_table(out)
        out.unlink()
        for path in paths:
            run(f"drop table if exists features.{path.stem.split('_', 1)[1]}")
        return table

    def close(self) -> None:
        self._session.close()
        self._folder.cleanup()
