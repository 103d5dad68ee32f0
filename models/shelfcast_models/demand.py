"""
The demand model: gradient-boosted trees (XGBoost) over the rows of all series, origins and horizons together. One model
for the mean, which is what sums to totals, and one for each quantile.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import polars as pl
import xgboost as xgb

from .contract import HORIZONS, STEP, TRAINING
from .features import input_set
from .metrics import dollar_weights, scale_of
from .panel import Panel

# Found on windows of M5 TX_3 FOODS_3 before day 1,802, and by search on the small world: strong regularisation, few
# rounds.
PARAMETERS: dict[str, float | int | str] = {
    "tweedie_variance_power": 1.2,
    "max_depth": 5,
    "eta": 0.05,
    "min_child_weight": 300,
    "reg_lambda": 10,
    "colsample_bynode": 0.5,
    "subsample": 0.8,
    "max_bin": 128,
}
ROUNDS = {"lean": 120, "full": 250}
# Trees do not reach beyond what they have seen, and half of the sales are those of a few series: with this input they
# tell how far a day is from what the series sells lately, and what they say is multiplied by it. On M5 it costs 1%.
LEVELS = {"lean": None, "full": "weighted_8"}
# Of a level; units a day. A series that sold nothing lately may sell again.
LEVEL_FLOOR = 0.05
QUANTILE_PARAMETERS: dict[str, float | int | str] = {
    "max_depth": 5,
    "eta": 0.1,
    "min_child_weight": 50,
    "reg_lambda": 10,
    "colsample_bynode": 0.5,
    "subsample": 0.8,
    "max_bin": 128,
}


@dataclass(frozen=True)
class Recipe:
    """Everything that a training depends on beside the data."""

    inputs: Sequence[str]
    rounds: int = 120
    quantile_rounds: int = 80
    # Origins to learn from.
    origins: int = TRAINING.origins
    seed: int = 1
    # The input that forecasts are multiplied by; none: the trees tell them whole.
    level: str | None = None
    parameters: dict[str, float | int | str] = field(default_factory=lambda: dict(PARAMETERS))

    @property
    def bins(self) -> int:
        """XGBoost takes 256 where it is not told."""
        return int(self.parameters.get("max_bin", 256))

    def to_json(self) -> dict[str, float | int | str]:
        return {
            **self.parameters,
            "rounds": self.rounds,
            "quantile_rounds": self.quantile_rounds,
            "origins": self.origins,
            "level": self.level or "",
            "inputs": ",".join(self.inputs),
        }


def recipe_of(set_name: str, seed: int = 1, origins: int = TRAINING.origins) -> Recipe:
    """:param set_name: lean, of the series alone; or full, with what the store knows of its plans and surroundings"""
    return Recipe(
        inputs=input_set(set_name),
        seed=seed,
        origins=origins,
        rounds=ROUNDS[set_name],
        level=LEVELS[set_name],
    )


@dataclass(frozen=True)
class Rows:
    """
    Rows of series, origins and horizons.

    x        [rows, inputs] float32, missing values are NaN
    y        units of the target day; NaN where they are not known
    weight   how much a row's error matters
    series   index into the panel's keys
    """

    x: np.ndarray
    y: np.ndarray
    weight: np.ndarray
    series: np.ndarray
    horizon: np.ndarray
    frame: pl.DataFrame


def training_origins(last: date, count: int, first_possible: date) -> list[date]:
    """Origins whose 28 days end on or before the last day, newest first."""
    origins = [last - STEP * k for k in range(1, count + 1)]
    return [origin for origin in origins if origin >= first_possible]


def rows_of(panel: Panel, frame: pl.DataFrame, inputs: Sequence[str]) -> Rows:
    """:param frame: rows of forecast_features"""
    index = panel.keys.select("store_id", "sku").with_row_index("series")
    frame = frame.join(index, on=["store_id", "sku"], how="inner", maintain_order="left")
    series = frame["series"].to_numpy().astype(np.int64)
    horizon = frame["horizon"].to_numpy().astype(np.int64)
    x = (
        frame.select(pl.col(inputs).cast(pl.Float32).fill_null(np.nan))
        .to_numpy()
        .astype(np.float32, order="C")
    )
    y = np.full(frame.height, np.nan)
    weight = np.zeros(frame.height)
    origins = frame["origin"].to_numpy().astype("datetime64[D]").astype(np.int64)
    for number in np.unique(origins):
        at = np.flatnonzero(origins == number)
        origin = date.fromordinal(int(number) + date(1970, 1, 1).toordinal())
        targets = panel.targets(origin)
        # What was sold on a day on which the shelf was empty is not what was wanted.
        targets = np.where(panel.target_outs(origin) == 1, np.nan, targets)
        y[at] = targets[series[at], horizon[at] - 1]
        of_series = row_weights(panel, panel.index(origin))
        weight[at] = of_series[series[at]]
    return Rows(x, y, weight, series, horizon, frame)


def row_weights(panel: Panel, origin: int) -> np.ndarray:
    """By what a series sells for, and how hard it is to tell: the square root of what the scaled error weighs."""
    scale = scale_of(panel, origin)
    share = dollar_weights(panel, origin)
    usable = np.isfinite(scale) & (scale > 0)
    weight = np.zeros(len(scale))
    weight[usable] = np.sqrt(share[usable] / np.sqrt(scale[usable]))
    mean = weight[usable].mean() if usable.any() else 1
    return weight / mean if mean > 0 else np.ones(len(scale))


def select(rows: Rows, mask: np.ndarray) -> Rows:
    return Rows(
        rows.x[mask],
        rows.y[mask],
        rows.weight[mask],
        rows.series[mask],
        rows.horizon[mask],
        rows.frame.filter(pl.Series(mask)),
    )


def of_origins(rows: Rows, origins: Sequence[date]) -> Rows:
    return select(rows, rows.frame["origin"].is_in(list(origins)).to_numpy())


def with_inputs(rows: Rows, inputs: Sequence[str]) -> Rows:
    x = rows.frame.select(pl.col(inputs).cast(pl.Float32).fill_null(np.nan)).to_numpy()
    return replace(rows, x=x.astype(np.float32, order="C"))


def levels(rows: Rows, recipe: Recipe) -> np.ndarray:
    """:returns: [rows] float32: what the trees' answers are multiplied by"""
    if recipe.level is None:
        return np.ones(len(rows.x), dtype=np.float32)
    level = rows.x[:, list(recipe.inputs).index(recipe.level)]
    return np.maximum(np.nan_to_num(level, nan=LEVEL_FLOOR), np.float32(LEVEL_FLOOR))


