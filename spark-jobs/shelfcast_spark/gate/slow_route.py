"""
The slow route: reads one message as JSON.parse and the schema's validator would. It decides over every message that
the fast route turns down, and says what is wrong with it.
"""

from dataclasses import dataclass, field
from typing import Any

import msgspec

from ..contract import CONTRACT, LIMITS
from .instants import EARLIEST, parse_day, parse_event_time
from .json_text import NotJson, Span, read_object
from .schema import Check, compile_schema
from .shape import Field, Shape, shape_of
from .texts import cut, well_formed


@dataclass(frozen=True)
class Refusal:
    """Why a message as a whole is refused before any rule of business is asked."""

    reason: str
    detail: str
    # Whether the fields of the message were read, so that its row can say what is known.
    legible: bool
    line_count: int = 1


@dataclass(frozen=True)
class Reading:
    # Undefined where nothing could be read.
    message: msgspec.Struct | None
    refusal: Refusal | None = None
    # Of a basket, by place: what is wrong with the shape of a line. Such a line has only a SKU, and that perhaps.
    faults: dict[int, str] = field(default_factory=dict)
    # Of a basket: its lines as they were sent.
    payloads: list[bytes] = field(default_factory=list)


class SlowRoute:
    def __init__(self, topic: str) -> None:
        self._topic = topic
        self._shape: Shape = shape_of(topic)
        self._check: Check = compile_schema(self._shape.envelope)
        lines = self._shape.lines
        self._check_line = compile_schema(lines.schema) if lines else None

    def read(self, value: bytes | None, other_schema: str | None) -> Reading:
        """`other_schema` is what the schema header says, where that is not the version that is read."""
        if other_schema is not None:
            version = CONTRACT.topics[self._topic].schema_version
            detail = f'the schema header says "{other_schema}"; this gate reads {version}'
            return _refused("unsupported_schema", detail)
        if value is None:
            return _refused("not_json", "the message has no value")
        lines = self._shape.lines
        try:
            text = value.decode()
            values, spans = read_object(text, lines.name if lines else None)
        except UnicodeDecodeError:
            return _refused("not_json", "the bytes are not UTF-8")
        except NotJson as error:
            return _refused("not_json", str(error))
        line_count = max(1, len(spans))
        fault = self._check(values, "")
        if fault:
            return _refused("schema", fault, line_count)
        fields = self._shape.fields
        wrong = _off_calendar(fields, values)
        day = next((each for each in wrong if each.kind == "day"), None)
        if day:
            detail = f"/{day.name} is {values[day.name]}, which is no day of the calendar"
            return _refused("schema", detail, line_count)
        message = _fields_of(fields, values)
        if wrong:
            name = wrong[0].name
            where = name if lines else f"{name} of this message on {self._topic}"
            refusal = Refusal("time_out_of_range", f"{where} is {values[name]}", True, line_count)
            for each in wrong:
                message[each.name] = None
            if lines:
                message[lines.name] = []
            return Reading(self._shape.struct(**message), refusal)
        if not lines:
            return Reading(self._shape.struct(**message))
        read = [self._read_line(index, each) for index, each in enumerate(values[lines.name])]
        message[lines.name] = [line for line, _ in read]
        faults = {index: fault for index, (_, fault) in enumerate(read) if fault}
        payloads = [_sent(text, span) for span in spans]
        return Reading(self._shape.struct(**message), None, faults, payloads)

    def _read_line(self, index: int, value: Any) -> tuple[msgspec.Struct, str | None]:
        lines = self._shape.lines
        if lines is None or self._check_line is None:
            raise AssertionError("a topic without lines")
        fault = self._check_line(value, "")
        if not fault:
            wrong = _off_calendar(lines.fields, value)
            if not wrong:
                return lines.struct(**_fields_of(lines.fields, value)), None
            fault = f"{wrong[0].name} is {value[wrong[0].name]}"
        # For those who look for it: the SKU of a refused line where it can be read.
        sku = value.get("sku") if isinstance(value, dict) else None
        legible = cut(sku, LIMITS.legible_sku_length) if isinstance(sku, str) else None
        return lines.struct(**{**_BLANK_LINE, "sku": legible}), fault


# Stands where a line could not be read: no cell of its row but the SKU is kept.
_BLANK_LINE = {
    **{"line_no": 1, "quantity": 1, "unit": "each", "unit_price": 1, "discount": 0, "scanned_at": EARLIEST},
    "promotion_id": None,
}


def _refused(reason: str, detail: str, line_count: int = 1) -> Reading:
    return Reading(None, Refusal(reason, detail, False, line_count))


def _off_calendar(fields: tuple[Field, ...], values: dict[str, Any]) -> list[Field]:
    """Fields whose text has the right form and is no day, or no instant in which an event may lie."""
    parse = {"day": parse_day, "instant": parse_event_time}
    timed = (each for each in fields if each.kind in parse and each.name in values)
    return [each for each in timed if parse[each.kind](values[each.name]) is None]


def _fields_of(fields: tuple[Field, ...], values: dict[str, Any]) -> dict[str, Any]:
    return {each.name: _plain(each, values[each.name]) for each in fields if each.name in values}


def _plain(field: Field, value: Any) -> Any:
    if field.kind == "integer":
        return int(value)
    return well_formed(value) if field.kind == "text" else value


def _sent(text: str, span: Span) -> bytes:
    start, end = span
    return text[start:end].encode()
