"""Landing without a cluster: tasks are called as Spark calls them, over a lake in memory."""

import io
import json
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from . import landing
from .contract import CONTRACT, Chain
from .landing import LandingOptions, Life, Worker
from .positions import NotLoaded
from .tests.lake import MemoryLake

TOPIC = "sales-transactions"
CHAIN = Chain(TOPIC, 0, 3)
STORE = {
    **{"store_id": "S1", "name": "One", "profile": "supermarket", "region": "R"},
    **{"time_zone": "Europe/London", "currency": "GBP"},
}
PRODUCT = {
    **{"sku": "A1", "name": "A", "department": "D", "category": "C", "brand": "B"},
    **{"unit": "each", "kind": "merchandise"},
}
KAFKA = pa.schema(
    [
        ("topic", pa.string()),
        ("partition", pa.int32()),
        ("offset", pa.int64()),
        ("timestamp", pa.timestamp("us", "UTC")),
        ("value", pa.binary()),
        ("headers", pa.list_(pa.struct([("key", pa.string()), ("value", pa.binary())]))),
    ]
)


class BlockLake(MemoryLake):
    def __init__(self) -> None:
        super().__init__()
        for name, row in (("stores", STORE), ("products", PRODUCT)):
            self.put("raw", f"datasets/{name}/test/snapshot.ndjson", json.dumps(row).encode())

    def blocks(self) -> list[tuple[str, int, int]]:
        """Name, end and accepted rows of each block."""
        blocks = [(name, self.objects[name][1]) for name in sorted(self.objects) if name.startswith(TOPIC)]
        return [
            (
                name,
                int(metadata[CONTRACT.block.metadata.end]),
                int(metadata[CONTRACT.block.metadata.rows_accepted]),
            )
            for name, metadata in blocks
        ]

    def rows(self) -> list[tuple[int, int, str | None]]:
        """Offset, line and reason of each row of each block."""
        rows = []
        for name, _, _ in self.blocks():
            table = pq.read_table(io.BytesIO(self.objects[name][0]), columns=["offset", "line_no", "reason"])
            rows += [tuple(row.values()) for row in table.to_pylist()]
        return rows


@pytest.fixture
def lake(monkeypatch: pytest.MonkeyPatch) -> BlockLake:
    lake = BlockLake()
    monkeypatch.setattr(landing, "Lake", lambda _: lake)
    monkeypatch.setattr(landing, "CHUNK_MESSAGES", 4)
    monkeypatch.setattr(landing, "BLOCK_ROWS", 8)
    monkeypatch.setattr(landing, "oldest_offset", lambda *_: 0)
    return lake


def worker(lake: BlockLake) -> Worker:
    """Another process of Spark."""
    life = Life(CHAIN.epoch, "topic-1")
    return Worker(LandingOptions("", lake.environment, None, {TOPIC: life}, 1 << 20))


