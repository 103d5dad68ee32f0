"""The rows of judged messages, as the columns of a block."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ..contract import ARROW_TYPES, CONTRACT, LIMITS, REFUSALS, Chain
from .columns import Columns, Numbers, Texts
from .judging import Judgement, line_details
from .reading import Readings
from .texts import cut
from .verdict import ACCEPTED

Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

# Fields of messages and lines by column.
_FIELD_OF = {column: field for field, column in CONTRACT.column_of.items()}
# Of a return they are negative, so that sums are net.
_SIGNED = ("quantity", "discount")


@dataclass(frozen=True)
class WholeRefusal:
    """Of a message."""

    reason: str
    detail: str
    # Whether its fields were read, so that its row says what is known.
    legible: bool
    line_count: int


@dataclass(frozen=True)
class Outcome:
    """What was decided over each message of a batch, in its order."""

    refusals: dict[int, WholeRefusal]
    # Something of the message was accepted.
    accepts: Mask
    # Seconds.
    lateness: Integers
    # Days since 1970, where the store is known.
    business_dates: Integers


def rows_of(chain: Chain, readings: Readings, judgement: Judgement, outcome: Outcome) -> pa.Table:
    rows = _Rows(chain, readings, judgement, outcome)
    columns = CONTRACT.topics[chain.topic].columns
    arrays = [rows.column(each.name) for each in columns]
    fields = [
        pa.field(each.name, array.type, each.nullable) for each, array in zip(columns, arrays, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


class _Rows:
    """A message that is refused as a whole has one row, any other has one for each of its lines."""

    def __init__(self, chain: Chain, readings: Readings, judgement: Judgement, outcome: Outcome) -> None:
        self._chain = chain
        self._readings = readings
        self._judgement = judgement
        self._outcome = outcome
        self._is_basket = readings.lines is not readings.columns
        types = {each.name: each.type for each in CONTRACT.topics[chain.topic].columns}
        self._type_of: Callable[[str], pa.DataType] = lambda name: ARROW_TYPES[types[name]]

        counts = readings.counts
        whole = np.zeros(len(counts), bool)
        whole[list(outcome.refusals)] = True
        # Message of each row, and whether the row stands for all of it.
        self._owners = np.repeat(np.arange(len(counts)), np.where(whole, 1, counts))
        self._is_whole = whole[self._owners]
        # Line of each row; any where there is none.
        self._lines = np.zeros(len(self._owners), np.int64)
        self._lines[~self._is_whole] = np.flatnonzero(~whole[judgement.owners])
        self._is_refused = self._is_whole.copy()
        if len(judgement.verdicts):
            self._is_refused |= judgement.verdicts[self._lines] != ACCEPTED
        unread = np.zeros(len(counts), bool)
        unread[[at for at, each in outcome.refusals.items() if not each.legible]] = True
        self._is_unread = unread[self._owners]

    def column(self, name: str) -> pa.Array:
        special = self._special.get(name)
        if special:
            return special()
        field = _FIELD_OF.get(name, name)
        if field in self._readings.columns:
            return self._field(name, self._readings.columns, field, self._owners, self._is_unread)
        # Of a refused line only the SKU is kept: the rest is in its payload.
        absent = self._is_whole if name == "sku" else self._is_refused
        return self._field(name, self._readings.lines, field, self._lines, absent)

    def _field(self, name: str, columns: Columns, field: str, places: Integers, absent: Mask) -> pa.Array:
        """Cells of a field by the place of each row."""
        if len(absent) == 0 or absent.all():
            return _nulls(len(absent), self._type_of(name))
        cells = columns[field]
        if isinstance(cells, Texts):
            codes = cells.codes[places]
            return _dictionary(codes, absent | (codes < 0), cells.entries)
        values = cells.values[places]
        if name in _SIGNED and self._is_basket:
            values = values * self._signs
        if cells.absent is not None:
            absent = absent | cells.absent[places]
        return _numbers(values, absent, self._type_of(name))

    @cached_property
    def _special(self) -> dict[str, Callable[[], pa.Array]]:
        """Columns that no field of a message or line fills."""
        special = {
            "topic": lambda: self._same(self._chain.topic),
            "epoch": lambda: self._filled("epoch", self._chain.epoch),
            "partition": lambda: self._filled("partition", self._chain.partition),
            "offset": lambda: pa.array(self._readings.messages.offsets[self._owners]),
            "line_no": self._line_numbers,
            "produced_at": lambda: self._of_message("produced_at", self._readings.messages.produced_at, None),
            "reason": self._reasons,
            "detail": self._details,
            "payload": self._payloads,
            "line_count": self._line_counts,
            "id_hash": self._hashes,
            "lateness_s": lambda: self._of_message("lateness_s", self._outcome.lateness, self._is_refused),
            "replay_of": self._replays,
            "business_date": self._business_dates,
        }
        if self._is_basket:
            special |= {"gross_amount": self._gross, "net_amount": self._net}
        return special

    @property
    def _size(self) -> int:
        return len(self._owners)

    def _same(self, text: str) -> pa.Array:
        codes = pa.array(np.zeros(self._size, np.int32))
        return pa.DictionaryArray.from_arrays(codes, pa.array([text]))

    def _filled(self, name: str, value: int) -> pa.Array:
        return pa.array(np.full(self._size, value, np.int32), self._type_of(name))

    def _of_message(self, name: str, values: Integers, absent: Mask | None) -> pa.Array:
        return _numbers(values[self._owners], absent, self._type_of(name))

    def _line_numbers(self) -> pa.Array:
        numbers = np.zeros(self._size, np.int64)
        if self._is_basket:
            counts = self._readings.counts
            begins = np.cumsum(counts) - counts
            numbers = np.where(self._is_whole, 0, self._lines - begins[self._owners] + 1)
        return _numbers(numbers, None, self._type_of("line_no"))

    def _line_counts(self) -> pa.Array:
        counts = np.ones(self._size, np.int64)
        for row in np.flatnonzero(self._is_whole).tolist():
            counts[row] = self._outcome.refusals[int(self._owners[row])].line_count
        return _numbers(counts, None, self._type_of("line_count"))

    def _reasons(self) -> pa.Array:
        if not self._is_refused.any():
            return _nulls(self._size, pa.string())
        codes = (
            self._judgement.verdicts[self._lines].astype(np.int32) - 1
            if len(self._judgement.verdicts)
            else (np.zeros(self._size, np.int32))
        )
        for row in np.flatnonzero(self._is_whole).tolist():
            codes[row] = REFUSALS.index(self._outcome.refusals[int(self._owners[row])].reason)
        return _dictionary(codes, ~self._is_refused, pa.array(REFUSALS))

    def _details(self) -> pa.Array:
        refused = np.array(self._refused_rows, np.int64)
        refusals = self._outcome.refusals
        is_line = ~self._is_whole[refused]
        of_lines = iter(line_details(self._readings, self._judgement, self._lines[refused[is_line]]))
        owners = self._owners[refused].tolist()
        details = [
            next(of_lines) if line else refusals[owner].detail
            for owner, line in zip(owners, is_line.tolist(), strict=True)
        ]
        return self._sparse(pa.array([cut(each, LIMITS.detail_length) for each in details], pa.string()))

    def _payloads(self) -> pa.Array:
        payloads: list[bytes] = []
        lines_of, lines = -1, list[bytes]()
        counts = self._readings.counts
        begins = np.cumsum(counts) - counts
        for row in self._refused_rows:
            message = int(self._owners[row])
            if self._is_whole[row] or not self._is_basket:
                payloads.append(self._readings.payload(message))
                continue
            if lines_of != message:
                lines_of, lines = message, self._readings.line_payloads(message)
            payloads.append(lines[int(self._lines[row] - begins[message])])
        sparse = self._sparse(pa.array(payloads, pa.binary()))
        # All differ, so they are no dictionary.
        return sparse.dictionary_decode() if isinstance(sparse, pa.DictionaryArray) else sparse

    @cached_property
    def _refused_rows(self) -> list[int]:
        return np.flatnonzero(self._is_refused).tolist()

    def _sparse(self, entries: pa.Array) -> pa.Array:
        """A cell for each refused row, in their order."""
        if not self._refused_rows:
            return _nulls(self._size, entries.type)
        codes = np.cumsum(self._is_refused).astype(np.int32) - 1
        return _dictionary(codes, ~self._is_refused, entries)

    def _hashes(self) -> pa.Array:
        """On the first accepted row of each message."""
        accepted = np.flatnonzero(~self._is_refused)
        firsts = accepted[np.unique(self._owners[accepted], return_index=True)[1]]
        absent = np.ones(self._size, bool)
        absent[firsts] = False
        return _numbers(self._readings.hashes.view(np.int64)[self._owners], absent, pa.int64())

    def _replays(self) -> pa.Array:
        replays = self._readings.messages.replay_of
        if not replays:
            return _nulls(self._size, pa.string())
        codes = np.full(len(self._readings.counts), -1, np.int32)
        codes[list(replays)] = np.arange(len(replays))
        of_row = codes[self._owners]
        return _dictionary(of_row, of_row < 0, pa.array([str(each) for each in replays.values()]))

    def _business_dates(self) -> pa.Array:
        # What is refused whole has no day at its store.
        absent = self._is_whole if self._is_basket else self._is_refused
        return self._of_message("business_date", self._outcome.business_dates, absent)

    @cached_property
    def _signs(self) -> Integers:
        kind = cast(Texts, self._readings.columns["kind"])
        kinds = kind.entries.to_pylist()
        return np.where(kind.codes == kinds.index("return"), -1, 1)[self._owners]

    def _gross(self) -> pa.Array:
        return self._amounts(cast(Integers, self._judgement.gross))

    def _net(self) -> pa.Array:
        discount = cast(Numbers, self._readings.lines["discount"]).values
        return self._amounts(cast(Integers, self._judgement.gross) - discount)

    def _amounts(self, by_line: Integers) -> pa.Array:
        if self._is_refused.all():
            return _nulls(self._size, pa.int64())
        return _numbers(by_line[self._lines] * self._signs, self._is_refused, pa.int64())


def _numbers(values: Integers, absent: Mask | None, kind: pa.DataType) -> pa.Array:
    mask = absent if absent is not None and absent.any() else None
    if kind in (pa.int32(), pa.date32()):
        return pa.array(values.astype(np.int32), pa.int32(), mask=mask).view(kind)
    return pa.array(values, pa.int64(), mask=mask).view(kind)


def _dictionary(codes: npt.NDArray[np.int32], absent: Mask, entries: pa.Array) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32(), mask=absent), entries)


def _nulls(size: int, kind: pa.DataType) -> pa.Array:
    return pa.nulls(size, pa.dictionary(pa.int32(), kind) if pa.types.is_string(kind) else kind)
