"""What serves where the demand model cannot be trained."""

import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from .. import prophet
from ..command import main
from ..datasets.dataset import Source
from ..fallback import fall_back
from ..progress import Progress
from ..train import Options, train_demand
from . import m5_folder
from .world import source, world

HERE = prophet.available()


@pytest.fixture
def young() -> Iterator[Source]:
    """Eleven weeks old."""
    opened = source(world(skus=2, days=80))
    yield opened
    opened.features.close()


def test_too_few_days_to_train_on_name_the_baseline_that_serves(young: Source, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"best baseline serves, which is .+ so far: run fallback --out"):
        train_demand(young, Options(out=tmp_path), Progress(quiet=True))
    assert list(tmp_path.iterdir()) == []


def test_without_prophet_the_best_baseline_is_told(
    young: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prophet, "available", lambda: False)
    fall_back(young, tmp_path / "out.csv", Progress(quiet=True))
    rows = pl.read_csv(tmp_path / "out.csv", try_parse_dates=True)
    assert rows.columns == ["store_id", "sku", "date", "units", "method"]
    assert rows.group_by("store_id", "sku").len()["len"].to_list() == [28] * 4
    assert rows["date"].min() == young.panel.last_day + timedelta(days=1)
    assert rows["method"].n_unique() == 1
    assert rows["units"].min() >= 0


def test_a_missing_prophet_says_how_it_is_installed(young: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prophet", None)
    with pytest.raises(ValueError, match=r"pip install --require-hashes -r models/requirements-prophet.txt"):
        prophet.forecast(young.panel, young.panel.last_day)


@pytest.mark.skipif(not HERE, reason="Prophet is an extra: models/requirements-prophet.txt")
def test_prophet_tells_weekdays_and_knows_nothing_of_later_days(young: Source, tmp_path: Path) -> None:
    origin = young.panel.last_day - timedelta(days=28)
    forecast = prophet.forecast(young.panel, origin, young.store_days, [1, 2])
    assert forecast.shape == (2, 28)
    assert np.isfinite(forecast).all()
    assert forecast.min() >= 0
    # Saturdays sell twice as much as Mondays.
    weekday = [(origin + timedelta(days=k)).isoweekday() for k in range(1, 29)]
    assert forecast[:, np.equal(weekday, 6)].mean() > forecast[:, np.equal(weekday, 1)].mean()
    young.panel.units[:, -28:] += 50
    assert prophet.forecast(young.panel, origin, young.store_days, [1, 2]) == pytest.approx(forecast)
    young.panel.units[:, -28:] -= 50
    assert fall_back(young, tmp_path / "out.csv", Progress(quiet=True)) == "Prophet"


@pytest.mark.skipif(not HERE, reason="Prophet is an extra: models/requirements-prophet.txt")
def test_the_backtest_has_prophet_beside_the_model_on_the_best_sellers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = m5_folder.write(tmp_path, m5_folder.units_of()[7:13])
    options = ["--trials", "0", "--prophet", "2", "--json"]
    assert main(["backtest", "--dataset", "m5", str(folder), *options]) == 0
    beside = json.loads(capsys.readouterr().out.splitlines()[-1])["prophet"]
    assert beside["series"] == 2
    assert {"model", "prophet", "moving_average"} <= set(beside["scores"])
    assert 0 < beside["scores"]["prophet"]["wrmsse"] < beside["scores"]["naive"]["wrmsse"]
