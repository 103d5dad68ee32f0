import json
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from ..detection import (
    CONTAMINATION,
    SLOW_MOVER_INPUTS,
    best_threshold,
    definition_hash,
    matrix,
    train_anomaly,
    train_lead_time,
    train_slow_mover,
    write_trained,
)
from ..features import feature_hash
from .rows import anomaly_rows, lead_time_rows, slow_mover_rows

UNTIL = date(2026, 3, 20)


def test_what_is_unlike_the_others_scores_highest() -> None:
    trained = train_anomaly(anomaly_rows(), seed=1)
    sales = trained.heads["sales"]
    # The rows to compare on come in the order of the frame, the highest among them.
    assert set(np.argsort(-sales.expected)[:20]) == set(range(20))
    assert trained.parameters["sales_contamination"] == CONTAMINATION["sales"]
    assert sales.expected[:20].min() > np.median(sales.expected) + 0.1


def test_thefts_are_learned_from_counts_alone() -> None:
    rows = anomaly_rows()
    trained = train_anomaly(rows, seed=1)
    assert trained.metrics["stock_rows"] == (rows["counted_days"] > 0).sum()
    with pytest.raises(ValueError, match="There are 0 rows to learn unusual stock from"):
        train_anomaly(rows.with_columns(counted_days=pl.lit(0)), seed=1)


def test_a_lot_that_does_not_sell_is_told_and_measured_on_later_weeks() -> None:
    trained = train_slow_mover(slow_mover_rows(), seed=1, until=UNTIL)
    assert trained.metrics["held_out_average_precision"] > 0.85
    assert 0 < trained.parameters["threshold"] < 1
    assert trained.heads["score"].expected.max() <= 1


def test_lots_that_have_not_expired_teach_nothing() -> None:
    rows = slow_mover_rows()
    until = date(2026, 2, 1)
    trained = train_slow_mover(rows, seed=1, until=until)
    assert trained.metrics["rows"] == (rows["expires_on"] <= until).sum()
    with pytest.raises(ValueError, match="wait until more goods have expired"):
        train_slow_mover(rows, seed=1, until=date(2025, 1, 1))


def test_the_line_of_lead_time_demand_can_be_read_from_its_parameters() -> None:
    trained = train_lead_time(lead_time_rows())
    head = trained.heads["mean"]
    coefficients = [trained.parameters[f"coefficient_{name}"] for name in trained.inputs]
    np.testing.assert_allclose(
        head.x @ np.array(coefficients) + trained.parameters["intercept"], head.expected, rtol=1e-4, atol=1e-3
    )
    assert trained.metrics["held_out_covered_at_95"] == pytest.approx(0.95, abs=0.03)
    assert trained.parameters["residual_deviation"] == pytest.approx(1, abs=0.2)


@pytest.mark.parametrize("model", ["anomaly", "slow-mover", "lead-time"])
def test_a_bundle_is_whole_and_the_same_for_the_same_seed(model: str, tmp_path: Path) -> None:
    trained = {
        "anomaly": lambda: train_anomaly(anomaly_rows(), seed=1),
        "slow-mover": lambda: train_slow_mover(slow_mover_rows(), seed=1, until=UNTIL),
        "lead-time": lambda: train_lead_time(lead_time_rows()),
    }[model]
    window = (date(2026, 1, 1), UNTIL)
    first, second = (write_trained(tmp_path / name, model, trained(), window, 1) for name in "ab")
    assert first["version"] == second["version"]
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text())
    assert manifest["demand"] is None
    assert manifest["feature_hash"] == definition_hash(model) != feature_hash()


def test_a_missing_value_is_named() -> None:
    rows = slow_mover_rows().with_columns(cover=pl.lit(None, dtype=pl.Float64))
    with pytest.raises(ValueError, match="cover of row 0 is nan"):
        matrix(rows, SLOW_MOVER_INPUTS)


def test_the_best_threshold_has_the_best_f1() -> None:
    assert best_threshold(np.array([True, False, True, False]), np.array([0.9, 0.8, 0.7, 0.1])) == 0.7
