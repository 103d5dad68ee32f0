"""Which offsets of which chains a snapshot holds: by the chain's folder, from the first offset to before the last."""

import json
from collections.abc import Iterable, Mapping

# Names of the properties of a snapshot.
COVERS = "shelfcast.covers"
ADDED = "shelfcast.added"

Coverage = Mapping[str, tuple[int, int]]


def parse(text: str) -> Coverage:
    return {prefix: (begin, end) for prefix, (begin, end) in json.loads(text).items()}


def written(coverage: Coverage) -> str:
    return json.dumps({prefix: list(coverage[prefix]) for prefix in sorted(coverage)}, separators=(",", ":"))


def end_of(coverage: Coverage, prefix: str) -> int:
    return coverage[prefix][1] if prefix in coverage else 0


def extended(coverage: Coverage, added: Coverage) -> Coverage:
    """Both together. What is added to a chain begins where it ends so far."""
    total = dict(coverage)
    for prefix, (begin, end) in added.items():
        if begin != end_of(coverage, prefix):
            raise ValueError(
                f"{prefix} is covered up to {end_of(coverage, prefix)}, and {begin} to {end} is no part that joins on."
            )
        total[prefix] = (total.get(prefix, (begin, end))[0], end)
    return total


def longest(coverages: Iterable[Coverage]) -> Coverage:
    """The most that any of them covers of each chain."""
    total: dict[str, tuple[int, int]] = {}
    for coverage in coverages:
        for prefix, covered in coverage.items():
            if prefix not in total or covered[1] > total[prefix][1]:
                total[prefix] = covered
    return total


def shared(coverages: Iterable[Coverage]) -> Coverage:
    """What all of them cover."""
    all_of_them = list(coverages)
    first, *others = all_of_them
    return {
        prefix: (covered[0], min(each[prefix][1] for each in all_of_them))
        for prefix, covered in first.items()
        if all(prefix in other for other in others)
    }
