"""Keeps the pages of other sites away: the rules of services/runtime/page-guard.ts, for a server that only reads."""

import re
from collections.abc import Iterable
from email.message import Message

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
ANY_ADDRESS = frozenset({"", "0.0.0.0", "::"})
# No user, no path, no sign that a URL parser would read as something else.
HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?", re.ASCII)


def own_hosts(bind_host: str, allowed_hosts: str) -> frozenset[str]:
    """Names by which a process may be asked: what it listens on, and what is set."""
    names = {bind_host, *allowed_hosts.split(",")} - ANY_ADDRESS
    return LOOPBACK | {_in_header(name.lower()) for name in names}


def is_foreign(target: str, headers: Message, address: str, own: Iterable[str]) -> bool:
    """Whether a page of another site has made a browser ask. `address` is the one that the connection was made to."""
    hosts = headers.get_all("Host") or []
    match = HOST.fullmatch(hosts[0].lower()) if len(hosts) == 1 else None
    if match is None or not target.startswith("/"):
        return True
    if match[1] not in own and match[1] != _in_header(address.removeprefix("::ffff:")):
        return True
    origin = headers.get("Origin")
    if origin is not None and origin.lower() not in (f"http://{match[0]}", f"https://{match[0]}"):
        return True
    site = headers.get("Sec-Fetch-Site")
    link = headers.get("Sec-Fetch-Mode") == "navigate" and headers.get("Sec-Fetch-Dest") == "document"
    return site not in (None, "same-origin", "none") and not link


def _in_header(address: str) -> str:
    return f"[{address}]" if ":" in address else address
