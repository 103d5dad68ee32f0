"""`shelfcast-models backtest --dataset csv` on a file of daily sales."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from ..command import main
from ..datasets.csv import open_csv
from ..learnable import why_nothing
from .world import world


def written(folder: Path, days: int = 160) -> Path:
    sold = world(skus=3, days=days)["series_days"].filter(pl.col("units") > 0).rename({"day": "date"})
    categories = pl.col("sku").str.split("-").list.first().alias("category")
    sold.with_columns(categories).write_csv(folder / "sales.csv")
    return folder / "sales.csv"


def test_a_file_of_sales_is_scored_on_its_last_28_days(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["backtest", "--dataset", "csv", str(written(tmp_path)), "--trials", "0", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (figures["dataset"], figures["series"], figures["origin"]) == ("csv", 6, "2024-05-11")
    assert 0 < figures["wrmsse"] < figures["scores"]["naive"]["wrmsse"]


def daily(path: Path, *series: Callable[[int], float], days: int = 140) -> Path:
    """A file of series from 2025-01-01 on: units by the number of the day. The last 28 days are held out."""
    rows = [
        f"1,{index},{date(2025, 1, 1) + timedelta(days=day)},{units(day)}"
        for index, units in enumerate(series)
        for day in range(days)
    ]
    path.write_text("\n".join(["store_id,sku,date,units", *rows]))
    return path


@pytest.mark.parametrize(
    ("series", "days", "words"),
    [
        ([lambda _: 5], 140, "the series is constant up to 2025-04-22, 5 units a day."),
        (
            [lambda _: 5, lambda _: 7],
            140,
            "each of the 2 series is constant up to 2025-04-22, its own number",
        ),
        # Shorter than what there is to learn from.
        ([lambda _: 2.5], 40, "the series is constant up to 2025-01-12, 2.5 units a day."),
    ],
)
def test_constant_series_are_told_by_their_last_value(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    series: list[Callable[[int], float]],
    days: int,
    words: str,
) -> None:
    path = daily(tmp_path / "sales.csv", *series, days=days)
    assert main(["backtest", "--dataset", "csv", str(path), "--json"]) == 0
    out, error = capsys.readouterr()
    assert words in error
    assert "There is nothing to learn: the last value is the forecast. WRMSSE" in error
    figures = json.loads(out.splitlines()[-1])
    assert (figures["wrmsse"], figures["scores"]["model"]["wape"], figures["scored_series"]) == (
        None,
        0,
        len(series),
    )
    assert figures["note"] in error


@pytest.mark.parametrize(
    ("units", "days", "words"),
    [
        (lambda day: day % 5, 80, "are 51 days, too few to learn from: 58 days up to the last are needed"),
        (
            lambda day: 5 if day < 80 else 6,
            140,
            "constant up to 2025-02-25, 5 units a day, and the first change comes on 2025-03-22",
        ),
        (lambda day: day % 5 if day < 20 else 0, 140, "nothing was sold from 2025-01-21 to 2025-04-22"),
    ],
)
def test_series_that_cannot_be_learned_are_told_why(
    tmp_path: Path, units: Callable[[int], float], days: int, words: str
) -> None:
    source = open_csv(daily(tmp_path / "sales.csv", units, days=days))
    source.features.close()
    assert words in why_nothing(source.panel, source.panel.last_day)


def test_sales_from_empty_shelves_teach_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = daily(tmp_path / "sales.csv", lambda day: 1 + day % 5)
    head, *rows = path.read_text().splitlines()
    path.write_text("\n".join([f"{head},stock_out", *(f"{row},1" for row in rows)]))
    assert main(["backtest", "--dataset", "csv", str(path)]) == 1
    assert "csv: every day with a sale up to 2025-04-22 is marked as stock_out" in capsys.readouterr().err


def test_days_without_a_row_sold_nothing(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    # Begins with a sale, and ends when the file does.
    path.write_text(
        "store_id,sku,date,units\n1,a,2026-01-01,0\n1,a,2026-01-03,2\n1,a,2026-01-05,4\n1,b,2026-03-01,1\n"
    )
    source = open_csv(path)
    source.features.close()
    assert source.panel.last_day == date(2026, 2, 1)
    assert source.held_out.units[0, :4].tolist() == [2, 0, 4, 0]
    assert source.panel.keys["category"].to_list() == ["all", "all"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("store_id,sku,date\n1,a,2026-01-01\n", "has no column units. Columns: store_id, sku, date"),
        (
            "store_id,sku,date,units\n1,a,01/31/2026,3\n",
            'column date holds "01/31/2026". Write dates like 2026-01-31',
        ),
        ("store_id,sku,date,units\n1,a,2026-01-31,three\n", 'column units holds "three". Write a number'),
        ("store_id,sku,date,units\n1,a,2026-01-31,3\n", "has sales of less than 29 days"),
        ("store_id,sku,date,units\n", "sales.csv has no row"),
        (
            "store_id,sku,date,units\n1,a,2026-01-01,0\n1,a,2026-02-01,0\n",
            "no row has units above 0. Nothing was sold",
        ),
        (
            "store_id,sku,date,units\n1,a,2026-01-01,0\n1,a,2026-02-01,3\n",
            "the first sale is on 2026-02-01, and the last 28",
        ),
    ],
)
def test_a_file_with_a_fault_is_told_what_to_mend(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    path = tmp_path / "sales.csv"
    path.write_text(text)
    assert main(["backtest", "--dataset", "csv", str(path)]) == 1
    assert "sales.csv" in (error := capsys.readouterr().err)
    assert words in error


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backtest", "--dataset", "csv", str(tmp_path / "none.csv")]) == 1
    assert "is not a file. Name a CSV file with the columns store_id" in capsys.readouterr().err
