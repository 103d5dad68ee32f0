"""Bringing blocks into the tables: those after what is covered, in their order, each once."""

from collections.abc import Iterator
from dataclasses import dataclass

from py4j.java_gateway import JavaObject
from pyspark.sql import DataFrame, SparkSession

from ..contract import Chain
from ..lake import Lake, StoredObject
from ..progress import Progress
from . import coverage
from .blocks import Block, chains_of, names_from, read_blocks
from .commits import Commits
from .coverage import Coverage
from .faults import Faults
from .state import State, TableState, tag_covered
from .tables import FACTS, TABLES, CuratedTable, ensure

# What one commit takes: so much is sorted in a few minutes, and after a kill done again.
BATCH_ROWS = 5_000_000
BATCH_BLOCKS = 5_000
# Blocks whose heads are asked for before it is seen whether the batch is full.
_HEADS = 200


@dataclass
class Covered:
    blocks: int = 0
    rows: int = 0
    tagged: int = 0


class Covering:
    def __init__(
        self, session: SparkSession, lake: Lake, bucket: str, progress: Progress, faults: Faults
    ) -> None:
        """@param bucket the raw bucket as Spark names it, as in s3a://raw"""
        self._session = session
        self.lake = lake
        self._bucket = bucket
        self._progress = progress
        self._faults = faults
        self._covers: dict[str, Coverage] = {}
        self.commits = {table.name: Commits(session, table) for table in TABLES}

    def run(self) -> Covered:
        self._progress.step("looking for blocks")
        for name, commits in self.commits.items():
            self._covers[name] = commits.covers() if commits.exists() else {}
        waiting = self._waiting()
        total = sum(map(len, waiting.values()))
        covered = Covered()
        if total:
            for table in TABLES:
                ensure(self._session, table)
                self.commits[table.name].prepare()
        for batch in self._batches(waiting):
            for table in TABLES:
                self._progress.step(f"writing {table.name}", covered.blocks, total)
                self._cover(table, batch)
            covered.blocks += len(batch)
            covered.rows += sum(block.rows for block in batch)
            covered.tagged += self.record()
        return covered

    def record(self, is_merged: bool = False) -> int:
        """Says which snapshots belong together, and tags what they cover. Returns the number of blocks tagged."""
        state = State.read(self.lake) or State()
        tables = {
            name: _table_state(commits.load(), is_merged)
            for name, commits in self.commits.items()
            if commits.exists()
        }
        covers = self._shared()
        if (state.tables, state.covers) != (tables, covers):
            state.tables, state.covers = tables, covers
            state.write(self.lake)
            self._faults.reached("state")
        self._progress.step("tagging blocks")
        tagged, count = tag_covered(self.lake, state)
        self._faults.reached("tagged")
        if state.tagged != tagged:
            state.tagged = tagged
            state.write(self.lake)
        return count

    def _shared(self) -> Coverage:
        facts: dict[str, tuple[int, int]] = {}
        for table in FACTS.values():
            facts |= self._covers[table.name]
        others = [self._covers[table.name] for table in TABLES if table not in FACTS.values()]
        return coverage.shared([facts, *others])

    def _waiting(self) -> dict[Chain, list[StoredObject]]:
        shared = self._shared()
        waiting: dict[Chain, list[StoredObject]] = {}
        for chain in chains_of(self.lake):
            objects = list(names_from(self.lake, chain, coverage.end_of(shared, chain.prefix)))
            if objects:
                waiting[chain] = objects
        return waiting

    def _batches(self, waiting: dict[Chain, list[StoredObject]]) -> Iterator[list[Block]]:
        shared = self._shared()
        batch: list[Block] = []
        rows = 0
        for chain, objects in waiting.items():
            end = coverage.end_of(shared, chain.prefix)
            for first in range(0, len(objects), _HEADS):
                blocks = read_blocks(self.lake, chain, objects[first : first + _HEADS], end)
                end = blocks[-1].end
                for block in blocks:
                    if batch and (len(batch) == BATCH_BLOCKS or rows + block.rows > BATCH_ROWS):
                        yield batch
                        batch, rows = [], 0
                    batch.append(block)
                    rows += block.rows
        if batch:
            yield batch

    def _cover(self, table: CuratedTable, batch: list[Block]) -> None:
        covered = self._covers[table.name]
        # After a kill, some tables have blocks that others do not have yet.
        blocks = [
            block
            for block in batch
            if block.chain.topic in table.topics
            and block.begin >= coverage.end_of(covered, block.chain.prefix)
        ]
        if not blocks:
            return
        added: dict[str, tuple[int, int]] = {}
        for block in blocks:
            begin, _ = added.get(block.chain.prefix, (block.begin, block.end))
            added[block.chain.prefix] = (begin, block.end)
        after = coverage.extended(covered, added)
        frame = table.rows(self._session, self._bucket, blocks)
        self.commits[table.name].publish(
            lambda branch, _: _append(frame, f"{table.full_name}.branch_{branch}", after, added),
            lambda: self._faults.reached("written"),
        )
        self._covers[table.name] = after
        self._faults.reached("published")


def _table_state(iceberg: JavaObject, is_merged: bool) -> TableState:
    location = iceberg.operations().current().metadataFileLocation()
    return TableState(location, iceberg.currentSnapshot().snapshotId(), is_merged)


def _append(frame: DataFrame, branch: str, covers: Coverage, added: Coverage) -> None:
    (
        frame.writeTo(branch)
        .option(f"snapshot-property.{coverage.COVERS}", coverage.written(covers))
        .option(f"snapshot-property.{coverage.ADDED}", coverage.written(added))
        .append()
    )
