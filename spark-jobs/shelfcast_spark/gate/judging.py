"""Judges what was read of a batch: first each line and message by itself, then all of them in their order."""

from dataclasses import dataclass
from datetime import tzinfo
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
from .world import MERCHANDISE, UNKNOWN, Products, World

_PRICE_UNLIKELY = refused_for("price_unlikely")
_UNKNOWN_SKU = refused_for("unknown_sku")
_NOT_A_PRODUCT = refused_for("not_a_product")


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
    # Time zone of each message's store; None where the store is not known.
    zones: list[tzinfo | None]
    # By place in the entries of the SKUs.
    products: Products
    # Accepted lines of each message.
    accepted: npt.NDArray[np.int64]
    # Messages that name a store or SKU that is not known, or a price that is far from the list price: worth a second
    # look after a refresh.
    doubted: npt.NDArray[np.bool_]


def judge_batch(topic: str, readings: Readings, world: World) -> Judgement:
    count = len(readings.counts)
    store = cast(Texts, readings.columns["store_id"])
    # The last one is for a store that could not be read.
    zone_of_code = [*map(world.zone_of, store.entries.to_pylist()), None]
    zones = [zone_of_code[code] for code in store.codes.tolist()]
    owners = np.repeat(np.arange(count), readings.counts)

    sku = cast(Texts, readings.lines["sku"])
    products = world.products(sku.entries.to_pylist())
    gross, double_of = None, {}
    if topic == "sales-transactions":
        gross, verdicts = _judge_sales(readings, sku, products)
    else:
        verdicts = np.zeros(len(owners), np.uint8)
        if topic == "inventory-updates":
            unit, quantity = cast(Texts, readings.lines["unit"]), cast(Numbers, readings.lines["quantity"])
            verdicts = movement_verdicts(quantity.values, unit.codes)
        verdicts[(sku.codes >= 0) & (products.kinds[sku.codes] == UNKNOWN)] = _UNKNOWN_SKU
    verdicts[list(readings.faults)] = refused_for("line_schema")
    doubted = np.array([zone is None for zone in zone_of_code])[store.codes]
    doubted[owners[(verdicts == _UNKNOWN_SKU) | (verdicts == _PRICE_UNLIKELY)]] = True
    doubted[list(readings.refusals)] = False
    if topic == "sales-transactions":
        double_of = _judge_scans(readings, owners, verdicts)
    accepted = np.bincount(owners[verdicts == ACCEPTED], minlength=count)
    return Judgement(verdicts, owners, gross, double_of, zones, products, accepted, doubted)


def _judge_sales(
    readings: Readings, sku: Texts, products: Products
) -> tuple[npt.NDArray[np.int64], Verdicts]:
    lines = readings.lines
    quantity, price, discount = (
        cast(Numbers, lines[name]).values for name in ("quantity", "unit_price", "discount")
    )
    unit = cast(Texts, lines["unit"]).codes
    gross = gross_of(quantity, unit, price)
    prices, units = products.list_prices[sku.codes], products.units[sku.codes]
    verdicts = line_verdicts(quantity, unit, price, discount, gross, prices, units)
    kinds = products.kinds[sku.codes]
    verdicts[kinds != MERCHANDISE] = _NOT_A_PRODUCT
    verdicts[kinds == UNKNOWN] = _UNKNOWN_SKU
    return gross, verdicts


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


def line_details(readings: Readings, judgement: Judgement, lines: npt.NDArray[np.int64]) -> list[str]:
    """What was found at refused lines, for a person."""
    columns = readings.lines
    verdicts, places = judgement.verdicts[lines].tolist(), lines.tolist()
    codes = cast(Texts, columns["sku"]).codes[lines].tolist()
    entries = cast(Texts, columns["sku"]).entries
    products = judgement.products

    def numbers(name: str) -> list[int]:
        return cast(Numbers, columns[name]).values[lines].tolist() if name in columns else []

    quantity, price, discount = numbers("quantity"), numbers("unit_price"), numbers("discount")
    gross = judgement.gross[lines].tolist() if judgement.gross is not None else []

    def detail(at: int) -> str:
        match reason_of(verdicts[at]):
            case "line_schema":
                return readings.faults[places[at]]
            case "unknown_sku":
                return f'SKU "{entries[codes[at]]}" is not in the reference data'
            case "not_a_product":
                return f'SKU "{entries[codes[at]]}" is a service'
            case "price_zero":
                return "unit_price is 0"
            case "price_negative":
                return f"unit_price is {price[at]}"
            case "price_out_of_range":
                return f"unit_price is {price[at]}, the line {gross[at]}"
            case "price_unlikely":
                return f"unit_price is {price[at]}, the list price {int(products.list_prices[codes[at]])}"
            case "discount_out_of_range":
                return f"discount is {discount[at]} on a gross of {gross[at]}"
            case "duplicate_line":
                line = places[at]
                before = judgement.double_of[line]
                times = cast(Numbers, columns["scanned_at"]).values
                apart = abs(int(times[line]) - int(times[before]))
                place = before - int(np.searchsorted(judgement.owners, judgement.owners[line]))
                unit = UNITS[int(cast(Texts, columns["unit"]).codes[line])]
                what = f"{quantity[at]} {unit} of {entries[codes[at]]} at {price[at]}"
                return f"line {place + 1} again, scanned {apart} ms apart: {what}"
            case _:
                return f"quantity is {quantity[at]}"

    return [detail(at) for at in range(len(places))]
