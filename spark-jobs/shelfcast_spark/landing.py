"""
Lands partitions on the workers: judges the messages of a task in the order of their offsets and writes block after
block to the lake. What a worker knows of a chain it keeps from task to task; where another one has landed meanwhile, it
reads that from the chain first.
"""

import itertools
import json
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import pyarrow as pa
from confluent_kafka import Consumer, TopicPartition

from .chain import METADATA, blocks_from, read_state
from .contract import Chain
from .environment import LakeEnvironment
from .gate import Clocks, Gate, IdMemory, Tally, World, encode
from .lake import Lake
from .positions import NotLoaded, Positions
from .reference import read_reference
from .warehouse import WarehouseEnvironment

# As many rows as a block of the other engine has under load (services/ingest/stream/chain/lander.ts).
BLOCK_ROWS = 120_000
BLOCK_BYTES = 64 * 1024 * 1024
# Messages that are judged at once. A block ends after a whole number of them, counted from its begin, so that it has
# the same end whoever lands it.
CHUNK_MESSAGES = 4_000
# Partitions that share the memory of ids of a worker: what the past of one may take at first.
PARTITIONS = 18
ID_BYTES = 8
REFERENCE_AGE_S = 10
KAFKA_TIMEOUT_S = 10
TRIES = 10
# How long a task waits for the warehouse to hold what it is asked about, before it fails and is tried again.
LOADED_WITHIN_S = 120
LOADED_POLL_S = 0.5

Answer = TypeVar("Answer")

# What a task tells of each block that it has landed.
LANDED = pa.schema(
    [
        ("topic", pa.string()),
        ("partition", pa.int32()),
        ("begin", pa.int64()),
        ("end", pa.int64()),
        ("rows_accepted", pa.int64()),
        ("rows_refused", pa.int64()),
        ("rows_late", pa.int64()),
        ("offsets_missing", pa.int64()),
        ("bytes", pa.int64()),
        ("outcomes", pa.string()),
        ("judge_ms", pa.int64()),
        ("put_ms", pa.int64()),
    ]
)
LANDED_DDL = (
    "topic string, partition int, begin long, end long, rows_accepted long, rows_refused long, rows_late long, "
    "offsets_missing long, bytes long, outcomes string, judge_ms long, put_ms long"
)


@dataclass(frozen=True)
class Life:
    """A topic as Kafka has it now."""

    epoch: int
    topic_id: str


@dataclass(frozen=True)
class LandingOptions:
    """What every worker is told."""

    brokers: str
    lake: LakeEnvironment
    # Without a warehouse all ids of a chain are read from its blocks, and have to fit into memory.
    warehouse: WarehouseEnvironment | None
    lives: dict[str, Life]
    id_memory_bytes: int


class ChainMoved(Exception):
    """Another process has written the block that was to be written: what was decided on its state counts no more."""


