"""Fields of many messages, or of many lines, as columns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from .instants import EARLIEST, parse_day, parse_event_times
from .shape import Field

Places = npt.NDArray[np.intp]
NOWHERE: Places = np.empty(0, np.intp)


@dataclass(frozen=True)
class Texts:
    # Place of each text in `entries`; -1 where there is none.
    codes: npt.NDArray[np.int32]
    entries: pa.StringArray

    def at(self, place: int) -> str:
        return self.entries[int(self.codes[place])].as_py()


@dataclass(frozen=True)
class Numbers:
    # Integers, milliseconds since 1970 or days since 1970; 0 where there is none.
    values: npt.NDArray[np.int64]
    # None where all are there.
    absent: npt.NDArray[np.bool_] | None


Columns = Mapping[str, Texts | Numbers]


def columns_of(fields: Sequence[Field], structs: Sequence[Any]) -> tuple[Columns, Places]:
    """The fields by name, and the places of structs that hold a text which is not as its schema has it."""
    columns: dict[str, Texts | Numbers] = {}
    faulty = [NOWHERE]
    for field in fields:
        if field.column is not None:
            values = list(map(attrgetter(field.name), structs))
            columns[field.name], wrong = _COLUMN_OF[field.kind](field, values)
            faulty.append(wrong)
    return columns, np.concatenate(faulty)


def _texts(field: Field, values: list[str | None]) -> tuple[Texts, Places]:
    encoded = pa.array(values, pa.string()).dictionary_encode()
    codes = pc.fill_null(encoded.indices, -1).to_numpy()
    return Texts(codes, encoded.dictionary), _unlike(field, codes, encoded.dictionary)


def _unlike(field: Field, codes: npt.NDArray[np.int32], entries: pa.StringArray) -> Places:
    """Where a text does not have its pattern. Length is the decoder's."""
    if field.pattern is None:
        return NOWHERE
    alike = pc.match_substring_regex(entries, field.pattern).to_numpy(zero_copy_only=False)
    if alike.all():
        return NOWHERE
    # The last one is for a code of -1.
    return np.flatnonzero(~np.append(alike, True)[codes])


@cache
def _places(choices: tuple[str, ...]) -> dict[str | None, int]:
    return {None: -1, **{choice: place for place, choice in enumerate(choices)}}


def _choices(field: Field, values: list[str | None]) -> tuple[Texts, Places]:
    place = _places(field.choices).__getitem__
    codes = np.fromiter(map(place, values), np.int32, len(values))
    return Texts(codes, pa.array(field.choices, pa.string())), NOWHERE


def _integers(field: Field, values: list[int | None]) -> tuple[Numbers, Places]:
    if not field.optional:
        return Numbers(np.fromiter(values, np.int64, len(values)), None), NOWHERE
    return _numbers(pa.array(values, pa.int64())), NOWHERE


def _numbers(array: pa.Int64Array) -> Numbers:
    absent = array.is_null().to_numpy(zero_copy_only=False)
    return Numbers(pc.fill_null(array, 0).to_numpy(), absent)


def _instants(_field: Field, values: list[str | None]) -> tuple[Numbers, Places]:
    absent = None
    if None in values:
        absent = np.array([value is None for value in values])
        values = [EARLIEST if value is None else value for value in values]
    times, wrong = parse_event_times(cast(list[str], values))
    return Numbers(times, absent), wrong


def _days(field: Field, values: list[str | None]) -> tuple[Numbers, Places]:
    texts, unlike = _texts(field, values)
    if len(unlike):
        return Numbers(np.zeros(len(values), np.int64), None), unlike
    days = [parse_day(text) for text in texts.entries.to_pylist()]
    wrong = np.array([day is None for day in days] + [False])
    numbers = np.array([day or 0 for day in days] + [0], np.int64)
    return Numbers(numbers[texts.codes], texts.codes == -1), np.flatnonzero(wrong[texts.codes])


_COLUMN_OF: dict[str, Callable[[Field, list[Any]], tuple[Texts | Numbers, Places]]] = {
    "text": _texts,
    "choice": _choices,
    "integer": _integers,
    "instant": _instants,
    "day": _days,
}
