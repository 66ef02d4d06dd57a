"""A plain client watches many people in one dialog, by a list in its request [RFC4662, RFC5367]."""

from __future__ import annotations

from pathlib import Path

import pytest

from samband.wire.presence.multipart import Part, read_multipart
from samband.wire.presence.names import PIDF_TYPE, RESOURCE_LISTS_TYPE, RLMI_TYPE
from samband.wire.presence.pidf import PidfDocument, read_pidf
from samband.wire.presence.rlmi import ResourceList, read_list
from samband.wire.sip.message import SipMessage, SipRequest, SipResponse
from tests.lync.sip.presence_world import Dialog, PlainEndpoint, PresenceWorld, note, play, sign_on
from tests.wire.presence.plain_requests import write_resource_lists

BOB, CAROL, NOBODY = (f"sip:{name}@contoso.test" for name in ("bob", "carol", "nobody"))
FIELDS = {
    "Supported": "eventlist",
    "Require": "recipient-list-subscribe",
    "Accept": f"{PIDF_TYPE}, {RLMI_TYPE}, multipart/related",
    "Content_Type": RESOURCE_LISTS_TYPE,
    "Content_Disposition": "recipient-list",
}


def listed(*uris: str) -> bytes:
    return write_resource_lists(uris).encode()


def told(client: PlainEndpoint) -> tuple[ResourceList, dict[str, PidfDocument]]:
    """What the one notification that waits says, by the addresses of its list."""
    notify = client.take_request()
    client.answer(notify, 200)
    return read(notify)


def read(notify: SipMessage) -> tuple[ResourceList, dict[str, PidfDocument]]:
    assert isinstance(notify, SipRequest)
    assert notify.get("Require") == "eventlist"
    field = notify.get("Content-Type") or ""
    root, *parts = read_multipart(field, notify.body)
    assert field.startswith(f'multipart/related; type="{RLMI_TYPE}"; start="<{root.cid}>"; boundary="')
    assert root.content_type == RLMI_TYPE
    found = read_list(root.body)
    by_cid: dict[str, Part] = {part.cid: part for part in parts}
    assert {part.content_type for part in parts} <= {PIDF_TYPE}
    documents = {one.uri: read_pidf(by_cid.pop(one.cid).body) for one in found.resources if one.cid}
    assert by_cid == {}
    return found, documents


def subscribe(client: PlainEndpoint, *uris: str, **fields: str) -> tuple[Dialog, ResourceList, dict[str, PidfDocument]]:
    request = client.request("SUBSCRIBE", client.aor, body=listed(*uris), Event="presence", **(FIELDS | fields))
    client.send(request.put("Contact", f"<{client.contact}>"))
    answer, notify = client.inbox()
    assert isinstance(answer, SipResponse)
    assert (answer.status, answer.get("Require")) == (200, "eventlist")
    client.answer(notify, 200)  # type: ignore[arg-type]
    return Dialog(client, "presence", request.call_id, answer), *read(notify)


def test_many_people_in_one_dialog(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice, bob, carol = PlainEndpoint(world, "alice"), world.lync("bob"), PlainEndpoint(world, "carol")
        await bob.publish(*sign_on(6500))
        dialog, found, people = subscribe(alice, BOB, CAROL, NOBODY, "nonsense", BOB)
        assert (found.uri, found.version, found.full) == (alice.aor, 0, True)
        states = [(one.uri, one.state, one.reason) for one in found.resources]
        assert states == [
            (BOB, "active", ""),
            (CAROL, "active", ""),
            (NOBODY, "terminated", "noresource"),
            ("nonsense", "terminated", "noresource"),
        ]
        assert people[BOB].activities == ("busy",)
        assert people[CAROL].open
        await bob.publish(*note("in the lab"))
        found, people = told(alice)
        assert (found.version, found.full, [one.uri for one in found.resources]) == (1, False, [BOB])
        assert people[BOB].note == "in the lab"
        carol.hang_up()
        found, people = told(alice)
        assert (found.version, people[CAROL].open) == (2, False)
        dialog.again()
        answer, notify = alice.inbox()
        assert isinstance(answer, SipResponse)
        assert answer.status == 200
        alice.answer(notify, 200)  # type: ignore[arg-type]
        found, people = read(notify)
        assert (found.version, found.full, len(found.resources), people[BOB].note) == (3, True, 4, "in the lab")

    play(tmp_path, scene)


def test_a_further_list_stands_in_place_of_the_first(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice, bob, carol = PlainEndpoint(world, "alice"), world.lync("bob"), world.lync("carol")
        dialog, *_ = subscribe(alice, BOB)
        dialog.again(listed(CAROL), **FIELDS)
        _, notify = alice.inbox()
        alice.answer(notify, 200)  # type: ignore[arg-type]
        assert [one.uri for one in read(notify)[0].resources] == [CAROL]
        await bob.publish(*sign_on())
        assert alice.inbox() == []
        await carol.publish(*sign_on())
        assert told(alice)[1][CAROL].open
        dialog.again(Expires="0")
        alice.inbox()
        carol.hang_up()
        assert alice.inbox() == []
        assert len(world.doors.subscriptions) == 0

    play(tmp_path, scene)


def test_it_is_asked_for_once(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice, bob = PlainEndpoint(world, "alice"), world.lync("bob")
        assert subscribe(alice, BOB, Expires="0")[2].keys() == {BOB}
        await bob.publish(*sign_on())
        assert alice.inbox() == []

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("fields", "body", "status", "name", "value"),
    [
        ({"Supported": ""}, listed(BOB), 421, "Require", "eventlist"),
        ({"Accept": "text/html"}, listed(BOB), 406, "Accept", PIDF_TYPE),
        ({"Content_Type": "text/plain"}, listed(BOB), 415, "Accept", RESOURCE_LISTS_TYPE),
        ({}, b"<resource-lists><list><entry/></list></resource-lists>", 400, "Warning", "uri"),
        ({}, b"<other/>", 400, "Warning", "resource-lists"),
        ({}, b"<resource-lists", 400, "Warning", ""),
        ({}, listed(*(f"sip:a{number}@contoso.test" for number in range(1001))), 403, "Warning", "1000"),
    ],
)
def test_lists_are_refused(
    tmp_path: Path, fields: dict[str, str], body: bytes, status: int, name: str, value: str
) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice = PlainEndpoint(world, "alice")
        answer = alice.subscribe("presence", body=body, **(FIELDS | fields)).response
        assert answer.status == status
        assert value in (answer.get(name) or "")
        assert len(world.doors.subscriptions) == 0

    play(tmp_path, scene)
