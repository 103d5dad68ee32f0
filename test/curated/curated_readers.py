"""
What PyIceberg and DuckDB read of the curated tables, each through the REST catalogue.

Standard input is JSON: by table, the snapshot to read, or null for the newest. Standard output is JSON: by engine and
table, the number of rows and the sum of net amounts where the table has them; and what the newest snapshots cover.
"""

import importlib.util
import json
import os
import sys
from pathlib import Path

import duckdb
import pyarrow.compute as pc
from pyiceberg.catalog.rest import RestCatalog

Totals = dict[str, dict[str, int]]

E = os.environ


def open_catalog() -> RestCatalog:
    return RestCatalog(
        "curated",
        uri=E["ICEBERG_URI"],
        warehouse=f"s3://{E['S3_BUCKET_CURATED']}",
        credential=f"{E['S3_ACCESS_KEY']}:{E['S3_SECRET_KEY']}",
        scope="PRINCIPAL_ROLE:ALL",
        **{
            "oauth2-server-uri": f"{E['ICEBERG_URI']}/v1/oauth/tokens",
            "s3.endpoint": E["S3_ENDPOINT"],
            "s3.access-key-id": E["S3_ACCESS_KEY"],
            "s3.secret-access-key": E["S3_SECRET_KEY"],
            "s3.region": E["S3_REGION"],
        },
    )


def by_pyiceberg(catalog: RestCatalog, snapshots: dict[str, str | None]) -> Totals:
    totals: Totals = {}
    for name, snapshot in snapshots.items():
        rows = (
            catalog.load_table(f"shelfcast.{name}")
            .scan(snapshot_id=int(snapshot) if snapshot else None)
            .to_arrow()
        )
        totals[name] = {"rows": len(rows)}
        if "net_amount" in rows.column_names:
            totals[name]["net"] = pc.sum(rows["net_amount"]).as_py()
    return totals


def by_duckdb(snapshots: dict[str, str | None]) -> Totals:
    engine = duckdb.connect()
    for name in ("httpfs", "avro", "iceberg"):
        package = Path(importlib.util.find_spec(f"duckdb_extension_{name}").origin).parent
        engine.load_extension(str(next(package.rglob("*.duckdb_extension"))))
    store = E["S3_ENDPOINT"].removeprefix("http://")
    engine.execute(f"""
        create secret store (
            type s3, key_id '{E["S3_ACCESS_KEY"]}', secret '{E["S3_SECRET_KEY"]}', region '{E["S3_REGION"]}',
            endpoint '{store}', url_style 'path', use_ssl false
        )""")
    engine.execute(f"""
        create secret catalogue (
            type iceberg, client_id '{E["S3_ACCESS_KEY"]}', client_secret '{E["S3_SECRET_KEY"]}',
            oauth2_server_uri '{E["ICEBERG_URI"]}/v1/oauth/tokens', oauth2_scope 'PRINCIPAL_ROLE:ALL'
        )""")
    engine.execute(f"""
        attach 's3://{E["S3_BUCKET_CURATED"]}' as curated (
            type iceberg, endpoint '{E["ICEBERG_URI"]}', secret catalogue, access_delegation_mode 'none'
        )""")
    totals: Totals = {}
    for name, snapshot in snapshots.items():
        at = f" at (version => {snapshot})" if snapshot else ""
        columns = [each[0] for each in engine.execute(f"describe curated.shelfcast.{name}").fetchall()]
        net = ", sum(net_amount)" if "net_amount" in columns else ""
        rows = engine.execute(f"select count(*){net} from curated.shelfcast.{name}{at}").fetchone()
        totals[name] = dict(zip(("rows", "net"), map(int, rows), strict=False))
    return totals


def covers(catalog: RestCatalog, name: str) -> dict[str, list[int]]:
    snapshot = catalog.load_table(f"shelfcast.{name}").current_snapshot()
    return json.loads(snapshot.summary["shelfcast.covers"])


rest = open_catalog()
snapshots = json.load(sys.stdin)
print(
    json.dumps(
        {
            "pyiceberg": by_pyiceberg(rest, snapshots),
            "duckdb": by_duckdb(snapshots),
            "covers": {name: covers(rest, name) for name in snapshots},
        }
    )
)
