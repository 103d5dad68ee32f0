"""
The gate: which messages of a partition are taken, as which rows. The same rules as services/ingest/stream/gate, by
columns of some thousand messages at a time; spark-jobs/gate.test.ts holds the two to each other.
"""

from .block import encode, read_clocks
from .gate import Gate, Judged, Memory
from .ids import IdMemory
from .lateness import Clocks, StoreClock
from .tally import Tally
from .world import World

__all__ = [
    "Clocks",
    "Gate",
    "IdMemory",
    "Judged",
    "Memory",
    "StoreClock",
    "Tally",
    "World",
    "encode",
    "read_clocks",
]
