"""Plain clients in a conference: who writes to it is in, hears the others, and may watch who is there."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

import pytest

from samband.lync.sip import chat_mcu_door
from samband.lync.sip.bridge import SILENCE
from samband.lync.sip.conference_seats import MOST_AT_ONCE
from samband.lync.sip.plain_seats import ENTERED, NOT_LET_IN, OVER, REMOVED, SILENT, WAITS
from samband.model.conferences import MOST_MEMBERS, AccessLevel, Terms
from samband.wire.conference.cccp import DeleteUser, SetLobbyAccess
from samband.wire.conference.conference_info import ConferenceDocument, UserDocument, read_conference
from samband.wire.conference.imdn import Undelivered, read_imdn
from samband.wire.conference.names import CONFERENCE_INFO_TYPE, IMDN_TYPE
from samband.wire.sip.cpim import CPIM_TYPE
from samband.wire.sip.cpim import IMDN_TYPE as NOTICE_TYPE
from samband.wire.sip.message import SipRequest, SipResponse
from tests.lync.sip.conference_world import CHAT, FOCUS, Conferee, ConferenceWorld, play
from tests.lync.sip.presence_world import Dialog, PlainEndpoint

PLAIN = "sip:alice+meeting-AB12@contoso.test"
BOB = "sip:bob@contoso.test"
TEXT = "text/plain; charset=UTF-8;msgr=WAAt"


class Plain(PlainEndpoint):
    """A plain client of somebody."""

    def __init__(self, conferences: ConferenceWorld, name: str) -> None:
        self.conferences = conferences
        self.heard: list[SipRequest] = []
        conferences.world.gate.unsigned.add(name)
        super().__init__(conferences.world, name)

    async def write(self, text: str, uri: str = PLAIN, kind: str = "text/plain") -> SipResponse:
        self.send(self.request("MESSAGE", uri, body=text.encode(), Content_Type=kind))
        await self.conferences.settle()
        (response,) = [one for one in self.hear() if isinstance(one, SipResponse)]
        return response

    def hear(self) -> list[SipRequest | SipResponse]:
        """What arrived; messages are taken, and stay in ``heard``."""
        found = self.inbox()
        for one in found:
            if isinstance(one, SipRequest):
                self.heard.append(one)
                self.answer(one, 200)
        return found  # type: ignore[return-value]

    def texts(self) -> list[tuple[str, str]]:
        """Everything it was written so far: by whom, and what."""
        self.hear()
        return [(one.headers["From"][0].split('"')[1], one.body.decode()) for one in self.heard]

    def watch(self, **fields: str) -> tuple[Dialog, ConferenceDocument | None]:
        """Subscribe to who is in."""
        request = self.request("SUBSCRIBE", PLAIN, call_id=f"watch-{self.name}", Event="conference", **fields)
        self.send(request.put("Contact", f"<{self.contact}>"))
        found = self.inbox()
        answer = found[0]
        assert isinstance(answer, SipResponse)
        if len(found) == 1:
            return Dialog(self, "conference", "", answer), None
        return Dialog(self, "conference", "", answer), self.read(found[1])

    def read(self, notify: object) -> ConferenceDocument:
        assert isinstance(notify, SipRequest)
        assert (notify.method, notify.get("Content-Type")) == ("NOTIFY", CONFERENCE_INFO_TYPE)
        self.answer(notify, 200)
        return read_conference(notify.body)


async def started(world: ConferenceWorld, **wanted: str) -> Conferee:
    """Alice is in, by a Lync client."""
    alice = world.client("alice")
    await alice.make(**wanted)
    await alice.enter()
    return alice


def members(world: ConferenceWorld) -> list[str]:
    return sorted(world.rooms.find("alice@contoso.test", "AB12").roster.members)


def messages(client: Conferee) -> list[tuple[str, bytes, str]]:
    """Sender, text and type of what a Lync client was sent."""
    found = [one for one in client.heard() if isinstance(one, SipRequest) and one.method == "MESSAGE"]
    return [(one.get("Ms-Sender") or "", one.body, one.get("Content-Type") or "") for one in found]


@pytest.mark.parametrize("uri", [FOCUS, CHAT, PLAIN])
def test_who_writes_is_in_and_hears_the_others(tmp_path: Path, uri: str) -> None:
    async def scene(world: ConferenceWorld) -> None:
        alice, bob, carol = await started(world), Plain(world, "bob"), Plain(world, "carol")
        assert (await bob.write("hällo", uri)).status == 202
        assert (await carol.write("<b>me</b> too", uri, "text/html")).status == 202
        assert messages(alice) == [
            (f"<{BOB}>", "hällo".encode(), "text/plain"),
            ("<sip:carol@contoso.test>", b"me too", "text/plain;charset=UTF-8"),
        ]
        assert alice.chat is not None
        taken = alice.chat.ask("MESSAGE", b"welcome", Content_Type=TEXT)
        assert bob.texts() == [("Carol", "me too"), ("Alice", "welcome")]
        assert carol.texts() == [("Alice", "welcome")]
        (_, message) = bob.heard
        assert message.get("Content-Type") == "text/plain;charset=UTF-8"
        assert f"<{PLAIN}>;tag=" in message.headers["From"][0]
        assert message.uri == bob.contact
        (report,) = [one for one in alice.inbox() if one.get("Content-Type") == IMDN_TYPE]
        assert read_imdn(report.body) == (taken.get("Message-Id"), ())
        assert members(world) == ["alice@contoso.test", "bob@contoso.test", "carol@contoso.test"]

    play(tmp_path, scene, keeps=True)


def test_a_plain_client_watches_who_is_in(tmp_path: Path) -> None:
    async def scene(world: ConferenceWorld) -> None:
        alice, bob = await started(world), Plain(world, "bob")
        refused, _ = bob.watch()
        assert refused.response.status == 403
        await bob.write("here")
        assert bob.watch(Accept="application/pidf+xml")[0].response.status == 406
        once, document = bob.watch(Expires="0")
        assert once.response.status == 200
        assert document is not None
        first = bob.watch(Accept=CONFERENCE_INFO_TYPE)[1]
        assert first is not None
        assert (first.whole, document.whole) == (True, True)
        assert sorted(user.entity for user in first.users) == ["sip:alice@contoso.test", BOB]
        alice.inbox()
        assert alice.chat is not None
        assert alice.chat.ask("BYE").status == 200
        change = bob.read(bob.take())
        assert (change.whole, change.version) == (False, first.version + 1)
        assert [user.entity for user in change.users] == ["sip:alice@contoso.test"]

    play(tmp_path, scene)


def test_who_does_not_get_in(tmp_path: Path) -> None:
    async def scene(world: ConferenceWorld) -> None:
        alice, bob = await started(world), Plain(world, "bob")
        nowhere = await bob.write("x", PLAIN.replace("AB12", "NONE"))
        assert (nowhere.status, "no such conference" in (nowhere.get("Warning") or "")) == (404, True)
        assert (await bob.write("x", kind="application/x")).status == 415
        assert (await bob.write("x" * 70_000)).status == 413
        with mock.patch.object(chat_mcu_door, "read_text", side_effect=AssertionError("read what is too large")):
            assert (await bob.write("<p>" * 30_000, kind="text/html")).status == 413
        notice = f"From: <{BOB}>\r\nTo: <{FOCUS}>\r\n\r\nContent-Type: {NOTICE_TYPE}\r\n\r\n<imdn/>"
        assert (await bob.write(notice, kind=CPIM_TYPE)).status == 200
        carol = world.client("carol")
        carol.send(carol.dress(carol.request("MESSAGE", FOCUS, body=b"x", Content_Type="text/plain")))
        assert carol.take_response().status == 481, "Lync clients join"
        bob.send(
            bob.request("INVITE", PLAIN, body=b"v=0\r\n", Content_Type="application/sdp", Contact=f"<{bob.contact}>")
        )
        call = bob.take_response()
        assert (call.status, "write to it" in (call.get("Warning") or "")) == (488, True)
        assert messages(alice) == []
        assert members(world) == ["alice@contoso.test"]

    play(tmp_path, scene)


@pytest.mark.parametrize("how", ["signs out", "silence", "is turned out", "knows of nothing", "the meeting ends"])
def test_who_is_out(tmp_path: Path, how: str) -> None:
    async def scene(world: ConferenceWorld) -> None:
        alice, bob = await started(world), Plain(world, "bob")
        await bob.write("here")
        alice.heard()
        assert alice.chat is not None
        if how == "signs out":
            bob.hang_up()
        elif how == "silence":
            world.world.sleep(SILENCE + 2)
        elif how == "is turned out":
            assert alice.lead(DeleteUser(FOCUS, BOB)).code == "success"
        elif how == "the meeting ends":
            await world.conferences.remove(world.world.directory.known["alice"], "AB12")
            await world.settle()
        else:
            alice.chat.ask("MESSAGE", b"x", Content_Type=TEXT)
            bob.answer(bob.take_request(), 481)
            reports = [read_imdn(one.body)[1] for one in alice.inbox() if one.get("Content-Type") == IMDN_TYPE]
            assert reports == [(Undelivered(BOB, 481),)]
        assert len(world.doors.plain) == 0
        said = {"silence": SILENT, "is turned out": REMOVED, "the meeting ends": OVER}.get(how)
        assert bob.texts() == ([("Meeting", said)] if said else [])
        if how == "the meeting ends":
            return
        assert members(world) == ["alice@contoso.test"]
        alice.chat.ask("MESSAGE", b"gone?", Content_Type=TEXT)
        assert not [one for one in bob.inbox() if isinstance(one, SipRequest) and one.method == "MESSAGE"]
        if how != "signs out":
            assert (await bob.write("back")).status == 202
            assert members(world) == ["alice@contoso.test", "bob@contoso.test"]

    play(tmp_path, scene)


async def waiting(world: ConferenceWorld) -> tuple[Conferee, Plain]:
    """Alice is in a meeting that lets nobody in at once, and bob has written to it."""
    alice, bob = await started(world, admission="closedAuthenticated", subject="Plans"), Plain(world, "bob")
    refused = await bob.write("let me in")
    assert (refused.status, WAITS in (refused.get("Warning") or "")) == (480, True)
    assert bob.texts() == [("Plans", WAITS)]
    assert members(world) == ["alice@contoso.test"]
    assert [one.entity for one in lobby(alice)] == [BOB]
    return alice, bob


def lobby(client: Conferee) -> list[UserDocument]:
    """Those whom a Lync client has just been shown on hold."""
    users = client.told()[-1].users
    return [user for user in users if any(one.status == "on-hold" for one in user.endpoints)]


def test_who_waits_is_told_when_it_is_over(tmp_path: Path) -> None:
    async def scene(world: ConferenceWorld) -> None:
        alice, bob = await waiting(world)
        assert alice.chat is not None
        alice.chat.ask("MESSAGE", b"among us", Content_Type=TEXT)
        assert (await bob.write("me again")).status == 480
        assert messages(alice) == [] and len(bob.texts()) == 1, "neither hears the other, nor is told twice"
        world.world.sleep(SILENCE + 2)
        assert alice.lead(SetLobbyAccess(FOCUS, BOB, True)).code == "success"
        await world.settle()
        assert bob.texts()[1:] == [("Plans", ENTERED)]
        assert members(world) == ["alice@contoso.test", "bob@contoso.test"]
        assert (await bob.write("thanks")).status == 202
        assert messages(alice) == [(f"<{BOB}>", b"thanks", "text/plain")]
        alice.chat.ask("MESSAGE", b"welcome", Content_Type=TEXT)
        assert bob.texts()[2:] == [("Alice", "welcome")]

    play(tmp_path, scene)


@pytest.mark.parametrize("how", ["is turned away", "waits in vain", "signs out", "the meeting ends", "the door opens"])
def test_how_waiting_ends(tmp_path: Path, how: str) -> None:
    async def scene(world: ConferenceWorld) -> None:
        alice, bob = await waiting(world)
        told = NOT_LET_IN
        if how == "is turned away":
            assert alice.lead(SetLobbyAccess(FOCUS, BOB, False)).code == "success"
        elif how == "waits in vain":
            room = world.rooms.find("alice@contoso.test", "AB12")
            room.roster.lobby["bob@contoso.test"].since = datetime(2001, 1, 1, tzinfo=UTC)
            world.rooms.sweep()
        elif how == "signs out":
            bob.hang_up()
            assert [user.deleted for user in alice.told()[-1].users] == [True]
        elif how == "the meeting ends":
            told = OVER
            await world.conferences.remove(world.world.directory.known["alice"], "AB12")
        else:
            told = ENTERED
            room = world.rooms.find("alice@contoso.test", "AB12")
            changed = Terms(access=AccessLevel.SAME_ENTERPRISE, subject="Plans")
            await world.conferences.change(
                world.world.directory.known["alice"], "AB12", room.conference.version, changed, None
            )
        await world.settle()
        assert bob.texts()[1:] == ([] if how == "signs out" else [("Plans", told)])
        assert len(world.doors.plain) == (1 if how == "the door opens" else 0)
        if how == "is turned away":
            assert (await bob.write("please")).status == 480, "and may ask again"

    play(tmp_path, scene)


def test_who_watches_is_not_out_by_silence(tmp_path: Path) -> None:
    async def scene(world: ConferenceWorld) -> None:
        alice, bob = await started(world), Plain(world, "bob")
        await bob.write("here")
        alice.heard()
        bob.watch(Expires="7200")
        world.world.sleep(SILENCE + 2)
        assert len(world.doors.plain) == 1

    play(tmp_path, scene)


def test_bounds(tmp_path: Path) -> None:
    async def scene(world: ConferenceWorld) -> None:
        await started(world)
        bob, carol = Plain(world, "bob"), Plain(world, "carol")
        statuses = [(await bob.write("x")).status for _ in range(int(MOST_AT_ONCE) + 1)]
        assert statuses == [202] * int(MOST_AT_ONCE) + [503]
        roster = world.rooms.find("alice@contoso.test", "AB12").roster
        for number in range(MOST_MEMBERS - len(roster.members)):
            roster.members[f"{number}@contoso.test"] = roster.members["alice@contoso.test"]
        assert (await carol.write("x")).status == 403

    play(tmp_path, scene)