def mean_matrix(rows: Rows, recipe: Recipe, ref: xgb.QuantileDMatrix | None = None) -> xgb.QuantileDMatrix:
    """:param ref: of the rows that are learned from, where these are only judged on"""
    is_target = ~np.isnan(rows.y) & (rows.weight > 0)
    return xgb.QuantileDMatrix(
        rows.x[is_target],
        label=rows.y[is_target],
        weight=rows.weight[is_target],
        base_margin=np.log(levels(rows, recipe)[is_target]) if recipe.level else None,
        max_bin=recipe.bins,
        nthread=0,
        ref=ref,
    )


def quantile_matrix(rows: Rows, recipe: Recipe) -> xgb.QuantileDMatrix:
    """Of the newer half of the origins: spread changes faster than it is worth learning from all."""
    origins = sorted(rows.frame["origin"].unique().to_list())
    rows = of_origins(rows, origins[len(origins) // 2 :])
    is_target = ~np.isnan(rows.y)
    level = levels(rows, recipe)[is_target]
    return xgb.QuantileDMatrix(
        rows.x[is_target],
        label=rows.y[is_target] / level,
        # Between series that all count the same and units that do: the square root of the units.
        weight=np.sqrt(level) if recipe.level else None,
        max_bin=int(QUANTILE_PARAMETERS["max_bin"]),
        nthread=0,
    )


def fit_mean(train: xgb.DMatrix, recipe: Recipe, rounds: int | None = None) -> xgb.Booster:
    return xgb.train(_mean_settings(recipe), train, num_boost_round=rounds or recipe.rounds)


def _mean_settings(recipe: Recipe) -> dict[str, float | int | str]:
    settings = {"objective": "reg:tweedie", "tree_method": "hist", "seed": recipe.seed, **recipe.parameters}
    # What the levels leave to the trees begins at the level itself.
    return {**settings, "base_score": 1.0} if recipe.level else settings


def best_rounds(
    train: Rows, held_out: Rows, recipe: Recipe, most: int = 400
) -> tuple[int, xgb.Booster | None]:
    """
    Early stopping on a time split.

    :returns: rounds after which a later window gets no better, and the model with those that were tried after them;
        no model where nothing can be judged
    """
    is_target = ~np.isnan(held_out.y) & (held_out.weight > 0)
    if not is_target.any():
        return recipe.rounds, None
    data = mean_matrix(train, recipe)
    # What is learned from levels is judged as it is learned: squared errors would hear the largest series alone.
    metric = f"tweedie-nloglik@{recipe.parameters['tweedie_variance_power']}" if recipe.level else "rmse"
    model = xgb.train(
        {**_mean_settings(recipe), "eval_metric": metric},
        data,
        most,
        evals=[(mean_matrix(held_out, recipe, ref=data), "later")],
        early_stopping_rounds=40,
        verbose_eval=False,
    )
    return int(model.best_iteration) + 1, model


def fit_quantile(train: xgb.DMatrix, recipe: Recipe, quantile: float) -> xgb.Booster:
    settings = {
        "objective": "reg:quantileerror",
        "quantile_alpha": quantile,
        "tree_method": "hist",
        "seed": recipe.seed,
        **QUANTILE_PARAMETERS,
    }
    return xgb.train(settings, train, num_boost_round=recipe.quantile_rounds)


def predict(model: xgb.Booster, rows: Rows, recipe: Recipe, rounds: int | None = None) -> np.ndarray:
    """:returns: [rows] float32, in units of the series; a quantile may be a little below 0"""
    limits = (0, rounds) if rounds else (0, 0)
    return model.inplace_predict(rows.x, iteration_range=limits, missing=np.nan) * levels(rows, recipe)


def baseline_of(rows: Rows, name: str, series: int) -> np.ndarray:
    """What a baseline says of rows of one origin, as services/inference serves it: [series, 28], never below 0."""
    units = rows.frame[f"baseline_{name}"].to_numpy()
    return on_grid(np.where(units > 0, units, 0), rows, series)


def on_grid(values: np.ndarray, rows: Rows, series: int) -> np.ndarray:
    """Rows of one origin as [series, 28]; 0 where there is no row: a series without sales so far, or withdrawn."""
    grid = np.zeros((series, HORIZONS))
    grid[rows.series, rows.horizon - 1] = values
    return grid
