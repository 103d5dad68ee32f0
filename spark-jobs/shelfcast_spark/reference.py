"""Stores and products, as sources publish them: the snapshots `raw/datasets/KIND/SOURCE/`."""

from .contract import CONTRACT
from .gate import World
from .lake import Lake


def read_reference(lake: Lake, world: World, etags: dict[str, str]) -> None:
    """Reads what has changed since the reading that left these etags."""
    for kind in CONTRACT.reference.kinds:
        folder = f"{CONTRACT.reference.prefix}{kind}/"
        for item in lake.names(lake.environment.raw, folder):
            source, _, file = item.name.removeprefix(folder).partition("/")
            if file != CONTRACT.reference.file or etags.get(item.name) == item.etag:
                continue
            world.take(kind, source, lake.read(lake.environment.raw, item.name))
            etags[item.name] = item.etag
