"""
Models beside the forecast: isolation forests of unusual sales and stock, a random forest of lots that will be thrown
away, and a line of the demand over a lead time. Each learns from the rows that its SQL in services/warehouse/features
gives, and comes as a bundle.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.ensemble import IsolationForest, RandomForestClassifier
from sklearn.linear_model import LinearRegression
from sklearn.metrics import average_precision_score

from .bundle import Description, Head, write_bundle
from .contract import CONTRACT
from .features import FOLDER
from .forest import classifier_onnx, isolation_onnx, linear_onnx

METRICS = CONTRACT.held_out_metrics
# Shares of days, and of counts, that are told as anomalies: found in the twin by `npm run bench -- detection`, on the
# weeks that it trains on.
CONTAMINATION = {"sales": 0.0008, "stock": 0.004}
SLOW_MOVER_INPUTS = (
    "days_left",
    "on_hand",
    "ahead",
    "mean_7",
    "mean_28",
    "expected_sales",
    "cover",
    "stock_ratio",
    "dispersion",
    "slack",
    "waste_share",
    "category_waste_share",
    "shelf_life",
    "promotion",
)
LEAD_TIME_INPUTS = ("demand_28", "demand_7", "demand_weekdays", "lead_deviation", "demand_deviation")
# More rows make the forests no better.
MOST_ROWS = 400_000
PARITY_ROWS = 256
TREES = 200
# Part of the days, at their end, on which a model is measured that learned from the others.
HELD_OUT = 0.25


@dataclass(frozen=True)
class Trained:
    """What a bundle is made of beside what all have."""

    inputs: Sequence[str]
    heads: Mapping[str, Head]
    parameters: Mapping[str, str | float | int | bool]
    metrics: Mapping[str, float]


def train_anomaly(rows: pl.DataFrame, seed: int, trees: int = TREES) -> Trained:
    """
    :param rows: of 10_anomaly_features.sql; nobody says which of them are anomalies
    """
    inputs = [name for head in CONTRACT.anomaly_heads.values() for name in head.inputs]
    x = matrix(rows, inputs)
    heads: dict[str, Head] = {}
    parameters: dict[str, str | float | int | bool] = {"trees": trees}
    metrics: dict[str, float] = {}
    for name, head in CONTRACT.anomaly_heads.items():
        # A theft shows when somebody counts.
        scored = x if name == "sales" else x[(rows["counted_days"] > 0).to_numpy()]
        if len(scored) < 100:
            raise ValueError(
                f"There are {len(scored)} rows to learn unusual {name} from; 100 are needed. "
                "Wait until stores have sold and counted for some weeks more."
            )
        columns = [inputs.index(each) for each in head.inputs]
        sample = _some(scored, MOST_ROWS, seed)
        samples = min(256, len(sample))
        forest = IsolationForest(n_estimators=trees, max_samples=samples, random_state=seed)
        forest.fit(sample[:, columns])
        scores = -forest.score_samples(scored[:, columns])
        compared = _ends(scored, scores)
        heads[name] = Head(isolation_onnx(forest, columns, len(inputs)), scored[compared], scores[compared])
        parameters[f"{name}_contamination"] = CONTAMINATION[name]
        parameters[head.threshold] = float(np.quantile(scores, 1 - CONTAMINATION[name]))
        metrics |= {f"{name}_rows": float(len(scored)), f"{name}_score_mean": float(scores.mean())}
    return Trained(inputs, heads, parameters, metrics)


def train_slow_mover(rows: pl.DataFrame, seed: int, until: date, trees: int = TREES) -> Trained:
    """
    :param rows: of 10_slow_mover_features.sql
    :param until: what expires later is left out, since nobody knows yet
    """
    rows = rows.filter(pl.col("expires_on") <= until)
    was_wasted = (rows["wasted_units"] > 0).to_numpy()
    if was_wasted.sum() < 20 or (~was_wasted).sum() < 20:
        raise ValueError(
            f"Of {rows.height} lots that have expired {was_wasted.sum()} were thrown away. Twenty of either kind are "
            "needed to learn from: wait until more goods have expired."
        )
    x = matrix(rows, SLOW_MOVER_INPUTS)

    def fit(part: np.ndarray) -> RandomForestClassifier:
        # Leaves of twenty keep the probabilities honest.
        forest = RandomForestClassifier(trees, max_depth=10, min_samples_leaf=20, random_state=seed)
        return forest.fit(x[part], was_wasted[part])

    everything = np.ones(len(x), dtype=bool)
    parameters: dict[str, str | float | int | bool] = {"trees": trees, "max_depth": 10, "min_leaf": 20}
    metrics = {"rows": float(len(x)), "wasted_share": float(was_wasted.mean())}
    split = _split(rows["origin"])
    # What is held out begins when all lots learned from have expired.
    is_train = (rows["expires_on"] <= split).to_numpy()
    is_held_out = (rows["origin"] > split).to_numpy()
    threshold = 0.5
    if (
        min(was_wasted[is_train].sum(), was_wasted[is_held_out].sum()) >= 20
        and len(set(was_wasted[is_train])) == 2
    ):
        probability = fit(is_train).predict_proba(x[is_held_out])[:, 1]
        threshold = best_threshold(was_wasted[is_held_out], probability)
        model = hits_of(was_wasted[is_held_out], probability >= threshold)
        rule = hits_of(was_wasted[is_held_out], _cover_rule(rows)[is_held_out])
        metrics |= {
            "held_out_average_precision": float(
                average_precision_score(was_wasted[is_held_out], probability)
            ),
            "held_out_brier": float(np.mean((probability - was_wasted[is_held_out]) ** 2)),
            METRICS.precision: model.precision,
            "held_out_recall": model.recall,
            METRICS.precision_of_rule: rule.precision,
            "held_out_rule_recall": rule.recall,
        }
    parameters[CONTRACT.slow_mover_head.threshold] = threshold
    forest = fit(everything)
    probability = forest.predict_proba(x)[:, 1]
    compared = _ends(x, probability)
    heads = {
        CONTRACT.slow_mover_head.name: Head(
            classifier_onnx(forest, x.shape[1]), x[compared], probability[compared]
        )
    }
    return Trained(SLOW_MOVER_INPUTS, heads, parameters, metrics)


def train_lead_time(rows: pl.DataFrame) -> Trained:
    """
    Units sold from an order to its arrival, as a weighted sum that can be read. What is left over grows with the root
    of the demand, so rows weigh by its inverse, and the reorder point is

        prediction + z * residual_deviation * sqrt(demand_28 + 1)

    with z of the service level: 1.28 for 90%, 1.64 for 95%.

    :param rows: of 10_lead_time_features.sql
    """
    if rows.height < 50:
        raise ValueError(
            f"There are {rows.height} answered order lines; 50 are needed. Wait for more deliveries."
        )
    x = matrix(rows, LEAD_TIME_INPUTS)
    y = rows["sold"].to_numpy().astype(np.float64)
    size = x[:, 0].astype(np.float64) + 1

    def fit(part: np.ndarray) -> tuple[LinearRegression, float]:
        line = LinearRegression().fit(x[part].astype(np.float64), y[part], sample_weight=1 / size[part])
        residuals = (y[part] - line.predict(x[part].astype(np.float64))) / np.sqrt(size[part])
        return line, float(np.sqrt(np.mean(residuals**2)))

    metrics = {"rows": float(len(x))}
    split = _split(rows["day"])
    is_train = (rows["received_on"] <= split).to_numpy()
    is_held_out = (rows["day"] > split).to_numpy()
    if is_train.sum() >= 30 and is_held_out.sum() >= 10:
        line, deviation = fit(is_train)
        forecast = line.predict(x[is_held_out].astype(np.float64))
        total = max(y[is_held_out].sum(), 1e-9)
        mean = x[is_held_out][:, 0]
        metrics |= {
            METRICS.wape: float(np.abs(forecast - y[is_held_out]).sum() / total),
            "held_out_bias": float((forecast - y[is_held_out]).sum() / total),
            METRICS.wape_of_mean_28: float(np.abs(mean - y[is_held_out]).sum() / total),
            "held_out_covered_at_95": float(
                np.mean(y[is_held_out] <= forecast + 1.645 * deviation * np.sqrt(size[is_held_out]))
            ),
        }
    line, deviation = fit(np.ones(len(x), dtype=bool))
    coefficients = dict(zip(LEAD_TIME_INPUTS, line.coef_, strict=True))
    parameters: dict[str, str | float | int | bool] = {
        **{f"coefficient_{name}": float(value) for name, value in coefficients.items()},
        "intercept": float(line.intercept_),
        CONTRACT.lead_time_head.deviation: deviation,
        "residual_scale": "sqrt(demand_28 + 1)",
    }
    predicted = line.predict(x.astype(np.float64))
    compared = _ends(x, predicted)
    heads = {
        CONTRACT.lead_time_head.name: Head(
            linear_onnx(line.coef_, float(line.intercept_)), x[compared], predicted[compared]
        )
    }
    return Trained(LEAD_TIME_INPUTS, heads, parameters, metrics)


def write_trained(
    folder: Path, model: str, trained: Trained, window: tuple[date, date], seed: int
) -> dict[str, object]:
    description = Description(
        model=model,
        seed=seed,
        feature_hash=definition_hash(model),
        inputs=dict.fromkeys(trained.inputs),
        window=window,
        parameters=trained.parameters,
        metrics=trained.metrics,
    )
    return write_bundle(folder, description, trained.heads)


def definition(model: str) -> str:
    """The query that gives the model's rows."""
    (path,) = (FOLDER / model).glob("*.sql")
    return path.read_text()


