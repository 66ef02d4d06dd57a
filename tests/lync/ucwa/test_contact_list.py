"""The contact list changed by UCWA: groups made, renamed and removed, people put into them, moved and taken out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from samband.model.contacts import MAX_GROUPS, PINNED, ContactList, add_group, delete_group
from samband.wire.ucwa.resources import ECHOED
from tests.lync.ucwa.world import WebClient, World, link, play

BOB, EVE = "bob@contoso.test", "eve@elsewhere.test"


async def kept(world: World) -> ContactList:
    return await world.contacts.get(world.site.people.found["guid-alice"])


async def groups_of(alice: WebClient) -> dict[str, Any]:
    found = await alice.ask("GET", link(alice.part("people"), "myGroups"))
    return {one["name"]: one for one in found["_embedded"]["group"]}


async def pairs(alice: WebClient, query: str = "") -> list[tuple[str, str]]:
    """Who is in which group, as the words at the end of the address say."""
    found = await alice.ask("GET", link(alice.part("people"), "myGroupMemberships") + query)
    words = [link(one, "self").split("/") for one in found["_embedded"]["myGroupMembership"]]
    return [(number, address) for *_, number, address in words]


def renamed(group: Any, name: str) -> dict[str, Any]:
    return {"rel": "group", "id": group["id"], "name": name, ECHOED: group[ECHOED]}


def test_groups_are_made_renamed_and_removed(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = WebClient(world, "alice")
        await alice.begin()
        mine = link(alice.part("people"), "myGroups")
        assert alice.part("people")["_links"]["myGroups"]["revision"] == "2"
        await alice.ask("GET", mine, status=200)
        await alice.ask("POST", mine, {"displayName": "Work"}, 204, X_MS_RequiresMinResourceVersion="2")
        assert (await alice.until("group", "added"))["in"]["rel"] == "myGroups"
        work = (await groups_of(alice))["Work"]
        etag = f'"{work["etag"]}"'
        await alice.ask("PUT", link(work, "self"), renamed(work, "Office"), 200, If_Match=etag)
        await alice.until("group", "updated")
        assert list(await groups_of(alice)) == ["Office"]
        stale = await alice.ask("PUT", link(work, "self"), renamed(work, "Desk"), 412, If_Match=etag)
        assert stale["code"] == "PreconditionFailed"
        await alice.ask("PUT", link(work, "self"), {"name": "Desk"}, 428)
        await alice.ask("DELETE", link(work, "self"), status=204)
        await alice.until("group", "deleted")
        assert set((await kept(world)).groups) == {1}
        await alice.ask("DELETE", link(work, "self"), status=404)

    play(tmp_path, story)


def test_what_groups_cannot_be(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = WebClient(world, "alice")
        await alice.begin()
        mine = link(alice.part("people"), "myGroups")
        await alice.ask("POST", mine, {"displayName": "Work"}, 204)
        assert (await alice.ask("POST", mine, {"displayName": "Work"}, 409))["subcode"] == "AlreadyExists"
        for body in ({}, {"displayName": ""}, {"displayName": 7}, {"displayName": "x" * 257}):
            assert (await alice.ask("POST", mine, body, 400))["subcode"] == "ParameterValidationFailure"
        default = (await alice.ask("GET", mine))["_embedded"]["defaultGroup"]
        await alice.ask("DELETE", link(default, "self"), status=403)
        await alice.ask("PATCH", link(default, "self"), status=405)
        owner = world.site.people.found["guid-alice"]
        for number in range(2, MAX_GROUPS):
            await world.contacts.change(owner, number, lambda now, name=f"g{number}": add_group(now, name))
        assert (await alice.ask("POST", mine, {"displayName": "One more"}, 409))["subcode"] == "TooManyGroups"

    play(tmp_path, story)


def test_people_are_put_into_groups_moved_and_taken_out(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = WebClient(world, "alice")
        await alice.begin()
        people = alice.part("people")
        memberships = link(people, "myGroupMemberships")
        await alice.ask("GET", link(people, "myContacts"))
        await alice.ask("POST", link(people, "myGroups"), {"displayName": "Work"}, 204)
        made = await alice.ask("POST", memberships, {"contactUri": f"sip:{BOB}"}, 201)
        assert (await alice.until("contact", "added"))["link"]["href"] == link(made, "contact")
        assert await alice.ask("GET", link(made, "self")) == made
        assert link(made, "defaultGroup").endswith("/groups/1")
        into = await alice.ask("POST", f"{memberships}?contactUri={BOB.upper()}&groupId=2", status=201)
        assert link(into, "group").endswith("/groups/2")
        assert await pairs(alice) == [("1", BOB), ("2", BOB)]
        assert await pairs(alice, "?groupId=2") == [("2", BOB)]
        await alice.ask("DELETE", link(made, "self"), status=204)
        await alice.until("contact", "updated")
        assert (await kept(world)).contacts[BOB].groups == (2,), "moved"
        await alice.ask("DELETE", link(made, "self"), status=404)
        await alice.ask("DELETE", link(into, "self"), status=204)
        await alice.until("contact", "deleted")
        assert (await kept(world)).contacts == {}, "who is in no group is off the list"

    play(tmp_path, story)


def test_out_of_every_group_at_once(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = WebClient(world, "alice")
        await alice.begin()
        memberships = link(alice.part("people"), "myGroupMemberships")
        await alice.ask("POST", link(alice.part("people"), "myGroups"), {"displayName": "Work"}, 204)
        for group in ("1", "2"):
            await alice.ask("POST", memberships, {"contactUri": f"sip:{EVE}", "groupId": group}, 201)
        everywhere = f"{memberships}/removeContactFromAllGroups"
        await alice.ask("POST", everywhere, {"contactUri": f"sip:{EVE}"}, 204)
        assert (await kept(world)).contacts == {}
        await alice.ask("POST", everywhere, {"contactUri": f"sip:{EVE}"}, 404)
        await alice.ask("GET", everywhere, status=405)

    play(tmp_path, story)


def test_what_memberships_cannot_be(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.contacts.most = 1
        alice = WebClient(world, "alice")
        await alice.begin()
        memberships = link(alice.part("people"), "myGroupMemberships")
        await alice.ask("POST", memberships, {"contactUri": f"sip:{BOB}"}, 201)
        twice = await alice.ask("POST", memberships, {"contactUri": f"sip:{BOB}"}, 409)
        assert twice["subcode"] == "AlreadyExists"
        full = await alice.ask("POST", memberships, {"contactUri": f"sip:{EVE}"}, 409)
        assert full["subcode"] == "LimitExceeded"
        for body in ({}, {"contactUri": "bob"}, {"contactUri": f"sip:{BOB}", "groupId": 2}):
            assert (await alice.ask("POST", memberships, body, 400))["subcode"] == "ParameterValidationFailure"
        for group in ("7", "x", "-1"):
            await alice.ask("POST", memberships, {"contactUri": f"sip:{BOB}", "groupId": group}, 404)
        for words in ("1", f"9/{BOB}", f"1/{EVE}", f"1/{BOB}/more"):
            await alice.ask("GET", f"{memberships}/{words}", status=404)

    play(tmp_path, story)


def test_who_is_pinned_elsewhere_is_shown(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = WebClient(world, "alice")
        await alice.begin()
        people, owner = alice.part("people"), world.site.people.found["guid-alice"]
        mine = link(people, "myGroups")
        assert "pinnedGroup" not in (await alice.ask("GET", mine))["_embedded"]
        await world.contacts.change(owner, 1, lambda now: add_group(now, "Pinned Contacts", PINNED))
        added = await alice.until("pinnedGroup", "added")
        pinned = (await alice.ask("GET", mine))["_embedded"]["pinnedGroup"]
        assert (pinned["rel"], pinned["name"]) == ("pinnedGroup", "Pinned Contacts")
        assert added["link"]["href"] == link(pinned, "self") and await groups_of(alice) == {}
        asked = {"contactUri": f"sip:{BOB}", "groupId": pinned["id"]}
        made = await alice.ask("POST", link(people, "myGroupMemberships"), asked, 201)
        assert link(made, "pinnedGroup") == link(pinned, "self") and "group" not in made["_links"]
        (bob,) = (await alice.ask("GET", link(pinned, "groupContacts")))["_embedded"]["contact"]
        assert bob["uri"] == f"sip:{BOB}"
        assert await alice.ask("GET", link(pinned, "self")) == pinned
        for method in ("PUT", "DELETE"):
            await alice.ask(method, link(pinned, "self"), status=405)
        now = await kept(world)
        await world.contacts.change(owner, now.delta, lambda now: delete_group(now, int(pinned["id"])))
        await alice.until("pinnedGroup", "deleted")

    play(tmp_path, story)


def test_only_these_are_of_the_second_version(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = WebClient(world, "alice")
        await alice.begin()
        people = alice.part("people")
        for rel, status in (("myGroups", 200), ("myGroupMemberships", 200), ("myContacts", 404)):
            await alice.ask("GET", link(people, rel), status=status, X_MS_RequiresMinResourceVersion="2")
        await alice.ask("GET", link(people, "myGroups"), status=404, X_MS_RequiresMinResourceVersion="3")

    play(tmp_path, story)
