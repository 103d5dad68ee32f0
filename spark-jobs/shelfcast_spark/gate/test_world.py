import logging
from datetime import UTC, datetime

import pytest

from ..tests.gate import ndjson, product, store
from .calendar import business_date
from .world import MERCHANDISE, UNKNOWN, World, time_zone


def test_a_row_that_is_wrong_is_skipped_and_those_around_it_are_taken(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World()
    rows = [
        product("A1", cost=-1),
        product("A2", price=1e3),
        {**product("A3"), "colour": 1},
        product("A4", price=1.5),
    ]
    with caplog.at_level(logging.ERROR):
        world.take("products", "tills", ndjson(*rows) + b'{"sku":\n\n' + ndjson(product("A5", unit="g")))
    products = world.products(["A1", "A2", "A3", "A4", "A5"])
    assert products.kinds.tolist() == [UNKNOWN, MERCHANDISE, UNKNOWN, UNKNOWN, MERCHANDISE, UNKNOWN]
    assert products.list_prices.tolist() == [0, 1000, 0, 0, 0, 0]
    assert [record.getMessage().split(" skipped")[0] for record in caplog.records] == [
        f"raw/datasets/products/tills/snapshot.ndjson line {number}" for number in (1, 3, 4, 5)
    ]


def test_stores_have_a_zone_that_is_one() -> None:
    world = World()
    rows = [
        store("S1", "Europe/Dublin"),
        store("S2", "Nowhere/At_All"),
        store("S3", "asia/kolkata"),
        store("S4", "+05:30"),
    ]
    world.take("stores", "test", ndjson(*rows))
    assert [world.zone_of(f"S{number}") is not None for number in (1, 2, 3, 4, 5)] == [
        True,
        False,
        True,
        True,
        False,
    ]


def test_what_is_taken_in_raises_the_version() -> None:
    world = World()
    before = world.version
    world.take("stores", "test", ndjson(store("S1")))
    assert world.version > before


@pytest.mark.parametrize(
    ("zone", "instant", "day"),
    [
        ("Europe/London", "2026-03-29T00:59:59.999", "2026-03-29"),
        ("Europe/London", "2026-07-05T23:30:00.000", "2026-07-06"),
        ("Europe/London", "2026-12-05T23:30:00.000", "2026-12-05"),
        ("America/New_York", "2026-01-05T04:59:59.999", "2026-01-04"),
        # Clocks went back at a minute past midnight, to the day before.
        ("America/St_Johns", "2010-11-07T02:30:00.000", "2010-11-07"),
        ("America/St_Johns", "2010-11-07T02:31:00.000", "2010-11-06"),
        ("Asia/Kolkata", "2099-12-31T18:30:00.000", "2100-01-01"),
    ],
)
def test_a_sale_belongs_to_the_day_of_its_store(zone: str, instant: str, day: str) -> None:
    at = round(datetime.fromisoformat(instant).replace(tzinfo=UTC).timestamp() * 1000)
    zone_info = time_zone(zone)
    assert zone_info
    epoch = datetime.fromisoformat("1970-01-01").toordinal()
    assert business_date(at, zone_info) == datetime.fromisoformat(day).toordinal() - epoch
