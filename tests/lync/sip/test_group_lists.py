"""A plain client watches a distribution group by its address: everybody in it, and whoever joins it [RFC4662]."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from samband.lync.actions.address_book import MOST_MEMBERS, AddressBook
from samband.lync.sip.group_list_door import PAUSE, GroupLists
from samband.wire.presence.names import PIDF_TYPE, RLMI_TYPE
from samband.wire.presence.pidf import PidfDocument
from samband.wire.presence.rlmi import ResourceList
from samband.wire.sip.message import SipRequest, SipResponse
from tests.lync.sip.presence_world import Dialog, PlainEndpoint, PresenceWorld, note, play, sign_on
from tests.lync.sip.sides import Everyone
from tests.lync.sip.test_resource_lists import read, told

STAFF = "sip:staff@contoso.test"
BOB, CAROL, DAVE = (f"sip:{name}@contoso.test" for name in ("bob", "carol", "dave"))
FIELDS = {"Supported": "eventlist", "Accept": f"{PIDF_TYPE}, {RLMI_TYPE}, multipart/related"}


def subscribe(client: PlainEndpoint, **fields: str) -> tuple[Dialog, ResourceList, dict[str, PidfDocument]]:
    request = client.request("SUBSCRIBE", STAFF, Event="presence", **(FIELDS | fields))
    client.send(request.put("Contact", f"<{client.contact}>"))
    answer, notify = client.inbox()
    assert isinstance(answer, SipResponse)
    assert (answer.status, answer.get("Require")) == (200, "eventlist")
    client.answer(notify, 200)  # type: ignore[arg-type]
    return Dialog(client, "presence", request.call_id, answer), *read(notify)


def uris(found: ResourceList) -> list[str]:
    return sorted(one.uri for one in found.resources)


def test_everybody_in_it_and_in_groups_within(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        world.directory.put_group("staff", "bob", "board", "nobody")
        world.directory.put_group("board", "carol", "bob", "staff")
        alice, bob = PlainEndpoint(world, "alice"), world.lync("bob")
        await bob.publish(*sign_on(6500))
        dialog, found, people = subscribe(alice)
        assert (found.uri, found.version, found.full, uris(found)) == (STAFF, 0, True, [BOB, CAROL])
        assert people[BOB].activities == ("busy",)
        await bob.publish(*note("in the lab"))
        found, people = told(alice)
        assert (found.version, found.full, people[BOB].note) == (1, False, "in the lab")
        dialog.again()
        _, notify = alice.inbox()
        alice.answer(notify, 200)  # type: ignore[arg-type]
        assert uris(read(notify)[0]) == [BOB, CAROL]
        dialog.again(Expires="0")
        alice.inbox()
        timers = len(world.side.timers)
        world.directory.put_group("staff", "dave")
        assert len(world.side.timers) == timers, "nobody looks any more"
        world.sleep(2 * PAUSE)
        assert alice.inbox() == []
        assert len(world.doors.subscriptions) == 0

    play(tmp_path, scene)


def test_who_joins_is_watched_and_who_leaves_is_not(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        world.directory.put_group("staff", "bob", "carol")
        alice, bob, dave = PlainEndpoint(world, "alice"), world.lync("bob"), world.lync("dave")
        dialog, *_ = subscribe(alice)
        timers = len(world.side.timers)
        world.directory.put_group("staff", "carol", "dave")
        world.directory.put_group("staff", "dave", "carol")
        assert alice.inbox() == [], "changes that come together are told of together"
        assert len(world.side.timers) == timers + 1
        world.sleep(2 * PAUSE)
        found, people = told(alice)
        assert (found.version, found.full, uris(found), people.keys()) == (1, True, [CAROL, DAVE], {CAROL, DAVE})
        await bob.publish(*sign_on())
        assert alice.inbox() == []
        await dave.publish(*sign_on())
        assert told(alice)[1][DAVE].open
        world.directory.put_group("other", "bob")
        world.sleep(2 * PAUSE)
        assert alice.inbox() == [], "of what changes nothing for it, it is not told"
        world.directory.known["carol"] = replace(world.directory.known["carol"], msExchHideFromAddressLists=True)
        world.directory.put_group("other")
        world.sleep(2 * PAUSE)
        assert uris(told(alice)[0]) == [DAVE]
        world.directory.put_group("other", "bob")
        timers = len(world.side.timers)
        dialog.again(Expires="0")
        assert len(world.side.timers) < timers - 1, "neither its own nor that of the look to come"

    play(tmp_path, scene)


def test_the_end_of_the_group_ends_it(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        world.directory.put_group("staff", "bob")
        alice = PlainEndpoint(world, "alice")
        subscribe(alice)
        world.directory.put_group("staff")
        world.sleep(2 * PAUSE)
        notify = alice.take_request()
        assert isinstance(notify, SipRequest)
        alice.answer(notify, 200)
        assert notify.get("Subscription-State") == "terminated;reason=noresource"
        assert len(world.doors.subscriptions) == 0

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("fields", "body", "status", "name", "value"),
    [
        ({"Supported": ""}, b"", 421, "Require", "eventlist"),
        ({"Accept": "text/html"}, b"", 406, "Accept", PIDF_TYPE),
        ({"Content_Type": "text/plain"}, b"bob", 415, "Accept", ""),
    ],
)
def test_what_is_refused(
    tmp_path: Path, fields: dict[str, str], body: bytes, status: int, name: str, value: str
) -> None:
    async def scene(world: PresenceWorld) -> None:
        world.directory.put_group("staff", "bob")
        answer = PlainEndpoint(world, "alice").subscribe("presence", STAFF, body, **(FIELDS | fields)).response
        assert answer.status == status
        assert value in (answer.get(name) or "")
        assert len(world.doors.subscriptions) == 0

    play(tmp_path, scene)


def test_a_group_that_is_too_large(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        world.directory.put_group("staff", *(f"p{number}" for number in range(MOST_MEMBERS + 1)))
        answer = PlainEndpoint(world, "alice").subscribe("presence", STAFF, **FIELDS).response
        assert answer.status == 403
        assert "too many" in (answer.get("Warning") or "")
        assert len(world.doors.subscriptions) == 0

    play(tmp_path, scene)


def test_who_is_in_it_is_the_organisation_s_own_affair() -> None:
    directory: Any = Everyone()
    directory.put_group("staff", "bob")
    groups = GroupLists(AddressBook(directory), None, None)  # type: ignore[arg-type]
    visitor: Any = SimpleNamespace(person=None, address="eve@example.test")
    assert groups.watch(visitor, None, None, SipRequest("SUBSCRIBE", STAFF, {}, b"")) is None  # type: ignore[arg-type]
