"""Messages, worlds and gates for tests."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

from ..contract import Chain
from ..gate.gate import Gate
from ..gate.ids import IdMemory
from ..gate.world import World

CHAIN = Chain("sales-transactions", 0, 0)

_HEADERS = pa.list_(pa.struct([("key", pa.string()), ("value", pa.binary())]))
Header = tuple[str, bytes | None]


def store(store_id: str, time_zone: str = "Europe/London") -> dict[str, Any]:
    return {
        **{"store_id": store_id, "name": "One", "profile": "campus", "region": "North"},
        **{"time_zone": time_zone, "currency": "GBP"},
    }


def product(sku: str, **overrides: Any) -> dict[str, Any]:
    return {
        **{"sku": sku, "name": "Tea", "department": "Drinks", "category": "Tea", "brand": "Own"},
        **{"unit": "each", "kind": "merchandise"},
        **overrides,
    }


def ndjson(*rows: Any) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def world_of(refresh: Callable[[float], None] = lambda _: None) -> World:
    """Store S1; products A1, and A9 with a list price."""
    world = World(refresh)
    world.take("stores", "test", ndjson(store("S1")))
    world.take("products", "test", ndjson(product("A1"), product("A9", price=150)))
    return world


def gate_of(world: World | None = None) -> Gate:
    return Gate(CHAIN, world or world_of(), IdMemory(1 << 20), {})


def line(**overrides: Any) -> dict[str, Any]:
    return {
        **{"line_no": 1, "sku": "A1", "quantity": 2, "unit": "each", "unit_price": 150, "discount": 0},
        **{"scanned_at": "2026-01-05T10:00:00.000Z"},
        **overrides,
    }


def basket(basket_id: str = "B1", **overrides: Any) -> dict[str, Any]:
    return {
        **{"basket_id": basket_id, "kind": "sale", "store_id": "S1", "till_id": 3, "cashier_id": "C1"},
        **{"event_time": "2026-01-05T10:00:00.000Z", "currency": "GBP", "lines": [line()], "payment": "card"},
        **{"total": 300},
        **overrides,
    }


def batch(
    values: Sequence[Any], headers: Sequence[Sequence[Header] | None] | None = None, first: int = 0
) -> pa.RecordBatch:
    """Messages as Spark's Kafka source hands them on: bytes as they are, anything else as JSON."""
    written = [each if isinstance(each, bytes | None) else json.dumps(each).encode() for each in values]
    said = [
        None if each is None else [{"key": key, "value": value} for key, value in each]
        for each in headers or [None] * len(values)
    ]
    return pa.RecordBatch.from_arrays(
        [
            pa.array(range(first, first + len(values)), pa.int64()),
            pa.array(written, pa.binary()),
            pa.array([5_000_999] * len(values), pa.timestamp("us", "UTC")),
            pa.array(said, _HEADERS),
        ],
        ["offset", "value", "timestamp", "headers"],
    )


def outcomes(rows: pa.Table) -> list[str]:
    return [reason or "accepted" for reason in rows.column("reason").to_pylist()]
