import numpy as np
import onnx
import onnxruntime as ort
import pytest
from sklearn.ensemble import IsolationForest, RandomForestClassifier

from ..forest import classifier_onnx, isolation_onnx, linear_onnx


def scored(model: onnx.ModelProto, x: np.ndarray) -> np.ndarray:
    return ort.InferenceSession(model.SerializeToString()).run(None, {"x": x})[0].ravel()


@pytest.fixture
def x() -> np.ndarray:
    # Whole numbers and halves: thresholds lie between values that occur.
    return (np.random.default_rng(1).integers(-6, 7, (3_000, 4)) / 2).astype(np.float32)


def test_an_isolation_forest_says_the_same_in_onnx(x: np.ndarray) -> None:
    forest = IsolationForest(n_estimators=100, random_state=1).fit(x)
    scores = scored(isolation_onnx(forest, range(4), 4), x)
    assert np.max(np.abs(scores + forest.score_samples(x)) / scores) < 1e-6


def test_an_isolation_forest_reads_only_its_columns(x: np.ndarray) -> None:
    forest = IsolationForest(n_estimators=20, random_state=1).fit(x[:, [3, 1]])
    scores = scored(isolation_onnx(forest, [3, 1], 4), x)
    np.testing.assert_allclose(scores, -forest.score_samples(x[:, [3, 1]]), rtol=1e-6)


def test_a_value_on_a_threshold_goes_where_it_went_in_training(x: np.ndarray) -> None:
    forest = IsolationForest(n_estimators=20, random_state=1).fit(x)
    thresholds = np.concatenate(
        [tree.tree_.threshold[tree.tree_.feature == 0] for tree in forest.estimators_]
    )
    near = np.concatenate([np.nextafter(thresholds.astype(np.float32), to) for to in (-np.inf, np.inf)])
    rows = np.zeros((2 * len(near), 4), dtype=np.float32)
    rows[:, 0] = np.concatenate([near, np.tile(thresholds.astype(np.float32), 2)])
    np.testing.assert_allclose(
        scored(isolation_onnx(forest, range(4), 4), rows), -forest.score_samples(rows), rtol=1e-6
    )


def test_a_random_forest_says_the_same_probabilities_in_onnx(x: np.ndarray) -> None:
    y = x[:, 0] + x[:, 1] * x[:, 2] > 0
    forest = RandomForestClassifier(50, max_depth=8, min_samples_leaf=5, random_state=1).fit(x, y)
    np.testing.assert_allclose(
        scored(classifier_onnx(forest, 4), x), forest.predict_proba(x)[:, 1], atol=1e-6
    )


def test_a_line_is_its_coefficients(x: np.ndarray) -> None:
    scores = scored(linear_onnx(np.array([1.0, 0.0, -2.0, 0.5]), 3), x)
    np.testing.assert_allclose(scores, 3 + x @ np.array([1, 0, -2, 0.5], dtype=np.float32), atol=1e-5)
