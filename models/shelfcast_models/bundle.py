"""
A trained model as files: ONNX heads, rows that show what the training library says of them, and a manifest that lists
it all. The manifest's shape is ModelManifest of services/contracts/manifest.ts.
"""

import hashlib
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pyarrow as pa
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from .contract import CONTRACT

PARITY = CONTRACT.parity
MANIFESTS = Draft202012Validator(CONTRACT.manifest.schema)


@dataclass(frozen=True)
class Head:
    """
    onnx       one input x [rows, inputs] float32; its first output is taken
    x          rows to compare on, [rows, inputs] float32, NaN where there is no value
    expected   what the training library says of them
    """

    onnx: onnx.ModelProto
    x: np.ndarray
    expected: np.ndarray


@dataclass(frozen=True)
class Description:
    """
    What the manifest tells of a model beside its files.

    inputs   by name, in the order of x: what a planner calls its cause (a Reason of the contract), or None
    window   first and last day of the targets
    """

    model: str
    seed: int
    feature_hash: str
    inputs: Mapping[str, str | None]
    window: tuple[date, date]
    parameters: Mapping[str, str | float | int | bool] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    backtest: Mapping[str, object] | None = None
    demand: Mapping[str, object] | None = None
    # Left out: made of the window's end and of what the files hold.
    version: str | None = None
    created_at: datetime | None = None


def write_bundle(
    folder: Path,
    description: Description,
    heads: Mapping[str, Head],
    files: Mapping[str, bytes] | None = None,
) -> dict[str, object]:
    """
    Writes <head>.onnx and <head>.parity.arrow of each head, the other files, and the manifest last.

    :param files: others of the bundle by name, such as the trees for the reasons
    :returns: the manifest
    :raises ValueError: when ONNX says something else than the library of the rows to compare
    """
    names = list(description.inputs)
    contents: dict[str, bytes] = dict(files or {})
    entries: list[dict[str, str]] = []
    for name, head in heads.items():
        check_parity(f"{description.model}, head {name}", head)
        contents[f"{name}.onnx"] = head.onnx.SerializeToString(deterministic=True)
        contents[f"{name}.parity.arrow"] = parity_file(names, head)
        entries.append({"head": name, "file": f"{name}.onnx", "parity": f"{name}.parity.arrow"})
    metrics = {name: float(value) for name, value in description.metrics.items()}
    unknown = [name for name, value in metrics.items() if not np.isfinite(value)]
    if unknown:
        raise ValueError(
            f"Metrics of {description.model} without a value: {', '.join(unknown)}. Leave out what was not measured."
        )
    manifest: dict[str, object] = {
        "model": description.model,
        "version": description.version or version_of(description, contents),
        "created_at": _instant(description.created_at or datetime.now(UTC)),
        "code_version": code_version(),
        "seed": description.seed,
        "feature_hash": description.feature_hash,
        "inputs": [{"name": name, "reason": reason} for name, reason in description.inputs.items()],
        "window": {"from": description.window[0].isoformat(), "to": description.window[1].isoformat()},
        "parameters": dict(description.parameters),
        "heads": entries,
        "files": [
            {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in sorted(contents.items())
        ],
        "metrics": metrics,
        "backtest": description.backtest,
        "demand": description.demand,
    }
    check_manifest(manifest)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    # Last: a folder with a manifest is whole.
    (folder / CONTRACT.manifest.name).write_text(json.dumps(manifest, indent=2, allow_nan=False) + "\n")
    return manifest


def check_manifest(manifest: Mapping[str, object]) -> None:
    """:raises ValueError: where it is not what the platform reads"""
    fault = best_match(MANIFESTS.iter_errors(manifest))
    if fault:
        raise ValueError(
            f"The manifest of {manifest.get('model')} is not one, at {fault.json_path}: {fault.message}. "
            "Hold bundle.py against services/contracts/manifest.ts."
        )


def version_of(description: Description, contents: Mapping[str, bytes]) -> str:
    """Last day learned from, and a digest of the files: the same training has the same version."""
    digest = hashlib.sha256()
    for name, content in sorted(contents.items()):
        digest.update(name.encode() + b"\0" + content + b"\0")
    return f"{description.window[1]:%Y%m%d}-{digest.hexdigest()[:8]}"


def parity_file(inputs: Sequence[str], head: Head) -> bytes:
    """Arrow: a float32 column for each input, and what is expected of the row."""
    x = np.ascontiguousarray(head.x, dtype=np.float32)
    columns = {name: pa.array(x[:, at], pa.float32()) for at, name in enumerate(inputs)}
    columns["expected"] = pa.array(np.asarray(head.expected, dtype=np.float32).ravel(), pa.float32())
    table = pa.table(columns)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def check_parity(name: str, head: Head) -> float:
    """:returns: the largest relative difference"""
    if len(head.x) == 0 or len(head.x) != len(head.expected):
        raise ValueError(
            f"{name}: {len(head.x)} rows to compare and {len(head.expected)} predictions. Give some of each."
        )
    session = ort.InferenceSession(head.onnx.SerializeToString(), providers=["CPUExecutionProvider"])
    x = np.ascontiguousarray(head.x, dtype=np.float32)
    answer = session.run([session.get_outputs()[0].name], {session.get_inputs()[0].name: x})[0]
    actual = np.asarray(answer, dtype=np.float64).ravel()
    expected = np.asarray(head.expected, dtype=np.float64).ravel()
    difference, row = worst_of(actual, expected)
    if not difference <= PARITY.limit:
        raise ValueError(
            f"{name}: ONNX says {actual[row]:.8g} of row {row} and the training library {expected[row]:.8g}. "
            "Convert with another opset, or a model of a kind that the converter knows."
        )
    return difference


def worst_of(actual: np.ndarray, expected: np.ndarray) -> tuple[float, int]:
    """The largest difference as services/inference measures it, relative to what is expected, and its row."""
    floor = max(PARITY.smallest_share * np.abs(expected).mean(), np.finfo(np.float64).eps)
    differences = np.abs(actual - expected) / np.maximum(np.abs(expected), floor)
    row = int(np.argmax(np.where(np.isnan(differences), np.inf, differences)))
    return float(differences[row]), row


def code_version() -> str:
    """Version of the package, and the commit where it runs from a clone; + marks changes that are not committed."""
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415

    try:
        number = version("shelfcast-models")
    except PackageNotFoundError:
        number = "0.1.0"
    folder = Path(__file__).resolve().parent

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True
        ).stdout.strip()

    try:
        commit = git("rev-parse", "--short=12", "HEAD")
        return f"{number}-{commit}{'+' if git('status', '--porcelain', '.') else ''}"
    except (OSError, subprocess.CalledProcessError):
        return number


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
