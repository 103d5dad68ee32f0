"""`shelfcast-models train --model anomaly|slow-mover|lead-time`: rows of the warehouse, and a bundle of them."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from .datasets.warehouse import connect
from .detection import TRAINERS, definition, write_trained
from .patience import PatientClient
from .progress import Progress


@dataclass(frozen=True)
class Options:
    """until: last day to learn from; the last one that the series have when left out"""

    model: str
    out: Path
    seed: int = 1
    until: date | None = None
    weeks: int = 26


def train_detection(options: Options, progress: Progress) -> dict[str, object]:
    """:returns: the manifest"""
    client = connect()
    try:
        until = options.until or _last_day(client)
        begin = until - timedelta(days=7 * options.weeks - 1)
        with progress.step("Rows"):
            rows = rows_of(client, options.model, begin, until)
    finally:
        client.close()
    if rows.height == 0:
        raise ValueError(
            f"The warehouse has no rows for the model {options.model} from {begin} to {until}. "
            "Run the job build-features, or name another day with --until."
        )
    with progress.step("Training"):
        trained = TRAINERS[options.model](rows, options.seed, until)
    days = rows["origin" if options.model == "slow-mover" else "day"]
    with progress.step("Writing"):
        return write_trained(options.out, options.model, trained, (days.min(), until), options.seed)


def rows_of(client: PatientClient, model: str, begin: date, until: date) -> pl.DataFrame:
    """What the model learns from: of slow movers one evening a week, of the others each day."""
    if model == "slow-mover":
        weeks = range((until - begin).days // 7 + 1)
        origins = [(until - timedelta(days=7 * week)).isoformat() for week in weeks]
        parameters: dict[str, object] = {"origins": origins}
    else:
        parameters = {"from": begin.isoformat(), "to": until.isoformat()}
    rows = pl.DataFrame(pl.from_arrow(client.query_arrow(definition(model), parameters=parameters)))
    names = [name for name in ("day", "origin", "expires_on", "received_on") if name in rows.columns]
    # Days travel as numbers or as dates, by the server's version.
    return rows.with_columns(pl.col(names).cast(pl.Date))


def _last_day(client: PatientClient) -> date:
    days = client.query_arrow("select toInt32(max(day)) from series_daily").column(0)[0].as_py()
    if not days:
        raise ValueError("The warehouse has no daily series yet. Run the job build-features first.")
    return date(1970, 1, 1) + timedelta(days=days)
