"""
The stream engine for a cluster (STREAM_ENGINE=spark): Kafka -> gate -> blocks in the lake, and sales in windows of five
minutes. Same rules and same blocks as services/ingest, which then loads what lands here into the warehouse.

    python land_stream.py [--once]      --once lands what is there now, and ends
"""

import argparse
import json
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from confluent_kafka import TopicCollection, Uuid
from confluent_kafka.admin import AdminClient
from prometheus_client import Counter, Gauge
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql.streaming import StreamingQuery

from shelfcast_spark.chain import chain_end, epoch_of
from shelfcast_spark.checkpoint import Offsets, checkpoint_of
from shelfcast_spark.contract import EVENT_TOPICS, Chain
from shelfcast_spark.environment import LakeEnvironment, Variables
from shelfcast_spark.lake import Lake
from shelfcast_spark.landing import CHUNK_MESSAGES, LANDED_DDL, LandingOptions, Life, land
from shelfcast_spark.page_guard import own_hosts
from shelfcast_spark.progress import Progress
from shelfcast_spark.service import Service
from shelfcast_spark.session import create_session
from shelfcast_spark.warehouse import WarehouseEnvironment
from shelfcast_spark.windows import WINDOWS, start_windows

KAFKA_TIMEOUT_S = 30
# Messages of a batch under load: some ten seconds of work, so that what is read is not long in the memory of anybody.
MESSAGES_A_BATCH = 300_000
POLL_S = 1
MIB = 1024 * 1024
SPARK_SETTINGS = {
    # A batch of Arrow is judged as a whole.
    "spark.sql.execution.arrow.maxRecordsPerBatch": str(CHUNK_MESSAGES),
    # Windows are made beside the landing, and not after it.
    "spark.scheduler.mode": "FAIR",
    "spark.sql.streaming.minBatchesToRetain": "10",
    # The store writes a file whole or not at all, so no file has to be written aside and renamed, nor checked by a sum.
    "spark.sql.streaming.checkpoint.fileChecksum.enabled": "false",
    "spark.sql.streaming.checkpointFileManagerClass": (
        "org.apache.spark.internal.io.cloud.AbortableStreamBasedCheckpointFileManager"
    ),
}


@dataclass(frozen=True)
class Settings:
    brokers: str
    host: str
    allowed_hosts: str
    port: int
    linger_ms: int
    id_memory_mb: int
    new_epochs: list[str]
    watermark_minutes: int
    lake: LakeEnvironment
    # Without one, the ids of all messages are read from the blocks and have to fit into memory.
    warehouse: WarehouseEnvironment | None


def read_settings() -> Settings:
    variables = Variables()
    settings = Settings(
        brokers=variables.text("KAFKA_BROKERS"),
        host=variables.text("BIND_HOST"),
        allowed_hosts=variables.text("ALLOWED_HOSTS"),
        port=variables.whole("SPARK_PORT"),
        linger_ms=variables.whole("INGEST_LINGER_MS"),
        id_memory_mb=variables.whole("INGEST_ID_MEMORY_MB"),
        new_epochs=variables.text("INGEST_NEW_EPOCH").split(","),
        watermark_minutes=variables.whole("SPARK_WATERMARK_MINUTES"),
        lake=LakeEnvironment.read(variables),
        warehouse=WarehouseEnvironment.read(variables),
    )
    variables.check()
    return settings


@dataclass(frozen=True)
class Topics:
    lives: dict[str, Life]
    partitions: dict[str, int]


def read_topics(brokers: str, lake: Lake, new_epochs: list[str]) -> Topics:
    """What Kafka has now, and which epoch of the lake that is."""
    admin = AdminClient({"bootstrap.servers": brokers})
    described = admin.describe_topics(TopicCollection(list(EVENT_TOPICS)), request_timeout=KAFKA_TIMEOUT_S)
    lives, partitions = {}, {}
    for topic, future in described.items():
        description = future.result()
        topic_id = uuid_text(description.topic_id)
        lives[topic] = Life(epoch_of(lake, topic, topic_id, topic in new_epochs), topic_id)
        partitions[topic] = len(description.partitions)
    return Topics(lives, partitions)


def uuid_text(kafka_id: Uuid) -> str:
    """Kafka's id of a topic as the other engine spells it."""
    words = (kafka_id.get_most_significant_bits(), kafka_id.get_least_significant_bits())
    high, low = (word % 2**64 for word in words)
    return str(UUID(int=high << 64 | low))


def chain_ends(lake: Lake, topics: Topics) -> Offsets:
    return {
        topic: {
            partition: chain_end(lake, Chain(topic, life.epoch, partition))
            for partition in range(topics.partitions[topic])
        }
        for topic, life in topics.lives.items()
    }


def messages(spark: SparkSession, settings: Settings, ends: Offsets) -> DataFrame:
    """Messages of all topics, a Kafka partition a task."""
    source = (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", settings.brokers)
        .option("subscribe", ",".join(EVENT_TOPICS))
        .option("startingOffsets", json.dumps(ends))
        .option("includeHeaders", "true")
        # What Kafka has let go of is counted as missing in the block that passes it, and never stepped over in silence.
        .option("failOnDataLoss", "false")
        .option("maxOffsetsPerTrigger", MESSAGES_A_BATCH)
        .load()
    )

    return source.select("topic", "partition", "offset", "timestamp", "value", "headers")


