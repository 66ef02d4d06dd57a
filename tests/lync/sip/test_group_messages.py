"""A message to a distribution group's address reaches everybody in it, by whatever client, and says whom it did not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from samband.lync.actions.address_book import AddressBook
from samband.lync.sip import group_messages
from samband.lync.sip.group_messages import MOST_AT_ONCE, PATIENCE, GroupMessages
from samband.model.conversation_history import Kind
from samband.wire.sip.address import uri_in
from samband.wire.sip.message import SipRequest, SipResponse
from tests.lync.sip.presence_world import PlainEndpoint, PresenceWorld, play
from tests.lync.sip.test_conversation_history import Book

STAFF = "sip:staff@contoso.test"
BOB, CAROL = (f"sip:{name}@contoso.test" for name in ("bob", "carol"))
Scene = Callable[[PresenceWorld], Coroutine[None, None, None]]


def tell(folder: Path, scene: Scene) -> None:
    """A scene with a group of bob, and of carol by another group that the first one is in."""

    async def run(world: PresenceWorld) -> None:
        world.directory.put_group("staff", "alice", "bob", "board")
        world.directory.put_group("board", "carol", "bob", "staff")
        GroupMessages(world.side, AddressBook(world.directory))  # type: ignore[arg-type]
        await scene(world)

    play(folder, run)


class Plain(PlainEndpoint):
    """A plain client of somebody."""

    def __init__(self, world: PresenceWorld, name: str) -> None:
        world.gate.unsigned.add(name)
        super().__init__(world, name)

    def write(self, text: str, to: str = STAFF, **fields: str) -> None:
        fields = {"Content_Type": "text/plain", **fields}
        self.send(self.request("MESSAGE", to, body=text.encode(), **fields))

    def texts(self, status: int = 200) -> list[tuple[str, str, str]]:
        """What it was sent: from whom, what, and about what. Each is answered."""
        found = [one for one in self.inbox() if isinstance(one, SipRequest)]
        for one in found:
            assert uri_in(one.headers["To"][0]) == self.aor
            self.answer(one, status)
        return [(uri_in(one.headers["From"][0]), one.body.decode(), one.get("Subject") or "") for one in found]


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def answer(client: Plain) -> SipResponse:
    (found,) = [one for one in client.inbox() if isinstance(one, SipResponse)]
    return found


def test_everybody_gets_it_once(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice, bob, carol = (Plain(world, name) for name in ("alice", "bob", "carol"))
        alice.write("hällo")
        await settle()
        assert not alice.inbox(), "it waits for them, and who writes is not written to"
        assert bob.texts() == [(alice.aor, "hällo", "staff")]
        assert carol.texts() == [(alice.aor, "hällo", "staff")]
        await settle()
        assert answer(alice).status == 202
        alice.write("again", Subject="Lunch")
        await settle()
        assert bob.texts() == [(alice.aor, "again", "Lunch")]
        assert carol.texts(486) == [(alice.aor, "again", "Lunch")]
        await settle()
        assert answer(alice).status == 202, "somebody has taken it"
        bob.write("to alice alone", alice.aor)
        assert alice.texts() == [(bob.aor, "to alice alone", "")]
        bob.inbox()
        timers = len(world.side.timers)
        world.sleep(200)
        assert len(world.side.timers) <= timers and not bob.inbox()

    tell(tmp_path, scene)


def test_lync_clients_get_it_in_sessions(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice, bob = Plain(world, "alice"), world.lync("bob")
        alice.write("hello")
        await settle()
        (invite,) = [one for one in bob.inbox() if isinstance(one, SipRequest) and one.method == "INVITE"]
        assert uri_in(invite.headers["From"][0]) == alice.aor
        bob.answer(invite, 480)
        await settle()
        refused = answer(alice)
        assert (refused.status, "Nobody" in (refused.get("Warning") or "")) == (480, True), "carol is not there"

    tell(tmp_path, scene)


def test_what_is_kept_is_what_each_got(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        book = Book(world)  # type: ignore[arg-type]
        alice, bob = Plain(world, "alice"), Plain(world, "bob")
        alice.write("hello")
        await settle()
        bob.texts()
        await settle()
        assert answer(alice).status == 202
        kept = {one.receivers: (one.kind, one.sender, one.content) for one in book.kept}
        assert kept == {
            ("bob@contoso.test",): (Kind.TWO, "alice@contoso.test", "hello"),
            ("carol@contoso.test",): (Kind.MISSED, "alice@contoso.test", "hello"),
        }

    tell(tmp_path, scene)


def test_who_does_not_answer_is_not_waited_for(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice, bob = Plain(world, "alice"), Plain(world, "bob")
        alice.write("hello")
        await settle()
        world.sleep(PATIENCE + 1)
        await settle()
        assert answer(alice).status == 202
        assert len(bob.texts()) == 1
        await settle()
        assert not alice.inbox(), "it is answered once"

    tell(tmp_path, scene)


def test_who_is_blocked_is_passed_over(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice, bob, carol = (Plain(world, name) for name in ("alice", "bob", "carol"))
        world.side.proxy.turns_away = lambda receiver, sender: receiver == "bob@contoso.test"
        alice.write("hello")
        await settle()
        assert not bob.inbox() and len(carol.texts()) == 1
        await settle()
        assert answer(alice).status == 202

    tell(tmp_path, scene)


def test_what_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice, bob = Plain(world, "alice"), Plain(world, "bob")

        async def refused(text: str = "x", to: str = STAFF, **fields: str) -> tuple[int, str]:
            alice.write(text, to, **fields)
            await settle()
            found = answer(alice)
            return found.status, (found.get("Warning") or "").partition('"')[2]

        assert (await refused(to="sip:nobody@contoso.test"))[0] == 404
        assert (await refused(Content_Type="application/x"))[0] == 415
        world.directory.put_group("empty", "alice", "nobody")
        assert (await refused(to="sip:empty@contoso.test")) == (480, 'Nobody else in this group can be written to"')
        alice.send(alice.request("INVITE", STAFF, body=b"v=0", Content_Type="application/sdp"))
        assert [one.status for one in alice.inbox() if isinstance(one, SipResponse)][-1] == 404
        monkeypatch.setattr(group_messages, "MOST", 1)
        assert "at most 1" in (await refused())[1]
        monkeypatch.setattr(group_messages, "MOST", 100)
        statuses = [(await refused(to="sip:empty@contoso.test"))[0] for _ in range(int(MOST_AT_ONCE))]
        assert statuses[0] == 480 and statuses[-1] == 503
        world.sleep(60)
        assert (await refused(to="sip:empty@contoso.test"))[0] == 480
        assert not bob.inbox()

    tell(tmp_path, scene)
