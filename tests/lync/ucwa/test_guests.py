"""Guests by UCWA: the anonymous grant, one meeting and nothing else, and every refusal."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from samband.model import conferences
from samband.model.conferences import AccessLevel, Terms
from samband.model.guests import Guest
from samband.model.people import Person
from samband.trust.guest_tokens import LIFETIME
from samband.wire.http import Connection, Headers, HttpRequest
from samband.wire.web_auth.oauth_token import ANONYMOUS
from tests.lync.ucwa.test_meetings_joined import chat, meeting
from tests.lync.ucwa.test_messaging import say, text_of
from tests.lync.ucwa.world import APPLICATIONS, NEW, WebClient, World, link, play
from tests.lync.web.website import HOST

FORM = Headers([("Content-Type", "application/x-www-form-urlencoded")])


async def grant(world: World, status: int = 200, peer: str = "10.0.0.7:1", **fields: str) -> Any:
    """Ask for a token; the JSON that comes back."""
    body = urlencode({"grant_type": ANONYMOUS, **fields}).encode()
    connection = Connection(peer, tls=True)
    request = HttpRequest("POST", HOST, "/WebTicket/oauthtoken", "", FORM, body, connection)
    answer = await world.token_service(request)
    assert answer.status == status, answer.content
    return json.loads(answer.content)


async def admitted(world: World, made: Any, password: str = "") -> str:
    """A guest's token for a meeting."""
    wanted = {"ms_rtc_conferenceuri": made["onlineMeetingUri"], "password": password or made["onlineMeetingId"]}
    token: str = (await grant(world, **wanted))["access_token"]
    return token


async def arrive(world: World, made: Any, name: str, status: str = "Success") -> tuple[WebClient, Any]:
    """A guest asks a meeting to be let in; their client, and how that ended."""
    guest = WebClient(world, name, token=await admitted(world, made))
    await guest.begin()
    where = link(guest.part("communication"), "joinOnlineMeeting")
    wanted = {"onlineMeetingUri": made["onlineMeetingUri"], "anonymousDisplayName": name, "operationId": "j1"}
    await guest.ask("POST", where, wanted, 201)
    done = await guest.until("onlineMeetingInvitation", "completed")
    assert done["status"] == status, done
    return guest, done


async def open_meeting(world: World) -> tuple[WebClient, Any]:
    alice = WebClient(world, "alice")
    await alice.available()
    return alice, await meeting(alice, accessLevel="Everyone")


