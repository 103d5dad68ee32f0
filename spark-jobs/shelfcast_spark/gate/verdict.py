"""Rules of business, for many lines at once."""

import numpy as np
import numpy.typing as npt

from ..contract import CONTRACT, LIMITS, REFUSALS

# 0 is accepted; any other number stands for a reason.
Verdicts = npt.NDArray[np.uint8]
ACCEPTED = 0

Numbers = npt.NDArray[np.int64]

UNITS: tuple[str, ...] = tuple(
    choice["const"] for choice in CONTRACT.topics["inventory-updates"].schema["properties"]["unit"]["anyOf"]
)
_EACH = UNITS.index("each")
# Largest quantity of a sale, by place in UNITS.
_MOST = np.array([LIMITS.quantity[unit] for unit in UNITS], np.int64)
# Grams of a kilogram, millilitres of a litre.
_WEIGHED_PER_PRICE = 1000


def refused_for(reason: str) -> int:
    return 1 + REFUSALS.index(reason)


def reason_of(verdict: int) -> str:
    return REFUSALS[verdict - 1]


def gross_of(quantity: Numbers, unit: npt.NDArray[np.int32], unit_price: Numbers) -> Numbers:
    """
    Value of each line before discount, in minor units. Weighed goods round half up, as tills do. `unit` is a place in
    UNITS.
    """
    product = quantity * unit_price
    weighed = np.floor(product / _WEIGHED_PER_PRICE + 0.5).astype(np.int64)
    return np.where(unit == _EACH, product, weighed)


def line_verdicts(
    quantity: Numbers,
    unit: npt.NDArray[np.int32],
    unit_price: Numbers,
    discount: Numbers,
    gross: Numbers,
    list_price: npt.NDArray[np.float64],
    list_unit: npt.NDArray[np.int8],
) -> Verdicts:
    """The first rule on numbers that each line breaks. A list price of 0 is none; units are places in UNITS."""
    # A price per kilogram says nothing of a price per piece.
    priced = (list_price > 0) & (unit == list_unit)
    unlikely = (unit_price > list_price * LIMITS.list_price_factor) | (
        unit_price * LIMITS.list_price_factor < list_price
    )
    rules = {
        "quantity_not_positive": quantity <= 0,
        "quantity_out_of_range": quantity > _MOST[unit],
        "price_zero": unit_price == 0,
        "price_negative": unit_price < 0,
        "price_out_of_range": (unit_price > LIMITS.unit_price) | (gross > LIMITS.line_amount),
        "price_unlikely": priced & unlikely,
        "discount_out_of_range": (discount < 0) | (discount > gross),
    }
    verdicts = np.zeros(len(quantity), np.uint8)
    for reason, broken in reversed(rules.items()):
        verdicts[broken] = refused_for(reason)
    return verdicts


def movement_verdicts(quantity: Numbers, unit: npt.NDArray[np.int32]) -> Verdicts:
    """Of stock movements."""
    excessive = np.abs(quantity) > LIMITS.movement_factor * _MOST[unit]
    return np.where(excessive, refused_for("quantity_out_of_range"), ACCEPTED).astype(np.uint8)
