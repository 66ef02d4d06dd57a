"""Distribution groups by UCWA: searched, expanded step by step, put on the contact list and taken off it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from samband.lync.actions.address_book import MOST_MEMBERS
from samband.model.contacts import MAX_GROUPS, add_group
from samband.model.groups import Group
from samband.wire.presence.group_extension import read_distribution_group, write_distribution_group
from tests.lync.ucwa.world import WebClient, World, link, play
from tests.trust.fakes import person

STAFF, BOARD = "staff@contoso.test", "board@contoso.test"


def group(name: str, *member: str) -> Group:
    return Group(
        objectGUID=f"guid-{name}",
        sAMAccountName=name,
        displayName=name.title(),
        mail=f"{name}@contoso.test",
        member=tuple(f"guid-{one}" for one in member),
    )


async def begun(world: World) -> WebClient:
    """Alice, in an organisation of two groups that hold each other."""
    world.site.people.put(person("dave", enabled=False), person("gina", msExchHideFromAddressLists=True))
    world.site.people.put_groups(
        group("staff", "alice", "bob", "carol", "dave", "gina", "board"), group("board", "bob", "staff")
    )
    alice = WebClient(world, "alice")
    await alice.begin()
    return alice


def named(found: Any, rel: str) -> list[str]:
    return [one["uri"].removeprefix("sip:") for one in found["_embedded"][rel]]


async def searched(alice: WebClient, text: str) -> Any:
    found = await alice.ask("GET", f"{link(alice.part('people'), 'search')}?query={text}")
    return found["_embedded"]["distributionGroup"]


def test_a_group_is_found_and_expanded(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = await begun(world)
        (staff,) = await searched(alice, "staf")
        assert (staff["uri"], staff["name"], staff["rel"]) == (f"sip:{STAFF}", "Staff", "distributionGroup")
        assert await alice.ask("GET", link(staff, "self")) == staff
        expanded = await alice.ask("GET", link(staff, "expandDistributionGroup"))
        people = ["alice@contoso.test", "bob@contoso.test"]
        assert named(expanded, "contact") == people, "carol is not enabled for Lync, dave is disabled, gina hidden"
        assert named(expanded, "distributionGroup") == [BOARD]
        (board,) = expanded["_embedded"]["distributionGroup"]
        again = await alice.ask("GET", link(board, "expandDistributionGroup"))
        assert (named(again, "contact"), named(again, "distributionGroup")) == (["bob@contoso.test"], [STAFF])
        await alice.ask("GET", "people/groups/nobody@contoso.test", status=404)
        await alice.ask("GET", f"people/groups/{STAFF}/members", status=404)
        await alice.ask("DELETE", link(staff, "self"), status=405)

    play(tmp_path, story)


def test_a_group_that_is_too_large(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = await begun(world)
        world.site.people.put_groups(group("everybody", *(f"p{number}" for number in range(MOST_MEMBERS + 1))))
        (everybody,) = await searched(alice, "every")
        refused = await alice.ask("GET", link(everybody, "expandDistributionGroup"), status=403)
        assert refused["subcode"] == "TooManyContacts"

    play(tmp_path, story)


def test_a_group_on_the_contact_list(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = await begun(world)
        owner = world.site.people.found["guid-alice"]
        groups = link(alice.part("people"), "myGroups")
        assert (await alice.ask("GET", groups))["_embedded"]["distributionGroup"] == []
        (staff,) = await searched(alice, "staff")
        assert "removeFromContactList" not in staff["_links"]
        wanted = {"displayName": "Everybody here", "smtpAddress": STAFF.upper()}
        await alice.ask("POST", link(staff, "addToContactList"), wanted, 204)
        event = await alice.until("distributionGroup", "added")
        assert event["in"]["rel"] == "myGroups"
        kept = (await world.contacts.get(owner)).groups[2]
        assert (kept.name, read_distribution_group(kept.external_uri)) == ("Everybody here", STAFF)
        mine = (await alice.ask("GET", groups))["_embedded"]
        assert (mine["group"], [one["uri"] for one in mine["distributionGroup"]]) == ([], [f"sip:{STAFF}"])
        here = await alice.ask("GET", event["link"]["href"])
        assert "addToContactList" not in here["_links"]
        assert await alice.ask("GET", "people/groups/2") == here
        bob = {"contactUri": "sip:bob@contoso.test", "groupId": "2"}
        await alice.ask("POST", "people/groupMemberships", bob, 403)
        twice = await alice.ask("POST", "people/groups/addToContactList", wanted, 409)
        assert twice["subcode"] == "AlreadyExists"
        await alice.ask("POST", f"{link(here, 'removeFromContactList')}?groupId={here['id']}", status=204)
        assert (await alice.until("distributionGroup", "deleted"))["link"] == event["link"]
        assert 2 not in (await world.contacts.get(owner)).groups
        await alice.ask("POST", link(here, "removeFromContactList"), {"groupId": STAFF}, 404)

    play(tmp_path, story)


def test_what_cannot_be_put_on_the_list(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = await begun(world)
        add = "people/groups/addToContactList"
        await alice.ask("POST", add, {"displayName": "x", "smtpAddress": "nobody@contoso.test"}, 404)
        await alice.ask("POST", add, {"displayName": "", "smtpAddress": STAFF}, 400)
        await alice.ask("POST", add, {"displayName": "x"}, 400)
        await alice.ask("POST", add, {"displayName": "x" * 300, "smtpAddress": STAFF}, 400)
        await alice.ask("GET", add, status=405)
        owner = world.site.people.found["guid-alice"]
        for number in range(1, MAX_GROUPS):
            await world.contacts.change(owner, number, lambda now, name=f"g{number}": add_group(now, name))
        full = await alice.ask("POST", add, {"displayName": "x", "smtpAddress": STAFF}, 409)
        assert full["subcode"] == "TooManyGroups"

    play(tmp_path, story)


def test_a_group_of_the_list_whose_distribution_group_is_gone(tmp_path: Path) -> None:
    """It is a group like any other then."""

    async def story(world: World) -> None:
        alice = await begun(world)
        owner = world.site.people.found["guid-alice"]
        gone = write_distribution_group("gone@contoso.test")
        await world.contacts.change(owner, 1, lambda now: add_group(now, "Gone", gone))
        mine = (await alice.ask("GET", link(alice.part("people"), "myGroups")))["_embedded"]
        assert [one["name"] for one in mine["group"]] == ["Gone"]

    play(tmp_path, story)
