"""A bucket in memory."""

from collections.abc import Iterator

from ..environment import LakeEnvironment
from ..lake import StoredObject


class MemoryLake:
    """What one bucket of the object store would hold."""

    def __init__(self) -> None:
        self.environment = LakeEnvironment("", "", "", "", "raw", "curated", "features")
        self.objects: dict[str, tuple[bytes, dict[str, str]]] = {}

    def create(self, _: str, name: str, body: bytes, metadata: dict[str, str] | None = None) -> bool:
        if name in self.objects:
            return False
        self.objects[name] = (body, metadata or {})
        return True

    def put(self, _: str, name: str, body: bytes) -> None:
        self.objects[name] = (body, {})

    def delete(self, _: str, name: str) -> None:
        del self.objects[name]

    def read(self, _: str, name: str) -> bytes:
        return self.objects[name][0]

    def metadata(self, _: str, name: str) -> dict[str, str] | None:
        return self.objects[name][1] if name in self.objects else None

    def names(self, _: str, prefix: str, after: str = "") -> Iterator[StoredObject]:
        for name in sorted(self.objects):
            if name.startswith(prefix) and name > after:
                yield StoredObject(name, len(self.objects[name][0]), str(hash(self.objects[name][0])))
