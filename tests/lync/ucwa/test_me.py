"""``me``: available, present, inactive, gone; and the application around it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.lync.ucwa.world import APPLICATIONS, WebClient, World, link, play
from tests.trust.fakes import person


def watched(world: World, name: str = "bob", by: str = "alice") -> list[int | None]:
    """The availability of somebody, as ``by`` sees it: it grows by what is told."""
    seen: list[int | None] = []

    def hear(document: Any) -> None:
        seen.append(next(one.state.availability for one in document.instances if one.category == "state"))

    hear(world.presence.watch(f"{by}@contoso.test", hear).add(f"{name}@contoso.test", frozenset({"state"})))
    return seen


def test_nobody_is_available_before_they_say_so(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        bob = WebClient(world, "bob")
        found = await bob.begin()
        assert found["rel"] == "application"
        assert set(found["_embedded"]) == {"me", "people", "onlineMeetings", "communication"}
        assert set(bob.part("me")["_links"]) == {"self", "makeMeAvailable"}
        before = bob.part("communication")
        assert "startMessaging" not in before["_links"]
        refused = await bob.ask("GET", f"{link(bob.part('me'), 'self')}/presence", status=409)
        assert refused["subcode"] == "MakeMeAvailableRequired"
        assert watched(world) == [18500]
        await bob.ask("POST", link(bob.part("me"), "makeMeAvailable"), {"SupportedModalities": ["Messaging"]}, 204)
        me = await bob.read("me")
        assert {"presence", "note", "location", "reportMyActivity"} <= set(me["_links"])
        assert "makeMeAvailable" not in me["_links"]
        assert await bob.ask("GET", link(me, "presence")) == {
            "availability": "Online",
            "activity": "Available",
            "rel": "presence",
            "_links": {"self": {"href": link(me, "presence")}},
        }
        assert watched(world) == [3500]
        assert [one.lync for one in world.side.registrar.endpoints("bob@contoso.test")] == [True]
        again = await bob.ask("POST", f"{link(me, 'self')}/makeMeAvailable", {}, 409)
        assert again["subcode"] == "AlreadyExists"
        events = await bob.poll(30)
        told = [(one["sender"], one["link"]["rel"], one["type"]) for one in events]
        assert ("me", "me", "updated") in told
        changed = next(one for one in events if one["sender"] == "communication")
        assert "startMessaging" in changed["_embedded"]["communication"]["_links"]
        assert {("me", word, "added") for word in ("presence", "note", "location")} <= set(told)
        after = await bob.read("communication")
        assert ("startMessaging" in after["_links"], after["etag"] != before["etag"]) == (True, True)

    play(tmp_path, story)


CHOICES = [
    ("Busy", 6500, "Busy", "Busy"),
    ("doNotDisturb", 9500, "DoNotDisturb", "Do not disturb"),
    ("BeRightBack", 12500, "BeRightBack", "Be right back"),
    ("Away", 15500, "Away", "Away"),
    ("Offwork", 15500, "Away", "Off work"),
    ("Online", 3500, "Online", "Available"),
]


def test_presence_note_and_location(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        bob = WebClient(world, "bob")
        await bob.available()
        me = await bob.read("me")
        seen = watched(world)
        for word, number, availability, activity in CHOICES:
            await bob.ask("POST", link(me, "presence"), {"Availability": word}, 204)
            found = await bob.ask("GET", link(me, "presence"))
            assert (found["availability"], found["activity"]) == (availability, activity)
            assert seen[-1] == number
        await bob.ask("POST", link(me, "presence"), {"availability": "Busy"}, 204)
        await bob.ask("POST", link(me, "presence"), {}, 204)
        assert seen[-1] == 3500
        for text in ("At lunch <b>", ""):
            await bob.ask("POST", link(me, "note"), {"message": text}, 204)
            note = await bob.ask("GET", link(me, "note"))
            assert (note["message"], note["type"]) == (text, "Personal")
        await bob.ask("POST", link(me, "location"), {"location": "Room 5"}, 204)
        assert (await bob.ask("GET", link(me, "location")))["location"] == "Room 5"
        for word, body in (
            ("presence", {"availability": "Dancing"}),
            ("note", {"message": 5}),
            ("note", {"message": "x" * 2000}),
            ("location", {"location": "x" * 300}),
        ):
            refused = await bob.ask("POST", link(me, word), body, 400)
            assert refused["subcode"] == "ParameterValidationFailure"
        refused = await bob.send("DELETE", link(me, "presence"))
        assert (refused.status, dict(refused.headers)["Allow"]) == (405, "GET, POST")
        await bob.ask("GET", link(me, "presence"), X_MS_RequiresMinResourceVersion="1.0")
        refused = await bob.ask("GET", link(me, "presence"), None, 404, X_MS_RequiresMinResourceVersion="2.0")
        assert refused["subcode"] == "APIVersionNotSupported"

    play(tmp_path, story)


def test_the_state_of_all_devices_is_one(tmp_path: Path) -> None:
    """Two applications of one person: the more active counts, and what one chooses both show."""

    async def story(world: World) -> None:
        here, there = WebClient(world, "bob"), WebClient(world, "bob", "e2")
        await here.available()
        await there.available()
        seen = watched(world)
        world.later(200)
        await here.ask("POST", link(await here.read("me"), "reportMyActivity"), status=204)
        world.later(150, listening=True)
        assert seen[-1] == 3500
        await there.ask("POST", link(await there.read("me"), "presence"), {"availability": "Busy"}, 204)
        assert (await here.ask("GET", link(await here.read("me"), "presence")))["availability"] == "Busy"
        assert ("presence", "updated") in [(one["link"]["rel"], one["type"]) for one in await here.poll(30)]
        await there.ask("POST", link(await there.read("me"), "presence"), {}, 204)
        await here.ask("DELETE", here.root, status=204)
        assert seen[-1] == 3500
        await there.ask("DELETE", there.root, status=204)
        assert seen[-1] == 18500
        assert len(world.side.registrar) == len(world.endpoints) == 0

    play(tmp_path, story)


def test_whoever_does_nothing_is_inactive_then_away_then_offline(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        bob = WebClient(world, "bob")
        await bob.available()
        seen = watched(world)
        for expected in (5000, 15500):
            world.later(200, listening=True)
            world.later(200, listening=True)
            assert seen[-1] == expected
        await bob.ask("POST", link(await bob.read("me"), "reportMyActivity"), status=204)
        assert seen[-1] == 3500
        world.later(299)
        assert seen[-1] == 3500
        world.later(2)
        assert seen[-1] == 18500
        assert "makeMeAvailable" in (await bob.read("me"))["_links"]
        world.later(3601)
        assert (await bob.ask("GET", bob.root, status=404))["subcode"] == "ApplicationNotFound"

    play(tmp_path, story)


def test_whoever_may_no_longer_sign_in_is_gone(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        bob = WebClient(world, "bob")
        await bob.available()
        await bob.poll()
        waiting = asyncio.ensure_future(bob.ask("GET", f"{bob.next}&timeout=1800", status=404))
        await asyncio.sleep(0)
        world.side.registrar.sign_out("bob@contoso.test", "revoked")
        assert (await waiting)["subcode"] == "ApplicationNotFound"
        world.sessions.sweep()
        assert len(world.sessions) == 0
        await bob.begin()
        world.site.people.put(person("bob", enabled=False))
        world.sessions.end_of(frozenset({"guid-bob"}), lambda guid: False)
        assert len(world.sessions) == 0
        assert (await bob.send("POST", APPLICATIONS, {})).status == 401

    play(tmp_path, story)


@pytest.mark.parametrize("wished", [2, "2", "00:02:00", "PT2M"])
def test_how_soon_somebody_is_inactive_is_theirs_to_say(tmp_path: Path, wished: Any) -> None:
    async def story(world: World) -> None:
        bob = WebClient(world, "bob")
        await bob.available(inactiveTimeout=wished, audioPreference="PhoneAudio", phoneNumber="4255552222")
        seen = watched(world)
        world.later(119, listening=True)
        assert seen[-1] == 3500
        for expected in (5000, 15500):
            world.later(200, listening=True)
            assert seen[-1] == expected

    play(tmp_path, story)


def test_who_somebody_is_and_which_applications_they_have(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.site.people.put(person("bob", company="Contoso", telephoneNumber="+46 8 5", mobile="+46 7 0"))
        bob, other = WebClient(world, "bob"), WebClient(world, "bob", "e2")
        found = await bob.begin()
        assert (found["endpointId"], found["id"]) == ("e1", bob.root.rpartition("/")[2])
        assert bob.part("me")["_links"]["makeMeAvailable"]["revision"] == "2"
        me = await bob.read("me")
        assert (me["company"], me["workPhoneNumber"], me["mobilePhoneNumber"]) == ("Contoso", "tel:+4685", "tel:+4670")
        await other.begin()
        every = await bob.ask("GET", APPLICATIONS, X_MS_RequiresMinResourceVersion="2")
        assert [one["href"] for one in every["_links"]["application"]] == [bob.root, other.root]
        alice = WebClient(world, "alice")
        await alice.begin()
        assert [one["href"] for one in (await alice.ask("GET", APPLICATIONS))["_links"]["application"]] == [alice.root]

    play(tmp_path, story)


def test_what_has_not_changed_is_not_sent_again(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.site.people.put(person("alice", thumbnailPhoto=b"jpeg"))
        bob, alice = WebClient(world, "bob"), WebClient(world, "alice")
        await bob.available()
        await alice.available()
        contact = await bob.ask("GET", "people/alice@contoso.test")
        for rel in ("self", "contactPresence", "contactNote", "contactLocation", "contactPhoto"):
            first = await bob.send("GET", link(contact, rel))
            tag = dict(first.headers)["ETag"]
            again = await bob.send("GET", link(contact, rel), If_None_Match=tag)
            assert (again.status, again.content, dict(again.headers)["ETag"]) == (304, b"", tag), rel
        presence = link(contact, "contactPresence")
        tag = dict((await bob.send("GET", presence)).headers)["ETag"]
        await alice.ask("POST", link(await alice.read("me"), "presence"), {"availability": "Busy"}, 204)
        changed = await bob.send("GET", presence, If_None_Match=tag)
        assert (changed.status, dict(changed.headers)["ETag"] != tag) == (200, True)
        assert "ETag" not in dict((await bob.send("GET", bob.next)).headers)

    play(tmp_path, story)


UNAVAILABLE: list[Any] = [
    {"inactiveTimeout": "soon"},
    {"inactiveTimeout": "25:00:00"},
    {"inactiveTimeout": "PT1S"},
    {"inactiveTimeout": True},
    {"audioPreference": "Shouting"},
    {"signInAs": "Dancing"},
    {"supportedModalities": "Messaging"},
    {"supportedModalities": ["Smoke"]},
    {"supportedMessageFormats": ["Rtf"]},
    {"supportedModalities": ["Messaging"] * 20},
]


def test_how_nobody_is_made_available(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        bob = WebClient(world, "bob")
        await bob.begin()
        for body in UNAVAILABLE:
            refused = await bob.ask("POST", link(bob.part("me"), "makeMeAvailable"), body, 400)
            assert refused["subcode"] == "ParameterValidationFailure"
        assert len(world.endpoints) == 0

    play(tmp_path, story)


def test_versions_and_methods(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        bob = WebClient(world, "bob")
        await bob.begin()
        for version, status in (("1", 200), ("", 200), ("2", 404), ("x", 404)):
            answer = await bob.send("GET", "me", X_MS_RequiresMinResourceVersion=version)
            assert answer.status == status
        assert b"APIVersionNotSupported" in answer.content
        for method in ("HEAD", "POST"):
            assert (await bob.send(method, bob.next)).status == 405

    play(tmp_path, story)


def test_policies_photos_and_cookies(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.site.people.put(person("bob", thumbnailPhoto=b"\xff\xd8jpeg"))
        bob = WebClient(world, "bob")
        found = await bob.begin()
        assert (await bob.ask("GET", link(found, "policies")))["rel"] == "policies"
        photo = link(bob.part("me"), "photo")
        answer = await bob.send("GET", photo, Accept="image/*")
        assert (answer.status, answer.content) == (200, b"\xff\xd8jpeg")
        answer = await bob.send("GET", bob.root)
        cookie = next(value for name, value in answer.headers if name == "Set-Cookie")
        assert f"path={bob.root}/photos" in cookie
        pair = cookie.partition(";")[0]
        assert (await bob.send("GET", photo, Authorization="", Cookie=f"a=b; {pair}")).status == 200
        assert (await bob.send("GET", photo, Authorization="", Cookie=f"{pair}x")).status == 401
        assert (await bob.send("GET", bob.root, Authorization="", Cookie=pair)).status == 401
        assert (await bob.send("GET", f"{bob.root}/photos/alice@contoso.test")).status == 404

    play(tmp_path, story)


def test_several_requests_in_one(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        bob = WebClient(world, "bob")
        found = await bob.begin()

        def one(method: str, path: str, body: str = "") -> str:
            kind = "Content-Type: application/json\r\n" if body else ""
            request = f"{method} {path} HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n{kind}\r\n{body}"
            return f"--b\r\nContent-Type: application/http; msgtype=request\r\n\r\n{request}\r\n"

        parts = [
            one("POST", link(bob.part("me"), "makeMeAvailable"), "{}"),
            one("GET", f"{bob.root}/me/presence"),
            one("GET", f"{bob.root}/nothing"),
            one("GET", bob.next),
            one("POST", link(found, "batch"), "{}"),
            one("GET", "/ucwa/oauth/v1/applications/77"),
        ]
        answer = await bob.send(
            "POST",
            link(found, "batch"),
            ("".join(parts) + "--b--").encode(),
            Content_Type="multipart/batching; boundary=b",
            Accept="multipart/batching",
        )
        assert answer.status == 200
        kind = dict(answer.headers)["Content-Type"]
        boundary = kind.partition("boundary=")[2]
        answers = answer.content.decode().split(f"--{boundary}")[1:-1]
        assert [one.partition("HTTP/1.1 ")[2][:3] for one in answers] == ["204", "200", "404", "404", "404", "404"]
        assert '"availability": "Online"' in answers[1]
        many = b"--b\r\nContent-Type: application/http\r\n\r\nGET / HTTP/1.1\r\n\r\n\r\n" * 101 + b"--b--"
        refused = await bob.ask("POST", link(found, "batch"), many, 429, Content_Type="multipart/batching; boundary=b")
        assert refused["code"] == "TooManyRequests"
        for body, kind in ((b"x", "multipart/batching; boundary=b"), (b"{}", "application/json")):
            refused = await bob.ask("POST", link(found, "batch"), body, 400, Content_Type=kind)
            assert refused["subcode"] == "DeserializationFailure"
        await bob.ask("POST", link(found, "batch"), b"x" * 300_000, 413, Content_Type="multipart/batching; boundary=b")

    play(tmp_path, story)
