"""Which Iceberg catalogue the tables are in, by configuration: one that S3 has, one in PostgreSQL, or AWS Glue."""

from dataclasses import dataclass

from ..environment import LakeEnvironment, Variables

CATALOG = "curated"
NAMESPACE = "shelfcast"


@dataclass(frozen=True)
class CatalogEnvironment:
    kind: str
    uri: str
    warehouse: str
    jdbc_user: str
    jdbc_password: str

    @staticmethod
    def read(variables: Variables, lake: LakeEnvironment) -> "CatalogEnvironment":
        kind = variables.choice("ICEBERG_CATALOG")
        uri = variables.text("ICEBERG_URI")
        if kind == "jdbc" and not uri.startswith("jdbc:"):
            variables.fault(
                f'ICEBERG_URI is "{uri}": a JDBC catalogue has one like jdbc:postgresql://HOST/DATABASE'
            )
        return CatalogEnvironment(
            kind=kind,
            uri=uri,
            warehouse=variables.text("ICEBERG_WAREHOUSE") or f"s3://{lake.curated}",
            jdbc_user=variables.text("ICEBERG_JDBC_USER"),
            jdbc_password=variables.text("ICEBERG_JDBC_PASSWORD"),
        )


def catalog_settings(catalog: CatalogEnvironment, lake: LakeEnvironment) -> dict[str, str]:
    """Settings of a Spark session in which the tables are `curated.shelfcast.NAME`."""
    prefix = f"spark.sql.catalog.{CATALOG}"
    own = {
        "warehouse": catalog.warehouse,
        # A table that another process has committed to is seen as it is now.
        "cache-enabled": "false",
        **_kind_settings(catalog, lake),
        **_file_settings(lake),
    }
    return {
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        prefix: "org.apache.iceberg.spark.SparkCatalog",
        **{f"{prefix}.{name}": value for name, value in own.items()},
    }


def _kind_settings(catalog: CatalogEnvironment, lake: LakeEnvironment) -> dict[str, str]:
    if catalog.kind == "glue":
        return {"type": "glue"}
    if catalog.kind == "jdbc":
        settings = {"type": "jdbc", "uri": catalog.uri, "jdbc.schema-version": "V1"}
        if catalog.jdbc_user:
            settings |= {"jdbc.user": catalog.jdbc_user, "jdbc.password": catalog.jdbc_password}
        return settings
    # SeaweedFS signs in whoever has the keys of the object store.
    return {
        "type": "rest",
        "uri": catalog.uri,
        "credential": f"{lake.access_key}:{lake.secret_key}",
        "oauth2-server-uri": f"{catalog.uri.rstrip('/')}/v1/oauth/tokens",
        "scope": "PRINCIPAL_ROLE:ALL",
    }


def _file_settings(lake: LakeEnvironment) -> dict[str, str]:
    settings = {"io-impl": "org.apache.iceberg.aws.s3.S3FileIO", "client.region": lake.region}
    if lake.endpoint:
        settings |= {"s3.endpoint": lake.endpoint, "s3.path-style-access": "true"}
    if lake.access_key:
        settings |= {"s3.access-key-id": lake.access_key, "s3.secret-access-key": lake.secret_key}
    return settings
