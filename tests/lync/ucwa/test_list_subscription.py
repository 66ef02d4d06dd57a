"""How long an application is told of its owner's contact list, and watching everybody in one of its groups."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from samband.model.contacts import Contact, add_group, set_contact
from samband.model.groups import Group
from tests.lync.ucwa.test_people import watched
from tests.lync.ucwa.world import WebClient, World, link, play, two

BOB, EVE = "bob@contoso.test", "eve@elsewhere.test"
START, STOP = "startOrRefreshSubscriptionToContactsAndGroups", "stopSubscriptionToContactsAndGroups"


async def change(world: World, operation: Any) -> None:
    owner = world.site.people.found["guid-alice"]
    await world.contacts.change(owner, (await world.contacts.get(owner)).delta, operation)


async def told(alice: WebClient) -> list[tuple[str, str]]:
    """What waits to be told, at once: something is made to happen after it."""
    await alice.ask("POST", link(await alice.read("me"), "note"), {"message": "x"}, 204)
    found = []
    while not found or found[-1][0] != "note":
        found += [(one["link"]["rel"], one["type"]) for one in await alice.poll()]
    return [one for one in found if one[0] != "note"]


def test_a_subscription_begins_is_refreshed_and_stops(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = WebClient(world, "alice")
        await alice.available()
        here = link(alice.part("people"), "myContactsAndGroupsSubscription")
        found = await alice.ask("GET", here)
        assert found["state"] == "Disconnected"
        begun = await alice.ask("POST", link(found, START), {"duration": 11}, 201)
        assert begun["state"] == "Connected"
        await change(world, lambda now: add_group(now, "Work"))
        await alice.until("group", "added")
        await alice.ask("POST", f"{link(found, START)}?duration=60", status=201)
        await alice.ask("POST", link(found, STOP), status=204)
        await told(alice)
        await change(world, lambda now: add_group(now, "Home"))
        await alice.ask("GET", link(alice.part("people"), "myGroups"))
        await change(world, lambda now: add_group(now, "Club"))
        assert await told(alice) == [], "to read the list is not to subscribe again"
        assert (await alice.ask("GET", here))["state"] == "Disconnected"
        for body in ({}, {"duration": 9}, {"duration": 61}, {"duration": "x"}):
            await alice.ask("POST", link(found, START), body, 400)
        await alice.ask("GET", link(found, START), status=405)
        await alice.ask("POST", f"{here}/other", status=404)

    play(tmp_path, story)


def test_a_subscription_warns_and_ends(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = WebClient(world, "alice")
        await alice.available()
        here = link(alice.part("people"), "myContactsAndGroupsSubscription")

        def pass_minutes(count: int) -> None:
            for _ in range(count):
                world.later(60, listening=True)

        await alice.ask("POST", f"{here}/{START}?duration=10", status=201)
        pass_minutes(7)
        assert ("myContactsAndGroupsSubscription", "updated") not in await told(alice)
        pass_minutes(1)
        assert ("myContactsAndGroupsSubscription", "updated") in await told(alice)
        await alice.ask("POST", f"{here}/{START}?duration=60", status=201)
        pass_minutes(27)
        assert (await alice.ask("GET", here))["state"] == "Connected", "thirty minutes at most"
        pass_minutes(4)
        assert (await alice.ask("GET", here))["state"] == "Disconnected"

    play(tmp_path, story)


def test_everybody_in_a_group_is_watched(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        crew = Group(
            objectGUID="guid-crew",
            sAMAccountName="crew",
            displayName="Crew",
            mail="crew@contoso.test",
            member=("guid-bob", "guid-carol"),
        )
        world.site.people.put_groups(crew)
        alice, bob = await two(world)
        await change(world, lambda now: add_group(now, "Work"))
        for address in (BOB, EVE):
            contact = Contact(address=address, groups=(2,))
            await change(world, lambda now, contact=contact: set_contact(now, contact))
        people = alice.part("people")
        (work,) = (await alice.ask("GET", link(people, "myGroups")))["_embedded"]["group"]
        watch = link(work, "subscribeToGroupPresence")
        made = await alice.ask("POST", f"{watch}?duration=11&groupId=2", status=201)
        assert watched(await alice.ask("GET", link(made, "memberships"))) == [BOB, EVE]
        await bob.ask("POST", link(await bob.read("me"), "presence"), {"availability": "Busy"}, 204)
        event = await alice.until("contactPresence", "updated")
        assert BOB in event["link"]["href"]
        found = await alice.ask("GET", f"{link(people, 'search')}?query=crew")
        (group,) = found["_embedded"]["distributionGroup"]
        made = await alice.ask("POST", link(group, "subscribeToGroupPresence"), {"duration": 10}, 201)
        assert watched(await alice.ask("GET", link(made, "memberships"))) == [BOB], "carol is not enabled"
        await alice.ask("POST", f"{watch}?duration=9", status=400)
        for name in ("77", "nobody@contoso.test"):
            await alice.ask("POST", f"people/groups/{name}/subscribeToGroupPresence?duration=10", status=404)
        await alice.ask("GET", watch, status=405)

    play(tmp_path, story)
