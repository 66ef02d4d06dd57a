"""Contact lists by SIP: the list, its operations, and their deltas to all endpoints of the owner."""

from __future__ import annotations

from pathlib import Path

from samband.model.contacts import PINNED
from samband.wire.presence import contact_operations as operations
from samband.wire.presence.roaming_contacts import (
    ContactDocument,
    GroupDocument,
    read_contact_delta,
    read_contact_list,
)
from samband.wire.sip.message import SipResponse
from tests.lync.sip.presence_world import LyncEndpoint, PresenceWorld, play

EVENT = "vnd-microsoft-roaming-contacts"
SOAP = "application/SOAP+xml"
BOB = "bob@contoso.test"


async def operate(client: LyncEndpoint, operation: operations.Operation) -> SipResponse:
    """Send one operation; the response, while notifications stay in ``client.told``."""
    client.service(SOAP, operations.write_operation(operation))
    assert isinstance(client.world, PresenceWorld)
    await client.world.settle()
    messages = client.inbox()
    assert all(read_contact_delta(one.body) for one in messages if not isinstance(one, SipResponse))
    (response,) = [one for one in messages if isinstance(one, SipResponse)]
    return response


def test_a_list_is_made_and_followed(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice, other = world.lync("alice", "e1"), world.lync("alice", "e2")
        first = await alice.subscribe_later(EVENT)
        assert first.response.get("Content-Type") == "application/vnd-microsoft-roaming-contacts+xml"
        assert read_contact_list(first.response.body).groups == (GroupDocument(1, "~"),)
        second = await other.subscribe_later(EVENT)
        answer = await operate(alice, operations.AddGroup(delta=1, name="Work"))
        assert (answer.status, answer.get("Content-Type")) == (200, SOAP)
        assert b"<m:groupID>2</m:groupID><m:deltaNum>2</m:deltaNum>" in answer.body
        notify = other.take_request()
        assert second.holds(notify)
        delta = read_contact_delta(notify.body)
        assert (delta.previous, delta.delta, delta.added_groups) == (1, 2, (GroupDocument(2, "Work"),))
        carol = operations.SetContact(delta=2, address="carol@contoso.test", name="Carol", groups=(2,))
        answer = await operate(alice, carol)
        assert b"<m:setContact><m:deltaNum>3</m:deltaNum></m:setContact>" in answer.body
        assert b'<addedContact uri="sip:carol@contoso.test"' in other.take().body
        assert (await operate(other, operations.ModifyGroup(delta=3, number=2, name="Lab"))).status == 200
        assert (await operate(other, operations.DeleteGroup(delta=4, number=2))).status == 200
        told = [read_contact_delta(one.body) for one in alice.inbox()]
        assert [one.delta for one in told] == [4, 5]
        assert told[1].deleted_groups == (2,)
        assert told[1].modified_contacts == (ContactDocument(address="carol@contoso.test", name="Carol", groups=(1,)),)
        assert (await operate(alice, operations.DeleteContact(delta=5, address="carol@contoso.test"))).status == 200
        first.again()
        await world.settle()
        assert read_contact_list(alice.take().body).delta == 6
        assert (await operate(other, operations.AddGroup(delta=6, name="Home"))).status == 200
        assert read_contact_delta(alice.take().body).delta == 7

    play(tmp_path, scene)


def test_what_makes_a_group_the_favourites_is_kept_and_told(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice, other = world.lync("alice", "e1"), world.lync("alice", "e2")
        await alice.subscribe_later(EVENT)
        pinned = operations.AddGroup(delta=1, name="Pinned Contacts", external_uri=PINNED)
        assert (await operate(alice, pinned)).status == 200
        assert (await operate(alice, operations.SetContact(delta=2, address=BOB, groups=(2,)))).status == 200
        found = read_contact_list((await other.subscribe_later(EVENT)).response.body)
        assert found.groups[1] == GroupDocument(2, "Pinned Contacts", PINNED)
        assert found.contacts == (ContactDocument(address=BOB, groups=(2,)),)

    play(tmp_path, scene)


def test_refusals(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice = world.lync("alice")
        stale = await operate(alice, operations.AddGroup(delta=9, name="Work"))
        assert stale.status == 409
        assert b"SOAP-ENV:Client.BadCall.WrongDelta" in stale.body
        assert b"deltaNum 1" in stale.body
        assert (await operate(alice, operations.DeleteGroup(delta=1, number=1))).status == 403
        assert (await operate(alice, operations.DeleteContact(delta=1, address="x@x.test"))).status == 404
        body = operations.write_answer("directorySearch")
        alice.service(SOAP, body)
        await world.settle()
        assert alice.take_response().status == 501
        bob = world.lync("bob")
        assert (await alice.subscribe_later(EVENT)).response.status == 200
        request = alice.request("SUBSCRIBE", bob.aor, Event=EVENT)
        alice.send(alice.dress(request))
        await world.settle()
        assert alice.take_response().status == 403

    play(tmp_path, scene)


def test_who_leaves_is_not_told(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice, other = world.lync("alice", "e1"), world.lync("alice", "e2")
        dialog = await other.subscribe_later(EVENT)
        dialog.again(Expires="0")
        assert other.take_response().get("Expires") == "0"
        await alice.subscribe_later(EVENT)
        alice.hang_up()
        third = world.lync("alice", "e3")
        assert (await operate(third, operations.AddGroup(delta=1, name="Work"))).status == 200
        assert other.inbox() == []
        assert world.contacts._owners == {}

    play(tmp_path, scene)
