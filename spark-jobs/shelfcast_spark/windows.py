"""
Sales in windows of five minutes of store time, from the blocks in the lake: whoever landed them, and each of them once.
A window is written when the watermark has passed its end; what comes later than that is counted and left out, while the
warehouse's hours take it in.
"""

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery
from pyspark.sql.types import IntegerType, LongType, StringType, StructField, StructType, TimestampType

from .checkpoint import checkpoint_of
from .lake import Lake

WINDOW = "5 minutes"
TRIGGER = "10 seconds"
# Objects of a batch: as many as a batch reads in some seconds.
FILES_A_BATCH = 200
TOPIC = "sales-transactions"
# Name of the query, of its checkpoint, and of its folder.
WINDOWS = "sales_windows"

# Of the block's columns those that a window is made of.
COLUMNS = StructType(
    [
        StructField("reason", StringType()),
        StructField("id_hash", LongType()),
        StructField("replay_of", StringType()),
        StructField("store_id", StringType()),
        StructField("event_time", TimestampType()),
        StructField("currency", StringType()),
        StructField("quantity", IntegerType()),
        StructField("unit", StringType()),
        StructField("net_amount", LongType()),
    ]
)


def start_windows(spark: SparkSession, lake: Lake, watermark_minutes: int, once: bool) -> StreamingQuery:
    checkpoint = checkpoint_of(lake, WINDOWS, {"watermark_minutes": watermark_minutes}, None)
    features = lake.environment.features
    run = f"{WINDOWS}/run={checkpoint.prefix.rstrip('/').rpartition('/')[2]}/"
    # Windows are made from the blocks: another run makes them all again.
    for item in lake.names(features, f"{WINDOWS}/"):
        if not item.name.startswith(run):
            lake.delete(features, item.name)

    def write(windows: DataFrame, batch: int) -> None:
        # A batch that is repeated has the same windows, and takes the place of what it wrote before.
        windows.coalesce(1).write.mode("overwrite").parquet(f"s3a://{features}/{run}batch={batch:010}")

    return (
        windows_of(blocks(spark, lake), watermark_minutes)
        .writeStream.queryName(WINDOWS)
        .outputMode("append")
        .option("checkpointLocation", checkpoint.location)
        .trigger(**({"availableNow": True} if once else {"processingTime": TRIGGER}))
        .foreachBatch(write)
        .start()
    )


def blocks(spark: SparkSession, lake: Lake) -> DataFrame:
    return (
        spark.readStream.schema(COLUMNS)
        .option("recursiveFileLookup", "true")
        .option("pathGlobFilter", "*.parquet")
        .option("maxFilesPerTrigger", FILES_A_BATCH)
        # A block may be as old as the lake is.
        .option("maxFileAge", "36500d")
        # As a pattern, because a path has to be there before the first block is.
        .parquet(f"s3a://{lake.environment.raw}/{TOPIC}*")
    )


def windows_of(rows: DataFrame, watermark_minutes: int) -> DataFrame:
    """
    One row a window, store and currency: baskets, lines, pieces (a weighed line counts as one), net amount in minor
    units, returns taken off. A line that was corrected and sent again brings no further basket.
    """
    is_basket = F.col("id_hash").isNotNull() & (
        F.col("replay_of").isNull() | F.col("replay_of").endswith("/0")
    )
    pieces = F.when(F.col("unit") == "each", F.col("quantity")).otherwise(F.signum("quantity").cast("int"))
    return (
        rows.filter(F.col("reason").isNull())
        .withWatermark("event_time", f"{watermark_minutes} minutes")
        .groupBy(F.window("event_time", WINDOW), "store_id", "currency")
        .agg(
            F.count_if(is_basket).alias("baskets"),
            F.count(F.lit(1)).alias("lines"),
            F.sum(pieces).alias("pieces"),
            F.sum("net_amount").alias("net_amount"),
        )
        .select(
            "store_id",
            F.col("window.start").alias("window_start"),
            F.col("window.end").alias("window_end"),
            "currency",
            "baskets",
            "lines",
            "pieces",
            "net_amount",
        )
    )
