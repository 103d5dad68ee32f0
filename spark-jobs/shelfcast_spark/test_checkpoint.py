"""Which checkpoint a stream goes on with."""

import json

from .checkpoint import checkpoint_of, committed_offsets, is_ahead
from .tests.lake import MemoryLake

IDENTITY = {"sales-transactions": [0, "topic-1"]}


def committed(lake: MemoryLake, prefix: str, batch: int, offset: int) -> None:
    """What Spark writes of a batch that it has finished."""
    offsets = json.dumps({"sales-transactions": {"0": offset}})
    lake.put("raw", f"{prefix}offsets/{batch}", f'v1\n{{"batchWatermarkMs":0}}\n{offsets}'.encode())
    lake.put("raw", f"{prefix}commits/{batch}", b"v1\n{}")


def test_a_stream_goes_on_with_its_checkpoint() -> None:
    lake = MemoryLake()
    first = checkpoint_of(lake, "land", IDENTITY, {"sales-transactions": {0: 0}})
    committed(lake, first.prefix, 9, 50)
    committed(lake, first.prefix, 10, 60)
    assert committed_offsets(lake, first.prefix) == {"sales-transactions": {0: 60}}
    assert checkpoint_of(lake, "land", IDENTITY, {"sales-transactions": {0: 60}}) == first


def test_a_batch_that_was_begun_and_not_finished_is_not_taken_for_done() -> None:
    lake = MemoryLake()
    prefix = checkpoint_of(lake, "land", IDENTITY, {}).prefix
    committed(lake, prefix, 0, 50)
    lake.put("raw", f"{prefix}offsets/1", b'v1\n{}\n{"sales-transactions":{"0":90}}')
    assert committed_offsets(lake, prefix) == {"sales-transactions": {0: 50}}


def test_a_checkpoint_that_is_ahead_of_the_chain_is_left_behind() -> None:
    lake = MemoryLake()
    first = checkpoint_of(lake, "land", IDENTITY, {})
    committed(lake, first.prefix, 0, 50)
    restored = checkpoint_of(lake, "land", IDENTITY, {"sales-transactions": {0: 49}})
    assert restored.prefix != first.prefix
    assert checkpoint_of(lake, "land", IDENTITY, {"sales-transactions": {0: 49}}) == restored


def test_a_topic_that_was_created_again_begins_a_new_one() -> None:
    lake = MemoryLake()
    first = checkpoint_of(lake, "land", IDENTITY, {})
    assert checkpoint_of(lake, "land", {"sales-transactions": [1, "topic-2"]}, {}) != first


def test_a_partition_that_the_chain_does_not_have_is_at_its_begin() -> None:
    assert is_ahead({"t": {1: 1}}, {"t": {0: 5}})
    assert not is_ahead({"t": {1: 0}}, {})
