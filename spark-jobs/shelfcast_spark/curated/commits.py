"""
Commits to a table, of which each says what it covers.

Iceberg lets two writers append at once, and would then hold the same blocks twice. So every change is made on a branch
of its own that nobody reads, and published by moving `main` on to it: that takes place only where `main` is still what
the branch was made from, in one commit. Of two runs at once one is taken, and the other one fails.
"""

import uuid
from collections.abc import Callable
from contextlib import suppress

from py4j.java_gateway import JavaObject
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from . import coverage
from .coverage import Coverage
from .tables import CuratedTable

MAIN = "main"
# Spark reads a branch as `table.branch_NAME`; names are lower case without hyphens, so that they need no quotes.
_RUN = "run_"


class Commits:
    """The commits of one table."""

    def __init__(self, session: SparkSession, table: CuratedTable) -> None:
        self.session = session
        self.table = table

    def exists(self) -> bool:
        return self.session.catalog.tableExists(self.table.full_name)

    def load(self) -> JavaObject:
        """The table as it is now, as Iceberg's own object."""
        loader = self.session._jvm.org.apache.iceberg.spark.Spark3Util
        return loader.loadIcebergTable(self.session._jsparkSession, self.table.full_name)

    def prepare(self) -> None:
        """Sets the order of its files, gives a new table its first snapshot, and drops what killed runs left."""
        iceberg = self.load()
        if iceberg.sortOrder().isUnsorted():
            # One file a day and commit; without a partition, one file.
            distributed = "distributed by partition " if self.table.partition else ""
            self.session.sql(
                f"alter table {self.table.full_name} write {distributed}locally ordered by {self.table.order}"
            )
        if iceberg.currentSnapshot() is None:
            iceberg.newAppend().set(coverage.COVERS, coverage.written({})).commit()
        branches = [name for name in iceberg.refs() if name.startswith(_RUN)]
        if branches:
            update = self.load().manageSnapshots()
            for name in branches:
                update = update.removeBranch(name)
            update.commit()

    def covers(self) -> Coverage:
        """
        What the table holds. A snapshot that another program made says nothing of it, so those before it are asked too.
        """
        iceberg = self.load()
        coverages: list[Coverage] = []
        for snapshot_id in self.session._jvm.org.apache.iceberg.util.SnapshotUtil.currentAncestorIds(iceberg):
            text = iceberg.snapshot(snapshot_id).summary().get(coverage.COVERS)
            if text is not None:
                coverages.append(coverage.parse(text))
        return coverage.longest(coverages)

    def publish(self, change: Callable[[str, JavaObject], None], ready: Callable[[], None]) -> None:
        """
        Makes a change on a branch, and the branch the table.

        @param change is given the branch's name, and the table
        @param ready is called when the change is made and nobody sees it
        """
        iceberg = self.load()
        branch = f"{_RUN}{uuid.uuid4().hex}"
        base = iceberg.currentSnapshot().snapshotId()
        iceberg.manageSnapshots().createBranch(branch, base).commit()
        try:
            change(branch, self.load())
            ready()
            update = self.load().manageSnapshots()
            update.fastForwardBranch(MAIN, branch).removeBranch(branch).commit()
        except BaseException:
            # Its files go when snapshots are expired; the next run would drop it, too.
            with suppress(Py4JError, PySparkException):
                self.load().manageSnapshots().removeBranch(branch).commit()
            raise
