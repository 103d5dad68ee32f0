"""The health server of Spark refuses what services/runtime/page-guard.test.ts refuses."""

import http.client
from collections.abc import Iterator

import pytest

from shelfcast_spark.page_guard import own_hosts
from shelfcast_spark.service import Service

OWN = {"Host": "127.0.0.1:8084"}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    service = Service("127.0.0.1", 0, own_hosts("127.0.0.1", "spark,Other.Example"))
    yield service.port
    service.close()


def ask(port: int, headers: list[tuple[str, str]], target: str = "/metrics", method: str = "GET") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.putrequest(method, target, skip_host=True)
    for name, value in headers:
        connection.putheader(name, value)
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize("host", ["127.0.0.1:1", "LOCALHOST", "[::1]:8084", "spark:8084", "other.example"])
def test_it_answers_by_names_that_are_its_own(port: int, host: str) -> None:
    assert ask(port, [("Host", host)]) == 200


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("Host", "evil.example")],
        [("Host", "127.0.0.1:8084.evil.example")],
        [("Host", "127.0.0.1@evil.example")],
        [("Host", "localhost.")],
        [("Host", "2130706433")],
        [("Host", "0.0.0.0")],
        [("Host", "127.0.0.1"), ("Host", "evil.example")],
        [*OWN.items(), ("Origin", "http://evil.example")],
        [*OWN.items(), ("Origin", "http://127.0.0.1:1")],
        [*OWN.items(), ("Origin", "null")],
        [*OWN.items(), ("Sec-Fetch-Site", "cross-site")],
        [*OWN.items(), ("Sec-Fetch-Site", "same-site"), ("Sec-Fetch-Mode", "no-cors")],
    ],
)
def test_it_refuses_pages_of_other_sites(port: int, headers: list[tuple[str, str]]) -> None:
    assert ask(port, headers) == 403


def test_a_target_with_a_host_of_its_own_is_refused(port: int) -> None:
    assert ask(port, [*OWN.items()], "http://evil.example/metrics") == 403


def test_a_link_of_another_site_is_followed(port: int) -> None:
    link = [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")]
    assert ask(port, [*OWN.items(), *link]) == 200


def test_there_is_nothing_to_post(port: int) -> None:
    assert ask(port, [*OWN.items()], method="POST") == 501
