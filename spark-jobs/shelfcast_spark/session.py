"""The Spark session of a job: the same natively, in compose and on a cluster."""

import os
from pathlib import Path

from pyspark.sql import SparkSession

from .environment import LakeEnvironment, Variables

LOOPBACK = "127.0.0.1"
PACKAGES = str(Path(__file__).resolve().parents[1])


def create_session(name: str, lake: LakeEnvironment, settings: dict[str, str] | None = None) -> SparkSession:
    """
    Started by python, it runs in this process, with SPARK_MASTER, SPARK_DRIVER_MEMORY and the jars
    of the folder SPARK_JARS. Started by spark-submit, master, memory and jars are what that was told.
    """
    builder = SparkSession.builder.appName(name)
    everything = {**_common(), **_s3a(lake), **(settings or {})}
    if "SPARK_ENV_LOADED" not in os.environ:
        everything = {**_local(), **everything}
        # The workers are started by the JVM, and find this package as it was found here.
        os.environ["PYTHONPATH"] = os.pathsep.join([PACKAGES, *filter(None, [os.environ.get("PYTHONPATH")])])
    for key, value in everything.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def _common() -> dict[str, str]:
    return {
        "spark.sql.session.timeZone": "UTC",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": Variables().text("SPARK_SHUFFLE_PARTITIONS"),
    }


def _local() -> dict[str, str]:
    variables = Variables()
    jars = variables.text("SPARK_JARS")
    settings = {
        # A task that fails is tried again: what it does twice is there once.
        "spark.master": variables.text("SPARK_MASTER"),
        "spark.driver.memory": variables.text("SPARK_DRIVER_MEMORY"),
        "spark.driver.host": LOOPBACK,
        "spark.driver.bindAddress": LOOPBACK,
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile=file:{PACKAGES}/log4j2.properties",
        "spark.ui.enabled": "false",
        "spark.local.dir": variables.text("SPARK_LOCAL_DIR"),
    }
    if jars:
        # PySpark has a newer slf4j of its own.
        paths = [str(path) for path in sorted(Path(jars).glob("*.jar")) if "slf4j-api" not in path.name]
        if not paths:
            raise SystemExit(
                f'SPARK_JARS is "{jars}", where no jar lies. Fill it: mvn -f spark-jobs/pom.xml '
                "dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory=THE_FOLDER"
            )
        settings["spark.jars"] = ",".join(paths)
    return settings


def _s3a(lake: LakeEnvironment) -> dict[str, str]:
    prefix = "spark.hadoop.fs.s3a"
    settings = {f"{prefix}.endpoint.region": lake.region}
    if lake.endpoint:
        settings |= {
            f"{prefix}.endpoint": lake.endpoint,
            f"{prefix}.path.style.access": "true",
            f"{prefix}.connection.ssl.enabled": str(lake.endpoint.startswith("https:")).lower(),
        }
    if lake.access_key:
        settings |= {
            f"{prefix}.access.key": lake.access_key,
            f"{prefix}.secret.key": lake.secret_key,
            f"{prefix}.aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
        }
    return settings
