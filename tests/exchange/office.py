"""The calendar verbs of a world, and looking into its mailboxes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from samband.model.caller import Caller
from samband.model.folders import Place
from samband.model.freebusy import STATES
from samband.model.item_requests import (
    ConflictResolution,
    DeleteType,
    Disposition,
    Draft,
    Edit,
    EditAction,
    ItemRef,
    Response,
    ResponseKind,
    SendInvitations,
)
from samband.model.item_values import (
    Attendee,
    EmailAddress,
)
from samband.model.items import (
    CalendarProperties,
    Item,
    ItemKind,
    MeetingResponseProperties,
)
from samband.model.people import Person
from samband.model.recurrence import Daily, Numbered, Recurrence
from samband.model.timezones import ZoneDefinition
from samband.store import calendar as entries
from samband.store import item_lists
from samband.store import items as rows
from tests.exchange.world import World, run

NINE = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


NONE, ALL, CHANGED = SendInvitations.NONE, SendInvitations.ALL_AND_SAVE, SendInvitations.CHANGED_AND_SAVE
ALWAYS = ConflictResolution.ALWAYS_OVERWRITE


BERLIN = ZoneDefinition(id="W. Europe Standard Time")


def attendee(person: Person) -> Attendee:
    return Attendee(EmailAddress("", person.mail))


class Office:
    """The calendar verbs of a world, and looking into its mailboxes."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.items = world.exchange.items
        self.calendar = world.exchange.calendar

    async def folder(self, who: Person, name: str) -> int:
        return (await self.world.exchange.folders.ensure(who.msExchMailboxGuid))[name]

    async def contents(self, who: Person, name: str) -> list[Item]:
        folder = await self.folder(who, name)
        store = self.world.store

        def read(tx: Any) -> list[Item]:
            found = item_lists.in_folder(tx, store.blobs, folder)
            whole = rows.get_many(tx, store.blobs, [item.id for item in found])
            return [whole[item.id] for item in found]

        return await store.read(read)

    async def only(self, who: Person, name: str = "calendar") -> Item:
        found = await self.contents(who, name)
        assert len(found) == 1, [item.properties.subject for item in found]
        return found[0]

    async def book(
        self,
        who: Person,
        *people: Person,
        send: SendInvitations = ALL,
        given: frozenset[str] = frozenset(),
        **more: Any,
    ) -> Item:
        values: dict[str, Any] = {"subject": "Plan", "start": NINE, "end": NINE + HOUR, "location": "R1", **more}
        properties = CalendarProperties(required_attendees=tuple(map(attendee, people)), **values)
        draft = Draft(kind=ItemKind.CALENDAR_ITEM, properties=properties, given=frozenset(values) | given)
        place = Place(who.msExchMailboxGuid, await self.folder(who, "calendar"))
        return await self.calendar.create(Caller(who, "basic"), draft, place, send)

    async def change(
        self, who: Person, item: Item, send: SendInvitations = ALL, occurrence: int = 0, **values: Any
    ) -> Item:
        ref = ItemRef(item.mailbox, item.id, occurrence)
        edits = [Edit(EditAction.SET, name, value) for name, value in values.items()]
        return await self.calendar.update(Caller(who, "basic"), ref, edits, ALWAYS, send)

    async def respond(
        self,
        who: Person,
        item: Item,
        kind: ResponseKind,
        disposition: Disposition = Disposition.SEND_AND_SAVE_COPY,
        occurrence: int = 0,
        **said: Any,
    ) -> list[Item]:
        draft = Draft(kind=ItemKind.MEETING_RESPONSE, properties=MeetingResponseProperties(**said))
        response = Response(kind=kind, reference=ItemRef(item.mailbox, item.id, occurrence), draft=draft)
        return await self.calendar.respond(Caller(who, "basic"), response, None, disposition)

    async def delete(
        self,
        who: Person,
        item: Item,
        send: SendInvitations = ALL,
        occurrence: int = 0,
        how: DeleteType = DeleteType.MOVE_TO_DELETED,
    ) -> None:
        ref = ItemRef(item.mailbox, item.id, occurrence)
        await self.calendar.delete(Caller(who, "basic"), ref, how, send)

    async def busy(self, who: Person, start: datetime = NINE - 9 * HOUR, days: int = 1) -> list[tuple[datetime, str]]:
        folder = await self.folder(who, "calendar")
        begin, end = int(start.timestamp()), int((start + timedelta(days=days)).timestamp())
        found = await self.world.store.read(lambda tx: entries.window(tx, folder, begin, end))
        return [(datetime.fromtimestamp(one.start, UTC), STATES[one.busy].value) for one in found]


def play(story: Any, tmp_path: Path) -> None:
    async def told(world: World) -> None:
        await story(Office(world))

    run(told, tmp_path)


def answers(item: Item) -> list[str]:
    assert isinstance(item.properties, CalendarProperties)
    return [one.response_type.value for one in item.properties.required_attendees]


def calendar(item: Item) -> CalendarProperties:
    assert isinstance(item.properties, CalendarProperties)
    return item.properties


FIVE = Recurrence(Daily(1), Numbered(date(2026, 12, 1), 5))


async def occurrence(office: Office, item: Item, number: int) -> Item:
    ref = ItemRef(item.mailbox, item.id, number)
    return await office.world.store.read(lambda tx: office.items.load(tx, ref))
