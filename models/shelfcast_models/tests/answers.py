"""What this package works out beside Node, for models/contract.test.ts. Standard input: the questions, as JSON."""

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from ..bundle import worst_of
from ..contract import CONTRACT
from ..demand import Rows, baseline_of
from ..detection import definition_hash
from ..features import feature_hash
from ..sum_bands import Band
from ..train import Options, origins_of_training


def baseline(units: list[float | None]) -> list[float]:
    """Of one series, whose column of features this is."""
    days, nothing = len(units), np.zeros(len(units))
    frame = pl.DataFrame({"baseline_ses": units}, strict=False)
    rows = Rows(nothing, nothing, nothing, np.zeros(days, int), np.arange(1, days + 1), frame)
    return baseline_of(rows, "ses", 1)[0].tolist()


def sums(questions: dict[str, Any]) -> list[list[float]]:
    """Of each mean: probability of each total, then the quantile of each probability."""
    levels = questions["band"]["levels"]
    band = Band(
        **{
            name: questions["band"][name]
            for name in ("goods", "from_mean", "days", "factor", "dispersion", "scale")
        },
        actual=tuple(level["actual"] for level in levels),
    )
    answers = []
    for mean, totals in questions["totals"]:
        means = np.full(len(totals), mean)
        quantiles = [float(band.quantile(each, means[:1])[0]) for each in questions["probabilities"]]
        answers.append([*band.cdf(np.array(totals, float), means).tolist(), *quantiles])
    return answers


def main() -> None:
    questions = json.load(sys.stdin)
    last = date.fromisoformat(questions["last_day"])
    answers = {
        "hashes": [feature_hash(), *map(definition_hash, CONTRACT.other_models)],
        "origins": [str(origin) for origin in origins_of_training(last, Options(out=Path()))],
        "baseline": baseline(questions["units"]),
        "sums": [sums(each) for each in questions["sums"]],
        "parity": [
            worst_of(*(np.array(each, dtype=np.float32).astype(float) for each in pair))
            for pair in questions["parity"]
        ],
    }
    sys.stdout.write(json.dumps(answers))


if __name__ == "__main__":
    main()
