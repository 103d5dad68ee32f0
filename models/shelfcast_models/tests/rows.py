"""Rows as the queries of services/warehouse/features give them, made up."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from ..contract import CONTRACT
from ..detection import LEAD_TIME_INPUTS, SLOW_MOVER_INPUTS

START = date(2026, 1, 1)


def anomaly_rows(count: int = 2_000) -> pl.DataFrame:
    """The first twenty sold too much; at the first ten counts much was missing."""
    draw = np.random.default_rng(1)
    frame = {name: draw.normal(size=count) for name in CONTRACT.anomaly_heads["sales"].inputs}
    frame |= {name: draw.exponential(0.2, size=count) for name in CONTRACT.anomaly_heads["stock"].inputs}
    for name in CONTRACT.anomaly_heads["sales"].inputs:
        frame[name][:20] += 7
    counted = np.arange(count) % 4 == 0
    for name in CONTRACT.anomaly_heads["stock"].inputs:
        frame[name][:40] += 5 * counted[:40]
    days = [START + timedelta(days=k % 50) for k in range(count)]
    return pl.DataFrame({"day": days, "counted_days": np.where(counted, 28, 0), **frame})


def slow_mover_rows(count: int = 3_000) -> pl.DataFrame:
    """Thrown away when there is more than sells, by and large."""
    draw = np.random.default_rng(1)
    frame = {name: draw.uniform(0, 5, size=count) for name in SLOW_MOVER_INPUTS}
    frame["stock_ratio"] = draw.lognormal(size=count)
    wasted = np.maximum(0, frame["stock_ratio"] - 1 + draw.normal(0, 0.3, size=count))
    origins = [START + timedelta(days=7 * (k % 12)) for k in range(count)]
    expiries = [origin + timedelta(days=1 + k % 6) for k, origin in enumerate(origins)]
    return pl.DataFrame({"origin": origins, "expires_on": expiries, "wasted_units": wasted, **frame})


def lead_time_rows(count: int = 1_000) -> pl.DataFrame:
    """Sold: what the weekdays say, in the mean."""
    draw = np.random.default_rng(1)
    demand = draw.uniform(1, 60, size=count)
    noise = {name: demand * draw.uniform(0.9, 1.1, size=count) for name in LEAD_TIME_INPUTS}
    days = [START + timedelta(days=k % 60) for k in range(count)]
    return pl.DataFrame(
        {
            "day": days,
            "received_on": [day + timedelta(days=2) for day in days],
            "sold": draw.poisson(noise["demand_weekdays"]).astype(float),
            **noise,
        }
    )
