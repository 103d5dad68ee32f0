"""The package and contract.json: what it refuses, and what it says as the contract does."""

import json
from datetime import date
from pathlib import Path

import pytest
from jsonschema import validate

from .. import contract
from ..backtest import origins_to_learn_from
from ..contract import CONTRACT, ContractFault, read_contract
from ..demand import recipe_of
from ..progress import Progress
from ..train import Options, origins_of_training

DOCUMENT = json.loads(Path(contract.__file__).with_name("contract.json").read_text())


def contract_file(folder: Path, **changes: object) -> Path:
    path = folder / "contract.json"
    path.write_text(json.dumps({**DOCUMENT, **changes}))
    return path


def test_the_contract_of_another_package_is_refused_with_the_fix(tmp_path: Path) -> None:
    match = r"contract\.json is not what this package reads: .*unknown field `version`.*npm run document"
    with pytest.raises(ContractFault, match=match):
        read_contract(contract_file(tmp_path, version=2))


def test_what_is_no_contract_is_refused_by_the_field(tmp_path: Path) -> None:
    with pytest.raises(ContractFault, match=r"Expected `int`, got `str` - at `\$\.horizons`"):
        read_contract(contract_file(tmp_path, horizons="28"))
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


def test_lines_of_progress_are_those_that_the_platform_reads(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(machine=True)
    with progress.step("Heads", 2):
        progress.advance(1 / 3, "mean")
        progress.say("slow")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["done"], line["text"]) for line in lines] == [
        (0, ""),
        (0.33, "mean"),
        (0.33, "slow"),
        (2, ""),
    ]
    for line in lines:
        validate(line, CONTRACT.progress)


def test_what_the_recipe_tells_by_name_is_in_the_contract() -> None:
    assert CONTRACT.last_resort in CONTRACT.baselines
    assert list(CONTRACT.models) == ["demand", *CONTRACT.other_models]
