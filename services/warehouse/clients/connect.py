"""Drives the warehouse through clickhouse-connect and SQLAlchemy, and prints findings as one JSON object.

Run: python connect.py host port database user password
"""

import json
import sys
from datetime import datetime

import clickhouse_connect
import sqlalchemy
from clickhouse_connect.driver.exceptions import ClickHouseError

host, port, database, user, password = sys.argv[1:]
findings: dict[str, object] = {}

for compression in (False, "lz4", "zstd", "gzip"):
    with clickhouse_connect.get_client(
        host=host, port=int(port), database=database, username=user, password=password, compress=compression
    ) as client:
        client.command("create or replace table py (id UInt64, name String, at DateTime64(3)) engine = MergeTree order by id")
        rows = [[i, f"it's item {i}", datetime(2026, 1, 1)] for i in range(100_000)]
        client.insert("py", rows, column_names=["id", "name", "at"])
        with client.query_row_block_stream("select * from py") as blocks:
            streamed = sum(len(block) for block in blocks)
        bound = client.query(
            "select count(), sum(id) from py where name != {name:String}", parameters={"name": "it's item 0"}
        )
        try:
            # Fails after much of the result has been sent.
            client.query("select number, throwIf(number = 5000000) from numbers(6000000)").row_count
            late = "none"
        except ClickHouseError as error:
            late = "395" if "395" in str(error) else str(error)
        findings[f"compression {compression}"] = [streamed, list(bound.first_row), late]

with clickhouse_connect.get_client(
    host=host, port=int(port), database=database, username=user, password=password
) as client:
    client.command("create temporary table kept (x UInt8)")
    client.command("insert into kept values (5)")
    findings["session"] = client.command("select sum(x) from kept")
    client.command("set max_threads = 1")
    findings["set"] = client.command("select getSetting('max_threads')")
    try:
        client.query("select * from missing_table")
    except ClickHouseError as error:
        findings["error"] = "code: 60" in str(error)

engine = sqlalchemy.create_engine(f"clickhousedb://{user}:{password}@{host}:{port}/{database}")
with engine.connect() as connection:
    total = connection.execute(sqlalchemy.text("select sum(id) from py where id < :limit"), {"limit": 10})
    findings["sqlalchemy"] = total.scalar_one()
findings["columns"] = [column["name"] for column in sqlalchemy.inspect(engine).get_columns("py")]

print(json.dumps(findings))
