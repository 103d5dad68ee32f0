"""
Where a stream's checkpoint lies in the lake, and whether it may be gone on with: the chain in the lake is the truth
about progress, and a checkpoint that is ahead of it (a lake that was restored, a topic that was created again) is left
behind.
"""

import json
from dataclasses import dataclass

from .lake import Lake

Offsets = dict[str, dict[int, int]]


@dataclass(frozen=True)
class Checkpoint:
    # For Spark, and inside of the raw bucket.
    location: str
    prefix: str


def checkpoint_of(lake: Lake, stream: str, identity: dict, chain_ends: Offsets | None) -> Checkpoint:
    """
    The checkpoint of the stream's present run, or of a new one where there is none, where it is of something else, or
    where it is ahead of the chains.
    """
    folder = f"checkpoints/{stream}/"
    current = f"{folder}current.json"
    bucket = lake.environment.raw
    record = json.loads(lake.read(bucket, current)) if lake.metadata(bucket, current) is not None else None
    if record and record["identity"] == identity:
        prefix = f"{folder}{record['run']:05}/"
        if chain_ends is None or not is_ahead(committed_offsets(lake, prefix), chain_ends):
            return Checkpoint(f"s3a://{bucket}/{prefix}", prefix)
    run = record["run"] + 1 if record else 0
    prefix = f"{folder}{run:05}/"
    # What a run left that was killed before it was written down.
    for item in lake.names(bucket, prefix):
        lake.delete(bucket, item.name)
    lake.put(bucket, current, json.dumps({"run": run, "identity": identity}).encode())
    return Checkpoint(f"s3a://{bucket}/{prefix}", prefix)


def is_ahead(committed: Offsets, chain_ends: Offsets) -> bool:
    return any(
        offset > chain_ends.get(topic, {}).get(partition, 0)
        for topic, partitions in committed.items()
        for partition, offset in partitions.items()
    )


def committed_offsets(lake: Lake, prefix: str) -> Offsets:
    """Offsets before which the last batch that was committed has all, by topic and partition."""
    bucket = lake.environment.raw
    numbers = [
        int(stem)
        for item in lake.names(bucket, f"{prefix}commits/")
        if (stem := item.name.rpartition("/")[2]).isdigit()
    ]
    if not numbers:
        return {}
    # Version, metadata of the batch, then one line a source.
    lines = lake.read(bucket, f"{prefix}offsets/{max(numbers)}").decode().strip().split("\n")
    offsets = json.loads(lines[2])
    return {
        topic: {int(p): offset for p, offset in partitions.items()} for topic, partitions in offsets.items()
    }
