"""The demand model as a bundle: its trees as ONNX, with rows to compare and with what serving needs to know."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import xgboost as xgb
from onnxmltools import convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType

from .bundle import Head
from .demand import Rows

# Newer ones are converted wrongly, without a word.
OPSET = 15
# Bins of an input, for the population stability index.
BINS = 10


def heads_of(models: Mapping[str, xgb.Booster], rows: Rows) -> dict[str, Head]:
    """:param rows: all of one origin, to compare on"""
    return {
        name: Head(
            onnx=to_onnx(model, rows.x.shape[1]),
            x=rows.x,
            expected=model.inplace_predict(rows.x, missing=np.nan),
        )
        for name, model in models.items()
    }


def to_onnx(model: xgb.Booster, inputs: int) -> onnx.ModelProto:
    # Without a name it gets another one each time, and the bundle another version.
    return convert_xgboost(
        model, name="trees", initial_types=[("x", FloatTensorType([None, inputs]))], target_opset=OPSET
    )


def trees_of(model: xgb.Booster) -> bytes:
    """As XGBoost saves them, for the reasons."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trees.json"
        model.save_model(path)
        # Written again, since XGBoost leaves no choice of white space.
        return json.dumps(json.loads(path.read_text()), separators=(",", ":")).encode()


def distributions(rows: Rows, inputs: list[str]) -> list[dict[str, object]]:
    """How each input was distributed, by bins of equal share where its values allow that; the last: of the missing."""
    found = []
    for at, name in enumerate(inputs):
        values = rows.x[:, at]
        known = values[~np.isnan(values)]
        edges = (
            np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1])) if len(known) else np.array([])
        )
        counts = np.bincount(np.searchsorted(edges, known, side="left"), minlength=len(edges) + 1)
        shares = np.append(counts, len(values) - len(known)) / max(len(values), 1)
        found.append({"input": name, "edges": edges.astype(float).tolist(), "shares": shares.tolist()})
    return found
