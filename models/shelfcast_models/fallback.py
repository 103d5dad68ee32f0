"""
`shelfcast-models fallback`: forecasts of all series where the demand model cannot be trained yet, by Prophet where that
is installed, else by the baseline that was nearest so far.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from . import prophet
from .backtest import NAMES
from .contract import BASELINES, CONTRACT, HORIZONS, STEP, TRAINING
from .datasets.dataset import Source
from .demand import Rows, baseline_of, of_origins, rows_of
from .metrics import dollar_weights, scale_of, wrmsse
from .panel import Panel
from .progress import Progress


def best_baseline(panel: Panel, rows: Rows, origins: Sequence[date]) -> str:
    """The one with the least WRMSSE over the windows after the origins that have come so far."""
    errors = {name: 0.0 for name in BASELINES}
    for origin in origins:
        target_rows = of_origins(rows, [origin])
        actual = np.where(panel.target_outs(origin) == 1, np.nan, panel.targets(origin))
        if len(target_rows.series) == 0 or np.isnan(actual).all():
            continue
        scale, weights = (measure(panel, panel.index(origin)) for measure in (scale_of, dollar_weights))
        for name in BASELINES:
            forecast = baseline_of(target_rows, name, len(actual))
            errors[name] += wrmsse(actual, forecast, scale, weights)
    best = min(errors, key=lambda name: errors[name])
    return best if errors[best] > 0 else CONTRACT.last_resort


def fall_back(source: Source, out: Path, progress: Progress) -> str:
    """
    Writes store_id, sku, date, units and method of the 28 days after the last one.

    :returns: the method, as a planner reads it
    """
    panel = source.panel
    last = panel.last_day
    with progress.step("Features"):
        earlier = [last - STEP * k for k in range(1, TRAINING.windows + 1)]
        rows = rows_of(panel, source.features.build([last, *earlier], progress), ["days_ahead"])
    newest = of_origins(rows, [last])
    listed = np.unique(newest.series)
    if prophet.available():
        method = "prophet"
        with progress.step("Forecasts by Prophet", len(listed)):
            forecast = prophet.forecast(panel, last, source.store_days, listed.tolist(), progress)
    else:
        method = best_baseline(panel, rows, earlier)
        forecast = baseline_of(newest, method, panel.keys.height)[listed]
    days = [last + timedelta(days=k) for k in range(1, HORIZONS + 1)]
    out.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame(
        {
            "store_id": np.repeat(panel.keys["store_id"].to_numpy()[listed], HORIZONS),
            "sku": np.repeat(panel.keys["sku"].to_numpy()[listed], HORIZONS),
            "date": days * len(listed),
            "units": forecast.ravel().round(4),
            "method": method,
        }
    ).write_csv(out)
    return NAMES[method]
