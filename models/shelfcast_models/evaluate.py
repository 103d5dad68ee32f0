"""Accuracy by level, beside the baselines and beside the means that the twin draws from, which nobody could beat."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from .backtest import (
    Window,
    calibration_of,
    finished,
    scores,
    window_of,
)
from .contract import BASELINES, HORIZONS, STEP, TRAINING
from .datasets.dataset import Source
from .demand import rows_of
from .features import reasons
from .panel import Panel
from .progress import Progress
from .train import recipe_of_manifest


def evaluate(
    source: Source, manifest: Path, latent: Path, progress: Progress, windows: int = TRAINING.windows
) -> dict[str, object]:
    """
    :param manifest: of a bundle: its recipe is trained on what was known before each window
    :param latent: CSV of store_id, sku, day, mean
    :param windows: at least two
    :returns: scores by name, each window calibrated on the others
    """
    if windows < 2:
        raise ValueError(
            f"evaluate --windows {windows}: each window is calibrated on the others, so give two or more."
        )
    panel = source.panel
    recipe = recipe_of_manifest(manifest)
    origins = [panel.last_day - STEP * k for k in range(1, windows + 1)]
    grid = [panel.last_day - STEP * k for k in range(windows + recipe.origins + 1)]
    with progress.step("Features"):
        rows = rows_of(panel, source.features.build(grid, progress), list(reasons()))
    with progress.step("Windows", windows):
        forecasts = [
            window_of(panel, panel, rows, origin, recipe, quantiles=False, progress=progress)
            for origin in origins
        ]
    scored = [
        finished(window, *calibration_of([other for other in forecasts if other is not window]))
        for window in forecasts
    ]
    means = latent_means(panel, latent)
    oracle = [
        replace_mean(window, means[:, at + 1 : at + 1 + HORIZONS])
        for window, at in _with_index(scored, panel)
    ]
    return {
        "origins": [window.origin.isoformat() for window in scored],
        "scores": {
            "model": scores(scored, "model"),
            **{name: scores(scored, name) for name in BASELINES},
            "oracle": scores(oracle, "model"),
        },
    }


def latent_means(panel: Panel, path: Path) -> np.ndarray:
    """:returns: [series, days]; 0 where the twin sells nothing"""
    table = pl.read_csv(path, try_parse_dates=True).join(
        panel.keys.with_row_index("series"), on=["store_id", "sku"]
    )
    means = np.zeros(panel.units.shape)
    day = (table["day"] - panel.start).dt.total_days().to_numpy()
    within = (day >= 0) & (day < panel.days)
    means[table["series"].to_numpy()[within], day[within]] = table["mean"].to_numpy()[within]
    return means


def replace_mean(window: Window, mean: np.ndarray) -> Window:
    return replace(window, mean=mean)


def _with_index(windows: list[Window], panel: Panel) -> list[tuple[Window, int]]:
    return [(window, panel.index(window.origin)) for window in windows]
