"""Which lines of a basket are the same piece scanned twice, and which are a customer who really bought two."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..contract import LIMITS

Numbers = npt.NDArray[np.int64]
# Odd numbers far from each other, to spread what is alike in most bits.
_SPREAD = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)


@dataclass(frozen=True)
class Scans:
    """Lines of many baskets, one basket after the other, each in its order."""

    basket: Numbers
    # The same number for the same SKU, and for the same unit.
    sku: Numbers
    unit: Numbers
    quantity: Numbers
    # Minor units.
    unit_price: Numbers
    discount: Numbers
    # Milliseconds since 1970.
    scanned_at: Numbers


def scanned_before(scans: Scans, lines: Numbers) -> dict[int, int]:
    """
    Lines that scan a piece again, each with the line of the earlier scan, the nearest one first.

    They are alike in all that was scanned, and no further apart than a hand needs for another piece, whatever lies
    between the two. Only lines that are accepted count as earlier ones, so in a row of scans each one that is kept
    begins a new span. `lines` are those that are right in themselves, in their order.
    """
    what = [
        each[lines]
        for each in (scans.basket, scans.sku, scans.unit, scans.quantity, scans.unit_price, scans.discount)
    ]
    keys = _mixed(what)
    order = np.argsort(keys, kind="stable")
    ranked = keys[order]
    same_as_next = ranked[1:] == ranked[:-1]
    if not same_as_next.any():
        return {}
    shared = np.append(same_as_next, False) | np.append(False, same_as_next)
    groups: dict[tuple[int, ...], list[int]] = {}
    # The order of equal keys is that of the lines. Two that differ may have one key, so what is alike is asked in full.
    for place in order[shared].tolist():
        groups.setdefault(tuple(int(each[place]) for each in what), []).append(place)
    again: dict[int, int] = {}
    for group in groups.values():
        kept: list[int] = []
        for place in group:
            line = int(lines[place])
            at = scans.scanned_at[line]
            near = (
                each for each in reversed(kept) if abs(at - scans.scanned_at[each]) <= LIMITS.double_scan_ms
            )
            earlier = next(near, None)
            if earlier is None:
                kept.append(line)
            else:
                again[line] = earlier
    return again


def _mixed(columns: list[Numbers]) -> npt.NDArray[np.uint64]:
    """A number for each row, the same where the columns are."""
    mixed = np.zeros(len(columns[0]), np.uint64)
    for at, column in enumerate(columns):
        mixed = (mixed ^ column.astype(np.uint64)) * _SPREAD[at % len(_SPREAD)]
        mixed ^= mixed >> np.uint64(29)
    return mixed
