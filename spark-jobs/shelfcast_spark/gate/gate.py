"""
The gate of one chain: judges messages in the order of their offsets. Given the same messages, reference data and
history it decides as services/ingest/stream/gate does, row by row.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import repeat
from typing import Protocol, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ..contract import Chain
from .calendar import business_date
from .columns import Numbers, Texts
from .judging import Judgement, judge_batch
from .lateness import NO_TILL, Clocks, pass_clock
from .messages import messages_of
from .reading import Reader, Readings
from .rows import Outcome, WholeRefusal, rows_of
from .tally import Tally
from .verdict import ACCEPTED, reason_of
from .world import World

Hashes = npt.NDArray[np.uint64]

_ACCEPTED_EARLIER = "was accepted at an earlier offset"


class Memory(Protocol):
    """Ids that were accepted, as hashes."""

    def known(self, hashes: Hashes) -> npt.NDArray[np.bool_]: ...

    def add(self, hashes: Hashes) -> None: ...


@dataclass(frozen=True)
class Judged:
    # The columns of a block, texts as dictionaries.
    rows: pa.Table
    tally: Tally


class Gate:
    def __init__(self, chain: Chain, world: World, memory: Memory, clocks: Clocks) -> None:
        self.chain = chain
        self.world = world
        self.memory = memory
        # What lateness is told by: grows as messages are judged.
        self.clocks = clocks
        self._reader = Reader(chain.topic)
        self._read: tuple[pa.RecordBatch, Readings] | None = None

    def id_hashes(self, batch: pa.RecordBatch) -> Hashes:
        """What the messages are recognised by, for a look-up of many at once; without those that nobody asks it of."""
        hashes = self._readings(batch).hashes
        return hashes[hashes != 0]

    def judge(self, batch: pa.RecordBatch, older: Hashes | None = None) -> Judged:
        """
        Judges messages, in the order of their offsets, and remembers what was accepted.

        `batch` has columns as Spark's Kafka source names them: `offset`, `value`, `timestamp`, `headers`. `older` are
        hashes of what was accepted so long ago that the memory does not reach back to it.
        """
        begun = time.monotonic()
        readings = self._readings(batch)
        self._read = None
        is_earlier = self.memory.known(readings.hashes)
        if older is not None:
            is_earlier |= np.isin(readings.hashes, older)
        judgement = judge_batch(self.chain.topic, readings, self.world)
        if (judgement.doubted & ~is_earlier).any():
            # What was published before a message was sent is known after a reading that began after it was fetched.
            version = self.world.version
            self.world.refresh(begun)
            if self.world.version != version:
                judgement = judge_batch(self.chain.topic, readings, self.world)
        outcome = self._decide(readings, judgement, is_earlier)
        rows = rows_of(self.chain, readings, judgement, outcome)
        return Judged(rows, _tally(readings, judgement, outcome))

    def _readings(self, batch: pa.RecordBatch) -> Readings:
        if self._read is None or self._read[0] is not batch:
            self._read = (batch, self._reader.read(messages_of(batch, self.chain.topic)))
        return self._read[1]

    def _decide(self, readings: Readings, judgement: Judgement, is_earlier: npt.NDArray[np.bool_]) -> Outcome:
        """What the order of the messages decides."""
        refusals = {
            at: WholeRefusal(each.reason, each.detail, each.legible, each.line_count)
            for at, each in readings.refusals.items()
        }
        store = cast(Texts, readings.columns["store_id"])
        ids = cast(Texts, readings.columns[readings.id_field])

        def refuse(places: npt.NDArray[np.bool_], reason: str, detail: Callable[[int], str]) -> None:
            for at in np.flatnonzero(places).tolist():
                if at not in refusals:
                    refusals[at] = WholeRefusal(reason, detail(at), True, int(readings.counts[at]))

        is_known = np.array([zone is not None for zone in judgement.zones], bool)
        accepts = is_known & (judgement.accepted > 0)
        accepts[list(refusals)] = False
        repeated = is_earlier | _repeated_within(readings.hashes, accepts)
        refuse(
            repeated, "repeated", lambda at: f'"{ids.at(at)}" of store "{store.at(at)}" {_ACCEPTED_EARLIER}'
        )
        refuse(~is_known, "unknown_store", lambda at: f'store "{store.at(at)}" is not in the reference data')
        accepts &= ~repeated
        self.memory.add(readings.hashes[accepts])
        lateness = self._advance(readings, np.flatnonzero(accepts).tolist())
        return Outcome(refusals, accepts, lateness, _business_dates(readings, judgement))

    def _advance(self, readings: Readings, accepted: list[int]) -> npt.NDArray[np.int64]:
        """Seconds that each message is late, by the clocks that the ones before it have moved."""
        store = cast(Texts, readings.columns["store_id"])
        stores, names = store.codes.tolist(), store.entries.to_pylist()
        times = cast(Numbers, readings.columns["event_time"]).values.tolist()
        till = readings.columns.get("till_id")
        tills = till.values.tolist() if isinstance(till, Numbers) else repeat(NO_TILL)
        lateness = np.zeros(len(stores), np.int64)
        of_message = list(zip(stores, tills, times, strict=False))
        for at in accepted:
            code, till_id, time_ms = of_message[at]
            lateness[at] = pass_clock(self.clocks, names[code], till_id, time_ms)
        return lateness


def _repeated_within(hashes: Hashes, accepts: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Messages that come after one of the same identity of which something is accepted."""
    repeated = np.zeros(len(hashes), bool)
    order = np.argsort(hashes, kind="stable")
    ranked = hashes[order]
    same = ranked[1:] == ranked[:-1]
    if not same.any():
        return repeated
    accepted: set[int] = set()
    for at in np.sort(order[np.append(same, False) | np.append(False, same)]).tolist():
        identity = int(hashes[at])
        if identity == 0:
            continue
        if identity in accepted:
            repeated[at] = True
        elif accepts[at]:
            accepted.add(identity)
    return repeated


def _business_dates(readings: Readings, judgement: Judgement) -> npt.NDArray[np.int64]:
    times = cast(Numbers, readings.columns["event_time"]).values.tolist()
    pairs = zip(times, judgement.zones, strict=True)
    return np.array([business_date(at, zone) if zone else 0 for at, zone in pairs], np.int64)


def _tally(readings: Readings, judgement: Judgement, outcome: Outcome) -> Tally:
    produced = readings.messages.produced_at
    if len(produced) == 0:
        return Tally()
    judged = np.ones(len(produced), bool)
    judged[list(outcome.refusals)] = False
    verdicts = judgement.verdicts[judged[judgement.owners]]
    outcomes = Counter(
        {reason_of(verdict): int(lines) for verdict, lines in _counted(verdicts) if verdict != ACCEPTED}
    )
    rows_accepted = int((verdicts == ACCEPTED).sum())
    rows_refused = len(verdicts) - rows_accepted + len(outcome.refusals)
    for refusal in outcome.refusals.values():
        outcomes[refusal.reason] += refusal.line_count
    return Tally(
        messages=len(produced),
        rows_accepted=rows_accepted,
        rows_refused=rows_refused,
        produced_min=int(produced.min()),
        produced_max=max(0, int(produced.max())),
        outcomes={"accepted": rows_accepted, **outcomes},
        late=int(judgement.accepted[outcome.lateness > 0].sum()),
    )


def _counted(verdicts: npt.NDArray[np.uint8]) -> list[tuple[int, int]]:
    values, counts = np.unique(verdicts, return_counts=True)
    return list(zip(values.tolist(), counts.tolist(), strict=True))
