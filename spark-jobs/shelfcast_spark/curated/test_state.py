from ..contract import Chain
from ..tests.lake import MemoryLake
from .state import State, TableState, tag_covered

CHAIN = Chain("pos-events", 0, 2)


class TaggingLake(MemoryLake):
    def __init__(self, *begins: int) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.land(*begins)

    def land(self, *begins: int) -> None:
        for begin in begins:
            self.put("raw", CHAIN.block_name(begin), b"")

    def folders(self, _bucket: str, prefix: str) -> list[str]:
        return [CHAIN.prefix] if CHAIN.prefix.startswith(prefix) else []

    def tag(self, _bucket: str, name: str, tags: dict[str, str]) -> None:
        assert tags == {"curated": "yes"}
        self.tags.add(name)


def covering(end: int) -> State:
    return State(tables={"sales": TableState("s3://x", 1, True)}, covers={CHAIN.prefix: (0, end)})


def names(*begins: int) -> set[str]:
    return {CHAIN.block_name(begin) for begin in begins}


def test_the_newest_block_has_no_tag_until_another_follows() -> None:
    lake = TaggingLake(0, 10, 20)
    state = covering(30)
    assert not state.is_current(lake)
    state.tagged, count = tag_covered(lake, state)
    assert (lake.tags, count) == (names(0, 10), 2)
    assert state.is_current(lake)

    lake.land(30, 40)
    assert not state.is_current(lake)
    # The next run covers one of them.
    state.covers = {CHAIN.prefix: (0, 40)}
    state.tagged, count = tag_covered(lake, state)
    assert (lake.tags, count) == (names(0, 10, 20, 30), 2)


def test_what_a_killed_run_did_not_tag_the_next_one_does() -> None:
    lake = TaggingLake(0, 10, 20)
    state = covering(30)
    lake.tag("raw", CHAIN.block_name(0), {"curated": "yes"})
    assert not state.is_current(lake)
    tag_covered(lake, state)
    assert lake.tags == names(0, 10)


def test_blocks_that_have_expired_are_passed_over() -> None:
    lake = TaggingLake(20)
    state = covering(30)
    state.tagged, count = tag_covered(lake, state)
    assert (count, state.tagged) == (0, {CHAIN.prefix: (0, 20)})
    assert state.is_current(lake)


def test_what_is_written_is_read_again() -> None:
    lake = TaggingLake()
    assert State.read(lake) is None
    state = covering(30)
    state.write(lake)
    assert State.read(lake) == state
