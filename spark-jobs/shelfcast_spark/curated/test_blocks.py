from types import SimpleNamespace
from typing import cast

import pytest

from ..chain import ChainFault
from ..contract import Chain
from ..lake import Lake, StoredObject
from .blocks import chain_in, chains_of, read_blocks

CHAIN = Chain("sales-transactions", 1, 3)


def metadata(end: int, **overrides: str) -> dict[str, str]:
    numbers = {"messages": "5", "rows-accepted": "4", "rows-refused": "1", "offsets-missing": "0"}
    return {"end-offset": str(end), **numbers, "produced-min": "10", "produced-max": "20", **overrides}


def lake(objects: dict[str, dict[str, str]], folders: dict[str, list[str]] | None = None) -> Lake:
    fake = SimpleNamespace(
        environment=SimpleNamespace(raw="raw"),
        metadata=lambda _bucket, name: objects.get(name),
        folders=lambda _bucket, prefix: (folders or {}).get(prefix, []),
    )
    return cast(Lake, fake)


def read(ends: list[tuple[int, dict[str, str]]], begin: int = 0) -> list[tuple[int, int]]:
    objects = {CHAIN.block_name(first): said for first, said in ends}
    stored = [StoredObject(name, 100, "") for name in objects]
    return [(block.begin, block.end) for block in read_blocks(lake(objects), CHAIN, stored, begin)]


def test_blocks_follow_on_each_other() -> None:
    assert read([(10, metadata(20)), (20, metadata(25))], begin=10) == [(10, 20), (20, 25)]


def test_a_gap_names_the_block_after_it() -> None:
    with pytest.raises(
        ChainFault, match=r'block "raw/.*/00000000000000000021.parquet" begins at 21.*ends at 20'
    ):
        read([(10, metadata(20)), (21, metadata(25))], begin=10)
    with pytest.raises(ChainFault, match="begins at 10, what is before it ends at 0"):
        read([(10, metadata(20))])


def test_what_is_no_block_is_named() -> None:
    with pytest.raises(ChainFault, match=r"has no metadata .* so it is no block"):
        read([(0, {})])


def test_a_block_of_gaps_alone_has_no_earliest_time() -> None:
    head = metadata(20, **{"produced-min": "Infinity", "produced-max": "0"})
    stored = [StoredObject(CHAIN.block_name(0), 100, "")]
    [block] = read_blocks(lake({stored[0].name: head}), CHAIN, stored, 0)
    assert (block.produced_min, block.produced_max) == (0, 0)


def test_chains_of_all_lives_are_found() -> None:
    folders = {
        "sales-transactions/": [
            "sales-transactions/e=1/",
            "sales-transactions/p=03/",
            "sales-transactions/odd/",
        ],
        "sales-transactions/e=1/": [CHAIN.prefix],
    }
    assert chains_of(lake({}, folders)) == [CHAIN, Chain("sales-transactions", 0, 3)]
    assert chain_in("pos-events/p=11/") == Chain("pos-events", 0, 11)
    assert chain_in("history/p=11/") is None
