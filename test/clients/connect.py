"""Drives the warehouse through clickhouse-connect, pandas and SQLAlchemy, and prints findings as one JSON object.

Run: python connect.py host port database user password analyst password
"""

import json
import sys
from datetime import datetime

import clickhouse_connect
import pandas
import sqlalchemy
from clickhouse_connect.driver.exceptions import ClickHouseError

host, port, database, user, password, analyst, analyst_password = sys.argv[1:]
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

    frame = pandas.DataFrame(
        {
            "id": range(1_000),
            "category": pandas.Categorical(["dairy", "bakery"] * 500),
            "sold_at": pandas.date_range("2026-01-01", periods=1_000, freq="min"),
            "amount": [None if i % 10 == 0 else i / 4 for i in range(1_000)],
        }
    )
    client.command(
        """create or replace table frames (id UInt32, category LowCardinality(String), sold_at DateTime64(3), amount Nullable(Float64),
        tags Array(String) default [category]) engine = MergeTree order by id"""
    )
    client.insert_df("frames", frame)

with clickhouse_connect.get_client(
    host=host, port=int(port), database=database, username=analyst, password=analyst_password
) as client:
    read = client.query_df(
        "select id, category, sold_at, amount, tags from frames where id >= {least:UInt32} order by id", parameters={"least": 500}
    )
    findings["pandas"] = [
        len(read),
        int(read["id"].sum()),
        int(read["amount"].isna().sum()),
        float(read["amount"].sum()),
        sorted(set(read["category"])),
        read["sold_at"].iloc[-1].isoformat(),
        list(read["tags"].iloc[0]),
    ]
    findings["settings as analyst"] = [
        client.query("select getSetting('max_execution_time')", settings={"max_execution_time": 10}).result_rows[0][0],
        client.query("select getSetting('max_execution_time') settings max_execution_time = 20").result_rows[0][0],
    ]
    try:
        client.query("select 1", settings={"max_execution_time": 3_000})
    except ClickHouseError as error:
        findings["ceiling as analyst"] = "code: 452" in str(error)
    findings["arrow"] = client.query_arrow("select id, amount from frames").num_rows
    try:
        client.insert_df("frames", frame)
    except ClickHouseError as error:
        findings["analyst writes"] = "code: 164" in str(error)

engine = sqlalchemy.create_engine(f"clickhousedb://{user}:{password}@{host}:{port}/{database}")
with engine.connect() as connection:
    total = connection.execute(sqlalchemy.text("select sum(id) from py where id < :limit"), {"limit": 10})
    findings["sqlalchemy"] = total.scalar_one()
findings["columns"] = [column["name"] for column in sqlalchemy.inspect(engine).get_columns("py")]

engine = sqlalchemy.create_engine(f"clickhousedb://{analyst}:{analyst_password}@{host}:{port}/{database}")
sales = sqlalchemy.Table("frames", sqlalchemy.MetaData(), autoload_with=engine)
by_category = (
    sqlalchemy.select(sales.c.category, sqlalchemy.func.sum(sales.c.amount))
    .where(sales.c.sold_at >= datetime(2026, 1, 1, 1))
    .group_by(sales.c.category)
    .order_by(sales.c.category)
)
with engine.connect() as connection:
    findings["sqlalchemy as analyst"] = [list(row) for row in connection.execute(by_category)]
    findings["read_sql as analyst"] = len(pandas.read_sql(sqlalchemy.text("select * from frames limit 10"), connection))
findings["tables as analyst"] = "frames" in sqlalchemy.inspect(engine).get_table_names()

print(json.dumps(findings))
