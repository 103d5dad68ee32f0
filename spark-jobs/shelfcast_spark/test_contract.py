"""What is written anew in Python is held to the examples of the contract, and a contract to what the package reads."""

import json
from pathlib import Path

import pytest

from .contract import CONTRACT, Chain, ContractFault, block_schema, epoch_name, parse_position, read_contract

DOCUMENT = json.loads(Path(__file__).with_name("contract.json").read_text())


def contract_file(folder: Path, **changes: object) -> Path:
    path = folder / "contract.json"
    path.write_text(json.dumps({**DOCUMENT, **changes}))
    return path


def test_the_contract_of_another_package_is_refused_with_the_fix(tmp_path: Path) -> None:
    match = r"contract\.json is not what this package reads: .*unknown field `version`.*npm run document"
    with pytest.raises(ContractFault, match=match):
        read_contract(contract_file(tmp_path, version=2))


def test_what_is_no_contract_is_refused_by_the_field(tmp_path: Path) -> None:
    with pytest.raises(ContractFault, match=r"Expected `str`, got `int` - at `\$\.jobs_prefix`"):
        read_contract(contract_file(tmp_path, jobs_prefix=1))
    with pytest.raises(ContractFault, match=r"contract\.json cannot be read: .*npm run document"):
        read_contract(tmp_path / "none" / "contract.json")


def test_names_are_those_of_the_contract() -> None:
    for example in CONTRACT.examples["chains"]:
        chain = Chain(example["topic"], example["epoch"], example["partition"])
        assert chain.prefix == example["prefix"]
        assert chain.block_name(example["offset"]) == example["block_name"]
        assert chain.position(example["offset"], example["line"]) == example["position"]
        assert str(parse_position(example["position"])) == example["position"]
        assert epoch_name(chain.topic, chain.epoch) == example["epoch_name"]


def test_a_position_is_spelled_anew_and_nonsense_is_none() -> None:
    assert str(parse_position("pos-events@0/03/017/2")) == "pos-events/3/17/2"
    for text in ("", "elsewhere/3/17/2", "pos-events/3/17", "pos-events/3/17/2\n", "pos-events/٣/17/2"):
        assert parse_position(text) is None


def test_columns_have_the_types_that_readers_find() -> None:
    schema = block_schema("sales-transactions")
    assert not schema.field("offset").nullable
    assert schema.field("payload").nullable
    assert [str(schema.field(name).type) for name in ("sku", "id_hash", "event_time", "business_date")] == [
        "string",
        "int64",
        "timestamp[ms, tz=UTC]",
        "date32[day]",
    ]
