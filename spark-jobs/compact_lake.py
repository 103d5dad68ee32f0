"""
The curated zone, brought up to date: blocks that came since into the Iceberg tables, small files of a day merged, old
snapshots and unused files removed. Run once a day; killed at any moment, the next run goes on. See docs/curated.md.
"""

import json
import time

from shelfcast_spark.curated import warehouse
from shelfcast_spark.curated.catalog import CatalogEnvironment, catalog_settings
from shelfcast_spark.curated.commits import Commits
from shelfcast_spark.curated.covering import Covering
from shelfcast_spark.curated.faults import Faults
from shelfcast_spark.curated.keeping import DAY_MS, Keeping, Size
from shelfcast_spark.curated.state import State
from shelfcast_spark.environment import LakeEnvironment, Variables
from shelfcast_spark.lake import Lake
from shelfcast_spark.progress import Progress
from shelfcast_spark.session import create_session
from shelfcast_spark.warehouse import WarehouseEnvironment


def main() -> None:
    began = time.monotonic()
    variables = Variables()
    environment = LakeEnvironment.read(variables)
    catalog = CatalogEnvironment.read(variables, environment)
    shown = WarehouseEnvironment.read(variables)
    snapshot_days = variables.days("RETENTION_CURATED_SNAPSHOTS_DAYS", least=0)
    faults = Faults(variables.text("COMPACT_KILL_AFTER"))
    variables.check()
    lake = Lake(environment)
    progress = Progress(lake, "compact")
    try:
        progress.step("looking for blocks")
        state = State.read(lake)
        if state is not None and state.is_current(lake):
            # Seconds, where a Spark session would take half a minute to find the same.
            figures: dict[str, float] = {"blocks": 0, "rows": 0}
        else:
            progress.step("starting Spark")
            session = create_session("compact", environment, catalog_settings(catalog, environment))
            covering = Covering(session, lake, f"s3a://{environment.raw}", progress, faults)
            figures = compact(covering, Keeping(session, snapshot_days, faults), progress)
            state = State.read(lake)
        if state is not None and shown is not None:
            warehouse.show(shown, state.tables)
        figures["seconds"] = round(time.monotonic() - began, 1)
        progress.metrics(**figures)
        progress.step("up to date")
        progress.end()
        print(json.dumps(figures), flush=True)
    except BaseException as error:
        progress.end(error)
        raise


def compact(covering: Covering, keeping: Keeping, progress: Progress) -> dict[str, float]:
    """Returns the figures of the run; files and bytes are those of all tables, before and after merging."""
    began = time.monotonic()
    covered = covering.run()
    covering_s = time.monotonic() - began
    tables = [commits for commits in covering.commits.values() if commits.exists()]
    before, after = [], []
    for done, commits in enumerate(tables):
        progress.step(f"merging files of {commits.table.name}", done, len(tables))
        before.append(keeping.size(commits))
        keeping.merge(commits)
        keeping.merge_manifests(commits)
        after.append(keeping.size(commits))
    # Before anything is removed: what is recorded now is the newest, and stays.
    covered.tagged += covering.record(is_merged=True)
    if covered.blocks:
        for done, commits in enumerate(tables):
            progress.step(f"removing what is old of {commits.table.name}", done, len(tables))
            keeping.expire(commits)
    clean(covering.lake, keeping, tables)
    return {
        "blocks": covered.blocks,
        "blocks_tagged": covered.tagged,
        "rows": covered.rows,
        "rows_per_s": round(covered.rows / covering_s),
        **sizes("before", before),
        **sizes("after", after),
    }


def clean(lake: Lake, keeping: Keeping, tables: list[Commits]) -> None:
    """Looks for files of killed runs, once a day: those are a day old at least when they are removed."""
    state = State.read(lake)
    now = int(time.time() * 1000)
    if state is None or now - state.cleaned_at < DAY_MS:
        return
    # Files of a first run are too young to be looked for.
    if state.cleaned_at:
        for commits in tables:
            keeping.remove_orphans(commits, now)
    state.cleaned_at = now
    state.write(lake)


def sizes(when: str, tables: list[Size]) -> dict[str, float]:
    return {
        f"files_{when}": sum(size.files for size in tables),
        f"bytes_{when}": sum(size.bytes for size in tables),
    }


if __name__ == "__main__":
    main()
