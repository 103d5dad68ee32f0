import pytest

from ..environment import EnvironmentFault, LakeEnvironment, Variables
from .catalog import CatalogEnvironment, catalog_settings

S3 = {"S3_ENDPOINT": "http://127.0.0.1:9000", "S3_ACCESS_KEY": "key", "S3_SECRET_KEY": "secret"}


def settings(source: dict[str, str]) -> dict[str, str]:
    variables = Variables(source)
    lake = LakeEnvironment.read(variables)
    catalog = CatalogEnvironment.read(variables, lake)
    variables.check()
    prefix = "spark.sql.catalog.curated."
    values = catalog_settings(catalog, lake)
    return {key.removeprefix(prefix): value for key, value in values.items() if key.startswith(prefix)}


def test_rest_signs_in_with_the_keys_of_the_object_store() -> None:
    values = settings(S3)
    assert values["type"] == "rest"
    assert values["uri"] == "http://127.0.0.1:8181"
    assert values["credential"] == "key:secret"
    assert values["warehouse"] == "s3://curated"
    assert values["s3.endpoint"] == S3["S3_ENDPOINT"]


def test_jdbc_has_a_user_of_its_own() -> None:
    jdbc = {"ICEBERG_CATALOG": "jdbc", "ICEBERG_JDBC_USER": "shelfcast", "ICEBERG_JDBC_PASSWORD": "word"}
    values = settings(S3 | jdbc | {"ICEBERG_URI": "jdbc:postgresql://postgres/iceberg"})
    assert (values["type"], values["uri"]) == ("jdbc", "jdbc:postgresql://postgres/iceberg")
    assert (values["jdbc.user"], values["jdbc.password"]) == ("shelfcast", "word")
    assert "credential" not in values


def test_glue_needs_no_address_and_takes_the_machines_own_role() -> None:
    values = settings(
        {"ICEBERG_CATALOG": "glue", "S3_REGION": "eu-west-1", "ICEBERG_WAREHOUSE": "s3://ours/curated"}
    )
    assert values == {
        "type": "glue",
        "warehouse": "s3://ours/curated",
        "cache-enabled": "false",
        "io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        "client.region": "eu-west-1",
    }


def test_what_does_not_go_together_is_told_at_once() -> None:
    with pytest.raises(EnvironmentFault, match="set it to rest, jdbc or glue"):
        settings({"ICEBERG_CATALOG": "hive"})
    with pytest.raises(EnvironmentFault, match="a JDBC catalogue has one like jdbc:postgresql"):
        settings({"ICEBERG_CATALOG": "jdbc"})
