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


def pass_clock(clocks: Clocks, store: str, till: int, at: int) -> int:
    """
    Lets the clock of a store know an accepted message. Returns the whole seconds that the message was behind before;
    0 where that is no more than is allowed. `at` is the event time.
    """
    clock = clocks.get(store)
    if clock is None:
        clocks[store] = {"newest": at, "till": till, "others": None}
        return 0
    newest, others = clock["newest"], clock["others"]
    if till == clock["till"]:
        reached = newest
        if at > newest:
            clock["newest"] = at
    else:
        reached = others
        if at > newest:
            clock["others"] = newest
            clock["newest"] = at
            clock["till"] = till
        elif others is None or at > others:
            clock["others"] = at
    if reached is None:
        return 0
    seconds = (reached - at) // 1000
    return min(seconds, _MOST_SECONDS) if seconds > LIMITS.allowed_lateness_s else 0
