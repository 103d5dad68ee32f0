"""`shelfcast-models backtest --dataset m5` on a folder of another store, with all that such a folder may hold."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from .. import search
from ..command import main
from ..datasets.m5 import open_m5
from ..metrics import dollar_weights
from . import m5_folder
from .m5_folder import ITEMS, LAST, NEVER, NEWEST, STOPPED, UNPRICED


@pytest.fixture(autouse=True)
def _few_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "ROUNDS", (10, 20))


def backtest(folder: Path, capsys: pytest.CaptureFixture[str], *options: str) -> dict:
    capsys.readouterr()
    code = main(["backtest", "--dataset", "m5", str(folder), "--json", *options])
    out, err = capsys.readouterr()
    assert code == 0, err
    return json.loads(out.splitlines()[-1])


def numbers(figures: object) -> list[float]:
    if isinstance(figures, dict):
        return [number for each in figures.values() for number in numbers(each)]
    if isinstance(figures, list):
        return [number for each in figures for number in numbers(each)]
    return [] if isinstance(figures, str) else [math.nan if figures is None else figures]


def test_late_short_ended_and_silent_series_have_finite_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = backtest(m5_folder.write(tmp_path), capsys, "--trials", "2")
    assert all(math.isfinite(number) for number in numbers(figures))
    assert figures["series"] == ITEMS
    assert figures["origin"] == "2014-04-05"
    assert 0 < figures["wrmsse"] < figures["scores"]["naive"]["wrmsse"]
    assert set(figures["scores"]) == {"model", "naive", "seasonal_naive", "moving_average", "ses", "tsb"}
    assert len(figures["trials"]) == 2


def test_the_same_seed_finds_the_same_zipped_or_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = backtest(m5_folder.write(tmp_path / "plain"), capsys, "--trials", "1", "--seed", "3")
    zipped = backtest(
        m5_folder.write(tmp_path / "zipped", gzipped=True), capsys, "--trials", "1", "--seed", "3"
    )
    assert plain["wrmsse"] == zipped["wrmsse"]
    assert plain["scores"] == zipped["scores"]


def test_weights_scales_and_first_days_are_those_of_the_files(tmp_path: Path) -> None:
    units = m5_folder.units_of()
    source = open_m5(m5_folder.write(tmp_path))
    source.features.close()
    panel, truth = source.panel, source.held_out
    assert (panel.days, truth.days) == (LAST, LAST + 28)
    assert panel.keys.row(0) == ("CA_2", "HOBBIES_1_000", "HOBBIES_1")
    weeks = np.arange(LAST) // 7
    price = np.array([[m5_folder.price_of(item, week) for week in weeks] for item in range(ITEMS)])
    price[UNPRICED] = 0
    money = (units[:, :LAST] * price)[:, -28:].sum(axis=1)
    assert dollar_weights(panel, LAST - 1) == pytest.approx(money / money.sum())
    assert panel.first[[NEWEST, NEVER]].tolist() == [LAST - 5, LAST]
    assert truth.targets(panel.last_day)[STOPPED].tolist() == [0] * 28
    assert np.isnan(truth.targets(panel.last_day)[NEVER]).all()


@pytest.mark.parametrize("case", ["no prices", "nothing sold after", "one item"])
def test_unusual_folders_are_scored(tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str) -> None:
    units = m5_folder.units_of()[7:12]
    if case == "nothing sold after":
        units[:, LAST:] = 0
    if case == "one item":
        units = units[:1]
    figures = backtest(m5_folder.write(tmp_path, units, prices=case != "no prices"), capsys, "--trials", "0")
    assert math.isfinite(figures["wrmsse"])
    assert figures["wrmsse"] > 0
    assert (figures["scores"]["model"]["wape"] is None) == (case == "nothing sold after")


def test_58_days_are_enough_and_fewer_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    units = m5_folder.units_of()[7:12, :86]
    figures = backtest(m5_folder.write(tmp_path / "enough", units, last=58), capsys, "--trials", "0")
    assert math.isfinite(figures["wrmsse"])
    m5_folder.write(tmp_path / "short", units[:, :78], last=50)
    assert main(["backtest", "--dataset", "m5", str(tmp_path / "short"), "--trials", "0"]) == 1
    assert "58 days up to the last are needed at the least" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda folder: (folder / "calendar.csv").unlink(), "must hold one file of the days, named calendar"),
        (
            lambda folder: (folder / "sales_train_d1-400.csv").unlink(),
            "must hold one file of sales to learn from",
        ),
        (lambda folder: (folder / "sales_validation_d401-428.csv").unlink(), "Add sales_validation_dN+1-M"),
        (
            lambda folder: replace(folder / "sales_train_d1-400.csv", "HOBBIES_1_007_CA_2", "007"),
            'id "007_validation"',
        ),
        (lambda folder: replace(folder / "sales_train_d1-400.csv", "_008_", "_007_"), "more than once"),
        (
            lambda folder: replace(folder / "sales_train_d1-400.csv", "id,", "item,"),
            "must have the columns id",
        ),
        (
            lambda folder: (folder / "calendar.csv").write_text(calendar_of_100_days(folder)),
            "calendar has 100 days",
        ),
    ],
)
def test_a_folder_with_a_fault_is_told_what_to_mend(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spoil: Callable[[Path], object], words: str
) -> None:
    folder = m5_folder.write(tmp_path)
    spoil(folder)
    assert main(["backtest", "--dataset", "m5", str(folder), "--trials", "0"]) == 1
    error = capsys.readouterr().err
    assert words in error


def test_a_folder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backtest", "--dataset", "m5", str(tmp_path / "nowhere")]) == 1
    assert "nowhere is not a folder" in capsys.readouterr().err


def replace(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))


def calendar_of_100_days(folder: Path) -> str:
    return "\n".join((folder / "calendar.csv").read_text().splitlines()[:101])
