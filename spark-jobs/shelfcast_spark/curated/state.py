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

from ..lake import Lake
from . import coverage
from .blocks import begin_of, chain_in, chains_of, names_from
from .coverage import Coverage

STATE = "curated/state.json"
# What lets the lifecycle of the object store expire a block: it is in the curated tables.
TAG = {"curated": "yes"}
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
        said = json.loads(lake.read(raw, STATE))
        return State(
            tables={
                name: TableState(table["metadata"], int(table["snapshot_id"]), table["merged"])
                for name, table in said["tables"].items()
            },
            covers={prefix: tuple(each) for prefix, each in said["covers"].items()},
            tagged={prefix: tuple(each) for prefix, each in said["tagged"].items()},
            cleaned_at=said["cleaned_at"],
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
        if self.tagged != self.covers or not all(table.is_merged for table in self.tables.values()):
            return False
        return not any(
            next(names_from(lake, chain, coverage.end_of(self.covers, chain.prefix)), None)
            for chain in chains_of(lake)
        )


def tag_covered(lake: Lake, state: State) -> int:
    """Tags the blocks that are covered and have no tag yet. Returns how many."""
    count = 0
    with ThreadPoolExecutor(_TAGS_AT_ONCE) as workers:
        for prefix, (_, end) in state.covers.items():
            chain = chain_in(prefix)
            if chain is None:
                raise ValueError(
                    f'"{prefix}" of {STATE} is no chain. Delete that object: the next run writes it anew.'
                )
            names = []
            for stored in names_from(lake, chain, coverage.end_of(state.tagged, prefix)):
                if begin_of(stored.name) >= end:
                    break
                names.append(stored.name)
            for _ in workers.map(lambda name: lake.tag(lake.environment.raw, name, TAG), names):
                count += 1
    return count
