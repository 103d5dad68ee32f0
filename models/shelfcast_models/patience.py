"""How a command on the warehouse goes on over its restart, in the words of services/runtime/patience.ts."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError
from urllib3.exceptions import HTTPError

from .contract import CONTRACT

LOOK_EVERY_S = 0.25
NAME = "ClickHouse (warehouse)"
# TOO_MANY_SIMULTANEOUS_QUERIES, which the embedded one says while it starts and stops too.
BUSY = "code: 202"

T = TypeVar("T")


def is_away(error: Exception) -> bool:
    """Whether the warehouse was not there, or the connection broke."""
    if isinstance(error, DatabaseError) and not isinstance(error, OperationalError):
        return BUSY in str(error).lower()
    return isinstance(error, (OperationalError, HTTPError, OSError))


def until(work: Callable[[], T]) -> T:
    """
    Does it, and again while it fails because the warehouse is away. Only for what may be done twice.

    :raises ValueError: past SHELFCAST_WAIT_S, and at once where the stack has stopped
    """
    wait = float(os.environ.get("SHELFCAST_WAIT_S") or CONTRACT.wait_s)
    away_since: float | None = None
    while True:
        try:
            result = work()
        except (OperationalError, DatabaseError, HTTPError, OSError) as error:
            if not is_away(error):
                raise
            now = time.monotonic()
            if away_since is None:
                away_since = now
                if wait > 0:
                    _say(f"{NAME} does not answer; waiting for it to come back (up to {wait:g} s)")
            _check(now - away_since, wait, error)
            time.sleep(LOOK_EVERY_S)
        else:
            if away_since is not None:
                _say(f"{NAME} is back after {time.monotonic() - away_since:.1f} s")
            return result


def _check(away: float, wait: float, error: Exception) -> None:
    folder = os.environ.get("SHELFCAST_STACK")
    if folder and not (Path(folder) / "stack.json").exists():
        raise ValueError(
            f"The stack on {folder} has stopped, and with it {NAME}. Start it again with npm start; "
            "then run the command again."
        ) from error
    if away < wait:
        return
    log = f"{folder}/logs/warehouse.log" if folder else "its log"
    raise ValueError(
        f"{NAME} did not come back in {wait:g} s. Look at {log}; start the stack again with npm start."
    ) from error


def _say(text: str) -> None:
    sys.stderr.write(f"\n{text}\n")


class PatientClient:
    """Asks again what broke off. The training reads, and writes nothing."""

    def __init__(self, open_client: Callable[[], Client]) -> None:
        # To open one asks the server for its version.
        self._client = until(open_client)

    def query_arrow(self, query: str, parameters: dict[str, Any] | None = None) -> pa.Table:
        return until(lambda: self._client.query_arrow(query, parameters=parameters))

    def close(self) -> None:
        self._client.close()
