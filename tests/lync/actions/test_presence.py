"""Presence of everyone over a store: what lasts, what ends, who is found; mailboxes and contact lists."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from samband.lync.actions import watches
from samband.lync.actions.audience import Document, OwnUpdate
from samband.lync.actions.contacts import Contacts
from samband.lync.actions.drafts import Stale
from samband.lync.actions.mailbox_presence import MailboxPresence
from samband.lync.actions.presence import Presence
from samband.model import contacts as c
from samband.model.changes import Change, ContactsChanged, PersonChanged
from samband.model.contacts import Contact, ContactDelta, ContactList, StaleDelta
from samband.model.containers import Member, MemberChange, MemberKind
from samband.model.failures import Failure
from samband.model.mailbox_sight import Appointment, MailboxSight, OutOfOffice
from samband.model.people import Person
from samband.model.presence import Draft, ExpireType, Instance, Note, NoteKind, State, StateKind
from samband.store.engine import Engine
from tests.trust.fakes import News, People, person, store

ALL = frozenset({"state", "note", "contactCard", "calendarData"})
ALICE, BOB = person("alice"), person("bob")


class Scene:
    def __init__(self, opened: Engine, news: News) -> None:
        self.store = opened
        self.news = news
        self.people = People()
        self.people.put(ALICE, BOB, person("carol"))
        self.now = datetime(2026, 11, 23, 12, tzinfo=UTC)
        self.presence = self.new()

    def new(self) -> Presence:
        return Presence(self.store, self.news, self.people, lambda: self.now, frozenset({"public.test"}))

    async def restart(self) -> None:
        await self.presence.stop()
        self.presence = self.new()
        await self.presence.start()


@asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[Scene]:
    news = News()
    async with store(folder, news) as opened:
        found = Scene(opened, news)
        await found.presence.start()
        yield found
        await found.presence.stop()


def static(category: str, container: int, version: int = 0, **fields: object) -> Draft:
    return Draft(
        category=category, instance=0, container=container, version=version, expire_type=ExpireType.STATIC, **fields
    )  # type: ignore[arg-type]


def availability(document: Document | None) -> int | None:
    assert document is not None
    (state,) = [one.state for one in document.instances if one.category == "state"]
    return state.availability if state else None


def machine(availability: int = 3500) -> Draft:
    value = State(kind=StateKind.MACHINE, availability=availability)
    return Draft(category="state", instance=9, container=2, value=value)


def test_what_lasts_survives_a_restart(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            it.presence.endpoint_added(ALICE, "e1")
            published = it.presence.publish(
                ALICE, "e1", [machine(), static("note", 200, content="<note/>", value=Note(text="hi"))]
            )
            assert published.categories == {"state", "note"}
            assert published.saved is not None
            await published.saved
            timed = Draft(
                category="note", instance=1, container=200, expire_type=ExpireType.TIME, lifetime=60, content="<n/>"
            )
            it.presence.publish(ALICE, "e1", [timed])
            await it.presence.set_members(
                ALICE, [(300, 0, [MemberChange(True, Member(MemberKind.USER, "bob@contoso.test"))])]
            )
            bob = it.presence.watch("bob@contoso.test", lambda document: None)
            assert bob.add("alice@contoso.test", ALL, added=True) is not None
            await it.restart()
            notes = it.presence.own(ALICE)["note"]
            assert [(one.version, one.content, one.value) for one in notes] == [
                (1, "<note/>", Note(text="hi")),
                (1, "<n/>", None),
            ]
            assert ("state", 9, 2) not in {one.key for one in it.presence.own(ALICE)["state"]}
            document = it.presence.watch("bob@contoso.test", lambda document: None).add("alice@contoso.test", ALL)
            assert document is not None
            assert document.container == 300
            assert availability(document) == 18500
            heard: list[OwnUpdate] = []
            owner = it.presence.follow(ALICE, "e1", heard.append).owner
            assert [one.address for one in owner.listed_subscribers()] == ["bob@contoso.test"]
            it.now += timedelta(seconds=61)
            it.presence.sweep()
            assert len(it.presence.own(ALICE)["note"]) == 1
            await it.restart()
            assert len(it.presence.own(ALICE)["note"]) == 1

    asyncio.run(run())


def test_nothing_lasting_waits_for_nothing(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            it.presence.endpoint_added(ALICE, "e1")
            assert it.presence.publish(ALICE, "e1", [machine()]).saved is None
            with pytest.raises(Stale):
                it.presence.publish(ALICE, "e1", [machine()])
            it.presence.endpoint_removed(ALICE, "e1")
            assert availability(it.presence.watch("bob@contoso.test", print).add("alice@contoso.test", ALL)) == 18500

    asyncio.run(run())


def test_watching_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            heard: list[Document] = []
            watch = it.presence.watch("alice@contoso.test", heard.append)
            assert watch.add("nobody@contoso.test", ALL) is None
            assert availability(watch.add("bob@contoso.test", ALL)) == 18500
            watch.add("bob@contoso.test", frozenset({"state"}))
            assert len(watch) == 1
            it.presence.endpoint_added(BOB, "e1")
            it.presence.publish(BOB, "e1", [machine()])
            assert [availability(document) for document in heard] == [3500]
            assert heard[0].categories == {"state"}
            watch.remove("bob@contoso.test")
            it.presence.endpoint_removed(BOB, "e1")
            watch.add("bob@contoso.test", ALL)
            watch.close()
            it.presence.endpoint_added(BOB, "e1")
            it.presence.publish(BOB, "e1", [machine()])
            assert len(heard) == 1
            monkeypatch.setattr(watches, "MAX_WATCHED", 1)
            watch.add("bob@contoso.test", ALL)
            watch.add("bob@contoso.test", ALL)
            with pytest.raises(Failure):
                watch.add("carol@contoso.test", ALL)

    asyncio.run(run())


def test_where_watchers_come_from(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            assert it.presence.source_of("bob@contoso.test") is MemberKind.SAME_ENTERPRISE
            assert it.presence.source_of("x@fabrikam.test") is MemberKind.FEDERATED
            assert it.presence.source_of("x@public.test") is MemberKind.PUBLIC_CLOUD

    asyncio.run(run())


def test_the_owner_is_asked_once(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            heard: list[OwnUpdate] = []
            own = it.presence.follow(ALICE, "e1", heard.append)
            bob = it.presence.watch("bob@contoso.test", lambda document: None)
            bob.add("alice@contoso.test", ALL, added=True)
            bob.add("alice@contoso.test", ALL, added=True)
            it.presence.watch("alice@contoso.test", print).add("alice@contoso.test", ALL, added=True)
            (update,) = heard
            assert update.subscribers is not None
            assert [(one.address, one.acknowledged) for one in update.subscribers] == [("bob@contoso.test", False)]
            await it.presence.acknowledge(ALICE, ["bob@contoso.test", "nobody@contoso.test"])
            assert heard[1].subscribers is not None
            assert heard[1].subscribers[0].acknowledged
            own.close()
            await it.presence.acknowledge(ALICE, ["bob@contoso.test"])
            assert len(heard) == 2
            await it.restart()
            (kept,) = it.presence.follow(ALICE, "e1", heard.append).owner.listed_subscribers()
            assert kept.acknowledged

    asyncio.run(run())


def test_cards_follow_the_directory(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            heard: list[Document] = []
            it.presence.watch("bob@contoso.test", heard.append).add("alice@contoso.test", ALL)
            it.people.put(person("alice", title="Boss"))
            change: Change = PersonChanged(scope="directory", guid=ALICE.objectGUID)
            await it.store.write(lambda tx: tx.append(change))
            assert heard[-1].changed == {"contactCard"}
            assert "Boss" in str(heard[-1].instances)
            it.presence.endpoint_added(ALICE, "e1")
            it.presence.publish(ALICE, "e1", [machine(), static("note", 200)])
            del it.people.found[ALICE.objectGUID]
            await it.store.write(lambda tx: tx.append(change))
            assert availability(heard[-1]) == 18500
            await it.restart()
            it.people.put(ALICE)
            assert "note" not in it.presence.own(ALICE)

    asyncio.run(run())


NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MEETING = Appointment(NOON - timedelta(minutes=10), NOON + timedelta(minutes=50), "Busy", "Budget", "Room 1", True)


def sight(*appointments: Appointment, oof: OutOfOffice | None = None) -> MailboxSight:
    return MailboxSight("alice@contoso.test", NOON, "0022", 15, appointments, "<WorkingHours/>", oof)


def seen(scene: Scene, who: Person = ALICE) -> dict[str, list[Instance]]:
    document = scene.presence.watch("bob@contoso.test", lambda document: None).add(who.sip, ALL)
    assert document is not None
    found: dict[str, list[Instance]] = {name: [] for name in ALL}
    for one in document.instances:
        found[one.category].append(one)
    return found


def test_a_mailbox_speaks_for_its_owner(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            mailboxes = MailboxPresence(it.presence)
            mailboxes.show(ALICE, sight(MEETING), NOON)
            (state,) = seen(it)["state"]
            assert state.state is not None and state.state.activity is not None
            assert (state.state.availability, state.state.activity.token) == (6500, "in-a-meeting")
            assert len(seen(it)["calendarData"]) == 2
            mailboxes.show(ALICE, sight(MEETING), NOON + timedelta(hours=1))
            assert availability_of(it) == (18500, "")
            mailboxes.show(ALICE, sight(MEETING), NOON)
            it.presence.endpoint_added(ALICE, "e1")
            it.presence.publish(ALICE, "e1", [machine()])
            assert availability_of(it) == (6500, "in-a-meeting")
            mailboxes.hide(ALICE)
            assert availability_of(it) == (3500, "")
            assert seen(it)["calendarData"] == []
            mailboxes.show(person("nobody"), sight(), NOON)
            mailboxes.hide(person("nobody"))

    asyncio.run(run())


def availability_of(it: Scene) -> tuple[int | None, str]:
    (state,) = seen(it)["state"]
    assert state.state is not None
    return state.state.availability, state.state.activity.token if state.state.activity else ""


def test_out_of_office_shows_as_note(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            mailboxes = MailboxPresence(it.presence)
            mailboxes.show(ALICE, sight(oof=OutOfOffice("Enabled", "Back on Monday")), NOON)
            (note,) = seen(it)["note"]
            assert note.value == Note(text="Back on Monday", kind=NoteKind.OUT_OF_OFFICE)
            assert availability_of(it) == (18500, "out-of-office")
            private = Appointment(MEETING.start, MEETING.end, "Busy", is_meeting=False)
            mailboxes.show(ALICE, sight(private, oof=OutOfOffice("Disabled", "x")), NOON)
            assert seen(it)["note"] == []
            assert availability_of(it) == (6500, "")
            gone = Appointment(MEETING.start, MEETING.end, "OOF")
            mailboxes.show(ALICE, sight(gone), NOON)
            assert availability_of(it) == (18500, "out-of-office")

    asyncio.run(run())


def test_contact_lists(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            contacts = Contacts(it.store)
            told: list[ContactDelta] = []
            heard: list[Change] = []
            it.news.listen({"sip:alice@contoso.test"}, heard.extend)
            start, close = await contacts.follow(ALICE, told.append)
            assert start == ContactList()
            first = await contacts.change(ALICE, 1, lambda book: c.add_group(book, "Work"))
            assert told == [first]
            with pytest.raises(StaleDelta) as caught:
                await contacts.change(ALICE, 1, lambda book: c.add_group(book, "Lab"))
            assert caught.value.current == 2
            with pytest.raises(Failure):
                await contacts.change(ALICE, 2, lambda book: c.delete_group(book, 1))
            await asyncio.gather(
                *(
                    contacts.change(
                        ALICE, 2 + n, lambda book, n=n: c.set_contact(book, Contact(address=f"p{n}@x.test"))
                    )
                    for n in range(5)
                )
            )
            assert [change.delta for change in heard if isinstance(change, ContactsChanged)] == [2, 3, 4, 5, 6, 7]
            close()
            close()
            await contacts.change(ALICE, 7, lambda book: c.delete_contact(book, "p1@x.test"))
            assert len(told) == 6
            assert contacts._owners == {}
            found = await Contacts(it.store).get(ALICE)
            assert (found.delta, sorted(found.contacts)) == (8, ["p0@x.test", "p2@x.test", "p3@x.test", "p4@x.test"])
            assert await contacts.get(BOB) == ContactList()

    asyncio.run(run())


def test_another_process_changes_a_list(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            here, elsewhere = Contacts(it.store, it.news), Contacts(it.store)
            told: list[ContactDelta] = []
            _, close = await here.follow(ALICE, told.append)
            await here.change(ALICE, 1, lambda book: c.add_group(book, "Work"))
            await elsewhere.change(ALICE, 2, lambda book: c.set_contact(book, Contact(address="p@x.test")))
            for _ in range(100):
                await asyncio.sleep(0.001)
            assert [(one.previous, one.delta) for one in told] == [(1, 2), (2, 3)]
            assert told[1].added_contacts == (Contact(address="p@x.test"),)
            await here.change(ALICE, 3, lambda book: c.delete_contact(book, "p@x.test"))
            assert [one.delta for one in told] == [2, 3, 4]
            close()
            unaware = Contacts(it.store)
            _, close = await unaware.follow(ALICE, told.append)
            await elsewhere.change(ALICE, 4, lambda book: c.add_group(book, "Lab"))
            with pytest.raises(StaleDelta):
                await unaware.change(ALICE, 4, lambda book: c.add_group(book, "Home"))
            assert (await unaware.get(ALICE)).delta == 5
            close()

    asyncio.run(run())
