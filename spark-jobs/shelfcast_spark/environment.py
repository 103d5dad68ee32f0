"""What a job is told about where it runs. `settings.json` has its variables, written from platform/parts."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SETTINGS = json.loads((Path(__file__).parent / "settings.json").read_text())
MOST_DAYS = 36_500


class EnvironmentFault(SystemExit):
    """Variables that are missing or malformed; ends the process with all of them named."""


class Variables:
    """Reads variables and collects what is wrong with them, so that all is told at once."""

    def __init__(self, source: Mapping[str, str] = os.environ) -> None:
        self._source = source
        self._faults: list[str] = []

    def text(self, name: str) -> str:
        return self._source.get(name) or SETTINGS[name]["default"]

    def whole(self, name: str) -> int:
        setting = SETTINGS[name]
        return self._number(name, setting["minimum"], setting["maximum"])

    def days(self, name: str, least: int = 1) -> int | None:
        """Days that something is kept; None for "keep"."""
        return None if self.text(name) == "keep" else self._number(name, least, MOST_DAYS)

    def choice(self, name: str) -> str:
        value = self.text(name)
        choices = SETTINGS[name]["choices"]
        if value not in choices:
            self._faults.append(f'{name} is "{value}": set it to {", ".join(choices[:-1])} or {choices[-1]}')
        return value

    def _number(self, name: str, low: int, high: int) -> int:
        value = self.text(name)
        if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
            self._faults.append(f'{name} is "{value}": set it to a whole number from {low} to {high}')
            return low
        return int(value)

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
            endpoint=variables.text("S3_ENDPOINT"),
            region=variables.text("S3_REGION"),
            access_key=variables.text("S3_ACCESS_KEY"),
            secret_key=variables.text("S3_SECRET_KEY"),
            raw=variables.text("S3_BUCKET_RAW"),
            curated=variables.text("S3_BUCKET_CURATED"),
            features=variables.text("S3_BUCKET_FEATURES"),
        )