def land(options: LandingOptions) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """A function for mapInArrow: takes messages of Kafka, lands them, and tells what it has landed."""

    def task(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        yield from worker_of(options).land(batches)

    return task


_worker: "Worker | None" = None


def worker_of(options: LandingOptions) -> "Worker":
    """The worker of this process: Spark takes the same process for the next task."""
    global _worker  # noqa: PLW0603
    if _worker is None or _worker.options != options:
        _worker = Worker(options)
    return _worker


class Worker:
    def __init__(self, options: LandingOptions) -> None:
        self.options = options
        self.lake = Lake(options.lake)
        self.positions = Positions(options.warehouse) if options.warehouse else None
        self.name = str(uuid.uuid4())
        self.world = World(refresh=self._refresh)
        self._etags: dict[str, str] = {}
        self._read_at = float("-inf")
        self._chains: dict[Chain, ChainState] = {}

    def land(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        if time.monotonic() - self._read_at > REFERENCE_AGE_S:
            self._refresh(time.monotonic())
        lander: Lander | None = None
        for batch in batches:
            for run in runs_of_partition(batch):
                topic, partition = run.column("topic")[0].as_py(), run.column("partition")[0].as_py()
                if lander is None or (lander.chain.topic, lander.chain.partition) != (topic, partition):
                    if lander:
                        yield from lander.finish()
                    lander = self._lander(topic, partition)
                yield from lander.take(run)
        if lander:
            yield from lander.finish()

    def _lander(self, topic: str, partition: int) -> "Lander":
        return Lander(self, Chain(topic, self.options.lives[topic].epoch, partition))

    def state_of(self, chain: Chain) -> "ChainState":
        """What the gate needs to know, up to where the chain ends now."""
        state = self._chains.get(chain)
        if state is None:
            state = self._chains[chain] = recover(self, chain)
        catch_up(self, chain, state)
        return state

    def forget(self, chain: Chain) -> None:
        self._chains.pop(chain, None)

    def _refresh(self, not_before: float) -> None:
        """Reads reference data that was published since the last reading, unless one began after `not_before`."""
        if self._read_at >= not_before:
            return
        began = time.monotonic()
        read_reference(self.lake, self.world, self._etags)
        self._read_at = began


@dataclass
class ChainState:
    end: int
    memory: IdMemory
    gate: Gate


def recover(worker: Worker, chain: Chain) -> ChainState:
    """The chain's state as far as the warehouse knows it; from there on its blocks tell."""
    memory_bytes = worker.options.id_memory_bytes // PARTITIONS
    limit = memory_bytes // ID_BYTES // 2
    memory = IdMemory(memory_bytes)
    clocks: Clocks = {}
    end = 0
    if worker.positions:
        end = once_loaded(lambda: worker.positions.loaded_end(chain))
        if end > 0:
            hashes, oldest, is_complete = once_loaded(lambda: worker.positions.newest(chain, end, limit))
            memory.begin_block(oldest)
            memory.add(hashes)
            memory.is_complete = is_complete
            clocks = newest_clocks(worker.lake, chain, end)
    return ChainState(end, memory, Gate(chain, worker.world, memory, clocks))


def once_loaded(ask: Callable[[], Answer]) -> Answer:
    """Asks again until the warehouse holds what it is asked about: ingest loads what was landed before."""
    deadline = time.monotonic() + LOADED_WITHIN_S
    while True:
        try:
            return ask()
        except NotLoaded:
            if time.monotonic() > deadline:
                raise
            time.sleep(LOADED_POLL_S)


def newest_clocks(lake: Lake, chain: Chain, end: int) -> Clocks:
    """Clocks of the stores after the block that ends at an offset."""
    last = None
    for item in lake.names(lake.environment.raw, chain.prefix):
        if item.name >= chain.block_name(end):
            break
        last = item.name
    return read_state(lake.read(lake.environment.raw, last))[1] if last else {}


def catch_up(worker: Worker, chain: Chain, state: ChainState) -> None:
    """Takes the blocks that were landed since."""
    for block in blocks_from(worker.lake, chain, state.end):
        hashes, clocks = read_state(worker.lake.read(worker.lake.environment.raw, block.name))
        state.memory.begin_block(block.begin)
        state.memory.add(hashes)
        state.gate.clocks = clocks
        state.end = block.end


@dataclass
class Open:
    """The block under way."""

    begin: int
    pieces: list[pa.RecordBatch] = field(default_factory=list)
    tables: list[pa.Table] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    messages: int = 0
    bytes: int = 0
    missing: int = 0
    judge_s: float = 0


class Lander:
    """Lands what one task has of a partition."""

    def __init__(self, worker: Worker, chain: Chain) -> None:
        self.chain = chain
        self._worker = worker
        self._state = worker.state_of(chain)
        self._open = Open(self._state.end)
        self._next = self._state.end

    def take(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """Judges messages, and writes a block where one is full."""
        try:
            at = 0
            while at < batch.num_rows:
                room = CHUNK_MESSAGES - self._open.messages % CHUNK_MESSAGES
                piece = batch.slice(at, room)
                at += piece.num_rows
                yield from self._judge(piece)
        except BaseException:
            self._worker.forget(self.chain)
            raise

    def finish(self) -> Iterator[pa.RecordBatch]:
        """Writes what the block under way holds."""
        try:
            if self._open.messages:
                yield from self._close()
        except BaseException:
            self._worker.forget(self.chain)
            raise

    def _judge(self, piece: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        offsets = piece.column("offset").to_numpy()
        # What the chain has already, from before a crash, is not landed again.
        piece = piece.slice(int(np.searchsorted(offsets, self._next)))
        if piece.num_rows == 0:
            return
        block = self._open
        if block.messages == 0:
            self._state.memory.begin_block(block.begin)
        first = piece.column("offset")[0].as_py()
        if first > self._next:
            block.missing += self._missing(first)
        began = time.monotonic()
        judged = self._state.gate.judge(piece, older=self._looked_up(piece))
        block.judge_s += time.monotonic() - began
        block.pieces.append(piece)
        block.tables.append(judged.rows)
        block.tally += judged.tally
        block.messages += piece.num_rows
        block.bytes += piece.nbytes
        self._next = piece.column("offset")[-1].as_py() + 1
        rows = block.tally.rows_accepted + block.tally.rows_refused
        is_whole = block.messages % CHUNK_MESSAGES == 0
        if is_whole and (rows >= BLOCK_ROWS or block.bytes >= BLOCK_BYTES):
            yield from self._close()

    def _looked_up(self, piece: pa.RecordBatch) -> np.ndarray | None:
        """Ids of the messages that are older than the memory reaches, where it does not reach back to the first."""
        memory = self._state.memory
        if memory.is_complete:
            return None
        positions = self._worker.positions
        if positions is None:
            raise SystemExit(
                f"The ids of {self.chain.prefix} do not fit into INGEST_ID_MEMORY_MB, and there is no warehouse to "
                "ask. Give it more, or set CLICKHOUSE_URL and CLICKHOUSE_PASSWORD."
            )
        hashes = self._state.gate.id_hashes(piece)
        unknown = hashes[~memory.known(hashes)]
        if len(unknown) == 0:
            return None
        return once_loaded(lambda: positions.accepted(self.chain, unknown, memory.from_offset))

    def _missing(self, first: int) -> int:
        """Of the offsets before the first message, those that Kafka let go of; others are marks of transactions."""
        low = oldest_offset(self._worker.options.brokers, self.chain)
        return max(0, min(low, first) - self._next)

    def _close(self) -> Iterator[pa.RecordBatch]:
        block = self._open
        for _ in range(TRIES):
            landed = self._put(block)
            if landed:
                self._state.end = self._next
                self._open = Open(self._next)
                yield landed
                return
            # Its messages are judged again on what the winner has left.
            self._worker.forget(self.chain)
            self._state = self._worker.state_of(self.chain)
            pieces, self._open, self._next = block.pieces, Open(self._state.end), self._state.end
            for piece in pieces:
                yield from self._judge(piece)
            block = self._open
            if block.messages == 0:
                return
        raise ChainMoved(f"Another process lands {self.chain.prefix} too. Stop one of them.")

    def _put(self, block: Open) -> pa.RecordBatch | None:
        """Writes the block. None where another process was first."""
        worker, chain, tally = self._worker, self.chain, block.tally
        began = time.monotonic()
        body = encode(block.tables, self._state.gate.clocks)
        metadata = {
            METADATA.begin: block.begin,
            METADATA.end: self._next,
            METADATA.messages: block.messages,
            METADATA.rows_accepted: tally.rows_accepted,
            METADATA.rows_refused: tally.rows_refused,
            METADATA.offsets_missing: block.missing,
            METADATA.produced_min: int(tally.produced_min),
            METADATA.produced_max: int(tally.produced_max),
            METADATA.topic_id: worker.options.lives[chain.topic].topic_id,
            METADATA.writer: worker.name,
        }
        bucket, name = worker.lake.environment.raw, chain.block_name(block.begin)
        is_new = worker.lake.create(bucket, name, body, {key: str(value) for key, value in metadata.items()})
        # It is there: by another process, or by this one, which never heard the answer.
        if not is_new and (worker.lake.metadata(bucket, name) or {}).get(METADATA.writer) != worker.name:
            return None
        row = {
            "topic": chain.topic,
            "partition": chain.partition,
            "begin": block.begin,
            "end": self._next,
            "rows_accepted": tally.rows_accepted,
            "rows_refused": tally.rows_refused,
            "rows_late": tally.late,
            "offsets_missing": block.missing,
            "bytes": len(body),
            "outcomes": json.dumps(tally.outcomes),
            "judge_ms": round(1000 * block.judge_s),
            "put_ms": round(1000 * (time.monotonic() - began)),
        }
        return pa.RecordBatch.from_pylist([row], schema=LANDED)


def oldest_offset(brokers: str, chain: Chain) -> int:
    """First offset that Kafka still holds."""
    consumer = Consumer(
        {"bootstrap.servers": brokers, "group.id": "shelfcast-spark", "enable.auto.commit": False}
    )
    try:
        low, _ = consumer.get_watermark_offsets(
            TopicPartition(chain.topic, chain.partition), timeout=KAFKA_TIMEOUT_S
        )
    finally:
        consumer.close()
    return low


def runs_of_partition(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Stretches of the batch that are of one partition of one topic: nearly always all of it."""
    if batch.num_rows == 0:
        return
    topics = batch.column("topic").dictionary_encode().indices.to_numpy()
    partitions = batch.column("partition").to_numpy()
    changes = np.flatnonzero((np.diff(topics) != 0) | (np.diff(partitions) != 0)) + 1
    edges = [0, *changes.tolist(), batch.num_rows]
    for start, end in itertools.pairwise(edges):
        yield batch.slice(start, end - start)
