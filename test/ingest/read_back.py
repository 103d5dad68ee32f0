"""Prints what pyarrow and DuckDB find in Parquet files, a line for each, in the plain cells of fixture.ts."""

import json
import sys
from datetime import date, datetime, timezone

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def plain(cell: object) -> str | None:
    if cell is None:
        return None
    if isinstance(cell, bytes):
        return cell.hex()
    if isinstance(cell, datetime):
        return str(round((cell - EPOCH).total_seconds() * 1000))
    if isinstance(cell, date):
        return str((cell - EPOCH.date()).days)
    return str(cell)


def rows(table: pa.Table) -> list[dict[str, str | None]]:
    return [{name: plain(cell) for name, cell in row.items()} for row in table.to_pylist()]


# As a number: DuckDB writes times with a zone by an extension that it would have to download.
query = "select * replace (epoch_ms(instant) as instant) from read_parquet(?)"
duck = duckdb.connect()
for file in sys.argv[1:]:
    table = duck.execute(query, [file]).to_arrow_table()
    print(json.dumps({"pyarrow": rows(pq.read_table(file)), "duckdb": rows(table)}))
