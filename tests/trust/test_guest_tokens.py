"""Guests' tokens: for one meeting, for an hour, and never taken for somebody's of the site."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from samband.model.guests import Guest
from samband.trust.denied import Denied
from samband.trust.guest_tokens import LIFETIME, GuestTokens
from tests.lync.web.website import WebSite, at
from tests.trust.fakes import Clock

GUESTS = [Guest("00" * 16, "guid-alice", "ABC"), Guest("ab" * 16, "guid-b", "a.b_c-d", b"\x00known\x00!")]


@pytest.mark.parametrize("guest", GUESTS)
def test_a_token_says_whose_it_is(guest: Guest) -> None:
    clock = Clock()
    tokens = GuestTokens(bytes(32), "lync.contoso.test", clock.time)
    issued = tokens.issue(guest)
    assert issued.seconds == 3600
    assert tokens.check(issued.text) == guest
    clock.now += LIFETIME.total_seconds()
    with pytest.raises(Denied):
        tokens.check(issued.text)


def test_every_change_is_seen() -> None:
    clock = Clock()
    tokens = GuestTokens(bytes(32), "lync.contoso.test", clock.time)
    text = tokens.issue(GUESTS[1]).text
    data = bytearray(base64.urlsafe_b64decode(text[4:] + "=" * (-len(text[4:]) % 4)))
    for place in range(1, len(data)):
        data[place] ^= 1
        with pytest.raises(Denied):
            tokens.check("cwt=" + base64.urlsafe_b64encode(data).decode().rstrip("="))
        data[place] ^= 1
    for other in (
        GuestTokens(os.urandom(32), "lync.contoso.test", clock.time),
        GuestTokens(bytes(32), "x", clock.time),
    ):
        with pytest.raises(Denied):
            other.check(text)
    for none in ("", "cwt=", "cwt=AAAA", text[4:], text[:30], "cwt=é", "cwt=" + "A" * 600):
        assert tokens.check(none) is None
    with pytest.raises(ValueError):
        GuestTokens(b"short", "x", clock.time)


def test_neither_kind_is_the_other(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        guests = GuestTokens(bytes(32), "lync.contoso.test", site.clock.time)
        with pytest.raises(Denied):
            site.tokens.check(guests.issue(GUESTS[0]).text)
        assert guests.check(site.tokens.issue(site.people.found["guid-alice"]).text) is None

    at(tmp_path, story)
