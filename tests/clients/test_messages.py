"""Two real Lync clients talk, one signed in by TLS-DSK over TLS and one by NTLM over TCP: every hop is signed anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.lync_site import HOST, LyncSite, serving_lync
from tests.clients.purple_process import Account, PurpleProcess, missing_packages
from tests.clients.waiting import until

pytestmark = pytest.mark.skipif(bool(missing_packages()), reason=missing_packages() or "never")


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[PurpleProcess, PurpleProcess]]:
    with (
        serving_lync(tmp_path) as site,
        PurpleProcess(account(site, "alice", "tls", "tls-dsk"), site.names) as alice,
        PurpleProcess(account(site, "bob", "tcp", "ntlm"), site.names) as bob,
    ):
        alice.wait("signed-on")
        bob.wait("signed-on")
        yield alice, bob


def account(site: LyncSite, name: str, transport: str, authentication: str) -> Account:
    return Account(
        user=f"{name}@contoso.test",
        login=name,
        password=f"pw-{name}",
        server=f"{HOST}:{site.tls if transport == 'tls' else site.tcp}",
        transport=transport,
        authentication=authentication,
        ca_file=site.ca_file,
    )


def test_a_conversation(two: tuple[PurpleProcess, PurpleProcess]) -> None:
    alice, bob = two
    alice.do("im", to="bob@contoso.test", text="hello <b>bob</b> äö")
    heard = bob.wait("im", who="alice@contoso.test")
    assert heard["text"] == "hello bob äö"
    assert "<B>" in heard["html"]
    bob.do("im", to="alice@contoso.test", text="hi alice")
    alice.wait("im", who="bob@contoso.test", text="hi alice")
    alice.do("typing", to="bob@contoso.test")
    bob.wait("typing", who="alice@contoso.test", typing=True)
    for number in range(5):
        alice.do("im", to="bob@contoso.test", text=f"line {number}")
        bob.wait("im", text=f"line {number}")
    alice.do("close-im", to="bob@contoso.test")
    until(lambda: "BYE sip:" in bob.log, "the end of the dialog")
    bob.do("im", to="alice@contoso.test", text="again")
    alice.wait("im", text="again")
    for client in (alice, bob):
        assert "signature of incoming message validated" in client.log
        assert not [event for event in client.events if event["event"] in ("im-notice", "connection-error")]


def test_a_message_to_somebody_who_is_away(two: tuple[PurpleProcess, PurpleProcess]) -> None:
    alice, bob = two
    bob.do("quit")
    bob.wait("ended")
    alice.do("im", to="bob@contoso.test", text="are you there?")
    alice.wait("im-notice", who="bob@contoso.test", error=True)
