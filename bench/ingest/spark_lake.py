"""The lake part of ingest as Spark Structured Streaming does it: Kafka to Parquet in S3, without a gate.

The topic is read from its beginning to its end several times in one session: the first run warms the JVM up.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

TOPIC = "sales-transactions"
LINE = (
    "line_no int, sku string, quantity int, unit string, unit_price int, discount int, "
    "promotion_id string, scanned_at timestamp"
)
BASKET = (
    "basket_id string, kind string, store_id string, till_id int, cashier_id string, customer_id string, "
    f"event_time timestamp, currency string, lines array<struct<{LINE}>>, payment string, total int"
)
# USER_HZ, which Linux fixes on every architecture that Spark runs on.
TICKS_A_SECOND = 100


def session(task: dict, folder: str) -> SparkSession:
    settings = {
        "spark.jars": ",".join(str(path) for path in Path(task["jars"]).glob("*.jar") if "slf4j-api" not in path.name),
        "spark.driver.memory": "2g",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.local.dir": folder,
        "spark.hadoop.fs.s3a.endpoint": task["s3_endpoint"],
        "spark.hadoop.fs.s3a.endpoint.region": "us-east-1",
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
        "spark.hadoop.fs.s3a.access.key": task["s3_access_key"],
        "spark.hadoop.fs.s3a.secret.key": task["s3_secret_key"],
        "spark.hadoop.fs.s3a.aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
    }
    builder = SparkSession.builder.master("local[2]").appName("bench")
    for name, value in settings.items():
        builder = builder.config(name, value)
    started = builder.getOrCreate()
    started.sparkContext.setLogLevel("ERROR")
    return started


def lines_of(spark: SparkSession, brokers: str) -> DataFrame:
    messages = (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", brokers)
        .option("subscribe", TOPIC)
        .option("startingOffsets", "earliest")
        .load()
    )
    basket = F.from_json(F.col("value").cast("string"), BASKET).alias("basket")
    lines = messages.select("partition", "offset", basket).select(
        "partition", "offset", "basket.*", F.explode("basket.lines").alias("line")
    )
    return (
        lines.drop("lines")
        .select("*", "line.*")
        .drop("line")
        .filter((F.col("quantity") > 0) & (F.col("unit_price") > 0))
        .withColumn("business_date", F.to_date("event_time"))
    )


def used(pid: int | str) -> tuple[float, int]:
    """CPU seconds so far, and the most memory in MB."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    status = Path(f"/proc/{pid}/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND, int(peak.split()[1]) // 1024


def land(spark: SparkSession, task: dict, folder: str, number: int, jvm: int) -> dict:
    target = f"s3a://{task['s3_bucket']}/bench-spark/{number}"
    before = used(jvm)[0] + used("self")[0]
    began = time.perf_counter()
    query = (
        lines_of(spark, task["brokers"])
        .writeStream.format("parquet")
        .partitionBy("business_date")
        .option("path", target)
        .option("checkpointLocation", f"{folder}/checkpoint-{number}")
        .trigger(availableNow=True)
        .start()
    )
    query.awaitTermination()
    wall = time.perf_counter() - began
    cpu = used(jvm)[0] + used("self")[0] - before
    messages = sum(progress["numInputRows"] for progress in query.recentProgress)
    if messages != task["messages"]:
        raise SystemExit(f"Spark read {messages} messages of {task['messages']}.")
    return {"wall_s": wall, "cpu_s": cpu}


def main() -> None:
    task = json.loads(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="spark-", dir=task["folder"]) as folder:
        spark = session(task, folder)
        jvm = spark.sparkContext._gateway.proc.pid
        cold, *warm = [land(spark, task, folder, number, jvm) for number in range(1 + task["warm_runs"])]
        rows = spark.read.parquet(f"s3a://{task['s3_bucket']}/bench-spark/0").count()
        memory_mb = used(jvm)[1] + used("self")[1]
        spark.stop()
    warm.sort(key=lambda run: run["wall_s"])
    middle = warm[(len(warm) - 1) // 2]
    figures = {**middle, "cold_wall_s": cold["wall_s"], "cold_cpu_s": cold["cpu_s"], "rows": rows}
    print(json.dumps({**figures, "memory_mb": memory_mb}))


main()
