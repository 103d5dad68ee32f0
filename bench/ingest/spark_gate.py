"""The stream engine of spark-jobs on a topic that is full: gate and blocks, again and again in one session."""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

TASK = json.loads(sys.argv[1])
sys.path.insert(0, TASK["jobs"])
os.environ.update(
    {
        "SPARK_MASTER": TASK["master"],
        "SPARK_JARS": TASK["jars"],
        "SPARK_LOCAL_DIR": TASK["folder"],
        "S3_ENDPOINT": TASK["s3_endpoint"],
        "S3_ACCESS_KEY": TASK["s3_access_key"],
        "S3_SECRET_KEY": TASK["s3_secret_key"],
        "KAFKA_BROKERS": TASK["brokers"],
    }
)

import land_stream  # noqa: E402
from shelfcast_spark.lake import Lake  # noqa: E402
from shelfcast_spark.session import create_session  # noqa: E402

# USER_HZ, which Linux fixes on every architecture that Spark runs on.
TICKS_A_SECOND = 100


class Tally:
    def __init__(self) -> None:
        self.messages = 0
        self.rows = 0

    def landed(self, blocks: list) -> None:
        for block in blocks:
            self.messages += block.end - block.begin
            self.rows += block.rows_accepted + block.rows_refused


def family(pid: int) -> Iterator[int]:
    """The process and all that it has started."""
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        # A thread may end while it is asked; its children are another's then.
        with suppress(FileNotFoundError):
            for child in (task / "children").read_text().split():
                yield from family(int(child))


def used() -> tuple[float, int]:
    """CPU seconds so far, and the most memory in MB, of Python, JVM and workers."""
    cpu, memory = 0.0, 0
    for pid in family(os.getpid()):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        status = Path(f"/proc/{pid}/status").read_text()
        cpu += (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND
        # A process that has just ended holds nothing.
        memory += sum(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) // 1024
    return cpu, memory


def land(spark: object, number: int) -> dict:
    """Into a lake of its own, which knows the stores and products."""
    os.environ["S3_BUCKET_RAW"] = bucket = f"raw-{number}"
    settings = land_stream.read_settings()
    lake = Lake(settings.lake)
    lake.client.create_bucket(Bucket=bucket)
    for item in lake.names("raw", "datasets/"):
        lake.put(bucket, item.name, lake.read("raw", item.name))
    tally = Tally()
    before, began = used()[0], time.perf_counter()
    query = land_stream.start_landing(spark, settings, lake, tally, True)
    query.awaitTermination()
    wall, cpu = time.perf_counter() - began, used()[0] - before
    if tally.messages != TASK["messages"]:
        raise SystemExit(f"Spark landed {tally.messages} messages of {TASK['messages']}.")
    return {"wall_s": wall, "cpu_s": cpu}


def main() -> None:
    os.environ["S3_BUCKET_RAW"] = "raw"
    spark = create_session("bench", land_stream.read_settings().lake, land_stream.SPARK_SETTINGS)
    cold, *warm = [land(spark, number) for number in range(1 + TASK["warm_runs"])]
    memory_mb = used()[1]
    spark.stop()
    warm.sort(key=lambda run: run["wall_s"])
    middle = warm[(len(warm) - 1) // 2]
    figures = {**middle, "cold_wall_s": cold["wall_s"], "cold_cpu_s": cold["cpu_s"]}
    print(json.dumps({**figures, "memory_mb": memory_mb}))


main()
