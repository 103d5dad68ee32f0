"""Keeping the tables quick to read and bounded: small files merged, old snapshots and unused files removed."""

import time
from dataclasses import dataclass

from py4j.java_gateway import JavaObject
from pyspark.sql import Row, SparkSession

from . import coverage
from .commits import Commits
from .faults import Faults
from .tables import TARGET_BYTES

# What is smaller takes part in merging: at three quarters of the target, a file gains nothing by it.
SMALL_BYTES = TARGET_BYTES * 3 // 4
# Two small files of a day become one. A day whose rows came late is so merged again, and a day of one file never.
SMALL_FILES = 2
# Appending merges manifests only from a hundred on, and each reader opens all of them.
MANIFESTS = 20
# So many snapshots are kept whatever their age, or a week without a new one would leave nothing to travel to.
KEPT_SNAPSHOTS = 5
DAY_MS = 86_400_000
# A file of a commit that is under way is in no snapshot yet, and no commit takes a day.
ORPHAN_AGE_MS = DAY_MS


@dataclass(frozen=True)
class Size:
    files: int
    bytes: int


class Keeping:
    """
    @param snapshot_days how long a snapshot can be travelled to; None: for ever
    """

    def __init__(self, session: SparkSession, snapshot_days: int | None, faults: Faults) -> None:
        self._session = session
        self._snapshot_days = snapshot_days
        self._faults = faults

    def size(self, commits: Commits) -> Size:
        summary = commits.load().currentSnapshot().summary()
        return Size(int(summary["total-data-files"]), int(summary["total-files-size"]))

    def merge(self, commits: Commits) -> bool:
        """Merges the small files of each day that has several, sorted. Returns whether there was such a day."""
        by_day = "group by partition" if commits.table.partition else ""
        days = self._ask(f"""
            select count(*) as found
            from (
                select count(*) as files
                from {commits.table.full_name}.files
                where file_size_in_bytes < {SMALL_BYTES}
                {by_day}
            )
            where files >= {SMALL_FILES}""")
        if days.found == 0:
            return False
        covers = coverage.written(commits.covers())
        commits.publish(
            lambda branch, iceberg: (
                self._actions()
                .rewriteDataFiles(iceberg)
                .toBranch(branch)
                .sort()
                .option("min-input-files", str(SMALL_FILES))
                .option("min-file-size-bytes", str(SMALL_BYTES))
                .option("target-file-size-bytes", str(TARGET_BYTES))
                .option("max-concurrent-file-group-rewrites", "2")
                .snapshotProperty(coverage.COVERS, covers)
                .execute()
            ),
            lambda: self._faults.reached("merged"),
        )
        self._faults.reached("merge-published")
        return True

    def merge_manifests(self, commits: Commits) -> None:
        iceberg = commits.load()
        if iceberg.currentSnapshot().allManifests(iceberg.io()).size() < MANIFESTS:
            return
        rewriting = self._actions().rewriteManifests(iceberg)
        rewriting.snapshotProperty(coverage.COVERS, coverage.written(commits.covers())).execute()
        self._faults.reached("manifests")

    def expire(self, commits: Commits) -> None:
        """Removes snapshots that are older than is wanted, with the files that no other snapshot has."""
        if self._snapshot_days is None:
            return
        oldest = int(time.time() * 1000) - self._snapshot_days * DAY_MS
        snapshots = list(commits.load().snapshots())
        if len(snapshots) <= KEPT_SNAPSHOTS or snapshots[0].timestampMillis() >= oldest:
            return
        self._actions().expireSnapshots(commits.load()).expireOlderThan(oldest).retainLast(
            KEPT_SNAPSHOTS
        ).execute()
        self._faults.reached("expired")

    def remove_orphans(self, commits: Commits, now_ms: int) -> None:
        """Removes files of runs that were killed."""
        oldest = now_ms - ORPHAN_AGE_MS
        self._actions().deleteOrphanFiles(commits.load()).usePrefixListing(True).olderThan(oldest).execute()
        self._faults.reached("orphans")

    def _actions(self) -> JavaObject:
        return self._session._jvm.org.apache.iceberg.spark.actions.SparkActions.get(
            self._session._jsparkSession
        )

    def _ask(self, query: str) -> Row:
        return self._session.sql(query).collect()[0]
