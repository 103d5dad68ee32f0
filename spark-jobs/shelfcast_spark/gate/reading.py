"""Reads a batch of messages by the fast route where it takes them, and by the slow route where it does not."""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, repeat
from operator import attrgetter
from typing import Any

import mmh3
import msgspec
import numpy as np
import numpy.typing as npt

from ..contract import CONTRACT
from .columns import Columns, columns_of
from .json_text import read_object
from .messages import Messages
from .shape import Field, Shape, shape_of
from .slow_route import Reading, Refusal, SlowRoute

_SEEDS = CONTRACT.identity.seeds
_SEPARATOR = chr(CONTRACT.identity.separator)


@dataclass(frozen=True)
class Readings:
    """A batch of messages as columns. Where nothing could be read of one, its cells mean nothing."""

    messages: Messages
    # Name of the field that, with the store, a message is recognised by.
    id_field: str
    # Name of the array of lines.
    array: str | None
    columns: Columns
    # Why a message is refused before any rule of business is asked.
    refusals: dict[int, Refusal]
    # Lines of each message, by place in `lines` one after the other; 1 where its topic has none.
    counts: npt.NDArray[np.int64]
    lines: Columns
    # What is wrong with the shape of a line, by its place in `lines`.
    faults: dict[int, str]
    # By which a message is recognised; 0 where it is refused.
    hashes: npt.NDArray[np.uint64]
    _slow: dict[int, Reading]

    def payload(self, message: int) -> bytes:
        return self.messages.values[message] or b""

    def line_payloads(self, message: int) -> list[bytes]:
        """The lines of a basket as they were sent."""
        reading = self._slow.get(message)
        if reading:
            return reading.payloads
        payload = self.payload(message)
        braces = int(self.counts[message]) + 1
        if payload.count(b"{") == braces == payload.count(b"}"):
            _, _, *lines = payload.split(b"{")
            return [b"{" + line[: line.index(b"}") + 1] for line in lines]
        # A key stands twice: the lines themselves, or one whose first value holds a brace.
        text = payload.decode()
        return [text[start:end].encode() for start, end in read_object(text, self.array)[1]]


class Reader:
    def __init__(self, topic: str) -> None:
        self._shape: Shape = shape_of(topic)
        self._id_field = CONTRACT.topics[topic].id_field
        self._decode = msgspec.json.Decoder(self._shape.struct).decode
        self._slow_route = SlowRoute(topic)
        lines = self._shape.lines
        self._blank = self._shape.struct(
            **{each.name: _blank(each) for each in self._shape.fields}, **({lines.name: []} if lines else {})
        )

    def read(self, messages: Messages) -> Readings:
        structs: list[Any] = []
        slow: dict[int, Reading] = {}

        def read_slowly(places: Iterable[int]) -> bool:
            """Where that was not done yet. Returns whether there was any."""
            due = set(places) - slow.keys()
            for at in due:
                slow[at] = self._slow_route.read(messages.values[at], messages.other_schema.get(at))
                structs[at] = slow[at].message or self._blank
            return bool(due)

        with _without_collection():
            turned_down = self._decode_all(messages, structs)
            read_slowly(turned_down)
            columns, faulty = columns_of(self._shape.fields, structs)
            while read_slowly(faulty.tolist()):
                columns, faulty = columns_of(self._shape.fields, structs)
            refusals = {at: each.refusal for at, each in slow.items() if each.refusal}
            lines, counts = columns, np.ones(len(structs), np.int64)
            if self._shape.lines:
                of_message = attrgetter(self._shape.lines.name)
                while True:
                    by_message = list(map(of_message, structs))
                    counts = np.fromiter(map(len, by_message), np.int64, len(by_message))
                    lines, faulty = columns_of(
                        self._shape.lines.fields, list(chain.from_iterable(by_message))
                    )
                    owners = np.repeat(np.arange(len(structs)), counts)
                    if not read_slowly(owners[faulty].tolist()):
                        break
            ends = np.cumsum(counts)
            faults = {
                int(ends[at] - counts[at]) + line: fault
                for at, each in slow.items()
                for line, fault in each.faults.items()
            }
            hashes = self._hashes(messages, structs, refusals)
        array = self._shape.lines.name if self._shape.lines else None
        return Readings(
            messages, self._id_field, array, columns, refusals, counts, lines, faults, hashes, slow
        )

    def _decode_all(self, messages: Messages, structs: list[Any]) -> list[int]:
        """Returns the places of those that the decoder turns down, right or wrong."""
        decode = self._decode
        turned_down = [at for at in messages.other_schema]
        for at, value in enumerate(messages.values):
            try:
                structs.append(decode(value or b""))
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                turned_down.append(at)
                structs.append(self._blank)
        return turned_down

    def _hashes(
        self, messages: Messages, structs: list[Any], refusals: dict[int, Refusal]
    ) -> npt.NDArray[np.uint64]:
        ids = map(attrgetter(self._id_field), structs)
        keys = [f"{struct.store_id}{_SEPARATOR}{each}" for struct, each in zip(structs, ids, strict=True)]
        for at, position in messages.replay_of.items():
            # The corrected replay of one line comes in beside its basket.
            if position.line > 0:
                keys[at] += f"{_SEPARATOR}{position}"
        count = len(keys)
        low = np.fromiter(map(mmh3.hash, keys, repeat(_SEEDS.low), repeat(False)), np.uint64, count)
        high = np.fromiter(map(mmh3.hash, keys, repeat(_SEEDS.high), repeat(False)), np.uint64, count)
        hashes = (high << np.uint64(32)) | low
        # 0 says that there is none.
        hashes[hashes == 0] = 1
        hashes[list(refusals)] = 0
        return hashes


def _blank(field: Field) -> Any:
    return 0 if field.kind == "integer" else None


@contextmanager
def _without_collection() -> Iterator[None]:
    """Nothing that is decoded refers to itself, and the collector would go through all of it again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
