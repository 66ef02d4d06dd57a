"""Contact lists that live in mailboxes, as SIP clients are told of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from samband.lync.sip.contacts_door import RoamingContacts
from samband.model.unified_contacts import MailboxContact, MailboxGroup, MailboxList
from samband.wire.presence import contact_operations as operations
from samband.wire.presence.roaming_contacts import read_contact_delta, read_contact_list
from tests.lync.sip.presence_world import LYNC, PresenceWorld, play

EVENT = "vnd-microsoft-roaming-contacts"
UCS = f"{LYNC}, ms-ucs"
OTHERS = MailboxGroup("o", "Other Contacts", "IPM.DistList.MOC.OtherContacts", ("b",))
BOB = MailboxContact("b", "bob@contoso.test", "Bob")


def test_a_client_that_can_is_sent_to_the_mailbox_and_told_of_changes(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice = world.lync("alice", "e1")
        person = world.directory.known["alice"]
        guid = person.objectGUID
        await world.ucs.begin(guid)
        await world.ucs.finish(guid)
        dialog = await alice.subscribe_later(EVENT, Supported=UCS)
        assert b'ucsMode="migrated"' in dialog.response.body and b"<contact " not in dialog.response.body
        await world.ucs.mirror(person, MailboxList((OTHERS,), (BOB,)))
        await world.settle()
        notify = alice.take_request()
        assert dialog.holds(notify) and notify.method == "BENOTIFY"
        assert b'ucsMode="migrated"' in notify.body and b'deltaNum="2"' in notify.body
        await world.ucs.mirror(person, MailboxList((OTHERS,), (BOB,)))
        await world.settle()
        assert alice.inbox() == [], "nothing changed"

    play(tmp_path, scene)


def test_any_other_client_reads_the_copy_and_cannot_change_it(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        alice = world.lync("alice", "e1")
        person = world.directory.known["alice"]
        guid = person.objectGUID
        await world.ucs.begin(guid)
        await world.ucs.mirror(person, MailboxList((OTHERS,), (BOB,)))
        dialog = await alice.subscribe_later(EVENT)
        given = read_contact_list(dialog.response.body)
        assert [one.address for one in given.contacts] == ["bob@contoso.test"] and not given.migrated
        for _ in ("moving", "moved"):
            alice.service("application/SOAP+xml", operations.write_operation(operations.AddGroup(delta=2, name="X")))
            await world.settle()
            response = alice.take()
            assert response.status == 403 and b"Please try again later" in response.body  # type: ignore[union-attr]
            await world.ucs.finish(guid)
        late = world.lync("alice", "e2")
        assert read_contact_list((await late.subscribe_later(EVENT)).response.body).migrated
        await world.ucs.mirror(person, MailboxList((replace(OTHERS, members=()),), ()))
        await world.settle()
        assert read_contact_delta(alice.take_request().body).deleted_contacts == ("bob@contoso.test",)

    play(tmp_path, scene)


def test_clients_that_can_come_back_when_the_list_went_to_live_somewhere_else(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        able, other = world.lync("alice", "e1"), world.lync("alice", "e2")
        guid = world.directory.known["alice"].objectGUID
        first = await able.subscribe_later(EVENT, Supported=UCS)
        await other.subscribe_later(EVENT)
        assert b"ucsMode" not in first.response.body
        assert list(world.ucs.waiting()) == [guid]
        await world.ucs.begin(guid)
        assert not able.closed
        await world.ucs.finish(guid)
        assert able.closed and not other.closed and world.ucs.waiting() == {}
        again = world.lync("alice", "e1")
        assert b"ucsMode" in (await again.subscribe_later(EVENT, Supported=UCS)).response.body
        await world.ucs.release(guid, world.time())
        assert again.closed and not other.closed
        third = await world.lync("alice", "e1").subscribe_later(EVENT, Supported=UCS)
        assert b"ucsMode" not in third.response.body

    play(tmp_path, scene)


def test_everybody_gets_the_copy_while_the_mailbox_is_away(tmp_path: Path) -> None:
    """Who reads the mailbox stays as it is; who got the copy comes back when the mailbox does."""

    async def scene(world: PresenceWorld) -> None:
        person = world.directory.known["alice"]
        guid = person.objectGUID
        await world.ucs.begin(guid)
        await world.ucs.mirror(person, MailboxList((OTHERS,), (BOB,)))
        await world.ucs.finish(guid)
        reader = world.lync("alice", "e1")
        await reader.subscribe_later(EVENT, Supported=UCS)
        await world.ucs.disconnected(guid, world.time(), "gone")
        assert not reader.closed
        late = world.lync("alice", "e2")
        given = await late.subscribe_later(EVENT, Supported=UCS)
        assert b"ucsMode" not in given.response.body
        assert [one.address for one in read_contact_list(given.response.body).contacts] == ["bob@contoso.test"]
        late.service("application/SOAP+xml", operations.write_operation(operations.AddGroup(delta=2, name="X")))
        await world.settle()
        refused = late.take()
        assert refused.status == 403 and b"Please try again later" in refused.body  # type: ignore[union-attr]
        await world.ucs.connected(guid)
        assert late.closed and not reader.closed
        again = world.lync("alice", "e2")
        assert b"ucsMode" in (await again.subscribe_later(EVENT, Supported=UCS)).response.body

    play(tmp_path, scene)


def test_a_site_may_refuse_as_lync_server_2013_does(tmp_path: Path) -> None:
    async def scene(world: PresenceWorld) -> None:
        world.doors.packages[EVENT] = RoamingContacts(world.contacts, world.ucs, "lync.contoso.test")
        guid = world.directory.known["alice"].objectGUID
        alice = world.lync("alice", "e1")
        await alice.subscribe_later(EVENT, Supported=UCS)
        await world.ucs.begin(guid)
        await world.ucs.finish(guid)
        assert alice.closed
        again = world.lync("alice", "e1")
        refused = (await again.subscribe_later(EVENT, Supported=UCS)).response
        assert refused.status == 488
        assert refused.get("ms-diagnostics") == (
            '2165;reason="Contact subscription is not allowed as the user\'s contact list has migrated to Exchange."'
            ';source="lync.contoso.test"'
        )
        assert (await again.subscribe_later(EVENT)).response.status == 200

    play(tmp_path, scene)
