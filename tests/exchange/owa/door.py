"""A browser without a screen, against the door itself: cookies, the canary, documents."""

from __future__ import annotations

import itertools
import json
from typing import Any
from urllib.parse import urlencode

from samband.exchange.actions.owa_sessions import OwaSessions
from samband.exchange.owa.endpoint import OwaEndpoint
from samband.exchange.owa.instant_messaging import InstantMessaging
from samband.exchange.owa.pages import Pages
from samband.exchange.owa.sessions import Sessions
from samband.model.people import Person
from samband.wire.http import Connection, Headers, HttpRequest, HttpResponse
from tests.exchange.world import ALICE, BOB, World

_WORDS = itertools.count(1)
"""Random ones: no two doors have the same."""


class Passwords:
    """Everybody's password is ``pw-`` and the login."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.marks: dict[str, bytes] = {}

    async def check(self, login: str, password: str, address: str) -> Person | None:
        person: Person | None = self._world.exchange.directory.by_smtp(login)
        return person if person is not None and password == f"pw-{person.sAMAccountName}" else None

    def mark(self, guid: str) -> bytes:
        return self.marks.get(guid, b"first")

    def expired(self, guid: str) -> bool:
        return False


class Door:
    """The endpoint of one process; ``now`` is its clock in seconds."""

    def __init__(self, world: World, im: InstantMessaging | None = None) -> None:
        self.now = 1e9
        self.passwords = Passwords(world)
        directory = world.exchange.directory
        kept = OwaSessions(world.store, world.feed)
        self.sessions = Sessions(self.passwords, directory, kept, lambda: self.now, self._random)
        self.endpoint = OwaEndpoint(world.exchange, self.passwords, self.sessions, Pages("Contoso <Ltd>"), im)

    def _random(self, count: int) -> bytes:
        return next(_WORDS).to_bytes(count, "big")


class Browser:
    """One of them."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.cookie = ""
        self.canary = ""

    async def send(self, method: str, path: str, body: bytes = b"", *, tls: bool = True, **fields: str) -> HttpResponse:
        path, _, query = path.partition("?")
        headers = [("Host", "mail.contoso.test"), ("Cookie", self.cookie), ("X-OWA-CANARY", self.canary)]
        headers += [(name.replace("_", "-"), value) for name, value in fields.items()]
        request = HttpRequest(
            method, "mail.contoso.test", path, query, Headers(headers), body, Connection("1.2.3.4:5", tls=tls)
        )
        return await self.door.endpoint(request)

    async def sign_in(self, person: Person, password: str = "", **fields: str) -> HttpResponse:
        form = urlencode({"username": person.primary_smtp, "password": password or f"pw-{person.sAMAccountName}"})
        answer = await self.send("POST", "/owa/auth/logon", form.encode(), **fields)
        given = dict(answer.headers).get("Set-Cookie", "")
        if given:
            self.cookie = given.partition(";")[0]
            self.canary = (await self.get("session"))["canary"]
        return answer

    async def get(self, path: str, status: int = 200) -> Any:
        answer = await self.send("GET", f"/owa/api/{path}")
        assert answer.status == status, answer
        return json.loads(answer.content)

    async def post(self, path: str, status: int = 204, **values: Any) -> Any:
        answer = await self.send("POST", f"/owa/api/{path}", json.dumps(values).encode())
        assert answer.status == status, answer
        return json.loads(answer.content) if answer.content else None

    async def folder(self, role: str) -> int:
        """The row of a folder."""
        return next(int(one["id"]) for one in await self.get("folders") if one["role"] == role)

    async def messages(self, role: str) -> list[dict[str, Any]]:
        """What a folder holds."""
        found: list[dict[str, Any]] = (await self.get(f"messages?folder={await self.folder(role)}"))["messages"]
        return found


async def both(world: World) -> tuple[Browser, Browser]:
    """Alice's browser and Bob's, signed in at one door."""
    door = Door(world)
    alice, bob = Browser(door), Browser(door)
    await alice.sign_in(ALICE)
    await bob.sign_in(BOB)
    return alice, bob
