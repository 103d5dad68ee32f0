"""Checks values by the JSON Schemas of the contract, as TypeBox does."""

import re
from collections.abc import Callable
from typing import Any

from ..contract import Schema

# The first fault of a value, with its path; None where it is right.
Check = Callable[[Any, str], str | None]

# Keywords that only describe. Any other that no check is made from would be a rule that is missed.
_SILENT = {"description"}


def compile_schema(schema: Schema) -> Check:
    """Raises ValueError where the schema says something that is not understood here."""
    rest = {key: value for key, value in schema.items() if key not in _SILENT}
    kind = rest.pop("type", None)
    if kind is None and "anyOf" in rest:
        check = _choice(rest)
    elif kind is None and not rest:
        check = _anything
    elif kind in _KINDS:
        check = _KINDS[kind](rest)
    else:
        raise ValueError(
            f"The schema {schema} is not understood. Teach shelfcast_spark/gate/schema.py its kind."
        )
    if rest:
        raise ValueError(
            f"The schema says {', '.join(rest)}, which shelfcast_spark/gate/schema.py does not know."
        )
    return check


def pattern_of(pattern: str) -> re.Pattern[str]:
    """A pattern that means what it means in JavaScript."""
    if not (pattern.startswith("^") and pattern.endswith("$")):
        raise ValueError(f"Pattern {pattern} is not anchored. Write ^ before it and $ after it.")
    return re.compile(pattern[1:-1], re.ASCII)


def _anything(_value: Any, _path: str) -> None:
    return None


def _choice(rest: Schema) -> Check:
    choices = [each["const"] for each in rest.pop("anyOf")]

    def check(value: Any, path: str) -> str | None:
        return (
            None
            if isinstance(value, str) and value in choices
            else f"{path} must be one of {', '.join(choices)}"
        )

    return check


def _string(rest: Schema) -> Check:
    pattern = rest.pop("pattern", None)
    matches = pattern_of(pattern).fullmatch if pattern else None
    least, most = rest.pop("minLength", 0), rest.pop("maxLength", None)

    def check(value: Any, path: str) -> str | None:
        if not isinstance(value, str):
            return f"{path} must be string"
        if matches and not matches(value):
            return f"{path} must match pattern {pattern}"
        # Lengths are code points, here as there.
        if len(value) < least or (most is not None and len(value) > most):
            return f"{path} must have from {least} to {most} characters"
        return None

    return check


def _number(rest: Schema) -> Check:
    return _ranged(rest, "number", lambda value: value - value == 0)


def _integer(rest: Schema) -> Check:
    return _ranged(rest, "integer", is_integer)


def is_integer(value: int | float) -> bool:
    return isinstance(value, int) or value.is_integer()


def _ranged(rest: Schema, name: str, is_right: Callable[[Any], bool]) -> Check:
    least, most, above = (
        rest.pop("minimum", None),
        rest.pop("maximum", None),
        rest.pop("exclusiveMinimum", None),
    )

    def check(value: Any, path: str) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int | float) or not is_right(value):
            return f"{path} must be {name}"
        if least is not None and value < least:
            return f"{path} must be >= {least}"
        if most is not None and value > most:
            return f"{path} must be <= {most}"
        if above is not None and value <= above:
            return f"{path} must be > {above}"
        return None

    return check


def _array(rest: Schema) -> Check:
    least, most = rest.pop("minItems", 0), rest.pop("maxItems", None)
    item = compile_schema(rest.pop("items"))

    def check(value: Any, path: str) -> str | None:
        if not isinstance(value, list):
            return f"{path} must be array"
        if len(value) < least:
            return f"{path} must not have fewer than {least} items"
        if most is not None and len(value) > most:
            return f"{path} must not have more than {most} items"
        if item is _anything:
            return None
        return next(
            (fault for index, each in enumerate(value) if (fault := item(each, f"{path}/{index}"))), None
        )

    return check


def _object(rest: Schema) -> Check:
    if rest.pop("additionalProperties", None) is not False:
        raise ValueError("An object of the contract is not closed. Set additionalProperties to false.")
    required = rest.pop("required")
    properties = {name: compile_schema(each) for name, each in rest.pop("properties").items()}

    def check(value: Any, path: str) -> str | None:
        if not isinstance(value, dict):
            return f"{path or 'value'} must be object"
        missing = [name for name in required if name not in value]
        if missing:
            return f"{path or 'value'} must have required properties {', '.join(missing)}"
        for name, each in value.items():
            check_property = properties.get(name)
            fault = (
                check_property(each, f"{path}/{name}")
                if check_property
                else f"{path}/{name} is not in the schema"
            )
            if fault:
                return fault
        return None

    return check


_KINDS: dict[str, Callable[[Schema], Check]] = {
    "object": _object,
    "array": _array,
    "string": _string,
    "integer": _integer,
    "number": _number,
}
