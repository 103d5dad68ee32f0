"""Judges what was read of a batch: first each line and message by itself, then all of them in their order."""

from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from .columns import Numbers, Texts
from .double_scan import Scans, scanned_before
from .reading import Readings
from .verdict import (
    ACCEPTED,
    UNITS,
    Verdicts,
    gross_of,
    line_verdicts,
    movement_verdicts,
    reason_of,
    refused_for,
)
from .world import ProductFacts, StoreFacts, World

_PRICE_UNLIKELY = refused_for("price_unlikely")
_UNKNOWN_SKU = refused_for("unknown_sku")


@dataclass(frozen=True)
class Judgement:
    """By the world as it was: whether a message is repeated, and what is late, is told by what came before it."""

    # By line.
    verdicts: Verdicts
    # Message of each line.
    owners: npt.NDArray[np.int64]
    # Value of each line before discount, in minor units; None where lines are no sales.
    gross: npt.NDArray[np.int64] | None
    # Place of the scan that a line is a second one of.
    double_of: dict[int, int]
    # What is known of each message's store.
    stores: list[StoreFacts | None]
    # By place in the entries of the SKUs.
    products: list[ProductFacts | None]
    # Accepted lines of each message.
    accepted: npt.NDArray[np.int64]
    # Messages that name a store or SKU that is not known, or a price that is far from the list price: worth a second look
    # after a refresh.
    doubted: npt.NDArray[np.bool_]


def judge_batch(topic: str, readings: Readings, world: World) -> Judgement:
    count = len(readings.counts)
    store = cast(Texts, readings.columns["store_id"])
    known = [world.store(each) for each in store.entries.to_pylist()]
    stores = [known[code] if code >= 0 else None for code in store.codes.tolist()]
    owners = np.repeat(np.arange(count), readings.counts)

    sku = cast(Texts, readings.lines["sku"])
    products = [world.product(each) for each in sku.entries.to_pylist()]
    gross, double_of = None, {}
    if topic == "sales-transactions":
        gross, verdicts = _judge_sales(readings, sku, products)
    else:
        verdicts = np.zeros(len(owners), np.uint8)
        if topic == "inventory-updates":
            unit, quantity = cast(Texts, readings.lines["unit"]), cast(Numbers, readings.lines["quantity"])
            verdicts = movement_verdicts(quantity.values, unit.codes)
        # The last one is for a SKU that is absent.
        unknown = np.array([each is None for each in products] + [False])
        verdicts[unknown[sku.codes]] = _UNKNOWN_SKU
    verdicts[list(readings.faults)] = refused_for("line_schema")
    doubted = np.array([each is None for each in stores], bool)
    doubted[owners[(verdicts == _UNKNOWN_SKU) | (verdicts == _PRICE_UNLIKELY)]] = True
    doubted[list(readings.refusals)] = False
    if topic == "sales-transactions":
        double_of = _judge_scans(readings, owners, verdicts)
    accepted = np.bincount(owners[verdicts == ACCEPTED], minlength=count)
    return Judgement(verdicts, owners, gross, double_of, stores, products, accepted, doubted)


def _judge_sales(
    readings: Readings, sku: Texts, products: list[ProductFacts | None]
) -> tuple[npt.NDArray[np.int64], Verdicts]:
    lines = readings.lines
    quantity, price, discount = (
        cast(Numbers, lines[name]).values for name in ("quantity", "unit_price", "discount")
    )
    unit = cast(Texts, lines["unit"]).codes
    gross = gross_of(quantity, unit, price)
    # The last one is for a SKU that is absent, which only a line of no right shape has.
    facts = [*products, None]
    prices = np.array([each.price if each else 0 for each in facts], np.float64)
    units = np.array([UNITS.index(each.unit) if each else 0 for each in facts], np.int8)
    others = np.array(
        [
            refused_for("unknown_sku")
            if each is None
            else ACCEPTED
            if each.kind == "merchandise"
            else refused_for("not_a_product")
            for each in facts
        ],
        np.uint8,
    )
    verdicts = line_verdicts(quantity, unit, price, discount, gross, prices[sku.codes], units[sku.codes])
    other = others[sku.codes]
    return gross, np.where(other == ACCEPTED, verdicts, other)


def _judge_scans(readings: Readings, owners: npt.NDArray[np.int64], verdicts: Verdicts) -> dict[int, int]:
    lines = readings.lines

    def number(name: str) -> npt.NDArray[np.int64]:
        return cast(Numbers, lines[name]).values

    scans = Scans(
        basket=owners,
        sku=cast(Texts, lines["sku"]).codes.astype(np.int64),
        unit=cast(Texts, lines["unit"]).codes.astype(np.int64),
        quantity=number("quantity"),
        unit_price=number("unit_price"),
        discount=number("discount"),
        scanned_at=number("scanned_at"),
    )
    double_of = scanned_before(scans, np.flatnonzero(verdicts == ACCEPTED))
    verdicts[list(double_of)] = refused_for("duplicate_line")
    return double_of


def line_detail(readings: Readings, judgement: Judgement, line: int) -> str:
    """What was found at a refused line, for a person."""
    lines = readings.lines

    def number(name: str) -> int:
        return int(cast(Numbers, lines[name]).values[line])

    def sku() -> str:
        texts = cast(Texts, lines["sku"])
        return texts.entries[int(texts.codes[line])].as_py()

    reason = reason_of(int(judgement.verdicts[line]))
    match reason:
        case "line_schema":
            return readings.faults[line]
        case "unknown_sku":
            return f'SKU "{sku()}" is not in the reference data'
        case "not_a_product":
            return f'SKU "{sku()}" is a service'
        case "price_zero":
            return "unit_price is 0"
        case "price_negative":
            return f"unit_price is {number('unit_price')}"
        case "price_out_of_range":
            return f"unit_price is {number('unit_price')}, the line {_gross(judgement, line)}"
        case "price_unlikely":
            product = judgement.products[int(cast(Texts, lines["sku"]).codes[line])]
            return (
                f"unit_price is {number('unit_price')}, the list price {int(product.price) if product else 0}"
            )
        case "discount_out_of_range":
            return f"discount is {number('discount')} on a gross of {_gross(judgement, line)}"
        case "duplicate_line":
            before = judgement.double_of[line]
            times = cast(Numbers, lines["scanned_at"]).values
            apart = abs(int(times[line]) - int(times[before]))
            place = before - int(np.searchsorted(judgement.owners, judgement.owners[line]))
            unit = UNITS[int(cast(Texts, lines["unit"]).codes[line])]
            return (
                f"line {place + 1} again, scanned {apart} ms apart: "
                f"{number('quantity')} {unit} of {sku()} at {number('unit_price')}"
            )
        case _:
            return f"quantity is {number('quantity')}"


def _gross(judgement: Judgement, line: int) -> int:
    return int(judgement.gross[line]) if judgement.gross is not None else 0
