"""
What this package and the platform agree on: contract.json, which `npm run document -w @shelfcast/contracts` makes from
services/contracts.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec
import pyarrow as pa

ColumnType = Literal["utf8", "int32", "int64", "hash64", "timestamp_ms", "date", "binary"]
Schema = dict[str, Any]


class ContractFault(ValueError):
    """contract.json is not what this package was written for."""


class Column(msgspec.Struct, frozen=True):
    name: str
    type: ColumnType
    nullable: bool


class TopicContract(msgspec.Struct, frozen=True):
    schema_version: str
    # The field that, with the store, a message is recognised by.
    id_field: str
    schema: Schema
    columns: list[Column]


class Headers(msgspec.Struct, frozen=True, rename="camel"):
    schema: str
    produced_at: str
    replay_of: str


class Limits(msgspec.Struct, frozen=True, rename="camel"):
    quantity: dict[str, int]
    unit_price: int
    line_amount: int
    earliest_event_time: int
    latest_event_time: int
    list_price_factor: int
    double_scan_ms: int
    allowed_lateness_s: int
    movement_factor: int
    detail_length: int
    legible_sku_length: int


class Seeds(msgspec.Struct, frozen=True):
    low: int
    high: int


class Identity(msgspec.Struct, frozen=True):
    seeds: Seeds
    separator: int


class BlockMetadata(msgspec.Struct, frozen=True, rename="camel"):
    """Names of the user metadata of a block object."""

    begin: str
    end: str
    messages: str
    rows_accepted: str
    rows_refused: str
    offsets_missing: str
    produced_min: str
    produced_max: str
    topic_id: str
    writer: str


class Block(msgspec.Struct, frozen=True):
    metadata: BlockMetadata
    clocks_key: str
    # Of an offset in the name of a block.
    offset_digits: int


class Reference(msgspec.Struct, frozen=True):
    prefix: str
    # Name of the object in the folder of a kind and a source.
    file: str
    # Schemas of the rows that the gate reads, by kind.
    kinds: dict[str, Schema]


class Tag(msgspec.Struct, frozen=True):
    key: str
    value: str


class Curated(msgspec.Struct, frozen=True):
    """Name of the object that says which snapshots belong together, and names of the tables."""

    state: str
    # By topic.
    facts: dict[str, str]
    refused: str
    blocks: str


class Warehouse(msgspec.Struct, frozen=True):
    database: str
    ledger: str


class Contract(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    topics: dict[str, TopicContract]
    headers: Headers
    column_of: dict[str, str]
    not_kept: list[str]
    refusals: list[str]
    limits: Limits
    identity: Identity
    block: Block
    reference: Reference
    # On blocks that a committed snapshot covers: those may expire.
    covered_tag: Tag
    curated: Curated
    warehouse: Warehouse
    # Folder of the objects in which jobs tell of themselves.
    jobs_prefix: str
    examples: dict[str, Any]


def read_contract(path: Path) -> Contract:
    """Raises ContractFault where the file is missing, or not a contract of this package."""
    fix = "Make it anew with npm run document -w @shelfcast/contracts, or install the package of the same commit."
    try:
        return msgspec.json.decode(path.read_bytes(), type=Contract)
    except msgspec.ValidationError as error:
        raise ContractFault(f"{path} is not what this package reads: {error}. {fix}") from error
    except (OSError, msgspec.DecodeError) as error:
        raise ContractFault(f"{path} cannot be read: {error}. {fix}") from error


CONTRACT = read_contract(Path(__file__).with_name("contract.json"))
EVENT_TOPICS: tuple[str, ...] = tuple(CONTRACT.topics)
LIMITS = CONTRACT.limits
REFUSALS = CONTRACT.refusals

ARROW_TYPES: dict[ColumnType, pa.DataType] = {
    "utf8": pa.string(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "hash64": pa.int64(),
    "timestamp_ms": pa.timestamp("ms", "UTC"),
    "date": pa.date32(),
    "binary": pa.binary(),
}


def block_schema(topic: str) -> pa.Schema:
    """Columns of a block as its readers find them."""
    columns = CONTRACT.topics[topic].columns
    return pa.schema([pa.field(each.name, ARROW_TYPES[each.type], each.nullable) for each in columns])


@dataclass(frozen=True)
class Chain:
    """What the blocks of one partition form, in one life of its topic."""

    topic: str
    # 0 for the first topic of this name; one more each time it is deleted and created again.
    epoch: int
    partition: int

    @property
    def prefix(self) -> str:
        """Folder inside the raw bucket, with its slash."""
        life = "" if self.epoch == 0 else f"e={self.epoch}/"
        return f"{self.topic}/{life}p={self.partition:02}/"

    def block_name(self, offset: int) -> str:
        """Name of the block that begins at an offset, inside the raw bucket."""
        return f"{self.prefix}{offset:0{CONTRACT.block.offset_digits}}.parquet"

    def position(self, offset: int, line: int) -> str:
        """A position as dead-letter keys, headers and people write it. Line 0 is the whole message."""
        life = "" if self.epoch == 0 else f"@{self.epoch}"
        return f"{self.topic}{life}/{self.partition}/{offset}/{line}"


_POSITION = re.compile(
    rf"({'|'.join(EVENT_TOPICS)})(?:@(\d{{1,9}}))?/(\d{{1,9}})/(\d{{1,18}})/(\d{{1,9}})", re.ASCII
)


@dataclass(frozen=True)
class Position:
    chain: Chain
    offset: int
    line: int

    def __str__(self) -> str:
        return self.chain.position(self.offset, self.line)


def parse_position(text: str) -> Position | None:
    match = _POSITION.fullmatch(text)
    if not match:
        return None
    topic, epoch, partition, offset, line = match.groups()
    return Position(Chain(topic, int(epoch or 0), int(partition)), int(offset), int(line))


def epoch_name(topic: str, epoch: int) -> str:
    """Name of the object that says which topic of Kafka an epoch is of, inside the raw bucket."""
    return f"epochs/{topic}/{epoch:05}.json"
