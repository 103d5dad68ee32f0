"""Stores and products, as sources publish them to `raw/reference/SOURCE/`."""

from .gate import World
from .lake import Lake

PREFIX = "reference/"
KINDS = {"stores.ndjson": "stores", "products.ndjson": "products"}


def read_reference(lake: Lake, world: World, etags: dict[str, str]) -> None:
    """Reads what has changed since the reading that left these etags."""
    for item in lake.names(lake.environment.raw, PREFIX):
        _, _, path = item.name.partition(PREFIX)
        source, _, file = path.partition("/")
        kind = KINDS.get(file)
        if kind is None or etags.get(item.name) == item.etag:
            continue
        world.take(kind, source, lake.read(lake.environment.raw, item.name))
        etags[item.name] = item.etag
