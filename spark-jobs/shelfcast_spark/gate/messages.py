"""Messages of one partition, as Spark's Kafka source hands them on, and what their headers say."""

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ..contract import CONTRACT, Position, parse_position

HEADERS = CONTRACT.headers
_MOST_SAFE = 2**53 - 1

# What JavaScript's Number() takes: digits with all that may stand beside them, and whole numbers of another base.
_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_BASED = re.compile(r"0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)", re.ASCII)
_SPACE = "\t\n\v\f\r \xa0"

# Digits of milliseconds since 1970, from 2001 to 2286: what `produced_at` is written in.
_USUAL_DIGITS = 13
_POWERS = 10 ** np.arange(_USUAL_DIGITS - 1, -1, -1, dtype=np.int64)


@dataclass(frozen=True)
class Messages:
    """In the order of their offsets."""

    offsets: npt.NDArray[np.int64]
    values: list[bytes | None]
    # Milliseconds since 1970 by the producer's clock: the header, or Kafka's timestamp where there is none.
    produced_at: npt.NDArray[np.int64]
    # By message, where the header names another version than the topic's.
    other_schema: dict[int, str]
    # By message: the dead letter of this topic that it is the corrected replay of.
    replay_of: dict[int, Position]


def messages_of(batch: pa.RecordBatch, topic: str) -> Messages:
    """
    A batch with the columns `offset`, `value` and `timestamp`, and `headers` (array<struct<key, value>>) where the
    source was told to include them.
    """
    offsets = batch.column("offset").to_numpy(zero_copy_only=False)
    values = batch.column("value").to_pylist()
    timestamps = batch.column("timestamp").cast(pa.timestamp("us", "UTC")).cast(pa.int64())
    # A copy, which headers may change; towards the past, as a clock reads.
    produced_at = timestamps.to_numpy(zero_copy_only=False) // 1000
    messages = Messages(offsets, values, produced_at, {}, {})
    if "headers" in batch.schema.names:
        _read_headers(messages, batch.column("headers"), topic)
    return messages


def _read_headers(messages: Messages, headers: pa.ListArray, topic: str) -> None:
    flat = headers.flatten()
    if len(flat) == 0:
        return
    lengths = pc.fill_null(pc.list_value_length(headers), 0).to_numpy()
    owners = np.repeat(np.arange(len(headers)), lengths)
    keys, values = flat.field("key"), flat.field("value")

    def first(name: str) -> tuple[npt.NDArray[np.int64], pa.BinaryArray]:
        """Messages that have the header, and what it says: the first one that says anything."""
        named = pc.and_(pc.equal(keys, name), pc.is_valid(values))
        at = np.flatnonzero(named.to_numpy(zero_copy_only=False))
        having, places = np.unique(owners[at], return_index=True)
        return having, values.take(pa.array(at[places]))

    having, texts = first(HEADERS.produced_at)
    _set_times(messages.produced_at, having, texts)

    version = CONTRACT.topics[topic].schema_version
    having, texts = first(HEADERS.schema)
    for at in np.flatnonzero(pc.not_equal(texts, version.encode()).to_numpy(zero_copy_only=False)):
        messages.other_schema[int(having[at])] = texts[at].as_py().decode("utf-8", "replace")

    having, texts = first(HEADERS.replay_of)
    for message, text in zip(having.tolist(), texts.to_pylist(), strict=True):
        position = parse_position(text.decode("utf-8", "replace"))
        if position and position.chain.topic == topic:
            messages.replay_of[message] = position


def _set_times(times: npt.NDArray[np.int64], having: npt.NDArray[np.int64], column: pa.BinaryArray) -> None:
    text = b"".join(texts := column.to_pylist())
    if len(text) == _USUAL_DIGITS * len(texts) and set(map(len, texts)) == {_USUAL_DIGITS} and text.isdigit():
        digits = np.frombuffer(text, np.uint8).reshape(-1, _USUAL_DIGITS) - ord("0")
        values = digits @ _POWERS
        usual = values > 0
        times[having[usual]] = values[usual]
        return
    for message, each in zip(having.tolist(), texts, strict=True):
        time = javascript_number(each.decode("latin-1"))
        # A whole number above 0 that a double tells from its neighbours; anything else says nothing.
        if 0 < time <= _MOST_SAFE and time == int(time):
            times[message] = int(time)


def javascript_number(text: str) -> float:
    """What JavaScript's Number() makes of a text; NaN where it is none."""
    inner = text.strip(_SPACE)
    if inner == "":
        return 0.0
    if _BASED.fullmatch(inner):
        return float(int(inner, 0))
    return float(inner) if _DECIMAL.fullmatch(inner) else float("nan")
