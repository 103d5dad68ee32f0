"""Memory of accepted messages: 64-bit hashes of their ids, of which the oldest are let go when a bound is reached."""

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]

_BYTES = 8


class Generation:
    """
    Sorted runs of falling size, each at least twice as long as the next: an addition merges the ones that it reaches.
    """

    def __init__(self, begin: int) -> None:
        # Offset at which its first block begins.
        self.begin = begin
        self.runs: list[Hashes] = []

    @property
    def size(self) -> int:
        return sum(map(len, self.runs))

    def known(self, hashes: Hashes) -> npt.NDArray[np.bool_]:
        """`hashes` are sorted: what is looked for in order is found near where the one before it was."""
        is_known = np.zeros(len(hashes), bool)
        for run in self.runs:
            places = np.searchsorted(run, hashes)
            places[places == len(run)] = 0
            is_known |= run[places] == hashes
        return is_known

    def add(self, hashes: Hashes) -> None:
        merged = np.sort(hashes)
        while self.runs and len(self.runs[-1]) < 2 * len(merged):
            merged = np.sort(np.concatenate([self.runs.pop(), merged]), kind="stable")
        self.runs.append(merged)


class IdMemory:
    """
    The ids of one partition, in two generations: the younger one takes what comes, and when a block begins and it has
    half of the bytes, the older one goes and the younger takes its place. Never within a block: of the block under way
    the warehouse could tell nothing.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._most = max(1, limit_bytes // _BYTES // 2)
        self._offset = 0
        self._older: Generation | None = None
        self._younger: Generation | None = None
        # Whether it remembers all that the partition ever accepted.
        self.is_complete = True

    @property
    def from_offset(self) -> int:
        """Offset from which on it remembers all; what is older has to be looked up where it is not complete."""
        oldest = self._older or self._younger
        return oldest.begin if oldest else self._offset

    @property
    def size(self) -> int:
        return sum(each.size for each in (self._older, self._younger) if each)

    def begin_block(self, offset: int) -> None:
        """Says where the block begins whose ids come now: lets the oldest go where there is no more room."""
        self._offset = offset
        if self._younger and self._younger.size >= self._most:
            self.is_complete = self.is_complete and self._older is None
            self._older, self._younger = self._younger, None

    def known(self, hashes: Hashes) -> npt.NDArray[np.bool_]:
        order = np.argsort(hashes)
        ranked = hashes[order]
        is_known = np.zeros(len(hashes), bool)
        for generation in (self._older, self._younger):
            if generation:
                is_known |= generation.known(ranked)
        answer = np.empty_like(is_known)
        answer[order] = is_known
        return answer

    def add(self, hashes: Hashes) -> None:
        if len(hashes) == 0:
            return
        if self._younger is None:
            self._younger = Generation(self._offset)
        self._younger.add(hashes)
