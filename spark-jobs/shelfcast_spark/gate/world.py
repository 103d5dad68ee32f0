"""What the gate knows of the world: published reference data."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta, timezone, tzinfo
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from ..contract import CONTRACT
from .json_text import NotJson, read_value
from .schema import compile_schema

_log = logging.getLogger(__name__)
_checks = {kind: compile_schema(schema) for kind, schema in CONTRACT.reference.kinds.items()}
_OFFSET = re.compile(r"([+-])([01]\d|2[0-3])(?::?([0-5]\d))?", re.ASCII)


@dataclass(frozen=True)
class StoreFacts:
    zone: tzinfo


@dataclass(frozen=True)
class ProductFacts:
    kind: str
    # What its list price is for: a piece, a kilogram or a litre.
    unit: str
    # List price in minor units; 0 where none is published.
    price: float


class World:
    """Stores and products, the same for all gates of a process."""

    def __init__(self, refresh: Callable[[float], None] = lambda _: None) -> None:
        """
        `refresh` is called with a time of `time.monotonic()` and takes in what was published since, unless a reading that
        began after that time has done so.
        """
        self.refresh = refresh
        self._stores: dict[str, StoreFacts] = {}
        self._products: dict[str, ProductFacts] = {}

    def store(self, store_id: str) -> StoreFacts | None:
        return self._stores.get(store_id)

    def product(self, sku: str) -> ProductFacts | None:
        return self._products.get(sku)

    def take(self, kind: str, source: str, content: bytes) -> None:
        """Takes in rows as NDJSON. A row that is wrong is skipped, and those around it are taken."""
        for number, line in enumerate(content.decode("utf-8", "replace").split("\n"), 1):
            if not line:
                continue
            row = _parsed(line)
            fault = _checks[kind](row, "")
            if not fault:
                fault = self._take_store(row) if kind == "stores" else self._take_product(row)
            if fault:
                name = f"raw/{CONTRACT.reference.prefix}{source}/{kind}.ndjson"
                _log.error("%s line %d skipped: %s. Publish it again, corrected.", name, number, fault)

    def _take_store(self, row: dict[str, Any]) -> str | None:
        zone = time_zone(row["time_zone"])
        if zone is None:
            return "time_zone is not an IANA name"
        self._stores[row["store_id"]] = StoreFacts(zone)
        return None

    def _take_product(self, row: dict[str, Any]) -> None:
        self._products[row["sku"]] = ProductFacts(row["kind"], row["unit"], float(row.get("price", 0)))


def _parsed(line: str) -> Any:
    try:
        return read_value(line)
    except NotJson:
        return None


@cache
def _zone_names() -> dict[str, str]:
    names = {name.lower(): name for name in available_timezones()}
    if not names:
        raise RuntimeError("This machine has no time zones. Install its package tzdata, or PyPI's.")
    return names


@cache
def time_zone(name: str) -> tzinfo | None:
    """The zone of an IANA name in any case, or of an offset such as +01:00; None where there is none."""
    if match := _OFFSET.fullmatch(name):
        sign, hours, minutes = match.groups()
        offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
        return timezone(-offset if sign == "-" else offset)
    known = _zone_names().get(name.lower())
    return ZoneInfo(known) if known else None
