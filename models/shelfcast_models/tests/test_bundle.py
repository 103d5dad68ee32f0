import hashlib
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import onnx
import pyarrow as pa
import pytest

from ..bundle import Description, Head, write_bundle


def doubled() -> onnx.ModelProto:
    two = onnx.helper.make_tensor("two", onnx.TensorProto.FLOAT, [2, 1], [2.0, 0.0])
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("MatMul", ["x", "two"], ["score"])],
        "doubled",
        [onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [None, 2])],
        [onnx.helper.make_tensor_value_info("score", onnx.TensorProto.FLOAT, [None, 1])],
        [two],
    )
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 15)], ir_version=8)


def described(**others: object) -> Description:
    return Description(
        model="anomaly",
        seed=1,
        feature_hash="0123456789ab",
        inputs={"a": None, "b": None},
        window=(date(2026, 1, 1), date(2026, 1, 31)),
        **others,
    )


X = np.array([[1, 5], [3, 5]], dtype=np.float32)


def test_a_bundle_lists_its_files_and_shows_what_is_expected(tmp_path: Path) -> None:
    manifest = write_bundle(
        tmp_path, described(), {"score": Head(doubled(), X, np.array([2, 6]))}, {"more.json": b"{}"}
    )
    assert json.loads((tmp_path / "manifest.json").read_text()) == manifest
    assert [file["name"] for file in manifest["files"]] == ["more.json", "score.onnx", "score.parity.arrow"]
    for file in manifest["files"]:
        content = (tmp_path / file["name"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file["bytes"], file["sha256"])
    rows = pa.ipc.open_file(tmp_path / "score.parity.arrow").read_all().to_pydict()
    assert rows == {"a": [1, 3], "b": [5, 5], "expected": [2, 6]}


def test_the_same_training_has_the_same_version(tmp_path: Path) -> None:
    head = Head(doubled(), X, np.array([2, 6]))
    versions = {write_bundle(tmp_path / name, described(), {"score": head})["version"] for name in "ab"}
    assert len(versions) == 1
    assert versions.pop().startswith("20260131-")


def test_a_manifest_that_the_platform_would_not_read_is_not_written(tmp_path: Path) -> None:
    head = Head(doubled(), X, np.array([2, 6]))
    with pytest.raises(ValueError, match=r"\$\.inputs\[0\]\.reason: 'fate' is not .*contracts/manifest\.ts"):
        write_bundle(tmp_path, replace(described(), inputs={"a": "fate", "b": None}), {"score": head})
    assert list(tmp_path.iterdir()) == []


def test_what_onnx_does_not_say_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="ONNX says 6 of row 1 and the training library 7"):
        write_bundle(tmp_path, described(), {"score": Head(doubled(), X, np.array([2, 7]))})
    assert not (tmp_path / "manifest.json").exists()


def test_a_figure_without_a_value_is_refused(tmp_path: Path) -> None:
    head = Head(doubled(), X, np.array([2, 6]))
    with pytest.raises(ValueError, match="without a value: precision"):
        write_bundle(tmp_path, described(metrics={"precision": float("nan")}), {"score": head})
