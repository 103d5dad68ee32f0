"""
Chains of blocks in the raw zone, as services/contracts/lake.ts names them: the blocks of one partition in one life of
its topic, each of which begins where the one before it ends.
"""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from .contract import CONTRACT, Chain, epoch_name
from .gate import Clocks, read_clocks
from .lake import Lake

METADATA = CONTRACT.block.metadata


class ChainFault(Exception):
    """The chain in the lake is not whole, or Kafka's topic is not the one that it is of: a person has to look."""


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
    last = lake.last(lake.environment.raw, chain.prefix)
    return _block(lake, last.name).end if last else 0


def _block(lake: Lake, name: str) -> Block:
    metadata = lake.metadata(lake.environment.raw, name) or {}
    if METADATA.end not in metadata:
        raise ChainFault(
            f'Object "raw/{name}" has no metadata "{METADATA.end}", so it is no block. Move it out of the chain.'
        )
    stem = name.rpartition("/")[2].removesuffix(".parquet")
    return Block(name, int(stem), int(metadata[METADATA.end]), metadata)


def read_state(body: bytes) -> tuple[npt.NDArray[np.uint64], Clocks]:
    """Hashes of what a block accepted, and the clocks of the stores after it."""
    column = pq.read_table(io.BytesIO(body), columns=["id_hash"]).column("id_hash").drop_null()
    return column.to_numpy().astype(np.int64).view(np.uint64), read_clocks(body)


def epoch_of(lake: Lake, topic: str, topic_id: str, may_begin: bool) -> int:
    """
    Epoch of the topic that Kafka has now; the first one is recorded, and so is a new one where that may begin.
    Raises ChainFault where the topic was created again and no new epoch may begin.
    """
    while True:
        newest = lake.last(lake.environment.raw, f"epochs/{topic}/")
        number = -1
        if newest:
            number = int(newest.name.rpartition("/")[2].removesuffix(".json"))
            record = json.loads(lake.read(lake.environment.raw, newest.name))
            if record["topic_id"] == topic_id:
                return number
            if not may_begin:
                raise ChainFault(
                    f"Topic {topic} was deleted and created again: Kafka's topic has the id {topic_id}, the lake's "
                    f"chain (epoch {number}, since {record['since']}) is of {record['topic_id']}. Nothing of the new "
                    f"topic is read until you say so: start once with INGEST_NEW_EPOCH={topic} in the environment or "
                    f"in .env, and it gets epoch {number + 1} beside the old chain."
                )
        since = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        body = json.dumps({"topic_id": topic_id, "since": since}).encode()
        lake.create(lake.environment.raw, epoch_name(topic, number + 1), body)
