"""What training needs of a dataset."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import polars as pl

from ..panel import Panel
from ..progress import Progress


@dataclass(frozen=True)
class Source:
    """A dataset that has been opened."""

    name: str
    panel: Panel
    # Actuals that nothing may learn from, after the panel's last day; None where there are none.
    held_out: Panel | None
    features: "Features"
    # store_id, day and event of each store's calendar, past and to come; None where it is not known.
    store_days: pl.DataFrame | None = None


class Features(Protocol):
    def build(self, origins: Sequence[date], progress: Progress | None = None) -> pl.DataFrame:
        """The rows of forecast_features for the origins, sorted by store, SKU, origin and horizon."""
        ...

    def close(self) -> None: ...
