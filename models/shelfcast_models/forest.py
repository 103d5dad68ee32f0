"""
Forests of scikit-learn as one ONNX node. The converter of skl2onnx makes thousands of nodes of an isolation forest, and
takes ten seconds to load what this loads in a tenth of one.
"""

from collections.abc import Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper
from sklearn.ensemble import IsolationForest, RandomForestClassifier
from sklearn.tree import BaseDecisionTree

LEAF = -1


def isolation_onnx(forest: IsolationForest, columns: Sequence[int], inputs: int) -> onnx.ModelProto:
    """
    Score of an isolation forest, 0 to 1, higher is more anomalous: -score_samples of scikit-learn, which is 2 to the
    power of minus the mean depth over the depth that is usual (Liu, Ting and Zhou, 2008, Isolation Forest).

    :param columns: of x that the forest was trained on, in its order
    :param inputs: columns that x has
    """

    def depths(tree: BaseDecisionTree) -> np.ndarray:
        structure = tree.tree_
        depth = np.zeros(structure.node_count)
        for node in range(structure.node_count):
            for child in (structure.children_left[node], structure.children_right[node]):
                if child != LEAF:
                    depth[child] = depth[node] + 1
        return depth + usual_depth(structure.n_node_samples)

    usual = float(usual_depth(np.array([forest.max_samples_]))[0])
    scale = -np.log(2) / (len(forest.estimators_) * usual)
    columns_of = [np.asarray(columns)[features] for features in forest.estimators_features_]
    sums = _ensemble(forest.estimators_, [depths(tree) for tree in forest.estimators_], columns_of)
    scaled = helper.make_node("Mul", ["sums", "scale"], ["scaled"])
    power = helper.make_node("Exp", ["scaled"], ["score"])
    factor = helper.make_tensor("scale", TensorProto.FLOAT, [1], [scale])
    return _model([sums, scaled, power], inputs, [factor])


def classifier_onnx(forest: RandomForestClassifier, inputs: int) -> onnx.ModelProto:
    """Probability of the second class."""
    trees = forest.estimators_
    # A float32 sum of shares over hundreds of trees is as exact as one of their means.
    values = [tree.tree_.value[:, 0, 1] / tree.tree_.value[:, 0, :].sum(axis=1) for tree in trees]
    sums = _ensemble(trees, values, [np.arange(inputs)] * len(trees))
    scaled = helper.make_node("Mul", ["sums", "scale"], ["score"])
    factor = helper.make_tensor("scale", TensorProto.FLOAT, [1], [1 / len(trees)])
    return _model([sums, scaled], inputs, [factor])


def linear_onnx(coefficients: np.ndarray, intercept: float) -> onnx.ModelProto:
    """A weighted sum of the inputs."""
    count = len(coefficients)
    weights = helper.make_tensor("weights", TensorProto.FLOAT, [count, 1], coefficients.astype(np.float32))
    constant = helper.make_tensor("constant", TensorProto.FLOAT, [1], [intercept])
    node = helper.make_node("Gemm", ["x", "weights", "constant"], ["score"])
    return _model([node], count, [weights, constant])


def usual_depth(samples: np.ndarray) -> np.ndarray:
    """Mean depth of a search in a random binary tree of so many."""
    n = np.asarray(samples, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        depth = 2 * (np.log(n - 1) + np.euler_gamma) - 2 * (n - 1) / n
    return np.where(n <= 1, 0, np.where(n == 2, 1, depth))


def _ensemble(
    trees: Sequence[BaseDecisionTree], values: Sequence[np.ndarray], columns: Sequence[np.ndarray]
) -> onnx.NodeProto:
    """:param values: by tree and node; only those of leaves count"""
    attributes: dict[str, list[float] | list[int] | list[str]] = {
        name: []
        for name in (
            "nodes_treeids", "nodes_nodeids", "nodes_featureids", "nodes_values", "nodes_modes",
            "nodes_truenodeids", "nodes_falsenodeids", "target_treeids", "target_nodeids", "target_ids",
            "target_weights",
        )
    }  # fmt: skip
    for number, (tree, value, column) in enumerate(zip(trees, values, columns, strict=True)):
        structure = tree.tree_
        nodes = np.arange(structure.node_count)
        is_leaf = structure.children_left == LEAF
        parts = {
            "nodes_treeids": np.full(len(nodes), number),
            "nodes_nodeids": nodes,
            "nodes_featureids": np.where(is_leaf, 0, column[np.where(is_leaf, 0, structure.feature)]),
            "nodes_values": np.where(is_leaf, 0, _float32_below(structure.threshold)).astype(np.float64),
            "nodes_truenodeids": np.where(is_leaf, 0, structure.children_left),
            "nodes_falsenodeids": np.where(is_leaf, 0, structure.children_right),
            "target_treeids": np.full(is_leaf.sum(), number),
            "target_nodeids": nodes[is_leaf],
            "target_ids": np.zeros(is_leaf.sum(), dtype=np.int64),
            "target_weights": value[is_leaf],
        }
        for name, part in parts.items():
            attributes[name].extend(part.tolist())
        attributes["nodes_modes"].extend(["LEAF" if leaf else "BRANCH_LEQ" for leaf in is_leaf])
    return helper.make_node(
        "TreeEnsembleRegressor",
        ["x"],
        ["sums"],
        domain="ai.onnx.ml",
        n_targets=1,
        aggregate_function="SUM",
        post_transform="NONE",
        **attributes,
    )


def _float32_below(thresholds: np.ndarray) -> np.ndarray:
    """The largest float32 that is not above: a float32 is below the one exactly when it is below the other."""
    rounded = thresholds.astype(np.float32)
    return np.where(
        rounded.astype(np.float64) > thresholds, np.nextafter(rounded, np.float32(-np.inf)), rounded
    )


def _model(nodes: list[onnx.NodeProto], inputs: int, constants: list[onnx.TensorProto]) -> onnx.ModelProto:
    graph = helper.make_graph(
        nodes,
        "model",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, inputs])],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, [None, 1])],
        constants,
    )
    opsets = [helper.make_opsetid("", 15), helper.make_opsetid("ai.onnx.ml", 3)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    onnx.checker.check_model(model)
    return model
