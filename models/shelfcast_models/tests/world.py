"""A small retailer, made up: two stores, two categories, and what FeatureStore reads of them."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from ..datasets.dataset import Source
from ..datasets.files import FileFeatures
from ..panel import panel_of

START = date(2024, 1, 1)
ALWAYS = date(2100, 1, 1)
STORES = ("oslo", "porto")
CATEGORIES = ("bakery", "dairy")
AHEAD = 28


def world(skus: int = 12, days: int = 500, seed: int = 1) -> dict[str, pl.DataFrame]:
    """
    Tables by name. Weekdays, prices, promotions, an event every 60 days, warm days and empty shelves move what is sold.
    Plans and calendar go on for four weeks after the last day of sales.
    """
    draw = np.random.default_rng(seed)
    calendar = [START + timedelta(days=k) for k in range(days + AHEAD)]
    number = np.arange(days + AHEAD)
    weekday = np.array([0.8, 0.8, 0.9, 1.0, 1.2, 1.5, 0.8])[number % 7]
    festive = np.where(number % 60 == 57, 2.0, 1.0)
    warmth = {store: 10 + 8 * np.sin(number / 58) + draw.normal(0, 2, len(number)) for store in STORES}
    rain = {store: draw.exponential(2, len(number)) for store in STORES}

    series, sold, plan = [], [], []
    for index, store in enumerate(STORES):
        for item in range(skus):
            category = CATEGORIES[item % len(CATEGORIES)]
            names = {"store_id": store, "sku": f"{category}-{item:02d}"}
            series.append(
                {**names, "category": category, "unit": "each", "unit_scale": 1.0, "listed_to": ALWAYS}
            )
            price = np.round(draw.uniform(1, 5) * (1 + 0.1 * (number // 91 % 2)), 2)
            promoted = draw.random(len(number) // 7 + 1)[number // 7] < 0.1
            off = np.where(promoted, 0.2, 0.0)
            rate = (
                draw.lognormal(0.6, 0.9)
                * (1 + 0.3 * index)
                * weekday
                * festive
                * np.where(promoted, 1.8, 1.0)
                * np.exp(0.02 * (warmth[store] - 10))
            )
            empty = draw.random(len(number)) < 0.02
            units = np.where(empty, 0, draw.poisson(rate))
            begins = int(draw.integers(0, 60))
            for k in range(begins, days + AHEAD):
                row = {**names, "day": calendar[k], "price": price[k], "promotion_off": off[k]}
                kind = "end_cap" if off[k] else ""
                # Of the last weeks some are announced late.
                announced = calendar[k] - timedelta(days=14 + 28 * (item % 2) + k % 7)
                plan.append(
                    {
                        **row,
                        "promotion_kind": kind,
                        "announced_on": announced,
                        "promotion_announced_on": announced,
                    }
                )
                if k < days:
                    sold.append({**row, "units": float(units[k]), "stock_out": int(empty[k])})
    store_days = [
        {
            "store_id": store,
            "day": day,
            "event": "market" if k % 60 == 57 else "",
            "event_kind": int(k % 60 == 57),
            "holiday": int(k % 60 == 57),
            "flag": 0.0,
        }
        for store in STORES
        for k, day in enumerate(calendar)
    ]
    weather = [
        {"store_id": store, "day": calendar[k], "temperature_c": warmth[store][k], "rain_mm": rain[store][k]}
        for store in STORES
        for k in range(days)
    ]
    forecasts = [
        {
            "store_id": store,
            "issued_on": calendar[k],
            "day": calendar[k + ahead],
            "temperature_c": warmth[store][k + ahead] + draw.normal(0, ahead / 4),
            "rain_mm": rain[store][k + ahead],
        }
        for store in STORES
        for k in range(days)
        for ahead in range(1, 8)
    ]
    return {
        "series": pl.DataFrame(series),
        "series_days": pl.DataFrame(sold),
        "series_plan": pl.DataFrame(plan),
        "store_days": pl.DataFrame(store_days),
        "store_weather": pl.DataFrame(weather),
        "store_weather_forecasts": pl.DataFrame(forecasts),
    }


def source(inputs: dict[str, pl.DataFrame]) -> Source:
    """As the warehouse gives it: nothing is held out."""
    keys = inputs["series"].select("store_id", "sku", "category")
    return Source(
        "world", panel_of(inputs["series_days"], keys), None, FileFeatures(inputs), inputs["store_days"]
    )
