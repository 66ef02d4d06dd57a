"""The demo's people with real clients in their hands."""

from __future__ import annotations

from pathlib import Path

from tests.clients.names import Names
from tests.clients.purple_process import Account, PurpleProcess
from tests.clients.running_demo import Demo
from tests.clients.waiting import until

DOMAIN = "contoso.test"
HOST = f"lync.{DOMAIN}"


def address(name: str) -> str:
    """Somebody's SIP and e-mail address."""
    return f"{name}@{DOMAIN}"


def lync(demo: Demo, name: str, transport: str = "tls", authentication: str = "tls-dsk") -> PurpleProcess:
    """pidgin-sipe of one person, signed in, its contact list read."""
    person = demo.person(name)
    account = Account(
        user=address(name),
        login=person["login"],
        password=person["password"],
        server=f"{HOST}:{demo.table['sip'][transport].rpartition(':')[2]}",
        transport=transport,
        authentication=authentication,
        ca_file=Path(demo.table["ca_file"]),
    )
    client = PurpleProcess(account, Names(demo.table["hosts"]))
    client.wait("signed-on")
    until(lambda: "contactList" in client.log and "msrtc-category-publish" in client.log, "the contact list")
    return client


def plain(demo: Demo, name: str, transport: str = "tcp") -> PurpleProcess:
    """libpurple's SIMPLE of one person, signed in by Digest."""
    host, _, port = demo.table["sip"][transport].rpartition(":")
    account = Account(
        protocol="prpl-simple",
        user=address(name),
        login=name,
        password=demo.person(name)["password"],
        server=f"{DOMAIN}:{port}",
        transport=transport,
    )
    client = PurpleProcess(account, Names({**demo.table["hosts"], DOMAIN: host}))
    client.wait("signed-on")
    return client
