"""Waiting for a warehouse that is away."""

from pathlib import Path

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from ..patience import until


def test_what_broke_off_is_asked_for_again(capsys: pytest.CaptureFixture[str]) -> None:
    faults = [
        OperationalError("Connection refused"),
        DatabaseError("HTTP driver received 503, code: 202, server stops"),
    ]

    def ask() -> int:
        if faults:
            raise faults.pop(0)
        return 7

    assert until(ask) == 7
    lines = capsys.readouterr().err.split("\n")
    assert lines[1] == "ClickHouse (warehouse) does not answer; waiting for it to come back (up to 120 s)"
    assert lines[3].startswith("ClickHouse (warehouse) is back after ")


def test_past_the_limit_it_says_where_to_look(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SHELFCAST_WAIT_S", "0")
    monkeypatch.setenv("SHELFCAST_STACK", str(tmp_path))

    def ask() -> None:
        raise OperationalError("Connection refused")

    with pytest.raises(
        ValueError, match=r"has stopped, and with it ClickHouse \(warehouse\)\. Start it again"
    ):
        until(ask)
    (tmp_path / "stack.json").touch()
    with pytest.raises(ValueError, match=r"did not come back in 0 s\. Look at .*/logs/warehouse\.log"):
        until(ask)


def test_a_refused_query_is_no_absence() -> None:
    def ask() -> None:
        raise DatabaseError("HTTP driver received 404, code: 60, no such table")

    with pytest.raises(DatabaseError):
        until(ask)
