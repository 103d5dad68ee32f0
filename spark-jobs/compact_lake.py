"""
The curated zone, brought up to date: blocks that came since into the Iceberg tables, small files of a day merged, old
snapshots and unused files removed. Run once a day; killed at any moment, the next run goes on. See docs/curated.md.
"""

import json
import time

from shelfcast_spark.curated.catalog import CatalogEnvironment, catalog_settings
from shelfcast_spark.curated.covering import Covered, Covering
from shelfcast_spark.curated.faults import Faults
from shelfcast_spark.curated.keeping import Keeping, Size
from shelfcast_spark.environment import LakeEnvironment, Variables
from shelfcast_spark.lake import Lake
from shelfcast_spark.progress import Progress
from shelfcast_spark.session import create_session


def main() -> None:
    variables = Variables()
    environment = LakeEnvironment.read(variables)
    catalog = CatalogEnvironment.read(variables, environment)
    snapshot_days = variables.whole("CURATED_SNAPSHOT_DAYS", 7, 0, 3_650)
    faults = Faults(variables.text("COMPACT_KILL_AFTER", ""))
    variables.check()
    lake = Lake(environment)
    progress = Progress(lake, "compact")
    try:
        began = time.monotonic()
        session = create_session("compact", environment, catalog_settings(catalog, environment))
        started_s = time.monotonic() - began
        covering = Covering(session, lake, f"s3a://{environment.raw}", progress, faults)
        covered = covering.run()
        covered_s = time.monotonic() - began - started_s
        before, after = keep(covering, Keeping(session, snapshot_days, faults), progress, covered)
        figures = {
            "blocks": covered.blocks,
            "blocks_tagged": covered.tagged,
            "rows": covered.rows,
            "rows_per_s": round(covered.rows / covered_s),
            "files_before": before.files,
            "files_after": after.files,
            "bytes_before": before.bytes,
            "bytes_after": after.bytes,
            "start_s": round(started_s, 1),
            "seconds": round(time.monotonic() - began, 1),
        }
        progress.metrics(**figures)
        progress.step("up to date")
        progress.end()
        print(json.dumps(figures), flush=True)
    except BaseException as error:
        progress.end(error)
        raise


def keep(covering: Covering, keeping: Keeping, progress: Progress, covered: Covered) -> tuple[Size, Size]:
    """Returns the size of all tables before and after merging."""
    tables = [commits for commits in covering.commits.values() if commits.exists()]
    before, after = [], []
    for done, commits in enumerate(tables):
        progress.step(f"merging files of {commits.table.name}", done, len(tables))
        before.append(keeping.size(commits))
        is_merged = keeping.merge(commits)
        keeping.merge_manifests(commits)
        after.append(keeping.size(commits) if is_merged else before[-1])
    # What stands here is not expired: it is the newest.
    if len(tables) == len(covering.commits):
        covered.tagged += covering.record()
    if covered.blocks:
        for done, commits in enumerate(tables):
            progress.step(f"removing what is old of {commits.table.name}", done, len(tables))
            keeping.expire(commits)
            keeping.remove_orphans(commits)
    return total(before), total(after)


def total(sizes: list[Size]) -> Size:
    return Size(sum(size.files for size in sizes), sum(size.bytes for size in sizes))


if __name__ == "__main__":
    main()
