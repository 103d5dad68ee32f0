"""Features of series that lie in files, by the embedded engine. Each origin is built once."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from ..features import FeatureStore
from ..progress import Progress


class FileFeatures:
    def __init__(self, inputs: dict[str, pl.DataFrame]) -> None:
        self._store = FeatureStore(inputs)
        self._built: dict[date, pl.DataFrame] = {}

    def build(self, origins: Sequence[date], progress: Progress | None = None) -> pl.DataFrame:
        missing = [origin for origin in origins if origin not in self._built]
        if missing:
            rows = pl.from_arrow(self._store.build(missing, progress))
            rows = rows.with_columns(pl.col("origin", "target_date").cast(pl.Date))
            for (origin,), part in rows.partition_by("origin", as_dict=True).items():
                self._built[origin] = part
        parts = [self._built[origin] for origin in origins if origin in self._built]
        if not parts:
            raise ValueError("No series has a day at any of the origins, so there is nothing to learn from.")
        return pl.concat(parts)

    def close(self) -> None:
        self._store.close()
