"""
Prophet (Taylor and Letham, 2018, Forecasting at scale), an optional extra: a model for each series, of its trend, its
weekdays, its year and its store's events. It needs no other series, so it serves where there is too little to train on.
"""

import importlib.util
import logging
import sys
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import polars as pl

from .contract import HORIZONS
from .panel import Panel
from .progress import Progress

# Older days change little and take long.
MOST_DAYS = 3 * 365
YEAR = 365
# With fewer, the mean of them is told.
LEAST_DAYS = 28


def available() -> bool:
    return importlib.util.find_spec("prophet") is not None


def forecast(
    panel: Panel,
    origin: date,
    store_days: pl.DataFrame | None = None,
    series: Sequence[int] | None = None,
    progress: Progress | None = None,
) -> np.ndarray:
    """
    Of the 28 days after the origin, from the days up to it.

    :param store_days: store_id, day and event, where they are known
    :param series: indices into the panel's keys; all when left out
    :returns: [series, 28]
    """
    try:
        from prophet import Prophet  # noqa: PLC0415
    except ImportError:
        raise ValueError(
            "Prophet is not installed beside the training packages. Run: "
            f"{sys.executable} -m pip install --require-hashes -r models/requirements-prophet.txt"
        ) from None
    for name in ("cmdstanpy", "prophet"):
        logging.getLogger(name).setLevel(logging.ERROR)
    import pandas as pd  # noqa: PLC0415  Prophet takes its frames alone, and brings it along

    at = panel.index(origin)
    begin = max(0, at + 1 - MOST_DAYS)
    past = pd.date_range(panel.day(begin), origin)
    ahead = pd.DataFrame({"ds": pd.date_range(origin + timedelta(days=1), periods=HORIZONS)})
    events = _events(store_days)
    indices = range(panel.keys.height) if series is None else series
    forecasts = np.zeros((len(indices), HORIZONS))
    for row, index in enumerate(indices):
        # What was sold on a day on which the shelf was empty is not what was wanted.
        units = np.where(panel.out[index] == 1, np.nan, panel.units[index])[begin : at + 1]
        known_days = int((~np.isnan(units)).sum())
        if known_days < LEAST_DAYS or not np.nansum(units) > 0:
            forecasts[row] = np.nanmean(units) if known_days > 0 else 0
        else:
            model = Prophet(
                weekly_seasonality=True,
                yearly_seasonality=known_days >= YEAR,
                daily_seasonality=False,
                uncertainty_samples=0,
                holidays=events.get(panel.keys["store_id"][index]),
            )
            first = int(np.flatnonzero(~np.isnan(units))[0])
            model.fit(pd.DataFrame({"ds": past[first:], "y": units[first:]}))
            forecasts[row] = np.maximum(model.predict(ahead)["yhat"].to_numpy(), 0)
        if progress:
            progress.advance(1, panel.keys["sku"][index])
    return forecasts


def _events(store_days: pl.DataFrame | None) -> dict[str, object]:
    """By store, as Prophet takes them."""
    import pandas as pd  # noqa: PLC0415

    if store_days is None:
        return {}
    named = (
        store_days.filter(pl.col("event") != "")
        .select("store_id", "event", "day")
        .unique(maintain_order=True)
    )
    return {
        str(store): pd.DataFrame(
            {"holiday": part["event"].to_list(), "ds": pd.to_datetime(part["day"].to_list())}
        )
        for (store,), part in named.partition_by("store_id", as_dict=True).items()
    }
