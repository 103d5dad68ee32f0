"""The curated tables in ClickHouse: `curated.sales` and the others, each at the snapshot that was recorded last."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import clickhouse_connect

from ..environment import Variables
from .state import TableState

DATABASE = "curated"
# Named collection of the curated bucket; its keys are in the server's configuration.
COLLECTION = "curated"


@dataclass(frozen=True)
class WarehouseEnvironment:
    """Without a password there is no warehouse that should know."""

    url: str
    user: str
    password: str

    @staticmethod
    def read(variables: Variables) -> "WarehouseEnvironment":
        return WarehouseEnvironment(
            url=variables.text("CLICKHOUSE_URL", "http://127.0.0.1:8123"),
            user=variables.text("CLICKHOUSE_USER", "shelfcast"),
            password=variables.text("CLICKHOUSE_PASSWORD", ""),
        )


def show(warehouse: WarehouseEnvironment, tables: Mapping[str, TableState]) -> None:
    """A table that lists its folder would take what a killed commit has left for the newest; these name a file."""
    if not warehouse.password:
        return
    address = urlsplit(warehouse.url)
    client = clickhouse_connect.get_client(
        interface=address.scheme,
        host=address.hostname or "",
        port=address.port or 0,
        username=warehouse.user,
        password=warehouse.password,
    )
    try:
        client.command(f"create database if not exists {DATABASE}")
        for name, table in tables.items():
            client.command(create_table(name, table.metadata))
    finally:
        client.close()


def create_table(name: str, metadata: str) -> str:
    """@param metadata as in s3://curated/shelfcast/sales/metadata/v6.metadata.json"""
    folder, _, file = urlsplit(metadata).path.lstrip("/").rpartition("/metadata/")
    return f"""
        create or replace table {DATABASE}.{name}
        engine = IcebergS3({COLLECTION}, filename = '{folder}/')
        settings iceberg_metadata_file_path = 'metadata/{file}'"""
