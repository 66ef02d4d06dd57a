"""Web tokens: issued, checked, forged, expired."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.trust.denied import Denied
from samband.trust.web_tokens import LIFETIME, PREFIX, WebTokens
from tests.trust.fakes import Clock, People, person

SECRET = bytes(range(32))
HOST = "lync.contoso.test"


class World:
    def __init__(self) -> None:
        self.clock, self.people = Clock(), People()
        self.people.put(person("alice"), person("bob"))
        self.marks = {"guid-alice": b"1"}
        self.tokens = self.server()

    def server(self, secret: bytes = SECRET, host: str = HOST) -> WebTokens:
        return WebTokens(secret, host, self.people, self.clock.time, os.urandom, lambda guid: self.marks.get(guid, b""))

    def issue(self) -> str:
        return self.tokens.issue(self.people.found["guid-alice"]).text


def test_a_token_says_who_to_every_server_of_the_site() -> None:
    world = World()
    issued = world.tokens.issue(world.people.found["guid-alice"])
    assert issued.text.startswith(PREFIX)
    assert issued.seconds == LIFETIME.total_seconds()
    assert issued.text not in repr(issued)
    assert world.server().check(issued.text).sAMAccountName == "alice"
    assert issued.text != world.issue()
    for other in (world.server(secret=bytes(32)), world.server(host="lync.other.test")):
        with pytest.raises(Denied):
            other.check(issued.text)


def _later(world: World) -> None:
    world.clock.now += LIFETIME.total_seconds()


def _other_password(world: World) -> None:
    world.marks["guid-alice"] = b"2"


def _disabled(world: World) -> None:
    world.people.put(person("alice", enabled=False))


@pytest.mark.parametrize("change", [_later, _other_password, _disabled])
def test_what_ends_a_token(change: Callable[[World], None]) -> None:
    world = World()
    token = world.issue()
    world.tokens.check(token)
    change(world)
    with pytest.raises(Denied):
        world.tokens.check(token)


def test_no_byte_of_it_can_be_another() -> None:
    world = World()
    text = world.issue().removeprefix(PREFIX)
    data = bytearray(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    for index in range(len(data)):
        forged = bytearray(data)
        forged[index] ^= 1
        with pytest.raises(Denied):
            world.tokens.check(PREFIX + base64.urlsafe_b64encode(forged).decode().rstrip("="))


@given(st.text() | st.binary().map(lambda data: base64.urlsafe_b64encode(data).decode()))
def test_anything_else_is_denied(text: str) -> None:
    with pytest.raises(Denied):
        World().tokens.check(PREFIX + text)
