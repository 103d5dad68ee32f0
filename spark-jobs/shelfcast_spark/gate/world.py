"""What the gate knows of the world: published reference data."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta, timezone, tzinfo
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import numpy.typing as npt

from ..contract import CONTRACT
from .json_text import NotJson, read_value
from .schema import compile_schema
from .verdict import UNITS

_log = logging.getLogger(__name__)
_checks = {kind: compile_schema(schema) for kind, schema in CONTRACT.reference.kinds.items()}
_OFFSET = re.compile(r"([+-])([01]\d|2[0-3])(?::?([0-5]\d))?", re.ASCII)


# What is known of a product's kind, by place: nothing comes first.
KINDS = (None, "merchandise", "service")
UNKNOWN = 0
MERCHANDISE = KINDS.index("merchandise")

# Place in KINDS; what its list price is for, as a place in UNITS; list price in minor units, 0 where none is published.
ProductFacts = tuple[int, int, float]
_NOTHING: ProductFacts = (UNKNOWN, 0, 0.0)


@dataclass(frozen=True)
class Products:
    """By place in a dictionary of SKUs. The last one is for a SKU that is absent."""

    kinds: npt.NDArray[np.int8]
    units: npt.NDArray[np.int8]
    list_prices: npt.NDArray[np.float64]


class World:
    """Stores and products, the same for all gates of a process."""

    def __init__(self, refresh: Callable[[float], None] = lambda _: None) -> None:
        """
        `refresh` is called with a time of `time.monotonic()` and takes in what was published since, unless a reading
        that began after that time has done so.
        """
        self.refresh = refresh
        self._zones: dict[str, tzinfo] = {}
        self._products: dict[str, ProductFacts] = {}
        # Goes up whenever something is taken in.
        self.version = 0

    def zone_of(self, store_id: str) -> tzinfo | None:
        """Time zone of a store; None where the store is not known."""
        return self._zones.get(store_id)

    def products(self, skus: list[str]) -> Products:
        product_of = self._products.get
        kinds, units, prices = zip(*[product_of(sku, _NOTHING) for sku in skus], _NOTHING, strict=True)
        return Products(np.array(kinds, np.int8), np.array(units, np.int8), np.array(prices, np.float64))

    def take(self, kind: str, source: str, content: bytes) -> None:
        """Takes in rows as NDJSON. A row that is wrong is skipped, and those around it are taken."""
        self.version += 1
        for number, line in enumerate(content.decode("utf-8", "replace").split("\n"), 1):
            if not line:
                continue
            row = _parsed(line)
            fault = _checks[kind](row, "")
            if not fault:
                fault = self._take_store(row) if kind == "stores" else self._take_product(row)
            if fault:
                name = f"raw/{CONTRACT.reference.prefix}{kind}/{source}/{CONTRACT.reference.file}"
                _log.error("%s line %d skipped: %s. Publish it again, corrected.", name, number, fault)

    def _take_store(self, row: dict[str, Any]) -> str | None:
        zone = time_zone(row["time_zone"])
        if zone is None:
            return "time_zone is not an IANA name"
        self._zones[row["store_id"]] = zone
        return None

    def _take_product(self, row: dict[str, Any]) -> None:
        self._products[row["sku"]] = (
            KINDS.index(row["kind"]),
            UNITS.index(row["unit"]),
            float(row.get("price", 0)),
        )


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
    key = _zone_names().get(name.lower())
    return ZoneInfo(key) if key else None