class Metrics:
    """What the landing counts, for /metrics and for those who watch."""

    def __init__(self, service: Service, progress: Progress) -> None:
        registry = service.registry
        self._progress = progress
        self._rows = Counter(
            "stream_rows",
            "Rows landed, by outcome: accepted, or the reason",
            ["topic", "outcome"],
            registry=registry,
        )
        self._blocks = Counter("stream_blocks", "Blocks landed", ["topic"], registry=registry)
        self._bytes = Counter(
            "stream_block_bytes", "Parquet bytes written to the lake", ["topic"], registry=registry
        )
        self._missing = Counter(
            "stream_offsets_missing", "Offsets that Kafka no longer held", ["topic"], registry=registry
        )
        self._behind = Gauge(
            "stream_messages_behind", "Messages of Kafka that are not landed", registry=registry
        )
        self._rate = Gauge(
            "stream_messages_per_second", "Messages of the last batch, a second", registry=registry
        )
        self._dropped = Counter(
            "stream_windows_rows_dropped", "Rows that came after their window", registry=registry
        )
        self._total = 0
        self._seen: dict[str, int] = {}

    def landed(self, blocks: list[Row]) -> None:
        for block in blocks:
            for outcome, lines in json.loads(block.outcomes).items():
                self._rows.labels(block.topic, outcome).inc(lines)
            self._blocks.labels(block.topic).inc()
            self._bytes.labels(block.topic).inc(block.bytes)
            self._missing.labels(block.topic).inc(block.offsets_missing)
            if block.offsets_missing:
                print(
                    f"{block.topic} partition {block.partition}: Kafka no longer holds {block.offsets_missing} offsets "
                    f"before {block.end}. They are recorded as missing. Raise retention.ms of the topic, or keep the "
                    "stream running.",
                    flush=True,
                )
            self._total += block.rows_accepted + block.rows_refused
        self._progress.metrics(rows=self._total)

    def watch(self, query: StreamingQuery) -> None:
        """Takes over what Spark says of the newest batch that has ended."""
        done = query.lastProgress
        if done is None or self._seen.get(query.name) == done.batchId:
            return
        self._seen[query.name] = done.batchId
        if query.name == WINDOWS:
            dropped = sum(state.numRowsDroppedByWatermark for state in done.stateOperators)
            self._dropped.inc(dropped)
            self._progress.metrics(open_windows=sum(state.numRowsTotal for state in done.stateOperators))
            return
        seconds = max(done.batchDuration, 1) / 1000
        behind = sum(
            int(float((source.metrics or {}).get("maxOffsetsBehindLatest") or 0)) for source in done.sources
        )
        self._behind.set(behind)
        self._rate.set(done.processedRowsPerSecond or 0)
        self._progress.step(f"batch {done.batchId}: {done.numInputRows} messages in {seconds:.1f} s")
        self._progress.metrics(
            batch=done.batchId,
            messages_per_s=round(done.processedRowsPerSecond or 0),
            batch_s=seconds,
            messages_behind=behind,
        )


def start_landing(
    spark: SparkSession, settings: Settings, lake: Lake, metrics: Metrics, once: bool
) -> StreamingQuery:
    topics = read_topics(settings.brokers, lake, settings.new_epochs)
    ends = chain_ends(lake, topics)
    identity = {topic: [life.epoch, life.topic_id] for topic, life in topics.lives.items()}
    checkpoint = checkpoint_of(lake, "land_stream", identity, ends)
    options = LandingOptions(
        settings.brokers, settings.lake, settings.warehouse, topics.lives, settings.id_memory_mb * MIB
    )
    blocks = messages(spark, settings, ends).mapInArrow(land(options), LANDED_DDL)

    def took_place(landed: DataFrame, _: int) -> None:
        metrics.landed(landed.collect())

    return (
        blocks.writeStream.queryName("land_stream")
        .option("checkpointLocation", checkpoint.location)
        .trigger(
            **({"availableNow": True} if once else {"processingTime": f"{settings.linger_ms} milliseconds"})
        )
        .foreachBatch(took_place)
        .start()
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description="Kafka -> gate -> blocks in the lake, by Spark.")
    arguments.add_argument("--once", action="store_true", help="lands what is there now, and ends")
    once = arguments.parse_args().once
    settings = read_settings()
    service = Service(settings.host, settings.port, own_hosts(settings.host, settings.allowed_hosts))
    lake = Lake(settings.lake)
    progress = Progress(lake, "land_stream")
    try:
        run(settings, service, lake, progress, once)
    except BaseException as error:
        progress.end(error)
        raise
    progress.end()
    service.close()


def run(settings: Settings, service: Service, lake: Lake, progress: Progress, once: bool) -> None:
    spark = create_session("land_stream", settings.lake, SPARK_SETTINGS)
    service.take_signals()
    metrics = Metrics(service, progress)
    landing = start_landing(spark, settings, lake, metrics, once)
    if once:
        wait_for([landing], service, metrics)
    windows = start_windows(spark, lake, settings.watermark_minutes, once)
    service.ready()
    progress.step("waiting for messages")
    wait_for([windows] if once else [landing, windows], service, metrics)
    progress.step("stopping")
    # A signal to the whole process group has stopped Spark's JVM already, and what was under way is done again.
    with suppress(Exception):
        for query in (landing, windows):
            query.stop()
        spark.stop()


def wait_for(queries: list[StreamingQuery], service: Service, metrics: Metrics) -> None:
    """Watches the queries until they have ended, or until the process is to stop. Raises what one has failed with."""
    while not service.stopping.wait(POLL_S):
        for query in queries:
            metrics.watch(query)
            failure = query.exception()
            if failure:
                raise SystemExit(f"{query.name} has failed: {failure}")
        if not any(query.isActive for query in queries):
            return


if __name__ == "__main__":
    main()
