"""Windows of sales, by a session of Spark in this process: files come one after the other, as blocks do."""

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from .windows import COLUMNS, windows_of

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
BLOCK = pa.schema(
    [
        ("reason", pa.string()),
        ("id_hash", pa.int64()),
        ("replay_of", pa.string()),
        ("store_id", pa.string()),
        ("event_time", pa.timestamp("ms", "UTC")),
        ("currency", pa.string()),
        ("quantity", pa.int32()),
        ("unit", pa.string()),
        ("net_amount", pa.int64()),
    ]
)


def row(minutes: float, **fields: object) -> dict:
    """The first line of a basket, so many minutes after noon: one piece for 100."""
    return {
        **{"reason": None, "id_hash": 1, "replay_of": None, "store_id": "S1", "currency": "GBP"},
        **{"event_time": NOON + timedelta(minutes=minutes), "quantity": 1, "unit": "each", "net_amount": 100},
        **fields,
    }


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    os.environ.update({"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable})
    settings = {
        **{
            "spark.ui.enabled": "false",
            "spark.sql.shuffle.partitions": "1",
            "spark.driver.host": "127.0.0.1",
        },
        **{"spark.driver.bindAddress": "127.0.0.1", "spark.sql.session.timeZone": "UTC"},
    }
    builder = SparkSession.builder.master("local[1]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


def windows(
    spark: SparkSession, folder: Path, *blocks: list[dict]
) -> dict[tuple[str, int, str], tuple[int, ...]]:
    """By store, minutes after noon and currency: baskets, lines, pieces and amount of each window that is closed."""
    landed = folder / "blocks"
    landed.mkdir()
    for number, rows in enumerate(blocks):
        path = landed / f"{number}.parquet"
        pq.write_table(pa.Table.from_pylist(rows, BLOCK), path)
        # Blocks are taken in the order in which they were written.
        os.utime(path, (number, number))
    stream = (
        spark.readStream.schema(COLUMNS)
        .option("maxFilesPerTrigger", 1)
        .option("maxFileAge", "36500d")
        .parquet(str(landed))
    )
    query = (
        windows_of(stream, 60)
        .writeStream.format("memory")
        .queryName("closed")
        .outputMode("append")
        .option("checkpointLocation", str(folder / "checkpoint"))
        .trigger(availableNow=True)
        .start()
    )
    query.awaitTermination()
    return {
        (
            each.store_id,
            round((each.window_start.replace(tzinfo=UTC) - NOON).total_seconds() / 60),
            each.currency,
        ): (
            *(each.baskets, each.lines, each.pieces),
            each.net_amount,
        )
        for each in spark.sql("select * from closed").collect()
    }


def test_a_window_is_told_once_it_is_passed_by_the_watermark(spark: SparkSession, tmp_path: Path) -> None:
    first = [
        row(0),
        row(0, id_hash=None),
        row(4, store_id="S2", currency="EUR"),
        row(5, quantity=-2, net_amount=-200),
        row(5, unit="g", quantity=750, net_amount=300),
        row(6, reason="unknown_sku", net_amount=None),
        # One line that was corrected and sent again, and one basket.
        row(7, replay_of="sales-transactions/0/7/2"),
        row(7, replay_of="sales-transactions/0/9/0"),
    ]
    assert windows(spark, tmp_path, first, [row(71)], [row(72)]) == {
        ("S1", 0, "GBP"): (1, 2, 2, 200),
        ("S2", 0, "EUR"): (1, 1, 1, 100),
        ("S1", 5, "GBP"): (3, 4, 1, 300),
    }


def test_what_comes_within_the_watermark_counts_and_what_comes_after_it_does_not(
    spark: SparkSession, tmp_path: Path
) -> None:
    # Spark closes a window with the batch after the one that moved the watermark, and leaves out from the next one on.
    closed = windows(
        spark, tmp_path, [row(0)], [row(50)], [row(2)], [row(90)], [row(91)], [row(3)], [row(92)]
    )
    assert closed[("S1", 0, "GBP")] == (2, 2, 2, 200)
