"""A Lync client and a plain SIP client, both real, write to each other: pidgin-sipe and libpurple's SIMPLE."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.clients.lync_site import HOST, serving_lync
from tests.clients.purple_process import Account, PurpleProcess, missing_packages

pytestmark = pytest.mark.skipif(bool(missing_packages()), reason=missing_packages() or "never")


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[PurpleProcess, PurpleProcess]]:
    with serving_lync(tmp_path) as site:
        names = replace(site.names, hosts={**site.names.hosts, "contoso.test": site.address})
        lync = Account(
            user="alice@contoso.test",
            login="alice",
            password="pw-alice",
            server=f"{HOST}:{site.tls}",
            transport="tls",
            authentication="tls-dsk",
            ca_file=site.ca_file,
        )
        plain = Account(
            protocol="prpl-simple",
            user="bob@contoso.test",
            password="pw-bob",
            server=f"contoso.test:{site.tcp}",
            transport="tcp",
        )
        with PurpleProcess(lync, names) as alice, PurpleProcess(plain, names) as bob:
            alice.wait("signed-on")
            bob.wait("signed-on")
            yield alice, bob


@pytest.mark.parametrize("plain_first", [True, False])
def test_a_conversation(two: tuple[PurpleProcess, PurpleProcess], plain_first: bool) -> None:
    alice, bob = two
    turns = [(bob, alice, "from bob"), (alice, bob, "from alice")]
    for number in range(3):
        for speaker, listener, text in turns if plain_first else turns[::-1]:
            speaker.do("im", to=listener.account.user, text=f"{text} {number}")
            listener.wait("im", text=f"{text} {number}")
    for client in two:
        assert not [event for event in client.events if event["event"] in ("im-notice", "connection-error")]
