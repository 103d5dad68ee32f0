"""`shelfcast-models backtest --dataset csv` on a file of daily sales."""

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from ..command import main
from ..datasets.csv import open_csv
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
    ("text", "said"),
    [
        ("store_id,sku,date\n1,a,2026-01-01\n", "has no column units. Columns: store_id, sku, date"),
        (
            "store_id,sku,date,units\n1,a,01/31/2026,3\n",
            'column date holds "01/31/2026". Write dates like 2026-01-31',
        ),
        ("store_id,sku,date,units\n1,a,2026-01-31,three\n", 'column units holds "three". Write a number'),
        ("store_id,sku,date,units\n1,a,2026-01-31,3\n", "has sales of less than 29 days"),
        ("store_id,sku,date,units\n", "sales.csv has no row"),
    ],
)
def test_a_file_with_a_fault_is_told_what_to_mend(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    path = tmp_path / "sales.csv"
    path.write_text(text)
    assert main(["backtest", "--dataset", "csv", str(path)]) == 1
    assert "sales.csv" in (error := capsys.readouterr().err)
    assert said in error


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backtest", "--dataset", "csv", str(tmp_path / "none.csv")]) == 1
    assert "is not a file. Name a CSV file with the columns store_id" in capsys.readouterr().err
