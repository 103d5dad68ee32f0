"""Chains of blocks in the raw zone: services/contracts/lake.ts says what they are and how they are named."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ..chain import ChainFault
from ..contract import CONTRACT, EVENT_TOPICS, Chain
from ..lake import Lake, StoredObject

_METADATA = CONTRACT.block.metadata
_FOLDER = re.compile(rf"^({'|'.join(EVENT_TOPICS)})/(?:e=(\d+)/)?p=(\d+)/$")
_NAME = re.compile(rf"/p=\d+/(\d{{{CONTRACT.block.offset_digits}}})\.parquet$")
# Object heads asked for at once.
_HEADS_AT_ONCE = 16


@dataclass(frozen=True)
class Block:
    """What the object's user metadata tells; `end` is the first offset after the block, times are ms since 1970."""

    chain: Chain
    name: str
    begin: int
    end: int
    messages: int
    rows_accepted: int
    rows_refused: int
    offsets_missing: int
    bytes: int
    produced_min: int
    produced_max: int
    topic_id: str

    @property
    def rows(self) -> int:
        return self.rows_accepted + self.rows_refused


def chain_in(folder: str) -> Chain | None:
    """The chain whose folder this is, or None when it is another folder."""
    match = _FOLDER.match(folder)
    return Chain(match[1], int(match[2] or 0), int(match[3])) if match else None


def begin_of(name: str) -> int:
    """First offset of the block with this name."""
    match = _NAME.search(name)
    if not match:
        raise ChainFault(f'Object "raw/{name}" is not named like a block. Move it out of the chain.')
    return int(match[1])


def chains_of(lake: Lake) -> list[Chain]:
    """All chains, of all lives of each topic."""
    raw = lake.environment.raw
    chains: list[Chain] = []
    for topic in EVENT_TOPICS:
        for folder in lake.folders(raw, f"{topic}/"):
            inside = lake.folders(raw, folder) if re.search(r"/e=\d+/$", folder) else [folder]
            chains += [chain for prefix in inside if (chain := chain_in(prefix))]
    return sorted(chains, key=lambda chain: chain.prefix)


def names_from(lake: Lake, chain: Chain, begin: int) -> Iterator[StoredObject]:
    """Objects of a chain from an offset on, in their order."""
    # Names sort as offsets do, and the listing begins after the name that it is given.
    after = chain.block_name(begin - 1) if begin > 0 else ""
    return lake.names(lake.environment.raw, chain.prefix, after)


def read_blocks(lake: Lake, chain: Chain, objects: list[StoredObject], begin: int) -> list[Block]:
    """
    The blocks of these objects, of which the first must begin at `begin` and each other where the one before it ends.
    """
    with ThreadPoolExecutor(_HEADS_AT_ONCE) as heads:
        metadata = list(heads.map(lambda each: lake.metadata(lake.environment.raw, each.name), objects))
    blocks = [_block(chain, each, head or {}) for each, head in zip(objects, metadata, strict=True)]
    end = begin
    for block in blocks:
        if block.begin != end:
            raise ChainFault(
                f'The chain {chain.prefix} has a gap: block "raw/{block.name}" begins at {block.begin}, what is before '
                f"it ends at {end}. Restore the missing object, and run again."
            )
        end = block.end
    return blocks


def _block(chain: Chain, stored: StoredObject, metadata: dict[str, str]) -> Block:
    def read(field: str) -> str:
        value = metadata.get(field)
        if value is None:
            raise ChainFault(
                f'Object "raw/{stored.name}" has no metadata "{field}", so it is no block. Move it out of the chain.'
            )
        return value

    produced_max = read(_METADATA.produced_max)
    return Block(
        chain=chain,
        name=stored.name,
        begin=begin_of(stored.name),
        end=int(read(_METADATA.end)),
        messages=int(read(_METADATA.messages)),
        rows_accepted=int(read(_METADATA.rows_accepted)),
        rows_refused=int(read(_METADATA.rows_refused)),
        offsets_missing=int(read(_METADATA.offsets_missing)),
        bytes=stored.size,
        # A block of gaps alone has no message, and Infinity as its earliest time; the ledger says the same.
        produced_min=int(min(float(read(_METADATA.produced_min)), float(produced_max))),
        produced_max=int(float(produced_max)),
        topic_id=metadata.get(_METADATA.topic_id, ""),
    )
