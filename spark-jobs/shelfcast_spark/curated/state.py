"""
What belongs together: an object of the raw zone that says, for each table, which snapshot of it is meant, and what all
of them cover. Tables are committed one by one, so between two commits they hold different blocks; who reads the
snapshots that stand here reads the same blocks in all of them, and needs no client of the catalogue.
services/contracts/curated.ts has its schema.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice

from ..contract import CONTRACT
from ..lake import Lake
from . import coverage
from .blocks import begin_of, chain_in, chains_of, names_from
from .coverage import Coverage

STATE = CONTRACT.curated.state
# What lets the lifecycle of the object store expire a block: it is in the curated tables.
TAG = {CONTRACT.covered_tag.key: CONTRACT.covered_tag.value}
_TAGS_AT_ONCE = 16


@dataclass(frozen=True)
class TableState:
    metadata: str
    snapshot_id: int
    """Whether the small files of each day were looked for, and are one."""
    is_merged: bool


@dataclass
class State:
    tables: dict[str, TableState] = field(default_factory=dict)
    covers: Coverage = field(default_factory=dict)
    """Blocks up to here have the tag."""
    tagged: Coverage = field(default_factory=dict)
    """When files of killed runs were looked for, in ms since 1970."""
    cleaned_at: int = 0

    @staticmethod
    def read(lake: Lake) -> "State | None":
        raw = lake.environment.raw
        if lake.metadata(raw, STATE) is None:
            return None
        document = json.loads(lake.read(raw, STATE))
        return State(
            tables={
                name: TableState(table["metadata"], int(table["snapshot_id"]), table["merged"])
                for name, table in document["tables"].items()
            },
            covers={prefix: tuple(each) for prefix, each in document["covers"].items()},
            tagged={prefix: tuple(each) for prefix, each in document["tagged"].items()},
            cleaned_at=document["cleaned_at"],
        )

    def write(self, lake: Lake) -> None:
        body = {
            "written_at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "tables": {
                # As text: an id has all of its 64 bits.
                name: {
                    "metadata": table.metadata,
                    "snapshot_id": str(table.snapshot_id),
                    "merged": table.is_merged,
                }
                for name, table in self.tables.items()
            },
            "covers": {prefix: list(each) for prefix, each in self.covers.items()},
            "tagged": {prefix: list(each) for prefix, each in self.tagged.items()},
            "cleaned_at": self.cleaned_at,
        }
        lake.put(lake.environment.raw, STATE, json.dumps(body, indent=1).encode())

    def is_current(self, lake: Lake) -> bool:
        """Whether there is nothing to do, told without a catalogue."""
        if not all(table.is_merged for table in self.tables.values()):
            return False
        for chain in chains_of(lake):
            # The newest block has no tag; one more is new, or has none yet.
            untagged = list(islice(names_from(lake, chain, coverage.end_of(self.tagged, chain.prefix)), 2))
            end = coverage.end_of(self.covers, chain.prefix)
            if len(untagged) > 1 or any(begin_of(stored.name) >= end for stored in untagged):
                return False
        return True


def tag_covered(lake: Lake, state: State) -> tuple[Coverage, int]:
    """
    Tags the blocks that are covered, but for the newest of each chain, which must not expire: the gate goes on from
    the clocks in it. Returns up to where blocks have the tag, and how many were given it.
    """
    tagged: dict[str, tuple[int, int]] = {}
    count = 0
    with ThreadPoolExecutor(_TAGS_AT_ONCE) as workers:
        for prefix, (begin, end) in state.covers.items():
            chain = chain_in(prefix)
            if chain is None:
                raise ValueError(
                    f'"{prefix}" of {STATE} is no chain. Delete that object: the next run writes it anew.'
                )
            names: list[str] = []
            for stored in names_from(lake, chain, coverage.end_of(state.tagged, prefix)):
                names.append(stored.name)
                if begin_of(stored.name) >= end:
                    break
            *covered, newest = names or [chain.block_name(end)]
            for _ in workers.map(lambda name: lake.tag(lake.environment.raw, name, TAG), covered):
                count += 1
            tagged[prefix] = (begin, begin_of(newest))
    return tagged, count
