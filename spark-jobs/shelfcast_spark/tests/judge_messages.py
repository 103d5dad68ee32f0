"""Judges the messages of a file and writes their blocks beside it, for test/spark/gates.ts. Argument: the file."""

import base64
import json
import sys
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa

from ..contract import Chain
from ..gate import Gate, IdMemory, Tally, World, encode

HEADERS = pa.list_(pa.struct([("key", pa.string()), ("value", pa.binary())]))


def batch_of(messages: list[dict]) -> pa.RecordBatch:
    """As Spark's Kafka source hands messages on."""
    return pa.RecordBatch.from_arrays(
        [
            pa.array([each["offset"] for each in messages], pa.int64()),
            pa.array([decoded(each["value"]) for each in messages], pa.binary()),
            pa.array([1000 * each["timestamp"] for each in messages], pa.timestamp("us", "UTC")),
            pa.array([headers_of(each) for each in messages], HEADERS),
        ],
        ["offset", "value", "timestamp", "headers"],
    )


def headers_of(message: dict) -> list[dict] | None:
    pairs = [{"key": key, "value": decoded(value)} for key, value in message["headers"]]
    return pairs or None


def decoded(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)


def main(path: Path) -> None:
    request = json.loads(path.read_bytes())
    world = World()
    for kind, rows in request["reference"].items():
        world.take(kind, "test", "\n".join(map(json.dumps, rows)).encode())
    gate = Gate(Chain(**request["chain"]), world, IdMemory(1 << 24), {})
    answers = []
    for number, batches in enumerate(request["blocks"]):
        tables, tally = [], Tally()
        for messages in batches:
            judged = gate.judge(batch_of(messages))
            tables.append(judged.rows)
            tally += judged.tally
        path.with_name(f"{number}.parquet").write_bytes(encode(tables, gate.clocks))
        answers.append(asdict(tally))
    print(json.dumps(answers))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
