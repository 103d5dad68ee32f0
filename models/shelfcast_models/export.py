"""The demand model as a bundle: its trees as ONNX, with rows to compare and with what serving needs to know."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import xgboost as xgb
from onnx import helper, numpy_helper
from onnxmltools import convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType

from .bundle import Head
from .demand import LEVEL_FLOOR, Recipe, Rows, predict

# Newer ones are converted wrongly, without a word.
OPSET = 15
# Bins of an input, for the population stability index.
BINS = 10


def heads_of(models: Mapping[str, xgb.Booster], rows: Rows, recipe: Recipe) -> dict[str, Head]:
    """:param rows: all of one origin, to compare on"""
    level = list(recipe.inputs).index(recipe.level) if recipe.level else None
    return {
        name: Head(
            onnx=to_onnx(model, rows.x.shape[1], level),
            x=rows.x,
            expected=predict(model, rows, recipe),
        )
        for name, model in models.items()
    }


def to_onnx(model: xgb.Booster, inputs: int, level: int | None = None) -> onnx.ModelProto:
    """:param level: number of the input that the trees' answers are multiplied by"""
    # Without a name it gets another one each time, and the bundle another version.
    trees = convert_xgboost(
        model, name="trees", initial_types=[("x", FloatTensorType([None, inputs]))], target_opset=OPSET
    )
    return trees if level is None else _times_level(trees, level)


def _times_level(trees: onnx.ModelProto, level: int) -> onnx.ModelProto:
    """The graph with `levels` of demand.py behind it."""
    graph = trees.graph
    output = graph.output[0].name
    graph.initializer.extend(
        [
            numpy_helper.from_array(np.array([level], dtype=np.int64), "level_input"),
            numpy_helper.from_array(np.array([LEVEL_FLOOR], dtype=np.float32), "level_floor"),
        ]
    )
    graph.node.extend(
        [
            helper.make_node("Gather", ["x", "level_input"], ["level_known"], axis=1),
            helper.make_node("IsNaN", ["level_known"], ["level_missing"]),
            helper.make_node("Where", ["level_missing", "level_floor", "level_known"], ["level_or_floor"]),
            helper.make_node("Max", ["level_or_floor", "level_floor"], ["level"]),
            helper.make_node("Mul", [output, "level"], ["forecast"]),
        ]
    )
    graph.output[0].name = "forecast"
    trees.opset_import.append(helper.make_opsetid("", OPSET))
    onnx.checker.check_model(trees)
    return trees


def trees_of(model: xgb.Booster) -> bytes:
    """As XGBoost saves them, for the reasons."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trees.json"
        model.save_model(path)
        # Written again, since XGBoost leaves no choice of white space.
        return json.dumps(json.loads(path.read_text()), separators=(",", ":")).encode()


def distributions(rows: Rows, inputs: list[str]) -> list[dict[str, object]]:
    """How each input was distributed, by bins of equal share where its values allow that; the last: of the missing."""
    bins = []
    for at, name in enumerate(inputs):
        values = rows.x[:, at]
        present = values[~np.isnan(values)]
        edges = (
            np.unique(np.quantile(present, np.linspace(0, 1, BINS + 1)[1:-1]))
            if len(present)
            else np.array([])
        )
        counts = np.bincount(np.searchsorted(edges, present, side="left"), minlength=len(edges) + 1)
        shares = np.append(counts, len(values) - len(present)) / max(len(values), 1)
        bins.append({"input": name, "edges": edges.astype(float).tolist(), "shares": shares.tolist()})
    return bins
