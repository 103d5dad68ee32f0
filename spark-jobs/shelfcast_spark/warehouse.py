"""ClickHouse, for the jobs that ask it or tell it something. A job can do without."""

from dataclasses import dataclass
from urllib.parse import urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client

from .environment import Variables


@dataclass(frozen=True)
class WarehouseEnvironment:
    url: str
    user: str
    password: str

    @staticmethod
    def read(variables: Variables) -> "WarehouseEnvironment | None":
        """None where there is no password: then there is no warehouse."""
        password = variables.text("CLICKHOUSE_PASSWORD")
        url = variables.text("CLICKHOUSE_URL")
        user = variables.text("CLICKHOUSE_USER")
        return WarehouseEnvironment(url, user, password) if password else None


def connect(environment: WarehouseEnvironment, database: str | None = None) -> Client:
    address = urlsplit(environment.url)
    return clickhouse_connect.get_client(
        interface=address.scheme,
        host=address.hostname or "",
        port=address.port or 0,
        username=environment.user,
        password=environment.password,
        database=database,
        # A session takes one query after the other, and nothing here needs one.
        autogenerate_session_id=False,
    )
