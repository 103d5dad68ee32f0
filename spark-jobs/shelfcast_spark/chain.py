"""
Chains of blocks in the raw zone, as services/contracts/lake.ts names them: the blocks of one partition in one life of its
topic, each of which begins where the one before it ends.
"""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pyarrow.parquet as pq

from .lake import Lake

OFFSET_DIGITS = 20
CLOCKS_KEY = b"shelfcast.clocks"


class ChainFault(Exception):
    """The chain in the lake is not whole, or Kafka's topic is not the one that it is of: a person has to look."""


@dataclass(frozen=True)
class Chain:
    topic: str
    epoch: int
    partition: int

    @property
    def prefix(self) -> str:
        life = "" if self.epoch == 0 else f"e={self.epoch}/"
        return f"{self.topic}/{life}p={self.partition:02}/"

    def block_name(self, offset: int) -> str:
        return f"{self.prefix}{offset:0{OFFSET_DIGITS}}.parquet"


@dataclass(frozen=True)
class Block:
    """What the metadata of a block object says of it."""

    name: str
    begin: int
    end: int
    metadata: dict[str, str]


def blocks_from(lake: Lake, chain: Chain, begin: int) -> Iterator[Block]:
    """Blocks of the chain from an offset at which one begins. Raises ChainFault at a gap."""
    end = begin
    after = "" if begin == 0 else chain.block_name(begin - 1)
    for item in lake.names(lake.environment.raw, chain.prefix, after):
        block = _block(lake, item.name)
        if block.begin != end:
            raise ChainFault(
                f'The chain of {chain.topic} partition {chain.partition} has a gap: block "raw/{block.name}" begins at '
                f"{block.begin}, the one before it ends at {end}. Restore the missing object."
            )
        end = block.end
        yield block


def chain_end(lake: Lake, chain: Chain) -> int:
    """First offset that no block covers."""
    last = None
    for last in lake.names(lake.environment.raw, chain.prefix):
        pass
    return _block(lake, last.name).end if last else 0


def _block(lake: Lake, name: str) -> Block:
    metadata = lake.metadata(lake.environment.raw, name) or {}
    if "end-offset" not in metadata:
        raise ChainFault(f'Object "raw/{name}" has no metadata "end-offset", so it is no block. Move it out of the chain.')
    stem = name.rpartition("/")[2].removesuffix(".parquet")
    return Block(name, int(stem), int(metadata["end-offset"]), metadata)


def read_state(body: bytes) -> tuple[np.ndarray, dict]:
    """Hashes of what a block accepted (uint64), and the clocks of the stores after it."""
    file = pq.ParquetFile(io.BytesIO(body))
    column = file.read(columns=["id_hash"]).column(0).drop_null()
    clocks = json.loads((file.schema_arrow.metadata or {}).get(CLOCKS_KEY, b"[]"))
    return column.to_numpy().astype(np.int64).view(np.uint64), dict(clocks)


def epoch_of(lake: Lake, topic: str, topic_id: str, may_begin: bool) -> int:
    """
    Epoch of the topic that Kafka has now; the first one is recorded, and so is a new one where that may begin.
    Raises ChainFault where the topic was created again and no new epoch may begin.
    """
    while True:
        newest = None
        for newest in lake.names(lake.environment.raw, f"epochs/{topic}/"):
            pass
        number = -1
        if newest:
            number = int(newest.name.rpartition("/")[2].removesuffix(".json"))
            record = json.loads(lake.read(lake.environment.raw, newest.name))
            if record["topic_id"] == topic_id:
                return number
            if not may_begin:
                raise ChainFault(
                    f"Topic {topic} was deleted and created again: Kafka's topic has the id {topic_id}, the lake's chain "
                    f"(epoch {number}, since {record['since']}) is of {record['topic_id']}. Nothing of the new topic is "
                    f"read until you say so: start once with INGEST_NEW_EPOCH={topic} in the environment or in .env, and "
                    f"it gets epoch {number + 1} beside the old chain."
                )
        since = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        body = json.dumps({"topic_id": topic_id, "since": since}).encode()
        lake.create(lake.environment.raw, f"epochs/{topic}/{number + 1:05}.json", body)
