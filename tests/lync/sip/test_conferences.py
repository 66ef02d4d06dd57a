"""Conferences over SIP: made, joined, watched, led and left."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from samband.lync.sip import focus_door
from samband.model.conferences import AccessLevel, Terms
from samband.wire.conference.cccp import (
    AddConference,
    AddUser,
    DeleteConference,
    DeleteUser,
    GetCapabilities,
    ModifyConferenceLock,
    ModifyUserRoles,
    Operation,
    write_request,
)
from samband.wire.conference.conference_info import UserDocument, read_conference
from samband.wire.conference.names import CCCP_TYPE
from tests.lync.sip.conference_world import FACTORY, FOCUS, ConferenceWorld, play
from tests.lync.sip.presence_world import START

ALICE, BOB, CAROL = (f"sip:{name}@contoso.test" for name in ("alice", "bob", "carol"))


def test_making_conferences(tmp_path: Path) -> None:
    async def scene(world: ConferenceWorld) -> None:
        alice, bob = world.client("alice"), world.client("bob")
        _, answer = await alice.ask_factory(GetCapabilities())
        assert answer is not None
        assert (answer.code, answer.kinds) == ("success", ("chat",))
        until = (START + timedelta(hours=7)).isoformat().replace("+00:00", "Z")
        await alice.make(subject="S", expires=until, admission="closedAuthenticated")
        _, made = await world.conferences.find("alice@contoso.test", "AB12")
        assert made.terms == Terms(subject="S", access=AccessLevel.INVITED)
        assert made.expires == START + timedelta(hours=7)
        assert not made.listed
        reasons: dict[str, Operation] = {
            "conferenceExistsAlready": AddConference("AB12"),
            "conferenceDoesntExist": DeleteConference(FOCUS.replace("AB12", "CD34")),
            "otherFailure": AddConference("EF56", kinds=("chat", "audio-video")),
        }
        for reason, operation in reasons.items():
            _, answer = await alice.ask_factory(operation)
            assert answer is not None
            assert (answer.code, answer.reason) == ("failure", reason)
        for operation in (AddConference("E;F"), AddConference("GH", expires="soon"), AddUser(FOCUS, ALICE)):
            _, answer = await alice.ask_factory(operation)
            assert answer is not None
            assert answer.reason == "otherFailure"
        response, _ = await bob.ask_factory(GetCapabilities())
        assert response.status == 403
        for operation in (DeleteConference(FOCUS), DeleteConference(id="AB12")):
            _, answer = await alice.ask_factory(operation)
            assert answer is not None
            assert (answer.code, answer.conference) == ("success", FOCUS)
            await alice.make()
        for kind, body, status in (("text/plain", b"x", 415), (CCCP_TYPE, b"<x/>", 400), (CCCP_TYPE, b"", 400)):
            alice.service(kind, body, FACTORY)
            assert alice.take_response().status == status

    play(tmp_path, scene)


def test_joining_and_leaving_as_others_see_it(tmp_path: Path) -> None:
    async def scene(world: ConferenceWorld) -> None:
        alice, bob = world.client("alice"), world.client("bob")
        await alice.make(subject="Tea")
        assert (await alice.join()).status == 200
        whole = read_conference(alice.watch_focus().body)
        assert whole.whole
        assert whole.description is not None
        assert (whole.description.subject, whole.description.join_url) == (
            "Tea",
            "https://meet.contoso.test/alice/AB12",
        )
        assert [(one.entity, one.role, one.name) for one in whole.users] == [(ALICE, "presenter", "Alice")]
        assert whole.view is not None
        assert not whole.view.locked
        await bob.enter()
        told = alice.told()
        assert [one.version for one in told] == [whole.version + 1, whole.version + 2]
        assert all(not one.whole and [user.entity for user in one.users] == [BOB] for one in told)
        assert [end.kind for end in told[-1].users[0].endpoints] == ["chat", "focus"]
        assert bob.focus is not None
        assert bob.chat is not None
        assert bob.focus.ask("BYE").status == 200
        (gone,) = alice.told()
        assert gone.users == (UserDocument(BOB, deleted=True),)
        assert (gone.count, gone.version) == (1, whole.version + 3)
        bob.heard()
        assert bob.chat.ask("BYE").status == 481
        assert alice.told() == []
        assert (await bob.join()).status == 200
        assert [one.users[0].entity for one in alice.told()] == [BOB]

    play(tmp_path, scene)


def test_who_does_not_get_in(tmp_path: Path) -> None:
    async def scene(world: ConferenceWorld) -> None:
        alice, bob = world.client("alice"), world.client("bob")
        unknown = await bob.join()
        assert unknown.status == 404
        assert "There is no such conference" in (unknown.get("ms-diagnostics") or "")
        await alice.make(admission="closedAuthenticated")
        assert (await bob.join()).status == 403
        assert bob.watch_focus().status == 404
        assert (await alice.join()).status == 200
        assert bob.watch_focus().status == 403
        assert bob.open_chat().status == 403
        assert (await alice.join(body=b"<x/>")).status == 400
        other = write_request("1", BOB, FOCUS, AddUser(FOCUS, BOB, "", "{x}"))
        assert (await alice.join(body=other.encode())).status == 400
        nameless = write_request("1", ALICE, FOCUS, AddUser(FOCUS, ALICE))
        assert (await alice.join(body=nameless.encode())).status == 400
        stranger = world.world.client("carol")
        stranger.send(stranger.request("INVITE", FOCUS, Content_Type=CCCP_TYPE))
        assert stranger.take_response().status == 403
        for uri in (FOCUS, FACTORY, FOCUS.replace("focus:", "chat:")):
            bob.send(bob.dress(bob.request("PUBLISH", uri)))
            assert bob.take_response().status in (405, 489)
            bob.send(bob.dress(bob.request("BYE", uri, to=f"<{uri}>;tag=x")))
            assert bob.take_response().status in (405, 481)

    play(tmp_path, scene)


def test_a_client_is_in_so_many_conferences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(focus_door, "MOST", 2)

    async def scene(world: ConferenceWorld) -> None:
        alice = world.client("alice")
        statuses = []
        for number in range(3):
            focus = FOCUS.replace("AB12", f"N{number}")
            await alice.ask_factory(AddConference(f"N{number}"))
            statuses.append((await alice.join(focus)).status)
        assert statuses == [200, 200, 403]
        assert alice.focus is not None
        assert alice.focus.ask("BYE").status == 200
        assert (await alice.join(FOCUS.replace("AB12", "N2"))).status == 200
        alice.guid = "x" * 200
        assert (await alice.join(FOCUS.replace("AB12", "N1"))).status == 400

    play(tmp_path, scene)


def test_leading(tmp_path: Path) -> None:
    async def scene(world: ConferenceWorld) -> None:
        alice, bob, carol = (world.client(name) for name in ("alice", "bob", "carol"))
        await alice.make()
        await alice.enter()
        await bob.enter()
        alice.inbox()
        for operation in (
            DeleteUser(FOCUS, ALICE),
            ModifyConferenceLock(FOCUS, True),
            ModifyUserRoles(FOCUS, BOB, "presenter"),
        ):
            assert bob.lead(operation).reason == "unauthorized"
        assert alice.lead(ModifyUserRoles(FOCUS, BOB, "king")).reason == "otherFailure"
        assert alice.lead(ModifyUserRoles(FOCUS, CAROL, "presenter")).reason == "conferenceDoesntExist"
        assert alice.lead(ModifyUserRoles(FOCUS, ALICE, "attendee")).reason == "unauthorized"
        assert alice.lead(GetCapabilities()).reason == "otherFailure"
        assert alice.lead(ModifyUserRoles(FOCUS, BOB, "presenter")).code == "success"
        assert [one.users[0].role for one in bob.told()] == ["presenter"]
        assert bob.lead(ModifyConferenceLock(FOCUS, True)).code == "success"
        views = [one.view for one in alice.told()]
        assert [view.locked for view in views if view is not None] == [True]
        locked = await carol.join()
        assert locked.status == 403
        assert "locked" in (locked.get("ms-diagnostics") or "")
        assert bob.lead(ModifyConferenceLock(FOCUS, False)).code == "success"
        await carol.enter()
        alice.inbox()
        bob.inbox()
        assert bob.lead(DeleteUser(FOCUS, CAROL)).code == "success"
        ended = carol.heard()
        assert sorted(one.method for one in ended) == ["BENOTIFY", "BYE", "BYE"]  # type: ignore[union-attr]
        (last,) = [one for one in ended if one.body]
        assert (last.get("Subscription-State") or "").startswith("terminated")
        assert read_conference(last.body).users == (UserDocument(CAROL, deleted=True),)
        (gone,) = alice.told()
        assert gone.users == (UserDocument(CAROL, deleted=True),)

    play(tmp_path, scene)


def test_clients_that_vanish_and_come_again(tmp_path: Path) -> None:
    async def scene(world: ConferenceWorld) -> None:
        alice, bob = world.client("alice"), world.client("bob")
        await alice.make()
        await alice.enter()
        await bob.enter()
        second = world.client("bob", "epid-other")
        await second.enter()
        (_, *_, last) = alice.told()
        assert len(last.users[0].endpoints) == 4
        bob.session.lost()
        (*_, left) = alice.told()
        assert [one.entity for one in left.users[0].endpoints] == [second.guid, second.guid]
        second.session.lost()
        (*_, left) = alice.told()
        assert left.users == (UserDocument(BOB, deleted=True),)
        assert len(world.doors.focus.seats) == len(world.doors.chat.seats) == 1
        # The same client joins anew without having left: it is in once, and hears everything once.
        alice.guid = "{new}"
        await alice.enter()
        third = world.client("bob")
        assert (await third.join()).status == 200
        (told,) = alice.told()
        assert [one.entity for one in told.users] == [BOB]
        members = world.rooms.find("alice@contoso.test", "AB12").roster.members
        assert list(members["alice@contoso.test"].endpoints) == ["{new}"]

    play(tmp_path, scene)


def test_a_client_stops_watching(tmp_path: Path) -> None:
    async def scene(world: ConferenceWorld) -> None:
        alice, bob = world.client("alice"), world.client("bob")
        await alice.make()
        await alice.enter()
        assert alice.watching is not None
        again = alice.watching.again()
        assert again is not None
        (refreshed,) = alice.inbox()
        assert read_conference(refreshed.body).whole
        response = alice.subscribe("conference", FOCUS, Expires="0").response
        assert (response.status, response.body) == (200, b"")
        assert len(alice.inbox()) <= 1
        assert (await bob.join()).status == 200
        assert alice.inbox() == []

    play(tmp_path, scene)


def test_a_conference_outlives_the_server_until_it_expires(tmp_path: Path) -> None:
    async def before(world: ConferenceWorld) -> None:
        alice = world.client("alice")
        await alice.make()
        await alice.enter()

    async def after(world: ConferenceWorld) -> None:
        alice, bob = world.client("alice"), world.client("bob")
        with pytest.raises(Exception, match="Nobody is in"):
            world.rooms.find("alice@contoso.test", "AB12")
        await alice.enter()
        await bob.enter()
        alice.inbox()
        world.world.clock.now += timedelta(hours=9).total_seconds()
        world.rooms.sweep()
        for client in (alice, bob):
            methods = [one.method for one in client.heard()]  # type: ignore[union-attr]
            assert sorted(methods) == ["BENOTIFY", "BYE", "BYE"]
        assert len(world.rooms) == len(world.doors.focus.seats) == 0

    async def later(world: ConferenceWorld) -> None:
        world.world.clock.now += timedelta(hours=9).total_seconds()
        bob = world.client("bob")
        assert (await bob.join()).status == 404

    play(tmp_path, before, after, later)


def test_what_is_kept_is_changed_while_people_are_in(tmp_path: Path) -> None:
    async def scene(world: ConferenceWorld) -> None:
        alice = world.client("alice")
        await alice.make(subject="old")
        await alice.enter()
        organizer, kept = await world.conferences.find("alice@contoso.test", "AB12")
        await world.conferences.change(organizer, "AB12", kept.version, Terms(subject="new"), None)
        await world.settle()
        (told,) = alice.told()
        assert told.description is not None
        assert told.description.subject == "new"
        await world.conferences.remove(organizer, "AB12")
        await world.settle()
        assert sorted(one.method for one in alice.heard()) == ["BENOTIFY", "BYE", "BYE"]  # type: ignore[union-attr]

    play(tmp_path, scene)