def basket(number: int, **fields: object) -> bytes:
    at = (
        datetime(2026, 1, 5, 10, number % 60, tzinfo=UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z")
    )
    line = {
        "line_no": 1,
        "sku": "A1",
        "quantity": 1,
        "unit": "each",
        "unit_price": 100,
        "discount": 0,
        "scanned_at": at,
    }
    value = {
        **{"basket_id": f"B{number}", "kind": "sale", "store_id": "S1", "till_id": 1, "cashier_id": "C1"},
        **{"event_time": at, "currency": "GBP", "lines": [line], "payment": "card", "total": 100},
        **fields,
    }
    return json.dumps(value).encode()


def batch(first: int, values: list[bytes]) -> pa.RecordBatch:
    rows = [
        {
            **{"topic": TOPIC, "partition": CHAIN.partition, "offset": first + index, "value": value},
            **{"timestamp": datetime(2026, 1, 5, tzinfo=UTC), "headers": None},
        }
        for index, value in enumerate(values)
    ]
    return pa.RecordBatch.from_pylist(rows, KAFKA)


def land(by: Worker, *batches: pa.RecordBatch) -> list[dict]:
    return [row for block in by.land(iter(batches)) for row in block.to_pylist()]


BASKETS = [basket(number) for number in range(20)]


def test_a_task_is_landed_as_blocks_that_join(lake: BlockLake) -> None:
    blocks = land(worker(lake), batch(0, BASKETS))
    assert [(block["begin"], block["end"], block["rows_accepted"]) for block in blocks] == [
        (0, 8, 8),
        (8, 16, 8),
        (16, 20, 4),
    ]
    assert [(name, end) for name, end, _ in lake.blocks()] == [
        (CHAIN.block_name(0), 8),
        (CHAIN.block_name(8), 16),
        (CHAIN.block_name(16), 20),
    ]
    assert lake.rows() == [(offset, 1, None) for offset in range(20)]


@pytest.mark.parametrize("killed_after", [0, 1, 2, 3])
def test_a_task_that_was_killed_is_finished_by_another_with_the_same_blocks(
    lake: BlockLake, killed_after: int
) -> None:
    landing = worker(lake).land(iter([batch(0, BASKETS)]))
    for _ in range(killed_after):
        next(landing)
    landing.close()
    land(worker(lake), batch(0, BASKETS[:6]), batch(6, BASKETS[6:]))
    assert [end for _, end, _ in lake.blocks()] == [8, 16, 20]
    assert lake.rows() == [(offset, 1, None) for offset in range(20)]


def test_a_task_that_is_repeated_lands_nothing(lake: BlockLake) -> None:
    one = worker(lake)
    land(one, batch(0, BASKETS))
    before = lake.blocks()
    assert land(one, batch(0, BASKETS)) == []
    assert land(worker(lake), batch(0, BASKETS)) == []
    assert lake.blocks() == before


def test_workers_take_turns_and_know_what_the_other_accepted(lake: BlockLake) -> None:
    one, other = worker(lake), worker(lake)
    land(one, batch(0, BASKETS[:4]))
    land(other, batch(4, [*BASKETS[4:6], BASKETS[1]]))
    land(one, batch(7, [BASKETS[5], BASKETS[7]]))
    assert [(offset, reason) for offset, _, reason in lake.rows() if reason] == [
        (6, "repeated"),
        (7, "repeated"),
    ]


def test_who_is_second_at_a_block_goes_on_from_the_end_of_the_first(
    lake: BlockLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    zombie, heir = worker(lake), worker(lake)
    create = lake.create

    def overtaken(bucket: str, name: str, body: bytes, metadata: dict[str, str] | None = None) -> bool:
        # While the zombie encodes its block, the heir lands a shorter one that has one of its baskets.
        monkeypatch.setattr(lake, "create", create)
        land(heir, batch(0, BASKETS[:2]))
        return create(bucket, name, body, metadata)

    monkeypatch.setattr(lake, "create", overtaken)
    land(zombie, batch(0, [*BASKETS[:3], BASKETS[0]]))
    assert [end for _, end, _ in lake.blocks()] == [2, 4]
    assert lake.rows() == [(0, 1, None), (1, 1, None), (2, 1, None), (3, 0, "repeated")]


def test_an_answer_that_was_lost_is_known_by_the_writer(
    lake: BlockLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = lake.create

    def unheard(*arguments: object) -> bool:
        create(*arguments)
        return False

    monkeypatch.setattr(lake, "create", unheard)
    assert len(land(worker(lake), batch(0, BASKETS[:4]))) == 1
    assert [end for _, end, _ in lake.blocks()] == [4]


def test_offsets_that_kafka_no_longer_holds_are_recorded(
    lake: BlockLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = worker(lake)
    land(one, batch(0, BASKETS[:2]))
    monkeypatch.setattr(landing, "oldest_offset", lambda *_: 5)
    blocks = land(one, batch(6, BASKETS[6:8]))
    # Of 2, 3, 4 and 5 the last one was the mark of a transaction.
    assert [(block["begin"], block["end"], block["offsets_missing"]) for block in blocks] == [(2, 8, 3)]


def test_a_store_that_is_published_before_its_message_is_known(lake: BlockLake) -> None:
    one = worker(lake)
    land(one, batch(0, BASKETS[:2]))
    row = json.dumps({**STORE, "store_id": "S2"}).encode()
    lake.objects["datasets/stores/other/snapshot.ndjson"] = (row, {})
    land(one, batch(2, [basket(2, store_id="S2"), basket(3, store_id="S3")]))
    assert [reason for _, _, reason in lake.rows()] == [None, None, None, "unknown_store"]


def test_ids_beyond_the_memory_need_a_warehouse(lake: BlockLake) -> None:
    small = Worker(LandingOptions("", lake.environment, None, {TOPIC: Life(0, "t")}, 18 * 8 * 4))
    with pytest.raises(SystemExit, match="INGEST_ID_MEMORY_MB"):
        land(small, batch(0, BASKETS))


class LateWarehouse:
    """Holds a chain only at the second question; remembers what it was asked."""

    def __init__(self, accepted: np.ndarray) -> None:
        self.asked: list[tuple[int, int]] = []
        self._accepted = accepted
        self._is_loaded = False

    def loaded_end(self, _: Chain) -> int:
        return 0

    def accepted(self, _: Chain, hashes: np.ndarray, before: int) -> np.ndarray:
        self._is_loaded = not self._is_loaded
        if self._is_loaded:
            raise NotLoaded("not yet")
        self.asked.append((len(hashes), before))
        return hashes[np.isin(hashes, self._accepted)]


def test_ids_beyond_the_memory_are_asked_of_the_warehouse_once_it_holds_them(
    lake: BlockLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landing, "LOADED_POLL_S", 0)
    # Of eight ids in two generations, the first four are let go when the ninth comes.
    small = Worker(LandingOptions("", lake.environment, None, {TOPIC: Life(0, "t")}, 18 * 8 * 8))
    first = small.state_of(CHAIN).gate.id_hashes(batch(0, BASKETS[:1]))
    small.positions = late = LateWarehouse(first)
    land(small, batch(0, [*BASKETS[:16], BASKETS[0], BASKETS[17]]))
    assert [(offset, reason) for offset, _, reason in lake.rows() if reason] == [(16, "repeated")]
    assert late.asked
    assert all(before > 0 for _, before in late.asked)


def test_a_chain_with_a_gap_is_not_built_on(lake: BlockLake) -> None:
    land(worker(lake), batch(0, BASKETS))
    del lake.objects[CHAIN.block_name(8)]
    with pytest.raises(Exception, match="has a gap"):
        land(worker(lake), batch(20, BASKETS))
