"""What a job is told about where it runs. `.env.example` lists the same variables with the same defaults."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

MOST_DAYS = 36_500


class EnvironmentFault(SystemExit):
    """Variables that are missing or malformed; ends the process with all of them named."""


class Variables:
    """Reads variables and collects what is wrong with them, so that all is told at once."""

    def __init__(self, source: Mapping[str, str] = os.environ) -> None:
        self._source = source
        self._faults: list[str] = []

    def text(self, name: str, default: str | None = None) -> str:
        value = self._source.get(name) or default
        if value is None:
            self._faults.append(f"{name} is not set")
            return ""
        return value

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        value = self._source.get(name) or str(default)
        if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
            self._faults.append(f'{name} is "{value}": set it to a whole number from {low} to {high}')
            return default
        return int(value)

    def days(self, name: str, default: int, least: int = 1) -> int | None:
        """Days that something is kept; None for "keep"."""
        if self._source.get(name) == "keep":
            return None
        return self.whole(name, default, least, MOST_DAYS)

    def choice(self, name: str, default: str, known: tuple[str, ...]) -> str:
        value = self._source.get(name) or default
        if value not in known:
            self._faults.append(f'{name} is "{value}": set it to {", ".join(known[:-1])} or {known[-1]}')
            return default
        return value

    def fault(self, text: str) -> None:
        """Tells of variables that do not go together."""
        self._faults.append(text)

    def check(self) -> None:
        if self._faults:
            raise EnvironmentFault(
                f"Environment: {'; '.join(self._faults)}. See .env.example for each variable and its default."
            )


@dataclass(frozen=True)
class LakeEnvironment:
    """The object store. Without an endpoint it is AWS, and without keys the machine's own role is taken."""

    endpoint: str
    region: str
    access_key: str
    secret_key: str
    raw: str
    curated: str
    features: str

    @staticmethod
    def read(variables: Variables) -> "LakeEnvironment":
        return LakeEnvironment(
            endpoint=variables.text("S3_ENDPOINT", ""),
            region=variables.text("S3_REGION", "us-east-1"),
            access_key=variables.text("S3_ACCESS_KEY", ""),
            secret_key=variables.text("S3_SECRET_KEY", ""),
            raw=variables.text("S3_BUCKET_RAW", "raw"),
            curated=variables.text("S3_BUCKET_CURATED", "curated"),
            features=variables.text("S3_BUCKET_FEATURES", "features"),
        )
