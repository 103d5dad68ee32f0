"""The curated tables in ClickHouse: `curated.sales` and the others, each at the snapshot that was recorded last."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from ..warehouse import WarehouseEnvironment, connect
from .state import TableState

DATABASE = "curated"
# Named collection of the curated bucket; its keys are in the server's configuration.
COLLECTION = "curated"


def show(warehouse: WarehouseEnvironment, tables: Mapping[str, TableState]) -> None:
    """A table that lists its folder would take what a killed commit has left for the newest; these name a file."""
    client = connect(warehouse)
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
