import pytest

from . import coverage

SALES = "sales-transactions/p=03/"
OTHER = "sales-transactions/e=1/p=03/"


def test_what_is_written_is_read_again() -> None:
    covers = {SALES: (0, 12), OTHER: (0, 3)}
    assert coverage.parse(coverage.written(covers)) == covers


def test_what_joins_on_is_added_and_what_does_not_is_refused() -> None:
    covers = coverage.extended({SALES: (0, 12)}, {SALES: (12, 20), OTHER: (0, 3)})
    assert covers == {SALES: (0, 20), OTHER: (0, 3)}
    for begin in (11, 13):
        with pytest.raises(ValueError, match="no part that joins on"):
            coverage.extended({SALES: (0, 12)}, {SALES: (begin, 20)})


def test_shared_is_what_all_have_and_longest_what_any_has() -> None:
    some, more = {SALES: (0, 12), OTHER: (0, 3)}, {SALES: (0, 20)}
    assert coverage.shared([some, more]) == {SALES: (0, 12)}
    assert coverage.longest([some, more]) == {SALES: (0, 20), OTHER: (0, 3)}
