"""The demand model of a small retailer, from its features to a bundle."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
import xgboost as xgb

from ..contract import BASELINES, CONTRACT
from ..datasets.dataset import Source
from ..features import feature_hash, input_set, reasons
from ..metrics import pinball
from ..progress import Progress
from ..sum_bands import SPANS
from ..train import Options, train_demand
from .world import source, world


@pytest.fixture(scope="module")
def retailer() -> Iterator[Source]:
    opened = source(world(skus=8, days=300))
    yield opened
    opened.features.close()


@pytest.fixture(scope="module")
def bundle(retailer: Source, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    train_demand(retailer, Options(out=folder, windows=2, rounds=20), Progress(quiet=True))
    return folder


@pytest.fixture(scope="module")
def manifest(bundle: Path) -> dict:
    return json.loads((bundle / "manifest.json").read_text())


def test_the_manifest_says_what_was_trained_on_what(manifest: dict, retailer: Source) -> None:
    last = retailer.panel.last_day
    assert set(manifest) == set(CONTRACT.manifest.schema["properties"])
    assert (manifest["model"], manifest["seed"], manifest["feature_hash"]) == ("demand", 1, feature_hash())
    assert manifest["window"]["to"] == last.isoformat()
    assert manifest["version"].startswith(f"{last:%Y%m%d}-")
    causes = reasons()
    assert manifest["inputs"] == [{"name": name, "reason": causes[name]} for name in input_set("full")]
    assert manifest["parameters"]["rounds"] == 20
    demand = manifest["demand"]
    parts = {"trees", "best_iteration", "level", "calibration", "reconciliation", "baseline", "sums", "drift"}
    assert set(demand) == parts
    assert (demand["trees"], demand["best_iteration"]) == ("mean.trees.json", 19)
    assert [(band["from"], band["to"]) for band in demand["calibration"]] == [
        (1, 7),
        (8, 14),
        (15, 21),
        (22, 28),
    ]
    assert demand["baseline"] in BASELINES


def test_sums_of_days_have_bands_of_the_model_and_of_the_baseline(manifest: dict) -> None:
    sums = manifest["demand"]["sums"]
    assert set(sums) == {"model", "baseline"}
    for bands in sums.values():
        # Sixteen series of pieces on four windows: one class.
        assert {(band["goods"], band["from_mean"]) for band in bands} == {("pieces", 0)}
        assert [band["days"] for band in bands] == list(SPANS)
        assert all(0.5 <= band["factor"] <= 2 for band in bands)
    # A window or two of so few series teach nothing that could be scored.
    assert "sum_crps" not in manifest["metrics"]


def test_files_of_all_heads_are_there(bundle: Path, manifest: dict, retailer: Source) -> None:
    assert [head["head"] for head in manifest["heads"]] == ["mean", "p10", "p50", "p90"]
    for file in manifest["files"]:
        assert (bundle / file["name"]).stat().st_size == file["bytes"]
    for head in manifest["heads"]:
        rows = pa.ipc.open_file(bundle / head["parity"]).read_all()
        assert rows.column_names == [*input_set("full"), "expected"]
        assert rows.num_rows == 28 * retailer.panel.keys.height


def test_the_backtest_has_the_model_and_every_baseline_on_two_windows(
    manifest: dict, retailer: Source
) -> None:
    backtest = manifest["backtest"]
    last = retailer.panel.last_day
    assert backtest["origins"] == [(last - timedelta(days=28 * k)).isoformat() for k in (1, 2)]
    rows = {row["name"]: row["metrics"] for row in backtest["rows"]}
    assert set(rows) == {"model", *BASELINES}
    assert rows["model"]["wrmsse"] < min(rows[name]["wrmsse"] for name in ("naive", "seasonal_naive"))
    assert [row["week"] for row in backtest["by_horizon_week"]] == [1, 2, 3, 4]
    assert manifest["metrics"]["wrmsse"] == rows["model"]["wrmsse"]
    assert 0.5 < manifest["metrics"]["upper_tail"] <= 1


def test_shares_of_the_drift_sum_to_one(manifest: dict) -> None:
    for each in manifest["demand"]["drift"]:
        assert sum(each["shares"]) == pytest.approx(1)
        assert len(each["shares"]) == len(each["edges"]) + 2


def test_contributions_sum_to_the_margin_of_the_forecast(bundle: Path, manifest: dict) -> None:
    trees = xgb.Booster(model_file=bundle / manifest["demand"]["trees"])
    rows = pl.from_arrow(pa.ipc.open_file(bundle / "mean.parity.arrow").read_all())
    x = xgb.DMatrix(rows.drop("expected").to_numpy(), missing=np.nan)
    contributions = trees.predict(x, pred_contribs=True)
    margin = trees.predict(x, output_margin=True)
    assert contributions.sum(axis=1) == pytest.approx(margin, rel=1e-4, abs=1e-5)
    level = manifest["demand"]["level"]
    level_units = rows[level["input"]].fill_nan(None).fill_null(0).clip(level["floor"]).to_numpy()
    assert level_units * np.exp(margin) == pytest.approx(rows["expected"].to_numpy(), rel=1e-4)
    assert abs(level["reference"] - np.log(level_units).mean()) < 2


def test_quantiles_are_better_than_the_mean_at_what_they_say(bundle: Path, retailer: Source) -> None:
    expected = {
        name: pa.ipc.open_file(bundle / f"{name}.parity.arrow")
        .read_all()["expected"]
        .to_numpy()
        .reshape(-1, 28)
        for name in ("mean", "p10", "p90")
    }
    # On days that they have seen, which the same weekdays before stand for.
    actual = retailer.panel.units[:, -28:]
    for name, share in (("p10", 0.1), ("p90", 0.9)):
        assert pinball(actual, np.maximum(expected[name], 0), share) < pinball(
            actual, expected["mean"], share
        )


def test_the_same_seed_trains_the_same_beside_a_champion(
    bundle: Path, retailer: Source, tmp_path: Path
) -> None:
    options = Options(out=tmp_path, windows=2, rounds=20, champion=bundle / "manifest.json")
    manifest = train_demand(retailer, options, Progress(quiet=True))
    first = json.loads((bundle / "manifest.json").read_text())
    assert manifest["version"] == first["version"]
    rows = {row["name"]: row["metrics"]["wrmsse"] for row in manifest["backtest"]["rows"]}
    # The same recipe, but for reconciliation and calibration, which a champion is compared without.
    assert rows["champion"] == pytest.approx(rows["model"], rel=0.05)


def test_a_champion_of_other_bins_and_inputs_is_trained_or_refused(
    bundle: Path, retailer: Source, tmp_path: Path
) -> None:
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["parameters"]["max_bin"] = 64
    (tmp_path / "other.json").write_text(json.dumps(manifest))
    options = Options(out=tmp_path / "b", windows=1, rounds=5, champion=tmp_path / "other.json")
    assert train_demand(retailer, options, Progress(quiet=True))["demand"]["best_iteration"] == 4
    manifest["inputs"][0]["name"] = "moon"
    (tmp_path / "other.json").write_text(json.dumps(manifest))
    with pytest.raises(ValueError, match="takes moon, which the features have no more"):
        train_demand(retailer, options, Progress(quiet=True))
