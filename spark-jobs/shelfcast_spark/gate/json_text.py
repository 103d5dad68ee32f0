"""JSON as JavaScript's JSON.parse takes it, with the place of each element of an array of the message."""

import json
import re
from json.decoder import scanstring
from typing import Any

_space = re.compile(r"[ \t\n\r]*").match
# A number that a double may not hold exactly becomes the double that JavaScript would have.
_EXACT_DIGITS = 15


class NotJson(ValueError):
    """The text is no JSON, or no object."""


def _whole(text: str) -> int | float:
    return int(text) if len(text) <= _EXACT_DIGITS else float(text)


def _refuse(constant: str) -> None:
    raise NotJson(f"{constant} is not JSON")


_scan = json.JSONDecoder(parse_int=_whole, parse_constant=_refuse).scan_once

Span = tuple[int, int]


def read_object(text: str, array: str | None) -> tuple[dict[str, Any], list[Span]]:
    """
    The object that a text is, and where in the text the elements of one of its arrays begin and end. Of a key that
    stands twice the last one counts.
    """
    values: dict[str, Any] = {}
    spans: list[Span] = []
    at = _past_space(text, 0)
    if text[at : at + 1] != "{":
        raise NotJson("the value is not a JSON object")
    at = _past_space(text, at + 1)
    closed = text[at : at + 1] == "}"
    at += closed
    while not closed:
        key, at = _key(text, at)
        if key == array and text[at : at + 1] == "[":
            values[key], spans, at = _elements(text, at)
        else:
            values[key], at = _value(text, at)
            spans = [] if key == array else spans
        at, closed = _next(text, at, "}")
    if _past_space(text, at) != len(text):
        raise NotJson(f"text after the object, at {at}")
    return values, spans


def read_value(text: str) -> Any:
    value, at = _value(text, _past_space(text, 0))
    if _past_space(text, at) != len(text):
        raise NotJson(f"text after the value, at {at}")
    return value


def _past_space(text: str, at: int) -> int:
    return _space(text, at).end()  # type: ignore[union-attr]


def _elements(text: str, at: int) -> tuple[list[Any], list[Span], int]:
    values: list[Any] = []
    spans: list[Span] = []
    at = _past_space(text, at + 1)
    if text[at : at + 1] == "]":
        return values, spans, at + 1
    closed = False
    while not closed:
        start = at
        value, at = _value(text, at)
        values.append(value)
        spans.append((start, at))
        at, closed = _next(text, at, "]")
    return values, spans, at


def _key(text: str, at: int) -> tuple[str, int]:
    """The key that begins here, and where its value does."""
    if text[at : at + 1] != '"':
        raise NotJson(f"no key at {at}")
    try:
        key, at = scanstring(text, at + 1, True)
    except ValueError as error:
        raise NotJson(str(error)) from error
    at = _past_space(text, at)
    if text[at : at + 1] != ":":
        raise NotJson(f"no colon at {at}")
    return key, _past_space(text, at + 1)


def _next(text: str, at: int, closing: str) -> tuple[int, bool]:
    """Where the next key or element begins; or where the container ends, and that it does."""
    at = _past_space(text, at)
    mark = text[at : at + 1]
    if mark == closing:
        return at + 1, True
    if mark != ",":
        raise NotJson(f"neither comma nor {closing} at {at}")
    return _past_space(text, at + 1), False


def _value(text: str, at: int) -> tuple[Any, int]:
    try:
        return _scan(text, at)
    except StopIteration as stop:
        raise NotJson(f"no value at {stop.value}") from None
    except RecursionError:
        return _nested(text, at)
    except ValueError as error:
        raise NotJson(str(error)) from error


_CLOSING = {"[": "]", "{": "}"}


def _nested(text: str, at: int) -> tuple[Any, int]:
    """A value of any depth. The scanner is ten times as fast, but goes no deeper than Python's stack."""
    # Containers that are not complete, the outermost first, and the key that the next value has in an object.
    open_ones: list[tuple[Any, str | None]] = []
    while True:
        mark = text[at : at + 1]
        if mark in _CLOSING:
            value: Any = [] if mark == "[" else {}
            at = _past_space(text, at + 1)
            if text[at : at + 1] != _CLOSING[mark]:
                key = None
                if mark == "{":
                    key, at = _key(text, at)
                open_ones.append((value, key))
                continue
            at += 1
        else:
            value, at = _value(text, at)
        # The value is complete, and so is each container that it is the last one of.
        while open_ones:
            container, key = open_ones.pop()
            if key is None:
                container.append(value)
            else:
                container[key] = value
            at, closed = _next(text, at, "]" if key is None else "}")
            if not closed:
                if key is not None:
                    key, at = _key(text, at)
                open_ones.append((container, key))
                break
            value = container
        else:
            return value, at
