"""What a message of a topic looks like, taken from its schema: what both routes of the gate are made from."""

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal

import msgspec

from ..contract import CONTRACT, ColumnType, Schema
from .schema import compile_schema

# A line's number is its place in the basket, whatever the receipt said.
_NOT_READ = {*CONTRACT.not_kept, "line_no"}

FieldKind = Literal["text", "choice", "integer", "instant", "day"]


@dataclass(frozen=True)
class Field:
    name: str
    # Column of the block; None where it is not kept.
    column: str | None
    kind: FieldKind
    optional: bool
    # Of a text; None where it has no pattern.
    pattern: str | None
    choices: tuple[str, ...]


@dataclass(frozen=True)
class LinesShape:
    """The array that a basket is judged by, line by line."""

    name: str
    fields: tuple[Field, ...]
    struct: type[msgspec.Struct]
    schema: Schema


@dataclass(frozen=True)
class Shape:
    fields: tuple[Field, ...]
    # What the fast route decodes into. Its texts are not held to their patterns: that is done by columns.
    struct: type[msgspec.Struct]
    # The schema without what is said of each line: a bad one must not take the basket with it.
    envelope: Schema
    lines: LinesShape | None


@cache
def shape_of(topic: str) -> Shape:
    contract = CONTRACT.topics[topic]
    types = {column.name: column.type for column in contract.columns}
    schema = contract.schema
    named = [name for name, each in schema["properties"].items() if each.get("type") == "array"]
    if len(named) > 1:
        raise ValueError(f"{topic} has several arrays ({', '.join(named)}); the gate judges lines of one.")
    envelope = schema
    lines = None
    if named:
        name = named[0]
        array = schema["properties"][name]
        lines = LinesShape(
            name, _fields(array["items"], types), _struct("Line", array["items"]), array["items"]
        )
        envelope = {**schema, "properties": {**schema["properties"], name: {**array, "items": {}}}}
    kept = {key: value for key, value in schema["properties"].items() if key not in named}
    fields = _fields({**schema, "properties": kept}, types)
    return Shape(fields, _struct("Message", schema, lines), envelope, lines)


def _fields(schema: Schema, types: dict[str, ColumnType]) -> tuple[Field, ...]:
    required = set(schema["required"])
    return tuple(
        _field(name, each, name not in required, types) for name, each in schema["properties"].items()
    )


def _field(name: str, schema: Schema, optional: bool, types: dict[str, ColumnType]) -> Field:
    # Says so where the schema has a keyword that is not understood.
    compile_schema(schema)
    column = None if name in _NOT_READ else CONTRACT.column_of.get(name, name)
    kind: FieldKind
    if "anyOf" in schema:
        choices = tuple(choice["const"] for choice in schema["anyOf"])
        return Field(name, column, "choice", optional, None, choices)
    if schema["type"] == "integer":
        kind = "integer"
    elif types.get(name) == "timestamp_ms":
        kind = "instant"
    elif types.get(name) == "date":
        kind = "day"
    else:
        kind = "text"
    return Field(name, column, kind, optional, schema.get("pattern"), ())


def _struct(name: str, schema: Schema, lines: LinesShape | None = None) -> type[msgspec.Struct]:
    required = set(schema["required"])
    fields: list[Any] = []
    for key, each in schema["properties"].items():
        kind = _type(each, lines)
        # Absent is None, but a null in the message is a fault, since the type does not have it.
        fields.append((key, kind) if key in required else (key, kind, None))
    # In the order of the schema, in which a sender that follows it writes: the decoder looks for the next key there
    # first.
    return msgspec.defstruct(name, fields, kw_only=True, forbid_unknown_fields=True, gc=False)


def _type(schema: Schema, lines: LinesShape | None) -> Any:
    if "anyOf" in schema:
        return Literal[tuple(choice["const"] for choice in schema["anyOf"])]
    if schema["type"] == "integer":
        return Annotated[int, msgspec.Meta(ge=schema["minimum"], le=schema["maximum"])]
    if schema["type"] == "array" and lines:
        size = msgspec.Meta(min_length=schema["minItems"], max_length=schema["maxItems"])
        return Annotated[list[lines.struct], size]
    if "maxLength" in schema:
        return Annotated[str, msgspec.Meta(max_length=schema["maxLength"])]
    return str
