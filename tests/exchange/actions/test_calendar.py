"""Calendars of several people who invite each other: what each holds after every step."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from samband.exchange.actions.calendar import Calendar
from samband.exchange.actions.delivery import Delivery
from samband.exchange.actions.items import Items
from samband.exchange.actions.mail import Mail
from samband.exchange.actions.making import Maker
from samband.model.caller import Caller
from samband.model.failures import Failure
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
    Body,
    BodyKind,
    CalendarItemType,
    EmailAddress,
    FreeBusy,
    MeetingRequestType,
    ResponseType,
)
from samband.model.items import (
    CalendarProperties,
    Item,
    ItemKind,
    MeetingCancellationProperties,
    MeetingRequestProperties,
    MeetingResponseProperties,
)
from samband.model.people import Person
from samband.model.recurrence import Daily, NoEnd, Numbered, Recurrence
from samband.model.timezones import ZoneDefinition
from samband.store import calendar as entries
from samband.store import item_lists
from samband.store import items as rows
from tests.exchange.world import ALICE, BOB, CAROL, World, run

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
        exchange = world.exchange
        base = exchange.base
        maker = Maker(base)
        delivery = Delivery(base, exchange.mailboxes, maker)
        self.items = Items(base, exchange.mailboxes, exchange.access)
        self.calendar = Calendar(base, exchange.mailboxes, self.items, maker, delivery)
        delivery.heard.append(self.calendar.delivered)
        self.mail = Mail(base, exchange.mailboxes, self.items, maker, delivery)

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


def test_invite_accept_update_cancel(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        mine = await office.book(ALICE, BOB, CAROL, body=Body(BodyKind.TEXT, "Agenda"))
        assert mine.properties.uid.startswith("040000008200E00074C5B7101A82E008")
        assert calendar(mine).meeting_request_was_sent and calendar(mine).is_meeting and calendar(mine).is_organizer
        assert [one.mailbox.name for one in calendar(mine).required_attendees] == ["Bob", "Carol"]
        sent = await office.only(ALICE, "sentitems")
        assert sent.item_class == "IPM.Schedule.Meeting.Request"

        letter = await office.only(BOB, "inbox")
        request = letter.properties
        assert isinstance(request, MeetingRequestProperties)
        assert request.meeting_request_type is MeetingRequestType.NEW_MEETING_REQUEST
        assert (request.subject, request.location, request.uid) == ("Plan", "R1", calendar(mine).uid)
        assert request.from_ is not None and request.from_.address == ALICE.mail
        assert request.body == Body(BodyKind.TEXT, "Agenda")
        theirs = await office.only(BOB)
        assert request.associated_calendar_item == theirs.id
        assert calendar(theirs).my_response_type is ResponseType.NO_RESPONSE_RECEIVED
        assert calendar(theirs).organizer == EmailAddress("Alice", ALICE.mail, "SMTP", "Mailbox")
        assert not calendar(theirs).is_organizer and calendar(theirs).appointment_state == 3
        assert await office.busy(BOB) == [(NINE, "Tentative")]
        assert await office.busy(ALICE) == [(NINE, "Busy")]

        made = await office.respond(BOB, letter, ResponseKind.ACCEPT, body=Body(BodyKind.TEXT, "Fine"))
        assert [one.kind for one in made] == [
            ItemKind.CALENDAR_ITEM,
            ItemKind.MEETING_REQUEST,
            ItemKind.MEETING_RESPONSE,
        ]
        assert await office.contents(BOB, "inbox") == []
        assert (await office.only(BOB, "deleteditems")).kind is ItemKind.MEETING_REQUEST
        assert await office.busy(BOB) == [(NINE, "Busy")]
        theirs = await office.only(BOB)
        assert calendar(theirs).my_response_type is ResponseType.ACCEPT
        mine = await office.only(ALICE)
        assert answers(mine) == ["Accept", "Unknown"]
        answer = await office.only(ALICE, "inbox")
        assert answer.item_class == "IPM.Schedule.Meeting.Resp.Pos"
        assert isinstance(answer.properties, MeetingResponseProperties)
        assert (answer.properties.subject, answer.properties.response_type) == ("Accepted: Plan", ResponseType.ACCEPT)
        assert answer.properties.from_ is not None and answer.properties.from_.address == BOB.mail
        assert answer.properties.body == Body(BodyKind.TEXT, "Fine")
        assert answer.properties.associated_calendar_item == mine.id

        await office.change(ALICE, mine, location="R2")
        theirs, mine = await office.only(BOB), await office.only(ALICE)
        assert calendar(theirs).location == "R2"
        assert calendar(theirs).my_response_type is ResponseType.ACCEPT, "nothing to answer anew"
        assert answers(mine) == ["Accept", "Unknown"]
        assert await office.busy(BOB) == [(NINE, "Busy")]

        await office.change(ALICE, mine, start=NINE + HOUR, end=NINE + 2 * HOUR)
        theirs, mine = await office.only(BOB), await office.only(ALICE)
        assert calendar(theirs).start == calendar(mine).start == NINE + HOUR
        assert calendar(theirs).my_response_type is ResponseType.NO_RESPONSE_RECEIVED
        assert answers(mine) == ["Unknown", "Unknown"]
        assert calendar(mine).appointment_sequence_number == calendar(theirs).appointment_sequence_number == 2
        assert await office.busy(BOB) == [(NINE + HOUR, "Tentative")]

        latest = (await office.contents(BOB, "inbox"))[0]
        await office.respond(BOB, latest, ResponseKind.TENTATIVE, Disposition.SEND_ONLY, proposed_start=NINE)
        mine = await office.only(ALICE)
        assert answers(mine) == ["Tentative", "Unknown"]
        assert calendar(mine).required_attendees[0].proposed_start == NINE
        assert await office.busy(BOB) == [(NINE + HOUR, "Tentative")]

        await office.delete(ALICE, mine)
        assert await office.contents(ALICE, "calendar") == []
        theirs = await office.only(BOB)
        assert calendar(theirs).is_cancelled and calendar(theirs).subject == "Canceled: Plan"
        assert await office.busy(BOB) == [(NINE + HOUR, "Free")]
        word = (await office.contents(BOB, "inbox"))[0]
        assert isinstance(word.properties, MeetingCancellationProperties)
        assert word.item_class == "IPM.Schedule.Meeting.Canceled"
        with pytest.raises(Failure, match="ErrorCalendarIsCancelledForAccept"):
            await office.respond(BOB, theirs, ResponseKind.ACCEPT)
        await office.respond(BOB, word, ResponseKind.REMOVE)
        assert await office.contents(BOB, "calendar") == []

    play(story, tmp_path)


def test_a_meeting_is_one_commit(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        await office.folder(ALICE, "inbox"), await office.folder(BOB, "inbox"), await office.folder(CAROL, "inbox")
        before = await office.world.store.last()
        await office.book(ALICE, BOB, CAROL)
        assert await office.world.store.last() == before + 1

    play(story, tmp_path)


def test_decline_takes_it_out_of_the_calendar_and_names_who(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        await office.book(ALICE, BOB)
        made = await office.respond(BOB, await office.only(BOB), ResponseKind.DECLINE, Disposition.SEND_ONLY)
        assert await office.contents(BOB, "calendar") == []
        assert await office.busy(BOB) == []
        assert [one.kind for one in made] == [ItemKind.CALENDAR_ITEM]
        assert answers(await office.only(ALICE)) == ["Decline"]
        assert (await office.only(ALICE, "inbox")).item_class == "IPM.Schedule.Meeting.Resp.Neg"

    play(story, tmp_path)


def test_an_attendee_who_deletes_declines_where_anything_is_sent(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        await office.book(ALICE, BOB, CAROL)
        await office.delete(BOB, await office.only(BOB), send=NONE)
        await office.delete(CAROL, await office.only(CAROL))
        assert answers(await office.only(ALICE)) == ["Unknown", "Decline"]

    play(story, tmp_path)


def test_accepting_without_a_word(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        await office.book(ALICE, BOB)
        letter = await office.only(BOB, "inbox")
        made = await office.respond(BOB, letter, ResponseKind.ACCEPT, Disposition.SAVE_ONLY)
        assert [one.kind for one in made] == [ItemKind.CALENDAR_ITEM, ItemKind.MEETING_REQUEST]
        assert await office.busy(BOB) == [(NINE, "Busy")]
        assert answers(await office.only(ALICE)) == ["Unknown"]

    play(story, tmp_path)


def test_accepting_a_meeting_that_was_deleted_brings_it_back(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        await office.book(ALICE, BOB)
        letter = await office.only(BOB, "inbox")
        await office.delete(BOB, await office.only(BOB), send=NONE)
        await office.respond(BOB, letter, ResponseKind.ACCEPT)
        assert await office.busy(BOB) == [(NINE, "Busy")]
        assert answers(await office.only(ALICE)) == ["Accept"]

    play(story, tmp_path)


def test_who_may_answer_and_who_may_cancel(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        mine = await office.book(ALICE, BOB)
        theirs = await office.only(BOB)
        letter = await office.only(BOB, "inbox")
        for kind, name in (
            (ResponseKind.ACCEPT, "Accept"),
            (ResponseKind.TENTATIVE, "Tentative"),
            (ResponseKind.DECLINE, "Decline"),
        ):
            with pytest.raises(Failure, match=f"ErrorCalendarIsOrganizerFor{name}"):
                await office.respond(ALICE, mine, kind)
        with pytest.raises(Failure, match="ErrorCalendarIsNotOrganizer"):
            await office.respond(BOB, theirs, ResponseKind.CANCEL)
        with pytest.raises(Failure, match="ErrorInvalidItemForOperationRemoveItem"):
            await office.respond(BOB, letter, ResponseKind.REMOVE)
        with pytest.raises(Failure, match="ErrorInvalidItemForOperationCancelItem"):
            await office.respond(BOB, letter, ResponseKind.CANCEL)
        with pytest.raises(Failure, match="ErrorAccessDenied"):
            await office.respond(BOB, mine, ResponseKind.ACCEPT)
        await office.change(ALICE, mine, start=NINE + HOUR, end=NINE + 2 * HOUR)
        with pytest.raises(Failure, match="ErrorCalendarMeetingRequestIsOutOfDate"):
            await office.respond(BOB, letter, ResponseKind.ACCEPT)
        await office.respond(ALICE, mine, ResponseKind.CANCEL, body=Body(BodyKind.TEXT, "Sorry"))
        word = (await office.contents(BOB, "inbox"))[0]
        assert word.properties.body == Body(BodyKind.TEXT, "Sorry")
        assert calendar(await office.only(BOB)).is_cancelled
        assert (await office.only(ALICE, "deleteditems")).kind is ItemKind.CALENDAR_ITEM

    play(story, tmp_path)


def test_added_and_removed_attendees_hear_of_it(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        mine = await office.book(ALICE, BOB)
        await office.change(ALICE, mine, send=CHANGED, required_attendees=(attendee(CAROL),))
        assert calendar(await office.only(BOB)).is_cancelled
        assert await office.busy(CAROL) == [(NINE, "Tentative")]
        assert len(await office.contents(BOB, "inbox")) == 2
        request = (await office.only(CAROL, "inbox")).properties
        assert isinstance(request, MeetingRequestProperties)
        assert request.meeting_request_type is MeetingRequestType.NEW_MEETING_REQUEST
        mine = await office.only(ALICE)
        await office.change(ALICE, mine, send=CHANGED, location="R9")
        assert calendar(await office.only(CAROL)).location == "R1", "only changed attendees were to be told"

    play(story, tmp_path)


def test_an_appointment_becomes_a_meeting(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        mine = await office.book(ALICE)
        assert not calendar(mine).is_meeting and calendar(mine).my_response_type is ResponseType.ORGANIZER
        mine = await office.change(ALICE, mine, send=NONE, required_attendees=(attendee(BOB),))
        assert calendar(mine).is_meeting and not calendar(mine).meeting_request_was_sent
        assert await office.contents(BOB, "inbox") == []
        await office.change(ALICE, mine, send=SendInvitations.ONLY_TO_ALL, location="R3")
        assert calendar(await office.only(BOB)).location == "R3"
        assert await office.contents(ALICE, "sentitems") == []

    play(story, tmp_path)


def test_what_is_left_unsaid(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        day = await office.book(ALICE, is_all_day_event=True, start_time_zone=BERLIN, end=NINE + 25 * HOUR)
        properties = calendar(day)
        assert properties.start == datetime(2026, 11, 30, 23, tzinfo=UTC)
        assert properties.end == datetime(2026, 12, 2, 23, tzinfo=UTC)
        assert properties.legacy_free_busy_status is FreeBusy.FREE
        assert properties.end_time_zone == BERLIN
        assert properties.reminder_is_set and properties.reminder_minutes_before_start == 15
        plain = await office.book(ALICE, start=None, end=None)
        assert calendar(plain).start == datetime(2026, 11, 23, 9, tzinfo=UTC)
        assert calendar(plain).end == datetime(2026, 11, 23, 9, 30, tzinfo=UTC)

    play(story, tmp_path)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"end": NINE - HOUR}, "ErrorCalendarEndDateIsEarlierThanStartDate"),
        ({"end": NINE + timedelta(days=2000)}, "ErrorCalendarDurationIsTooLong"),
        ({"start_time_zone": ZoneDefinition(id="Nowhere")}, "ErrorTimeZone"),
        (
            {"recurrence": Recurrence(Daily(), NoEnd(date(2026, 12, 1))), "end": NINE + 25 * HOUR},
            "ErrorOccurrenceTimeSpanTooBig",
        ),
        ({"recurrence": Recurrence(Daily(0), NoEnd(date(2026, 12, 1)))}, "ErrorCalendarOutOfRange"),
    ],
)
def test_items_that_cannot_be(values: dict[str, Any], code: str, tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        with pytest.raises(Failure, match=code):
            await office.book(ALICE, **values)
        assert await office.contents(ALICE, "calendar") == []

    play(story, tmp_path)


def test_calendar_items_stand_in_calendars(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        place = Place(ALICE.msExchMailboxGuid, await office.folder(ALICE, "inbox"))
        draft = Draft(kind=ItemKind.CALENDAR_ITEM, properties=CalendarProperties(start=NINE, end=NINE))
        with pytest.raises(Failure, match="ErrorCannotCreateCalendarItemInNonCalendarFolder"):
            await office.calendar.create(Caller(ALICE, "basic"), draft, place, NONE)

    play(story, tmp_path)


FIVE = Recurrence(Daily(1), Numbered(date(2026, 12, 1), 5))


async def occurrence(office: Office, item: Item, number: int) -> Item:
    ref = ItemRef(item.mailbox, item.id, number)
    return await office.world.store.read(lambda tx: office.items.load(tx, ref))


def test_a_series_and_its_exceptions(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        mine = await office.book(ALICE, recurrence=FIVE, send=NONE)
        properties = calendar(mine)
        assert properties.calendar_item_type is CalendarItemType.RECURRING_MASTER
        assert properties.first_occurrence is not None and properties.first_occurrence.start == NINE
        assert properties.last_occurrence is not None
        assert properties.last_occurrence.start == NINE + timedelta(days=4)
        second = await occurrence(office, mine, 2)
        assert calendar(second).calendar_item_type is CalendarItemType.OCCURRENCE
        assert calendar(second).start == NINE + timedelta(days=1)

        day2 = NINE + timedelta(days=1)
        moved = await office.change(ALICE, mine, NONE, 2, start=day2 + 3 * HOUR, end=day2 + 4 * HOUR, subject="Late")
        assert moved.occurrence == 2 and calendar(moved).calendar_item_type is CalendarItemType.EXCEPTION
        assert calendar(moved).original_start == day2
        mine = await office.only(ALICE)
        assert moved.change_key == mine.change_key
        assert [(one.ordinal, one.start) for one in calendar(mine).modified_occurrences] == [(2, day2 + 3 * HOUR)]
        assert mine.properties.subject == "Plan"

        await office.delete(ALICE, mine, NONE, 3)
        with pytest.raises(Failure, match="ErrorCalendarOccurrenceIsDeletedFromRecurrence"):
            await occurrence(office, mine := await office.only(ALICE), 3)
        with pytest.raises(Failure, match="ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange"):
            await occurrence(office, mine, 6)
        assert [start for start, _ in await office.busy(ALICE, days=9)] == [
            NINE,
            day2 + 3 * HOUR,
            NINE + timedelta(days=3),
            NINE + timedelta(days=4),
        ]
        with pytest.raises(Failure, match="ErrorOccurrenceCrossingBoundary"):
            await office.change(ALICE, mine, NONE, 2, start=NINE, end=NINE + HOUR)

        mine = await office.change(ALICE, mine, NONE, subject="Other")
        assert len(calendar(mine).modified_occurrences) == 1, "what is not the pattern keeps the exceptions"
        assert (await occurrence(office, mine, 2)).properties.subject == "Late"
        assert (await occurrence(office, mine, 1)).properties.subject == "Other"
        mine = await office.change(ALICE, mine, NONE, start=NINE - HOUR, end=NINE)
        assert calendar(mine).modified_occurrences == calendar(mine).deleted_occurrences == ()
        assert [start for start, _ in await office.busy(ALICE, days=9)] == [
            NINE - HOUR + timedelta(days=number) for number in range(5)
        ]
        for number in range(1, 6):
            await office.delete(ALICE, mine, NONE, number)
        assert await office.contents(ALICE, "calendar") == []

    play(story, tmp_path)


def test_a_series_with_people(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        mine = await office.book(ALICE, BOB, recurrence=FIVE, start_time_zone=BERLIN)
        theirs = await office.only(BOB)
        assert calendar(theirs).recurrence == FIVE
        assert [state for _, state in await office.busy(BOB, days=9)] == ["Tentative"] * 5
        await office.respond(BOB, await office.only(BOB, "inbox"), ResponseKind.ACCEPT)
        assert [state for _, state in await office.busy(BOB, days=9)] == ["Busy"] * 5

        day2 = NINE + timedelta(days=1)
        await office.change(ALICE, mine, ALL, 2, start=day2 + HOUR, end=day2 + 2 * HOUR)
        assert await office.busy(BOB, days=9) == [
            (NINE, "Busy"),
            (day2 + HOUR, "Tentative"),
            *[(NINE + timedelta(days=n), "Busy") for n in (2, 3, 4)],
        ]
        request = (await office.contents(BOB, "inbox"))[0]
        assert isinstance(request.properties, MeetingRequestProperties)
        assert request.properties.recurrence_id == day2
        assert request.properties.calendar_item_type is CalendarItemType.EXCEPTION
        await office.respond(BOB, request, ResponseKind.ACCEPT)
        assert (await office.busy(BOB, days=9))[1] == (day2 + HOUR, "Busy")
        exception = await occurrence(office, await office.only(ALICE), 2)
        assert answers(exception) == ["Accept"]

        await office.delete(ALICE, await office.only(ALICE), ALL, 4)
        assert (await office.busy(BOB, days=9))[3] == (NINE + timedelta(days=3), "Free")
        assert not calendar(await office.only(BOB)).is_cancelled
        await office.respond(BOB, await office.only(BOB), ResponseKind.DECLINE, occurrence=5)
        assert len(await office.busy(BOB, days=9)) == 4
        assert answers(await occurrence(office, await office.only(ALICE), 5)) == ["Decline"]

        await office.delete(ALICE, await office.only(ALICE))
        assert {state for _, state in await office.busy(BOB, days=9)} == {"Free"}

    play(story, tmp_path)


def test_who_is_asked_later_gets_the_exceptions(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        mine = await office.book(ALICE, recurrence=FIVE, send=NONE)
        day2 = NINE + timedelta(days=1)
        await office.change(ALICE, mine, NONE, 2, start=day2 + HOUR, end=day2 + 2 * HOUR)
        await office.delete(ALICE, mine, NONE, 3)
        await office.change(ALICE, mine, ALL, required_attendees=(attendee(BOB),))
        assert [one for one, _ in await office.busy(BOB, days=9)] == [
            one for one, _ in await office.busy(ALICE, days=9)
        ]

    play(story, tmp_path)


def test_only_one_occurrence_for_somebody_else(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        mine = await office.book(ALICE, BOB, recurrence=FIVE)
        await office.change(ALICE, mine, CHANGED, 2, required_attendees=(attendee(BOB), attendee(CAROL)))
        assert await office.busy(CAROL, days=9) == [(NINE + timedelta(days=1), "Tentative")]
        await office.respond(CAROL, await office.only(CAROL, "inbox"), ResponseKind.ACCEPT)
        assert answers(await occurrence(office, await office.only(ALICE), 2)) == ["Unknown", "Accept"]
        await office.change(ALICE, mine, ALL, 2, location="R7")
        assert calendar(await office.only(CAROL)).location == "R7"

    play(story, tmp_path)


def test_conflicts(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        mine = await office.book(ALICE, send=NONE)
        await office.change(ALICE, mine, NONE, subject="Newer")
        edits = [Edit(EditAction.SET, "subject", "Older")]
        never = ConflictResolution.NEVER_OVERWRITE
        ref = ItemRef(mine.mailbox, mine.id, change_key=mine.change_key)
        with pytest.raises(Failure, match="ErrorIrresolvableConflict"):
            await office.calendar.update(Caller(ALICE, "basic"), ref, edits, never, NONE)
        with pytest.raises(Failure, match="ErrorAccessDenied"):
            await office.calendar.update(Caller(BOB, "basic"), ref, edits, ALWAYS, NONE)
        assert (await office.only(ALICE)).properties.subject == "Newer"

    play(story, tmp_path)


def test_writes_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        import asyncio

        people = [BOB, CAROL]
        mine = await office.book(ALICE, *people)
        letters = [await office.only(person, "inbox") for person in people]
        await asyncio.gather(
            *[
                office.respond(person, letter, ResponseKind.ACCEPT)
                for person, letter in zip(people, letters, strict=True)
            ],
            *[office.change(ALICE, mine, NONE, location=f"R{n}") for n in range(6)],
            office.change(ALICE, mine, NONE, subject="New"),
        )
        mine = await office.only(ALICE)
        assert answers(mine) == ["Accept", "Accept"]
        assert mine.properties.subject == "New"

    play(story, tmp_path)


def test_what_an_attendee_left_out_stays_out(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        mine = await office.book(ALICE, BOB, recurrence=FIVE)
        await office.delete(BOB, await office.only(BOB), NONE, 2)
        await office.change(ALICE, mine, NONE, 3, subject="Other")
        await office.delete(ALICE, await office.only(ALICE), NONE, 4)
        await office.change(ALICE, await office.only(ALICE), ALL, location="R2")
        theirs = await office.only(BOB)
        assert [one.ordinal for one in calendar(theirs).deleted_occurrences] == [2, 4]
        assert len(await office.busy(BOB, days=9)) == 3
        assert len(await office.busy(ALICE, days=9)) == 4

    play(story, tmp_path)


def test_a_deleted_meeting_is_not_sent_again(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        mine = await office.book(ALICE, BOB)
        await office.delete(ALICE, mine, NONE)
        gone = await office.only(ALICE, "deleteditems")
        with pytest.raises(Failure, match="ErrorCalendarCannotUpdateDeletedItem"):
            await office.change(ALICE, gone, ALL, location="R2")
        await office.change(ALICE, gone, NONE, location="R2")

    play(story, tmp_path)


def test_an_occurrence_may_take_the_place_of_one_that_is_gone(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        mine = await office.book(ALICE, recurrence=FIVE, send=NONE)
        await office.delete(ALICE, mine, NONE, 3)
        day3 = NINE + timedelta(days=2)
        mine = await office.only(ALICE)
        await office.change(ALICE, mine, NONE, 4, start=day3, end=day3 + HOUR)
        with pytest.raises(Failure, match="ErrorOccurrenceCrossingBoundary"):
            await office.change(ALICE, mine, NONE, 4, start=NINE + timedelta(days=1), end=day3)
        assert (await office.busy(ALICE, days=9))[2] == (day3, "Busy")

    play(story, tmp_path)


def test_a_request_that_comes_back_to_its_organizer_changes_nothing(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        mine = await office.book(ALICE, ALICE, BOB)
        assert len(await office.contents(ALICE, "calendar")) == 1
        letter = (await office.only(BOB, "inbox")).properties
        draft = Draft(kind=ItemKind.MEETING_REQUEST, properties=letter)
        await office.world.exchange.delivery.receive([ALICE], draft)
        assert (await office.only(ALICE)).properties == mine.properties
        assert (await office.only(ALICE, "inbox")).kind is ItemKind.MEETING_REQUEST

    play(story, tmp_path)


def test_what_came_before_is_out_of_date(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        mine = await office.book(ALICE, BOB)
        await office.change(ALICE, mine, location="R2")
        await office.delete(ALICE, await office.only(ALICE))
        said = []
        for letter in await office.contents(BOB, "inbox"):
            assert isinstance(letter.properties, MeetingRequestProperties | MeetingCancellationProperties)
            said.append((letter.properties.appointment_sequence_number, letter.properties.is_out_of_date))
        assert sorted(said) == [(0, True), (1, True), (2, False)]
        sent = await office.contents(ALICE, "sentitems")
        assert not any(
            one.properties.is_out_of_date for one in sent if isinstance(one.properties, MeetingRequestProperties)
        )

    play(story, tmp_path)
