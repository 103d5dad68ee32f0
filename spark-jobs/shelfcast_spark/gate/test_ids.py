import random

import numpy as np

from .ids import IdMemory


def hashes(*values: int) -> np.ndarray:
    return np.array(values, np.uint64)


def test_what_was_added_is_known_and_nothing_else() -> None:
    memory, spelled, chance = IdMemory(1 << 20), set(), random.Random(3)
    assert not memory.known(hashes(0, 2**64 - 1)).any()
    for size in (1, 0, 5, 1, 300, 2, 2, 2, 1_000, 1):
        added = [chance.getrandbits(64) for _ in range(size)]
        memory.add(np.array(added, np.uint64))
        spelled.update(added)
        ids = [
            *chance.sample(sorted(spelled), min(50, len(spelled))),
            *(chance.getrandbits(64) for _ in "abc"),
        ]
        assert memory.known(np.array(ids, np.uint64)).tolist() == [each in spelled for each in ids]
    assert memory.is_complete
    assert memory.size == len(spelled)


def test_past_the_bound_the_oldest_go_and_it_says_from_where_on_it_remembers() -> None:
    limit = 8_000
    memory = IdMemory(limit)
    for at in range(0, 20_000, 100):
        memory.begin_block(at)
        memory.add(np.arange(at, at + 100, dtype=np.uint64) + np.uint64(1))
        assert 8 * memory.size <= limit
        assert memory.is_complete == (at < 1_000)
    assert 0 < memory.from_offset < 20_000
    kept = np.arange(memory.from_offset, 20_000, dtype=np.uint64) + np.uint64(1)
    assert memory.known(kept).all()
    assert len(kept) >= limit // 8 // 2
    assert not memory.known(hashes(1)).any()


def test_what_a_block_adds_is_not_forgotten_before_the_next_begins() -> None:
    memory = IdMemory(80)
    for block in range(4):
        memory.begin_block(10 * block)
        for at in range(100 * block, 100 * (block + 1), 25):
            memory.add(np.arange(at, at + 25, dtype=np.uint64) + np.uint64(1))
        assert memory.from_offset == 10 * max(0, block - 1)
        kept = np.arange(10 * memory.from_offset, 100 * (block + 1), dtype=np.uint64) + np.uint64(1)
        assert memory.known(kept).all()
        assert memory.is_complete == (block < 2)
    assert not memory.known(hashes(1)).any()
