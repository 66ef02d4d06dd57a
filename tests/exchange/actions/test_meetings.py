"""Calendars of several people who invite each other: what each holds after every step."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from samband.model.failures import Failure
from samband.model.item_requests import (
    Disposition,
    Draft,
    ResponseKind,
    SendInvitations,
)
from samband.model.item_values import (
    Body,
    BodyKind,
    CalendarItemType,
    EmailAddress,
    MeetingRequestType,
    ResponseType,
)
from samband.model.items import (
    ItemKind,
    MeetingCancellationProperties,
    MeetingRequestProperties,
    MeetingResponseProperties,
)
from tests.exchange.office import (
    ALL,
    BERLIN,
    CHANGED,
    FIVE,
    HOUR,
    NINE,
    NONE,
    Office,
    answers,
    attendee,
    calendar,
    occurrence,
    play,
)
from tests.exchange.world import ALICE, BOB, CAROL


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
