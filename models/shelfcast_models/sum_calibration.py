"""The bands of a bundle, and what bands like them were worth on windows that they had not seen."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .backtest import Window, calibration_of
from .calibration import Reconciliation
from .censored_days import completed
from .metrics import measured
from .panel import Panel
from .sum_bands import Band, Forecasts, fit_bands
from .sum_scores import LEVELS, METHODS, Scored, figures_of, score
from .tables import table

METRIC_OF = {
    "bands": "sum_crps",
    "daily quantiles": "sum_crps_daily_quantiles",
    "independent normal": "sum_crps_independent_normal",
}


@dataclass(frozen=True)
class CalibratedSums:
    """
    bands     `demand.sums` of the manifest
    metrics   of held-out windows; none where there is no window to hold out
    text      the same as a table
    """

    bands: dict[str, list[dict[str, object]]]
    metrics: dict[str, float]
    text: str


def calibrate_sums(
    panel: Panel,
    earlier: Sequence[Window],
    windows: Sequence[Window],
    reconciliation: Reconciliation,
    baseline: str,
) -> CalibratedSums:
    """
    The bands of the bundle are of all windows. Those that are scored are of the earlier ones alone, means reconciled as
    these teach, and are scored on the windows after them.

    :param earlier: windows before those that are measured; of a young warehouse none
    :param windows: that are measured, the newest first
    :param reconciliation: as the bundle has it
    """
    is_weighed = weighed_series(panel)
    every = [*windows, *earlier]
    bands = fit_bands(_completed(every, [reconciled(w, reconciliation) for w in every], is_weighed))
    of_baseline = fit_bands(_completed(every, [w.baselines[baseline] for w in every], is_weighed))
    # A window that nothing came before cannot be scored.
    taught, scored = (earlier, windows) if earlier else (windows[1:], windows[:1])
    figures = score_sums(taught, scored, is_weighed) if taught else []
    return CalibratedSums(
        bands={"model": _json(bands), "baseline": _json(of_baseline)},
        metrics=metrics_of(figures),
        text=text_of(figures),
    )


def score_sums(
    taught: Sequence[Window], scored: Sequence[Window], is_weighed: np.ndarray, seed: int = 1
) -> list[Scored]:
    """Bands of the one, on the other."""
    reconciliation = calibration_of(taught)[1]
    bands = fit_bands(_completed(taught, [reconciled(w, reconciliation) for w in taught], is_weighed))
    came = _completed(scored, [reconciled(w, reconciliation) for w in scored], is_weighed)
    return score(bands, came, seed)


def reconciled(window: Window, reconciliation: Reconciliation) -> np.ndarray:
    return reconciliation.apply(window.mean, window.totals)


def weighed_series(panel: Panel) -> np.ndarray:
    """[series] of SKUs that were ever sold in parts of a piece: kilograms and litres."""
    units = np.nan_to_num(panel.units)
    in_parts = (np.abs(units - np.round(units)) > 1e-6).any(axis=1)
    skus = panel.keys["sku"].to_numpy()
    return np.isin(skus, np.unique(skus[in_parts]))


def metrics_of(scored: Sequence[Scored]) -> dict[str, float]:
    """sum_below_95: share of the held-out sums up to their quantile 0.95. Losses are relative to what came."""
    figures = {method: figures_of(scored, method) for method in METHODS}
    bands = figures["bands"]
    if bands is None:
        return {}
    below = {f"sum_below_{round(100 * level)}": bands.below[level] for level in LEVELS}
    losses = {METRIC_OF[method]: each.crps for method, each in figures.items() if each}
    return measured({**below, "sum_pinball_95": bands.pinball[0.95], **losses})


def text_of(scored: Sequence[Scored]) -> str:
    rows = []
    for method in METHODS:
        figures = figures_of(scored, method)
        if figures is not None:
            below = [
                f"{figures.below[q]:.3f} ({figures.below_interval[q][0]:.3f}-{figures.below_interval[q][1]:.3f})"
                for q in LEVELS
            ]
            rows.append([method, *below, figures.pinball[0.95], figures.crps])
    head = ["sums of days by", *(f"below {q:g}" for q in LEVELS), "pinball 0.95", "CRPS"]
    return table(head, rows) if rows else ""


def _completed(
    windows: Sequence[Window], means: Sequence[np.ndarray], is_weighed: np.ndarray
) -> list[Forecasts]:
    forecasts = [
        Forecasts(mean, window.actual, is_weighed) for window, mean in zip(windows, means, strict=True)
    ]
    return completed(forecasts, [window.sold for window in windows])[0]


def _json(bands: Sequence[Band]) -> list[dict[str, object]]:
    return [band.to_json() for band in bands]