def definition_hash(model: str) -> str:
    """Content hash of the model's query, as services/warehouse/model-features.ts finds it."""
    digest = hashlib.sha256()
    folder = FOLDER / model
    for path in sorted(folder.glob("*.sql")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[: CONTRACT.feature_hash_digits]


def matrix(rows: pl.DataFrame, inputs: Sequence[str]) -> np.ndarray:
    """:raises ValueError: for a value that is missing, which these forests do not know"""
    x = rows.select(pl.col(list(inputs)).cast(pl.Float32)).to_numpy().astype(np.float32, order="C")
    bad = ~np.isfinite(x)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise ValueError(
            f"{inputs[column]} of row {row} is {x[row, column]}. Each input of a forest has a value: see the query."
        )
    return x


def best_threshold(truth: np.ndarray, score: np.ndarray) -> float:
    """With the best F1."""
    order = np.argsort(-score, kind="stable")
    right = np.cumsum(truth[order])
    f1 = 2 * right / (np.arange(1, len(order) + 1) + truth.sum())
    return float(score[order][int(f1.argmax())])


@dataclass(frozen=True)
class Hits:
    """precision: share of what was told that is true; recall: share of what is true that was told."""

    precision: float
    recall: float


def hits_of(truth: np.ndarray, flagged: np.ndarray) -> Hits:
    right = float((truth & flagged).sum())
    return Hits(right / max(1, flagged.sum()), right / max(1, truth.sum()))


def _cover_rule(rows: pl.DataFrame) -> np.ndarray:
    """What one would say without a model: the stock lasts longer than the lot keeps."""
    return (rows["cover"] > rows["days_left"]).to_numpy()


def _split(days: pl.Series) -> date:
    first, last = days.min(), days.max()
    return first + (last - first) * (1 - HELD_OUT)


def _some(x: np.ndarray, most: int, seed: int) -> np.ndarray:
    if len(x) <= most:
        return x
    return x[np.random.default_rng(seed).choice(len(x), most, replace=False)]


def _ends(x: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Rows to compare on: the highest ones, and others from all over."""
    order = np.argsort(-values, kind="stable")
    step = max(1, len(x) // (PARITY_ROWS // 2))
    return np.unique(
        np.concatenate([order[: PARITY_ROWS // 2], np.arange(0, len(x), step)[: PARITY_ROWS // 2]])
    )


Trainer = Callable[[pl.DataFrame, int, date], Trained]
TRAINERS: Mapping[str, Trainer] = {
    "anomaly": lambda rows, seed, until: train_anomaly(rows, seed),
    "slow-mover": train_slow_mover,
    "lead-time": lambda rows, seed, until: train_lead_time(rows),
}
