"""The tables, and which rows of the blocks each of them holds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f
from pyspark.sql.types import (
    BinaryType,
    DataType,
    DateType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from ..contract import CONTRACT, EVENT_TOPICS, ColumnType
from .blocks import Block
from .catalog import CATALOG, NAMESPACE

# Files of about this size are read at full speed by every engine, and a day of a small retailer is one of them.
TARGET_BYTES = 128 * 1024 * 1024

# Columns that are there for refused rows only, and the number of lines that a row stands for, which is 1 when accepted.
_REFUSED_ONLY = {"reason", "detail", "payload", "line_count"}
_REFUSED = (
    *("topic", "epoch", "partition", "offset", "line_no", "produced_at", "reason", "detail", "payload"),
    *("line_count", "replay_of", "store_id"),
)
_TYPES: dict[ColumnType, DataType] = {
    "utf8": StringType(),
    "int32": IntegerType(),
    "int64": LongType(),
    "hash64": LongType(),
    "timestamp_ms": TimestampType(),
    "date": DateType(),
    "binary": BinaryType(),
}

Rows = Callable[[SparkSession, str, list[Block]], DataFrame]


@dataclass(frozen=True)
class CuratedTable:
    name: str
    """Topics whose rows it holds."""
    topics: Sequence[str]
    """Partition transform, or none: a table of few rows."""
    partition: str | None
    """What files are sorted by."""
    order: str
    """Its rows of these blocks, of the raw bucket as Spark names it."""
    rows: Rows

    @property
    def full_name(self) -> str:
        return f"{CATALOG}.{NAMESPACE}.{self.name}"


def _read(session: SparkSession, topic: str, bucket: str, blocks: list[Block]) -> DataFrame:
    schema = StructType(
        [StructField(each.name, _TYPES[each.type]) for each in CONTRACT.topics[topic].columns]
    )
    if not blocks:
        return session.createDataFrame([], schema)
    return session.read.schema(schema).parquet(*[f"{bucket}/{block.name}" for block in blocks])


def _accepted(topic: str) -> Rows:
    def rows(session: SparkSession, bucket: str, blocks: list[Block]) -> DataFrame:
        holding = [block for block in blocks if block.rows_accepted > 0]
        return _read(session, topic, bucket, holding).where(f.col("reason").isNull()).drop(*_REFUSED_ONLY)

    return rows


def _refused(session: SparkSession, bucket: str, blocks: list[Block]) -> DataFrame:
    def of_topic(topic: str) -> DataFrame:
        holding = [block for block in blocks if block.rows_refused > 0 and block.chain.topic == topic]
        frame = _read(session, topic, bucket, holding).where(f.col("reason").isNotNull())
        return frame.select(*_REFUSED, f.col(CONTRACT.topics[topic].id_field).alias("message_id"))

    return reduce(DataFrame.unionByName, map(of_topic, EVENT_TOPICS))


_BLOCK_SCHEMA = StructType(
    [
        StructField("key", StringType()),
        StructField("topic", StringType()),
        StructField("epoch", IntegerType()),
        StructField("partition", IntegerType()),
        StructField("begin_offset", LongType()),
        StructField("end_offset", LongType()),
        StructField("messages", LongType()),
        StructField("rows_accepted", LongType()),
        StructField("rows_refused", LongType()),
        StructField("offsets_missing", LongType()),
        StructField("bytes", LongType()),
        StructField("produced_min", TimestampType()),
        StructField("produced_max", TimestampType()),
        StructField("topic_id", StringType()),
    ]
)


def _facts(session: SparkSession, _bucket: str, blocks: list[Block]) -> DataFrame:
    rows = [
        (
            f"raw/{block.name}",
            block.chain.topic,
            block.chain.epoch,
            block.chain.partition,
            block.begin,
            block.end,
            block.messages,
            block.rows_accepted,
            block.rows_refused,
            block.offsets_missing,
            block.bytes,
            _time(block.produced_min),
            _time(block.produced_max),
            block.topic_id,
        )
        for block in blocks
    ]
    return session.createDataFrame(rows, _BLOCK_SCHEMA)


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


NAMES = CONTRACT.curated
_FACT_ORDERS = {
    "sales-transactions": "store_id, event_time, basket_id, line_no",
    "inventory-updates": "store_id, sku, event_time",
    "pos-events": "store_id, event_time, event_id",
}
FACTS = {
    topic: CuratedTable(NAMES.facts[topic], (topic,), "business_date", order, _accepted(topic))
    for topic, order in _FACT_ORDERS.items()
}
# When the producer sent it is the one time that every refused row has.
REFUSED = CuratedTable(
    NAMES.refused, EVENT_TOPICS, "days(produced_at)", "topic, epoch, partition, offset, line_no", _refused
)
BLOCKS = CuratedTable(NAMES.blocks, EVENT_TOPICS, None, "topic, epoch, partition, begin_offset", _facts)

TABLES = (*FACTS.values(), REFUSED, BLOCKS)


def ensure(session: SparkSession, table: CuratedTable) -> None:
    """Makes the table, or adds the columns that blocks have since."""
    schema = table.rows(session, "", []).schema
    name = table.full_name
    if not session.catalog.tableExists(name):
        session.sql(f"create namespace if not exists {CATALOG}.{NAMESPACE}")
        columns = ", ".join(f"{column.name} {column.dataType.simpleString()}" for column in schema)
        session.sql(f"""
            create table if not exists {name} ({columns})
            using iceberg
            {f"partitioned by ({table.partition})" if table.partition else ""}
            tblproperties (
                'format-version' = '2',
                'write.parquet.compression-codec' = 'zstd',
                'write.target-file-size-bytes' = '{TARGET_BYTES}',
                'write.metadata.delete-after-commit.enabled' = 'true',
                'write.metadata.previous-versions-max' = '100'
            )""")
    have = {column.name for column in session.table(name).schema}
    added = ", ".join(
        f"{each.name} {each.dataType.simpleString()}" for each in schema if each.name not in have
    )
    if added:
        session.sql(f"alter table {name} add columns ({added})")
