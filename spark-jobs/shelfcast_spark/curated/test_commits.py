"""Commits and their keeping, on a catalogue in SQLite and files on this machine."""

import os
import time
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from py4j.java_gateway import JavaObject
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from ..environment import LakeEnvironment, Variables
from ..session import create_session
from . import coverage
from .commits import Commits
from .faults import Faults
from .keeping import DAY_MS, Keeping
from .tables import FACTS, ensure

JARS = os.environ.get("SHELFCAST_TEST_SPARK_JARS")
CHAIN = "pos-events/p=00/"

pytestmark = pytest.mark.skipif(not JARS, reason="SHELFCAST_TEST_SPARK_JARS names no folder of jars")


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    folder = tmp_path_factory.mktemp("curated")
    prefix = "spark.sql.catalog.curated"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_JARS", JARS or "")
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        patch.setenv("SPARK_LOCAL_DIR", str(folder))
        patch.setenv("SPARK_MASTER", "local[1]")
        patch.setenv("SPARK_SHUFFLE_PARTITIONS", "1")
        session = create_session(
            "test",
            LakeEnvironment.read(Variables({})),
            {
                "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
                prefix: "org.apache.iceberg.spark.SparkCatalog",
                f"{prefix}.type": "jdbc",
                f"{prefix}.uri": f"jdbc:sqlite:{folder}/catalogue.db?busy_timeout=10000",
                f"{prefix}.jdbc.schema-version": "V1",
                f"{prefix}.warehouse": f"file:{folder}/warehouse",
                f"{prefix}.cache-enabled": "false",
            },
        )
        yield session
        session.stop()


@pytest.fixture
def commits(session: SparkSession) -> Iterator[Commits]:
    table = FACTS["pos-events"]
    ensure(session, table)
    commits = Commits(session, table)
    commits.prepare()
    yield commits
    session.sql(f"drop table {table.full_name} purge")


def append(commits: Commits, end: int, days: list[int]) -> None:
    """Rows of these days of January, which bring what is covered to `end`."""
    frame = rows(commits, days)
    covers = coverage.written({CHAIN: (0, end)})

    def change(branch: str, _: JavaObject) -> None:
        branch_name = f"{commits.table.full_name}.branch_{branch}"
        frame.writeTo(branch_name).option(f"snapshot-property.{coverage.COVERS}", covers).append()

    commits.publish(change, lambda: None)


def rows(commits: Commits, days: list[int]):  # noqa: ANN201 - a frame
    schema = commits.session.table(commits.table.full_name).schema
    records = [
        {
            "store_id": "T1",
            "event_id": str(day),
            "business_date": date(2026, 1, day),
            "event_time": datetime(2026, 1, day),
        }
        for day in days
    ]
    return commits.session.createDataFrame(
        [tuple(row.get(name) for name in schema.names) for row in records], schema
    )


def count(commits: Commits) -> int:
    return commits.session.table(commits.table.full_name).count()


def test_of_two_runs_at_once_one_is_taken(commits: Commits) -> None:
    append(commits, 5, [1, 2])

    def while_another_commits(branch: str, _: JavaObject) -> None:
        frame = rows(commits, [3])
        frame.writeTo(f"{commits.table.full_name}.branch_{branch}").append()
        append(Commits(commits.session, commits.table), 9, [3])

    with pytest.raises(PySparkException, match="not an ancestor"):
        commits.publish(while_another_commits, lambda: None)
    assert list(commits.load().refs()) == ["main"]
    assert (count(commits), commits.covers()) == (3, {CHAIN: (0, 9)})


def test_nor_is_one_that_looked_before_the_other_committed(commits: Commits) -> None:
    append(commits, 5, [1])
    iceberg = commits.load()
    iceberg.manageSnapshots().createBranch("run_late", iceberg.currentSnapshot().snapshotId()).commit()
    rows(commits, [2]).writeTo(f"{commits.table.full_name}.branch_run_late").append()
    late = commits.load().manageSnapshots().fastForwardBranch("main", "run_late")
    append(commits, 9, [3, 4])
    with pytest.raises(Py4JError):
        late.commit()
    assert (count(commits), commits.covers()) == (3, {CHAIN: (0, 9)})


def test_what_a_killed_run_left_is_not_seen_and_goes(commits: Commits) -> None:
    append(commits, 5, [1])
    iceberg = commits.load()
    iceberg.manageSnapshots().createBranch("run_killed", iceberg.currentSnapshot().snapshotId()).commit()
    rows(commits, [2]).writeTo(f"{commits.table.full_name}.branch_run_killed").append()
    assert count(commits) == 1
    commits.prepare()
    assert list(commits.load().refs()) == ["main"]
    assert (count(commits), commits.covers()) == (1, {CHAIN: (0, 5)})


def test_coverage_outlives_foreign_commits_merging_and_expiry(commits: Commits) -> None:
    for number in range(1, 5):
        append(commits, number, [1])
    rows(commits, [1]).writeTo(commits.table.full_name).append()
    assert commits.covers() == {CHAIN: (0, 4)}
    keeping = Keeping(commits.session, 0, Faults(""))
    assert keeping.merge(commits)
    time.sleep(0.01)  # A snapshot of this very millisecond is not older than now.
    keeping.expire(commits)
    assert len(list(commits.load().snapshots())) == 5
    assert (count(commits), commits.covers()) == (5, {CHAIN: (0, 4)})


def test_only_days_of_several_small_files_are_merged_and_those_with_late_rows_again(commits: Commits) -> None:
    keeping = Keeping(commits.session, 7, Faults(""))
    append(commits, 1, [1, 2, 3])
    assert keeping.size(commits).files == 3
    assert not keeping.merge(commits)
    append(commits, 2, [2])
    assert keeping.merge(commits)
    assert keeping.size(commits).files == 3
    assert not keeping.merge(commits)
    append(commits, 3, [1])
    assert keeping.merge(commits)
    assert (keeping.size(commits).files, count(commits)) == (3, 5)


def test_files_of_killed_runs_go_when_they_are_a_day_old(commits: Commits) -> None:
    append(commits, 1, [1])
    data = Path(commits.load().location().removeprefix("file:")) / "data"
    orphan = data / "left.parquet"
    orphan.write_bytes(b"left")
    kept = sorted(data.rglob("*.parquet"))
    keeping = Keeping(commits.session, 7, Faults(""))
    now = int(time.time() * 1000)
    keeping.remove_orphans(commits, now)
    assert sorted(data.rglob("*.parquet")) == kept
    keeping.remove_orphans(commits, now + DAY_MS + 60_000)
    assert not orphan.exists()
    assert count(commits) == 1
