"""``people``: contacts, groups, search, subscriptions; and that a snapshot with the events since is the present."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest

from samband.lync.actions.address_book import LARGEST_PHOTO
from samband.model.contacts import Contact, add_group, delete_contact, delete_group, modify_group, set_contact
from samband.model.containers import BLOCKED, FRIENDS, Member, MemberChange, MemberKind
from tests.lync.ucwa.world import WebClient, World, link, play, two
from tests.trust.fakes import person

BOB = "bob@contoso.test"


async def change(world: World, name: str, operation: Any) -> None:
    owner = world.site.people.found[f"guid-{name}"]
    await world.contacts.change(owner, (await world.contacts.get(owner)).delta, operation)


def uris(found: Any) -> list[str]:
    return [one["uri"].removeprefix("sip:") for one in found["_embedded"]["contact"]]


def test_contacts_and_groups(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.site.people.put(person("bob", title="Clerk", telephoneNumber="+46 8 5 (1)", thumbnailPhoto=b"jpeg"))
        alice = WebClient(world, "alice")
        await alice.begin()
        people = alice.part("people")
        assert uris(await alice.ask("GET", link(people, "myContacts"))) == []
        await change(world, "alice", lambda now: add_group(now, "Work"))
        await change(world, "alice", lambda now: set_contact(now, Contact(address=BOB, name="Bobby", groups=(2,))))
        told = [(one["link"]["rel"], one["type"], one["in"]["rel"]) for one in await alice.poll()]
        assert told == [
            ("group", "added", "myGroups"),
            ("contact", "added", "myContacts"),
            ("contact", "added", "group"),
        ]
        (bob,) = (await alice.ask("GET", link(people, "myContacts")))["_embedded"]["contact"]
        assert (bob["name"], bob["title"], bob["workPhoneNumber"]) == ("Bobby", "Clerk", "tel:+46851")
        assert (bob["type"], bob["sourceNetwork"]) == ("User", "SameEnterprise")
        assert (await alice.send("GET", link(bob, "contactPhoto"))).content == b"jpeg"
        groups = await alice.ask("GET", link(people, "myGroups"))
        (work,) = groups["_embedded"]["group"]
        assert work["name"] == "Work"
        assert groups["_embedded"]["defaultGroup"]["id"] == "1"
        assert uris(await alice.ask("GET", link(work, "groupContacts"))) == [BOB]
        assert uris(await alice.ask("GET", link(groups["_embedded"]["defaultGroup"], "groupContacts"))) == []
        assert await alice.ask("GET", link(work, "self")) == work
        await alice.ask("GET", "people/groups/77", status=404)

    play(tmp_path, story)


def test_a_photo_that_the_policy_does_not_show(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.site.people.put(person("bob", thumbnailPhoto=bytes(LARGEST_PHOTO)))
        alice = WebClient(world, "alice")
        await alice.begin()
        bob = await alice.ask("GET", f"people/{BOB}")
        photo = link(bob, "contactPhoto")
        assert (await alice.send("GET", photo)).status == 200
        world.site.people.put(person("bob", thumbnailPhoto=bytes(LARGEST_PHOTO + 1)))
        assert "contactPhoto" not in (await alice.ask("GET", f"people/{BOB}"))["_links"]
        await alice.ask("GET", photo, status=404)

    play(tmp_path, story)


def test_search(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = WebClient(world, "alice")
        await alice.begin()
        search = link(alice.part("people"), "search")
        found = await alice.ask("GET", f"{search}?query=bob&limit=3")
        assert (uris(found), found["moreResultsAvailable"]) == ([BOB], False)
        found = await alice.ask("GET", f"{search}?query=o&limit=1")
        assert uris(found) == [BOB], "carol is not enabled"
        for number in range(4):
            world.site.people.put(person(f"bobo{number}"))
        found = await alice.ask("GET", f"{search}?Query=bob&LIMIT=2")
        assert (len(uris(found)), found["moreResultsAvailable"]) == (2, True)
        found = await alice.ask("GET", f"{search}?mail=BOB@contoso.test", X_MS_RequiresMinResourceVersion="2")
        assert uris(found) == [BOB]
        assert uris(await alice.ask("GET", f"{search}?mail=nobody@contoso.test")) == []
        for query in ("", "?query=", "?query=x&limit=0", "?query=x&limit=1000", "?query=x&limit=y"):
            assert (await alice.ask("GET", search + query, status=400))["subcode"] == "ParameterValidationFailure"

    play(tmp_path, story)


def test_a_subscription_and_its_life(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = await two(world)
        people = alice.part("people")
        subscribe = link(people, "presenceSubscriptions")
        made = await alice.ask("POST", subscribe, {"Duration": 11, "uris": [f"sip:{BOB}"]}, 201)
        added = await alice.until("contact", "added")
        assert added["in"]["rel"] == "subscribedContacts"
        await alice.until("contactPresence", "updated", sender="people")
        assert uris(await alice.ask("GET", link(people, "subscribedContacts"))) == [BOB]
        await bob.ask("POST", link(await bob.read("me"), "presence"), {"availability": "Busy"}, 204)
        event = await alice.until("contactPresence", "updated")
        assert (await alice.ask("GET", event["link"]["href"]))["availability"] == "Busy"
        await bob.ask("POST", link(await bob.read("me"), "note"), {"message": "hm"}, 204)
        event = await alice.until("contactNote", "updated")
        assert (await alice.ask("GET", event["link"]["href"]))["message"] == "hm"
        more = link(made, "addToPresenceSubscription")
        both = await alice.ask("POST", more, {"contactUris": ["sip:nobody@else.test", f"sip:{BOB}"]}, 201)
        assert watched(both) == [BOB, "nobody@else.test"]
        assert watched(await alice.ask("GET", link(made, "memberships"))) == [BOB, "nobody@else.test"]
        world.later(290, listening=True)
        world.later(290, listening=True)
        await alice.ask("POST", f"{link(made, 'self')}?duration=20", status=200)
        await alice.until("presenceSubscription", "updated")
        world.later(290, listening=True)
        assert len((await alice.ask("GET", subscribe))["_embedded"]["presenceSubscription"]) == 1
        for _ in range(4):
            world.later(290, listening=True)
        assert (await alice.ask("GET", subscribe))["_embedded"]["presenceSubscription"] == []
        await alice.until("presenceSubscription", "deleted")
        assert uris(await alice.ask("GET", link(people, "subscribedContacts"))) == []
        assert not world.presence.find(BOB).audience.groups  # type: ignore[union-attr]
        made = await alice.ask("POST", subscribe, {"uris": [f"sip:{BOB}"]}, 201)
        await alice.ask("DELETE", link(made, "self"), status=204)
        await alice.ask("DELETE", link(made, "self"), status=404)
        assert not world.presence.find(BOB).audience.groups  # type: ignore[union-attr]

    play(tmp_path, story)


def watched(memberships: Any) -> list[str]:
    """Whom memberships of subscriptions are for."""
    found = memberships["_embedded"]["presenceSubscriptionMembership"]
    return [link(one, "contact").rpartition("/")[2] for one in found]


def test_one_of_a_subscription_is_watched_no_more(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, _ = await two(world)
        people = alice.part("people")
        subscribe = link(people, "presenceSubscriptions")
        both = {"uris": [f"sip:{BOB}", "sip:eve@contoso.test"]}
        first = await alice.ask("POST", subscribe, both, 201)
        second = await alice.ask("POST", subscribe, {"uris": [f"sip:{BOB}"]}, 201)
        every = await alice.ask("GET", link(people, "presenceSubscriptionMemberships"))
        assert watched(every) == [BOB, "eve@contoso.test", BOB]
        for one in every["_embedded"]["presenceSubscriptionMembership"]:
            assert await alice.ask("GET", link(one, "self")) == one
            assert link(one, "presenceSubscription") in (link(first, "self"), link(second, "self"))
        here, eve, there = [link(one, "self") for one in every["_embedded"]["presenceSubscriptionMembership"]]
        await alice.ask("DELETE", here, status=204)
        await alice.ask("DELETE", here, status=404)
        assert uris(await alice.ask("GET", link(people, "subscribedContacts"))) == ["eve@contoso.test", BOB]
        await alice.ask("DELETE", there, status=204)
        gone = await alice.until("contact", "deleted")
        assert (gone["in"]["rel"], BOB in gone["link"]["href"]) == ("subscribedContacts", True)
        assert not world.presence.find(BOB).audience.groups  # type: ignore[union-attr]
        assert watched(await alice.ask("GET", link(first, "memberships"))) == ["eve@contoso.test"]
        await alice.ask("PUT", eve, {}, 405)

    play(tmp_path, story)


def test_where_somebody_is_and_whether_they_can_be_asked(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = WebClient(world, "alice"), WebClient(world, "bob")
        await alice.available()
        await alice.ask("POST", link(alice.part("people"), "presenceSubscriptions"), {"uris": [f"sip:{BOB}"]}, 201)
        await bob.available()
        event = await alice.until("contactSupportedModalities", "updated")
        assert (await alice.ask("GET", event["link"]["href"]))["modalities"] == ["Messaging"]
        await bob.ask("POST", link(await bob.read("me"), "location"), {"location": "Room 5"}, 204)
        event = await alice.until("contactLocation", "updated")
        assert event["in"]["href"] == f"{alice.root}/people/{BOB}"
        assert (await alice.ask("GET", event["link"]["href"]))["location"] == "Room 5"
        contact = await alice.ask("GET", f"people/{BOB}")
        assert (await alice.ask("GET", link(contact, "contactLocation")))["location"] == "Room 5"
        assert (await alice.ask("GET", link(contact, "contactPresence")))["deviceType"] == "Web"

    play(tmp_path, story)


REFUSED: list[Any] = [
    {},
    {"uris": []},
    {"uris": "sip:bob@contoso.test"},
    {"uris": ["bob"]},
    {"uris": ["sip:bob@contoso.test"], "duration": 9},
    {"uris": ["sip:bob@contoso.test"], "duration": 31},
    {"uris": ["sip:bob@contoso.test"], "duration": True},
    {"uris": [f"sip:u{number}@contoso.test" for number in range(101)]},
]


def test_subscriptions_that_mean_nothing(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = WebClient(world, "alice")
        await alice.begin()
        for body in REFUSED:
            refused = await alice.ask("POST", link(alice.part("people"), "presenceSubscriptions"), body, 400)
            assert refused["subcode"] == "ParameterValidationFailure", body

    play(tmp_path, story)


def test_relationships(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = WebClient(world, "alice"), WebClient(world, "bob")
        await alice.begin()
        await bob.available()
        owner = world.site.people.found["guid-alice"]
        for number, address in ((FRIENDS, BOB), (BLOCKED, "eve@contoso.test")):
            await world.presence.set_members(
                owner, [(number, 0, [MemberChange(True, Member(MemberKind.USER, address))])]
            )
        contact = await alice.ask("GET", f"people/{BOB}")
        found = await alice.ask("GET", link(contact, "contactPrivacyRelationship"))
        assert found["relationshipLevel"] == "FriendsAndFamily"
        found = await alice.ask("GET", link(alice.part("people"), "myPrivacyRelationships"))
        levels = [
            (one["relationshipLevel"], [contact["href"].rpartition("/")[2] for contact in one["_links"]["contact"]])
            for one in found["_embedded"]["myPrivacyRelationship"]
        ]
        assert levels == [("Blocked", ["eve@contoso.test"]), ("FriendsAndFamily", [BOB])]
        for one in found["_embedded"]["myPrivacyRelationship"]:
            assert await alice.ask("GET", link(one, "self")) == one
        await alice.ask("GET", "people/privacyRelationships/Workgroup", status=404)
        media = await alice.ask("GET", link(contact, "contactSupportedModalities"))
        assert media["modalities"] == ["Messaging"]
        me = world.site.people.found["guid-bob"]
        await world.presence.set_members(
            me, [(BLOCKED, 0, [MemberChange(True, Member(MemberKind.USER, "alice@contoso.test"))])]
        )
        assert (await alice.ask("GET", link(contact, "contactPresence")))["availability"] == "Offline"
        await alice.ask("GET", "people/nobody@contoso.test/presence", status=404)
        await alice.ask("GET", f"people/{BOB}/nothing", status=404)

    play(tmp_path, story)


# --- a snapshot and the events since


class Mirror:
    """What a client knows that reads everything once, and then only what events name."""

    WATCHED = ("presence", "note", "contactPresence", "contactNote", "contact", "group")

    def __init__(self, client: WebClient) -> None:
        self.client = client
        self.known: dict[str, Any] = {}

    async def read_all(self) -> dict[str, Any]:
        """Everything as it is now."""
        client, found = self.client, {}
        people, me = client.part("people"), await client.read("me")
        for word in ("presence", "note"):
            found[link(me, word)] = await client.ask("GET", link(me, word))
        for rel in ("myContacts", "subscribedContacts"):
            for one in (await client.ask("GET", link(people, rel)))["_embedded"]["contact"]:
                found[f"{rel} {link(one, 'self')}"] = True
                if rel == "subscribedContacts":
                    for word in ("contactPresence", "contactNote"):
                        found[link(one, word)] = await client.ask("GET", link(one, word))
        groups = (await client.ask("GET", link(people, "myGroups")))["_embedded"]
        for one in groups["group"]:
            found[link(one, "self")] = one["name"]
        for one in (groups["defaultGroup"], *groups["group"]):
            inside = await client.ask("GET", f"{link(one, 'groupContacts')}?expand=false")
            for contact in inside["_links"]["contact"]:
                found[f"{link(one, 'self')} {contact['href']}"] = True
        return found

    async def apply(self, event: Any) -> None:
        """Take over what an event names."""
        rel, href = event["link"]["rel"], event["link"]["href"]
        if rel not in self.WATCHED:
            return
        if rel == "contact":
            within = event["in"]
            key = f"{within['href' if within['rel'] in ('group', 'defaultGroup') else 'rel']} {href}"
            if event["type"] == "deleted":
                self.known.pop(key, None)
                if event["in"]["rel"] == "subscribedContacts":
                    self.known = {at: one for at, one in self.known.items() if not at.startswith(f"{href}/")}
            else:
                self.known[key] = True
        elif event["type"] == "deleted":
            self.known.pop(href, None)
        else:
            answer = await self.client.send("GET", href)
            if answer.status == 404:
                self.known.pop(href, None)
            else:
                found = await self.client.ask("GET", href)
                self.known[href] = found["name"] if rel == "group" else found


@pytest.mark.parametrize("seed", range(6))
def test_a_snapshot_and_the_events_since_are_the_present(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)

    async def story(world: World) -> None:
        world.site.people.put(person("dave"), person("erin"))
        for name in ("dave", "erin"):
            await world.site.passwords.set(f"guid-{name}", "x")
        alice = WebClient(world, "alice")
        others = [WebClient(world, name) for name in ("bob", "dave", "erin")]
        await alice.available()
        for one in others:
            await one.available()
        mirror = Mirror(alice)
        mirror.known = await mirror.read_all()
        subscriptions: list[str] = []
        for number in range(40):
            await act(world, chance, alice, others, subscriptions, number)
            if chance.random() < 0.3:
                for event in await alice.poll():
                    await mirror.apply(event)
        while events := await alice.poll():
            for event in events:
                await mirror.apply(event)
        assert mirror.known == await mirror.read_all()

    play(tmp_path, story)


async def act(
    world: World,
    chance: random.Random,
    alice: WebClient,
    others: list[WebClient],
    subscriptions: list[str],
    number: int,
) -> None:
    """One thing that somebody does."""
    people = alice.part("people")
    who = chance.choice(others)
    address = f"{who.name}@contoso.test"
    match chance.randrange(9):
        case 0 | 1:
            choice = chance.choice(["Busy", "Away", "Online", "DoNotDisturb"])
            client = chance.choice([alice, who])
            await client.ask("POST", "me/presence", {"availability": choice}, 204)
        case 2:
            await chance.choice([alice, who]).ask("POST", "me/note", {"message": f"note {number}"}, 204)
        case 3 | 4:
            made = await alice.ask("POST", link(people, "presenceSubscriptions"), {"uris": [f"sip:{address}"]}, 201)
            subscriptions.append(link(made, "self"))
        case 5 if subscriptions:
            await alice.ask("DELETE", subscriptions.pop(chance.randrange(len(subscriptions))), status=204)
        case 6:
            listed = await world.contacts.get(world.site.people.found["guid-alice"])
            groups = tuple(sorted(chance.sample(sorted(listed.groups), chance.randint(1, len(listed.groups)))))
            await change(world, "alice", lambda now: set_contact(now, Contact(address=address, groups=groups)))
        case 7:
            listed = await world.contacts.get(world.site.people.found["guid-alice"])
            if address in listed.contacts:
                await change(world, "alice", lambda now: delete_contact(now, address))
        case 8:
            listed = await world.contacts.get(world.site.people.found["guid-alice"])
            last = max(listed.groups)
            wanted: list[Any] = [lambda now: add_group(now, f"group {number}")]
            if last > 1:
                wanted += [lambda now: modify_group(now, last, f"other {number}"), lambda now: delete_group(now, last)]
            await change(world, "alice", chance.choice(wanted))
    await asyncio.sleep(0)
