"""Instants and days of the calendar, by columns and one by one."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ..contract import CONTRACT, LIMITS

DAY_MS = 86_400_000
INSTANT_PATTERN: str = CONTRACT.topics["sales-transactions"].schema["properties"]["event_time"]["pattern"]
# For where there is none: any instant that is right.
EARLIEST = "2000-01-01T00:00:00.000Z"
_INSTANT_BYTES = 24
# What stands between the digits of YYYY-MM-DDTHH:MM:SS.sssZ.
_MARKS = {4: "-", 7: "-", 10: "T", 13: ":", 16: ":", 19: ".", 23: "Z"}
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# Days from 1 March of the year 0 to 1 January 1970.
_DAYS_TO_1970 = 719_468


@lru_cache(maxsize=10_000)
def parse_day(text: str) -> int | None:
    """Days since 1970 of a text of the form YYYY-MM-DD; None where there is no such day. Years begin with 0."""
    year, month, day = int(text[:4]), int(text[5:7]), int(text[8:10])
    if not 1 <= month <= 12:
        return None
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if not 1 <= day <= _MONTH_DAYS[month - 1] + leap:
        return None
    # Years are counted from March, so that the leap day is a year's last.
    from_march = year if month > 2 else year - 1
    day_of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    leap_days = from_march // 4 - from_march // 100 + from_march // 400
    return 365 * from_march + leap_days + day_of_year - _DAYS_TO_1970


def parse_event_time(text: str) -> int | None:
    """Milliseconds since 1970 of an instant that matches its pattern; None where no event can be then."""
    day = parse_day(text[:10])
    if day is None:
        return None
    seconds = 3600 * int(text[11:13]) + 60 * int(text[14:16]) + int(text[17:19])
    at = day * DAY_MS + 1000 * seconds + int(text[20:23])
    return at if LIMITS.earliest_event_time <= at <= LIMITS.latest_event_time else None


def parse_event_times(texts: list[str]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.intp]]:
    """Milliseconds since 1970 of each text, and the places of those that are no instants in which an event may lie."""
    array = pa.array(texts, pa.string())
    times = _times(array) if _is_spelled(array) else None
    if times is None:
        right = _right(texts, array)
        times = _times(
            pa.array([text if is_right else EARLIEST for text, is_right in zip(texts, right, strict=True)])
        )
        if times is None:
            raise AssertionError("Arrow does not read an instant that the contract's pattern takes.")
    else:
        right = np.ones(len(texts), bool)
    right &= (times >= LIMITS.earliest_event_time) & (times <= LIMITS.latest_event_time)
    return times, np.flatnonzero(~right)


def _times(array: pa.StringArray) -> npt.NDArray[np.int64] | None:
    """None where one of them is no time. Arrow takes more spellings than the contract does."""
    try:
        return array.cast(pa.timestamp("ms", "UTC")).cast(pa.int64()).to_numpy()
    except pa.ArrowInvalid:
        return None


def _is_spelled(array: pa.StringArray) -> bool:
    """Whether all of them have the contract's length, and its marks where they belong."""
    count = len(array)
    _, ends, data = array.buffers()
    if count == 0 or not (np.diff(np.frombuffer(ends, np.int32, count + 1)) == _INSTANT_BYTES).all():
        return count == 0
    table = np.frombuffer(data, np.uint8, _INSTANT_BYTES * count).reshape(count, _INSTANT_BYTES)
    return all((table[:, at] == ord(mark)).all() for at, mark in _MARKS.items())


def _right(texts: list[str], array: pa.StringArray) -> npt.NDArray[np.bool_]:
    """Which of them have the contract's pattern and a day of the calendar."""
    right = pc.match_substring_regex(array, INSTANT_PATTERN).to_numpy(zero_copy_only=False)
    for at in np.flatnonzero(right):
        # No month has fewer days.
        if texts[at][8:10] > "28" and parse_day(texts[at][:10]) is None:
            right[at] = False
    return right
