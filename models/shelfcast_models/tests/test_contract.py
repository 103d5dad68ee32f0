"""The package and contract.json: what it refuses, and what it says as the contract does."""

import json
from datetime import date
from pathlib import Path

import pytest

from .. import contract
from ..backtest import origins_to_learn_from
from ..contract import CONTRACT, ContractFault, read_contract
from ..demand import recipe_of
from ..train import Options, origins_of_training

DOCUMENT = json.loads(Path(contract.__file__).with_name("contract.json").read_text())


def written(folder: Path, **changes: object) -> Path:
    path = folder / "contract.json"
    path.write_text(json.dumps({**DOCUMENT, **changes}))
    return path


def test_another_version_is_refused_by_name_with_the_fix(tmp_path: Path) -> None:
    with pytest.raises(
        ContractFault, match=r"contract\.json is of version 2, .* reads version 1\. .*npm run document"
    ):
        read_contract(written(tmp_path, version=2))


def test_what_is_no_contract_is_refused_by_the_field(tmp_path: Path) -> None:
    with pytest.raises(ContractFault, match=r"Expected `int`, got `str` - at `\$\.horizons`"):
        read_contract(written(tmp_path, horizons="28"))
    with pytest.raises(ContractFault, match=r"contract\.json cannot be read: .*npm run document"):
        read_contract(tmp_path / "none" / "contract.json")


def test_a_training_takes_the_origins_that_are_built_for_it() -> None:
    last = date(2026, 1, 31)
    options = Options(out=Path())
    origins = origins_of_training(last, options)
    assert len(origins) == CONTRACT.training_origins
    # The oldest window that a recipe is chosen on is learned from the oldest of them.
    oldest = origins[options.windows + CONTRACT.training.tuning_windows]
    assert origins_to_learn_from(oldest, recipe_of("full"))[-1] == origins[-1]


def test_what_the_recipe_tells_by_name_is_in_the_contract() -> None:
    assert CONTRACT.last_resort in CONTRACT.baselines
    assert list(CONTRACT.models) == ["demand", *CONTRACT.other_models]