def test_a_guest_and_a_member_talk(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, made = await open_meeting(world)
        where = link(await alice.read("communication"), "joinOnlineMeeting")
        await alice.ask("POST", where, {"onlineMeetingUri": made["onlineMeetingUri"]}, 201)
        done = (await alice.until("onlineMeetingInvitation", "completed"))["_embedded"]["onlineMeetingInvitation"]
        here = await alice.ask("GET", link(done, "conversation"))
        ann, done = await arrive(world, made, "Ann")
        added = (await alice.until("participant", "added"))["_embedded"]["participant"]
        assert (added["name"], added["anonymous"], added["role"]) == ("Ann (guest)", True, "Attendee")
        assert added["uri"].endswith("@anonymous.invalid")
        assert "contact" not in added["_links"]
        there = await ann.ask("GET", link(done["_embedded"]["onlineMeetingInvitation"], "conversation"))
        people = (await ann.ask("GET", link(there, "participants")))["_embedded"]["participant"]
        assert [(one["name"], one["role"], one["organizer"]) for one in people] == [
            ("Ann (guest)", "Attendee", False),
            ("Alice", "Leader", True),
        ]
        ours, theirs = await chat(alice, here), await chat(ann, there)
        await say(ann, theirs, "hello")
        got = await alice.until("message", "completed", direction="Incoming")
        assert text_of(got) == "hello"
        await say(alice, ours, "welcome")
        assert text_of(await ann.until("message", "completed", direction="Incoming")) == "welcome"
        await ann.ask("DELETE", ann.root, status=204)
        await alice.until("participant", "deleted")
        await world.settle()
        assert len(world.guests) == 0
        assert not world.side.registrar.endpoints(added["uri"].removeprefix("sip:"))

    play(tmp_path, story)


def test_a_guest_can_do_nothing_else(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, made = await open_meeting(world)
        other = await meeting(alice, accessLevel="Everyone", subject="secret")
        ann = WebClient(world, "Ann", token=await admitted(world, made))
        shown = await ann.begin()
        assert sorted(shown["_embedded"]) == ["communication", "me"]
        assert sorted(shown["_embedded"]["communication"]["_links"]) == ["conversations", "joinOnlineMeeting", "self"]
        assert list(shown["_embedded"]["me"]["_links"]) == ["self"]
        for path in (
            "people",
            "people/search",
            "people/contacts",
            "people/presenceSubscriptions",
            "onlineMeetings/myOnlineMeetings",
            "photos/alice@contoso.test",
            "policies",
            "me/phones",
        ):
            await ann.ask("GET", path, status=404)
        assert (await ann.ask("GET", "me/presence", status=409))["subcode"] == "MakeMeAvailableRequired"
        for path in ("me/makeMeAvailable", "me/reportMyActivity"):
            assert (await ann.ask("POST", path, {}, 403))["subcode"] == "AnonymousNotAllowed"
        assert ann.root not in str(await alice.ask("GET", APPLICATIONS))
        await ann.ask("GET", APPLICATIONS, status=405)
        where = link(shown["_embedded"]["communication"], "joinOnlineMeeting")
        wanted = {"onlineMeetingUri": other["onlineMeetingUri"], "anonymousDisplayName": "Ann"}
        await ann.ask("POST", where, wanted, 403)
        await ann.ask("POST", where, {**wanted, "onlineMeetingUri": "sip:alice@contoso.test"}, 403)
        own = {"onlineMeetingUri": made["onlineMeetingUri"]}
        await ann.ask("POST", where, own, 400)
        await ann.ask("POST", where, {**own, "anonymousDisplayName": " \u200b "}, 400)
        await ann.ask("POST", "communication/messagingInvitations", {"to": "sip:alice@contoso.test"}, 403)
        assert "applications" not in await ann.ask("GET", alice.root, status=404)
        # Nobody reaches a guest, and no visitor from elsewhere is taken for one.
        assert not [one for one in world.side.registrar.people() if one.startswith("guest")]

    play(tmp_path, story)


def test_a_guest_of_one_meeting_is_none_of_another_with_its_id(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = WebClient(world, "alice")
        await alice.available()
        made = await meeting(alice, accessLevel="Everyone", passcode="4711")
        bob = world.site.people.found["guid-bob"]
        await world.conferences.add(bob, Terms(access=AccessLevel.EVERYONE), id=made["onlineMeetingId"])
        theirs = {**made, "onlineMeetingUri": made["onlineMeetingUri"].replace("alice@", "bob@")}
        eve = WebClient(world, "Eve", token=await admitted(world, theirs))
        await eve.begin()
        where = link(eve.part("communication"), "joinOnlineMeeting")
        wanted = {"onlineMeetingUri": made["onlineMeetingUri"], "anonymousDisplayName": "Eve"}
        assert "another meeting" in (await eve.ask("POST", where, wanted, 403))["message"]
        await eve.ask("POST", where, {**wanted, "onlineMeetingUri": theirs["onlineMeetingUri"]}, 201)
        assert (await eve.until("onlineMeetingInvitation", "completed"))["status"] == "Success"

    play(tmp_path, story)


def test_a_guest_who_joins_is_asked_for_the_passcode_of_now(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, made = await open_meeting(world)
        ann, done = await arrive(world, made, "Ann")
        there = link(done["_embedded"]["onlineMeetingInvitation"], "conversation")
        await alice.ask(
            "PUT", made["_links"]["self"]["href"], {**made, "passcode": "4711"}, If_Match=f'"{made["etag"]}"'
        )
        assert (await ann.ask("GET", there))["state"] == "Conferenced", "who is in stays"
        await ann.ask("DELETE", there, status=204)
        where = link(ann.part("communication"), "joinOnlineMeeting")
        wanted = {"onlineMeetingUri": made["onlineMeetingUri"], "anonymousDisplayName": "Ann"}
        assert "another passcode" in (await ann.ask("POST", where, wanted, 403))["message"]

    play(tmp_path, story)


def test_a_guest_who_leaves_while_they_join_is_not_in(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        _, made = await open_meeting(world)
        ann = WebClient(world, "Ann", token=await admitted(world, made))
        await ann.begin()
        asked, go = asyncio.Event(), asyncio.Event()
        check = world.guests.check

        async def slow(guest: Guest) -> tuple[Person, conferences.Conference]:
            asked.set()
            await go.wait()
            return await check(guest)

        world.guests.check = slow  # type: ignore[method-assign]
        where = link(ann.part("communication"), "joinOnlineMeeting")
        wanted = {"onlineMeetingUri": made["onlineMeetingUri"], "anonymousDisplayName": "Ann"}
        joining = asyncio.ensure_future(ann.send("POST", where, wanted))
        await asyncio.wait_for(asked.wait(), 30)
        await ann.ask("DELETE", ann.root, status=204)
        go.set()
        assert (await joining).status == 404
        await world.settle()
        assert len(world.rooms) == 0

    play(tmp_path, story)


def test_what_the_grant_refuses(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        _, made = await open_meeting(world)
        uri, number = made["onlineMeetingUri"], made["onlineMeetingId"]
        fine = {"ms_rtc_conferenceuri": uri, "password": number}
        for changed, words in (
            ({"password": ""}, "id is wrong"),
            ({"password": "x"}, "id is wrong"),
            ({"ms_rtc_conferenceuri": ""}, "not the address"),
            ({"ms_rtc_conferenceuri": uri.replace("focus:", "chat:")}, "not the address"),
            ({"ms_rtc_conferenceuri": uri + "X"}, "no such conference"),
            ({"ms_rtc_conferenceuri": uri.replace("alice@", "nobody@")}, "no such conference"),
            ({"ms_rtc_renew": "cwt=x", "password": ""}, "id is wrong"),
        ):
            said = await grant(world, 400, **{**fine, **changed})
            assert said["error"] == "invalid_grant"
            assert words in said["error_description"], changed
        for _ in range(60):
            await grant(world, peer="10.0.0.8:1", **fine)
        assert (await grant(world, 503, peer="10.0.0.8:1", **fine))["error"] == "server_error"
        await grant(world, peer="10.0.0.9:1", **fine)
        for number in range(60):
            await grant(world, peer=f"[2001:db8:0:1:{number:x}::1]:{1000 + number}", **fine)
        assert (await grant(world, 503, peer="[2001:db8:0:1:ffff::1]:1", **fine))["error"] == "server_error"
        await grant(world, peer="[2001:db8:0:2::1]:1", **fine)

    play(tmp_path, story)


def test_a_passcode(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = WebClient(world, "alice")
        await alice.available()
        made = await meeting(alice, accessLevel="Everyone", passcode="4711")
        assert made["passcode"] == "4711"
        wanted = {"ms_rtc_conferenceuri": made["onlineMeetingUri"]}
        begun = world.site.clock.now
        for guess in (made["onlineMeetingId"], "4710", "4712", "4713", ""):
            assert "passcode is wrong" in (await grant(world, 400, **wanted, password=guess))["error_description"]
        assert world.site.clock.now == begun
        await grant(world, 400, **wanted, password="4714")
        await grant(world, 400, **wanted, password="4715")
        assert world.site.clock.now > begun, "guesses are slowed down"
        ann = WebClient(world, "Ann", token=await admitted(world, made, "4711"))
        await ann.begin()
        here = made["_links"]["self"]["href"]
        unaware = {name: value for name, value in made.items() if name != "passcode"}
        made = await alice.ask("PUT", here, unaware, If_Match=f'"{made["etag"]}"')
        assert made["passcode"] == "4711", "a client that knows of no passcode takes none away"
        made = await alice.ask("PUT", here, {**made, "passcode": "1234"}, If_Match=f'"{made["etag"]}"')
        assert made["passcode"] == "1234"
        late = WebClient(world, "Ann", token=ann.authorization.removeprefix("Bearer "))
        await late.ask("POST", APPLICATIONS, NEW, 403)
        assert await alice.send("GET", made["_links"]["self"]["href"]) is not None
        for wrong in (5, "x" * 65):
            await alice.ask("POST", "onlineMeetings/myOnlineMeetings", {"passcode": wrong}, 400)

    play(tmp_path, story)


def test_a_token_is_renewed_and_ends(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, made = await open_meeting(world)
        ann, _ = await arrive(world, made, "Ann")
        token = ann.authorization.removeprefix("Bearer ")
        wanted = {"ms_rtc_conferenceuri": made["onlineMeetingUri"], "password": "", "ms_rtc_renew": token}
        renewed = (await grant(world, **wanted))["access_token"]
        again = WebClient(world, "Ann", token=renewed)
        assert (await again.ask("GET", ann.root))["_embedded"]["me"]["name"] == "Ann (guest)"
        other = await meeting(alice, accessLevel="Everyone")
        await grant(world, 400, **{**wanted, "ms_rtc_conferenceuri": other["onlineMeetingUri"]})
        world.site.clock.now += LIFETIME.total_seconds()
        assert (await ann.send("GET", ann.root)).status == 401
        assert "is over" in (await grant(world, 400, **wanted))["error_description"]

    play(tmp_path, story)


def test_a_guest_is_out_with_the_meeting(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, made = await open_meeting(world)
        ann, _ = await arrive(world, made, "Ann")
        await alice.ask("DELETE", made["_links"]["self"]["href"], status=204)
        gone = await ann.until("conversation", "deleted")
        assert (gone["reason"]["subcode"], gone["reason"]["message"]) == ("Ended", "The meeting has ended")
        assert len(world.guests) == 1
        for _ in range(8):
            world.later(10)
        await ann.ask("GET", ann.root, status=404)
        assert len(world.guests) == 0
        await ann.ask("POST", APPLICATIONS, NEW, 404)

    play(tmp_path, story)


def test_there_are_so_many_guests(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        _, made = await open_meeting(world)
        guests = [(await arrive(world, made, name))[0] for name in ("Ann", "Ben", "Cem")]
        late = WebClient(world, "Dan", token=await admitted(world, made))
        assert "as many guests" in (await late.ask("POST", APPLICATIONS, NEW, 409))["message"]
        await guests[0].ask("DELETE", guests[0].root, status=204)
        await late.begin()

    play(tmp_path, story)


def test_who_is_let_in(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, made = await open_meeting(world)
        for headers in ([], [("Authorization", f"Bearer {await admitted(world, made)}x")]):
            request = HttpRequest("GET", HOST, "/x", "", Headers(headers), b"", Connection("10.0.0.7:1", tls=True))
            assert (await world.discovery.oauth_user(request)).status == 401
            request = HttpRequest(
                "POST", HOST, APPLICATIONS, "", Headers(headers), b"", Connection("10.0.0.7:1", tls=True)
            )
            assert (await world.endpoint(request)).status == 401
        token = Headers([("Authorization", f"Bearer {await admitted(world, made)}")])
        request = HttpRequest("GET", HOST, "/x", "", token, b"", Connection("10.0.0.7:1", tls=True))
        found = json.loads((await world.discovery.oauth_user(request)).content)
        assert found["_links"]["anonApplications"]["href"].endswith(APPLICATIONS)
        guest = WebClient(world, "Ann", token=await admitted(world, made))
        await guest.ask("POST", APPLICATIONS, {"UserAgent": "x", "Culture": "en-US"}, 201)
        assert alice.application

    play(tmp_path, story)


def test_a_guest_has_one_application_and_a_pace(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        _, made = await open_meeting(world)
        ann, done = await arrive(world, made, "Ann")
        token = ann.authorization.removeprefix("Bearer ")
        second = WebClient(world, "Ann", "e2", token)
        refused = await second.ask("POST", APPLICATIONS, {**NEW, "EndpointId": "e2"}, 409)
        assert refused["subcode"] == "TooManyApplications"
        there = await ann.ask("GET", link(done["_embedded"]["onlineMeetingInvitation"], "conversation"))
        assert "addParticipant" not in there["_links"]
        await ann.ask("POST", f"{there['_links']['self']['href']}/addParticipant", {"to": "sip:bob@contoso.test"}, 403)
        messaging = await chat(ann, there)
        statuses = [
            (await ann.send("POST", link(messaging, "sendMessage"), b"x", Content_Type="text/plain")).status
            for _ in range(40)
        ]
        assert statuses[0] == 201
        assert statuses[-1] == 429
        world.site.clock.now += 5
        await say(ann, messaging, "slower")

    play(tmp_path, story)


def test_a_meeting_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conferences, "MOST_MEMBERS", 1)

    async def story(world: World) -> None:
        _, made = await open_meeting(world)
        await arrive(world, made, "Ann")
        _, done = await arrive(world, made, "Ben", "Failure")
        assert done["reason"]["message"] == "The conference is full: it has at most 1 members"

    play(tmp_path, story)
