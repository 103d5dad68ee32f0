"""
What this package and the platform agree on: contract.json beside it, which `npm run document -w @shelfcast/contracts`
makes from services/contracts.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec


class ContractFault(ValueError):
    """contract.json is not what this package was written for."""


class Training(msgspec.Struct, frozen=True):
    """
    origins          windows that a model is trained on
    windows          the newest ones, on which it is measured by models that have not seen them
    tuning_windows   those before them, on which its recipe is chosen
    """

    origins: int
    windows: int
    tuning_windows: int


class Baseline(msgspec.Struct, frozen=True):
    """A plain method; the feature store computes it. days, alpha: its parameters, where it has them."""

    title: str
    days: int | None = None
    alpha: float | None = None


class Parity(msgspec.Struct, frozen=True):
    """
    limit            largest difference of ONNX from the training library, relative to what the library says
    smallest_share   which counts as at least this share of what it says on average
    """

    limit: float
    smallest_share: float


class AnomalyHead(msgspec.Struct, frozen=True):
    """Inputs that it looks at, and the parameter with the score from which on a row is unusual."""

    inputs: list[str]
    threshold: str


class SlowMoverHead(msgspec.Struct, frozen=True):
    name: str
    # Parameter with the probability from which on a lot is told.
    threshold: str


class LeadTimeHead(msgspec.Struct, frozen=True):
    name: str
    # Parameter with what is left over, in roots of the demand.
    deviation: str


class HeldOutMetrics(msgspec.Struct, frozen=True):
    """Names of metrics on days held out, and of those of the plain rule beside them."""

    precision: str
    precision_of_rule: str
    wape: str
    wape_of_mean_28: str


class Manifest(msgspec.Struct, frozen=True):
    """Name of the file, and the JSON schema of what is in it."""

    name: str
    schema: dict[str, Any]


class Contract(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    models: list[str]
    # Each has a query and a feature hash of its own.
    other_models: list[str]
    # Days ahead that are forecast, and days from one origin to learn from to the next.
    horizons: int
    step_days: int
    training: Training
    # Origins whose features a training takes.
    training_origins: int
    quantiles: dict[str, float]
    # The simplest first.
    baselines: dict[str, Baseline]
    # The baseline that serves where nothing has been measured.
    last_resort: str
    parity: Parity
    # What a planner calls the causes of a forecast.
    reasons: list[str]
    anomaly_heads: dict[str, AnomalyHead]
    slow_mover_head: SlowMoverHead
    lead_time_head: LeadTimeHead
    held_out_metrics: HeldOutMetrics
    # Seconds that a command waits for a part that is away.
    wait_s: float
    database: str
    # Of a statement in the warehouse that nobody waits for.
    background_settings: dict[str, int | str]
    feature_table_prefix: str
    feature_hash_digits: int
    manifest: Manifest
    # JSON schema of a line of progress.
    progress: dict[str, Any]


def read_contract(path: Path) -> Contract:
    """:raises ContractFault: where the file is missing, or not a contract of this package"""
    fix = "Make it anew with npm run document -w @shelfcast/contracts, or install the package of the same commit."
    try:
        return msgspec.json.decode(path.read_bytes(), type=Contract)
    except msgspec.ValidationError as error:
        raise ContractFault(f"{path} is not what this package reads: {error}. {fix}") from error
    except (OSError, msgspec.DecodeError) as error:
        raise ContractFault(f"{path} cannot be read: {error}. {fix}") from error


CONTRACT = read_contract(Path(__file__).with_name("contract.json"))

HORIZONS = CONTRACT.horizons
STEP = timedelta(days=CONTRACT.step_days)
QUANTILES = CONTRACT.quantiles
BASELINES = tuple(CONTRACT.baselines)
TRAINING = CONTRACT.training
