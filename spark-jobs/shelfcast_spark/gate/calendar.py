"""The store's calendar day of an instant, by its time zone."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_MINUTE_MS = 60_000


def business_date(at: int, zone: tzinfo) -> int:
    """Days since 1970-01-01 of the store's calendar, at an instant in milliseconds since 1970."""
    return _date_in_minute(at // _MINUTE_MS, zone)


# Zones have kept whole minutes since before 2000, where events begin, so a minute lies in one day and one offset.
@lru_cache(maxsize=200_000)
def _date_in_minute(minute: int, zone: tzinfo) -> int:
    return (_EPOCH + timedelta(minutes=minute)).astimezone(zone).toordinal() - _EPOCH_DAY
