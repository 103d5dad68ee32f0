"""Whether there is something to learn from, and in words why there is not."""

from datetime import date

import numpy as np

from .contract import HORIZONS, STEP
from .metrics import scale_of
from .panel import Panel

# A window to tune on, one to learn it from, and before that a day and its change.
LEAST_DAYS = 58


def is_constant(panel: Panel, last: date) -> bool:
    """Whether no series has ever changed up to the day, and something was sold."""
    past = panel.units[:, : panel.index(last) + 1]
    return bool(np.nansum(past) > 0) and not np.any(scale_of(panel, panel.index(last)) > 0)


def last_values(panel: Panel, last: date) -> np.ndarray:
    """[series] units of the last day; 0 where a series has not begun."""
    return np.nan_to_num(panel.units[:, panel.index(last)])


def constant_text(panel: Panel, last: date) -> str:
    """What the constant series are."""
    values = last_values(panel, last)
    sold = values[values > 0]
    low, high = (f"{value:g}" for value in (sold.min(), sold.max()))
    each = f"{low} units a day" if low == high else f"its own number of units a day, from {low} to {high}"
    what = "the series is" if panel.keys.height == 1 else f"each of the {panel.keys.height} series is"
    return f"{what} constant up to {last}, {each}"


def why_nothing(panel: Panel, last: date) -> str:
    """A sentence and the fix, for series of which no window can be learned."""
    days = (last - panel.start).days + 1
    if days < LEAST_DAYS:
        return (
            f"sales from {panel.start} to {last} are {days} days, too few to learn from: {LEAST_DAYS} days up to "
            "the last are needed at the least. Name files that begin earlier."
        )
    units = panel.units[:, : panel.index(last) + 1]
    if np.all((panel.out[:, : panel.index(last) + 1] == 1) | ~(units > 0)):
        return (
            f"every day with a sale up to {last} is marked as stock_out, and what is sold from an empty shelf says "
            "nothing of what was wanted. Mark only days on which the shelf was empty."
        )
    # The newest window that can be tuned on is learned from the window before it, whose features end here.
    learned = last - 2 * STEP
    if is_constant(panel, learned):
        changes = np.any(np.diff(units, axis=1) > 0, axis=0) | np.any(np.diff(units, axis=1) < 0, axis=0)
        first = panel.day(int(changes.argmax()) + 1)
        return (
            f"{constant_text(panel, learned)}, and the first change comes on {first}: that is too late to learn from. "
            f"A change up to {learned} is needed, 56 days before the last. Name files that end later."
        )
    sold = np.flatnonzero(np.nansum(units, axis=0) > 0)
    if panel.day(int(sold[-1])) <= learned:
        return (
            f"nothing was sold from {panel.day(int(sold[-1]) + 1)} to {last}: there is no sale in the windows to learn "
            "from. Name files that end earlier, or that hold the sales of those days."
        )
    return (
        f"no window of {HORIZONS} days before {last} holds a sale that can be learned from: of series that sold in the "
        "four weeks before it, had changed before, and had stock. Name files with more sales before the last 56 days."
    )
