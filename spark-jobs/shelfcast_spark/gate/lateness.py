"""
Lateness: how far behind its store a message comes. Late rows are accepted and counted, never dropped.

A message is held against the newest event time that its own till has reached, or that any two tills of the store have
passed. So one till whose clock is ahead makes nobody late but itself.
"""

import json
from typing import TypedDict

from ..contract import LIMITS

# Messages that come from no till share one clock of their store.
NO_TILL = 0

_MOST_SECONDS = 2_147_483_647


class StoreClock(TypedDict):
    """What is remembered of a store, in milliseconds since 1970; a block's footer holds it."""

    # Newest event time of the store, and the till that it came from.
    newest: int
    till: int
    # Newest event time of the store's other tills; None while there is none.
    others: int | None


# By store.
Clocks = dict[str, StoreClock]


def clocks_text(clocks: Clocks) -> bytes:
    return json.dumps(list(clocks.items()), separators=(",", ":")).encode()


def clocks_in(text: bytes) -> Clocks:
    return dict(json.loads(text))


def lateness_of(clock: StoreClock | None, till: int, at: int) -> int:
    """Whole seconds behind the store; 0 where that is no more than is allowed. `at` is the event time."""
    if clock is None:
        return 0
    reached = clock["newest"] if till == clock["till"] else clock["others"]
    if reached is None:
        return 0
    seconds = (reached - at) // 1000
    return min(seconds, _MOST_SECONDS) if seconds > LIMITS.allowed_lateness_s else 0


def advance(clocks: Clocks, store: str, till: int, at: int) -> None:
    """Lets a store's clock know an accepted message."""
    clock = clocks.get(store)
    if clock is None:
        clocks[store] = {"newest": at, "till": till, "others": None}
    elif till == clock["till"]:
        clock["newest"] = max(clock["newest"], at)
    elif at > clock["newest"]:
        clock["others"] = clock["newest"]
        clock["newest"] = at
        clock["till"] = till
    elif clock["others"] is None or at > clock["others"]:
        clock["others"] = at
