"""The server is killed, or stopped, and started again on its ports: real clients come back by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.names import Names
from tests.clients.purple_process import Account, PurpleProcess, missing_packages
from tests.clients.waiting import until
from tests.scenarios.kept_site import ADDRESS, DOMAIN, KeptSite

pytestmark = pytest.mark.skipif(bool(missing_packages()), reason=missing_packages() or "never")

HOST = f"lync.{DOMAIN}"
ALICE, BOB = f"alice@{DOMAIN}", f"bob@{DOMAIN}"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[KeptSite]:
    with KeptSite(tmp_path / "site") as made:
        for name in ("alice", "bob"):
            made.add_person(name, f"pw-{name}")
        made.start()
        yield made


def client(site: KeptSite, name: str, authentication: str) -> PurpleProcess:
    account = Account(
        user=f"{name}@{DOMAIN}",
        login=f"CONTOSO\\{name}",
        password=f"pw-{name}",
        server=f"{HOST}:{site.ports['sip_tls']}",
        transport="tls",
        authentication=authentication,
        ca_file=site.ca_file,
        reconnect=1,
    )
    hosts = (
        HOST,
        f"lyncdiscover.{DOMAIN}",
        f"lyncdiscoverinternal.{DOMAIN}",
        f"mail.{DOMAIN}",
        f"autodiscover.{DOMAIN}",
    )
    return PurpleProcess(account, Names(dict.fromkeys(hosts, ADDRESS)))


def shown(one: PurpleProcess, who: str, **wanted: Any) -> None:
    until(lambda: wanted.items() <= one.buddy(who).items(), f"{who} {wanted}")


def test_clients_come_back(site: KeptSite) -> None:
    with client(site, "alice", "tls-dsk") as alice, client(site, "bob", "ntlm") as bob:
        alice.wait("signed-on")
        bob.wait("signed-on")
        until(lambda: "contactList" in alice.log and "msrtc-category-publish" in alice.log, "the contact list")
        alice.do("add", who=BOB)
        shown(alice, BOB, status="available")
        # She sees him before he is on her list for good: a list is written, then its change is told.
        until(lambda: "<addedContact " in alice.log, "the change of the contact list")
        for end, status in ((site.kill, "busy"), (site.stop, "away")):
            marks = {one: one.mark() for one in (alice, bob)}
            end()
            for one, mark in marks.items():
                one.wait("connection-error", since=mark)
            site.start()
            for one, mark in marks.items():
                one.wait("signed-on", since=mark)
            bob.do("status", status=status, note="back again")
            shown(alice, BOB, status=status)
            alice.do("im", to=BOB, text=f"{status}?")
            bob.wait("im", text=f"{status}?")
            bob.do("im", to=ALICE, text=f"{status}!")
            alice.wait("im", text=f"{status}!")
