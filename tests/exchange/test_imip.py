"""Meetings with people outside: what leaves, what comes, and what it does to calendars."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest

from samband.exchange.actions.settings import ExchangeSettings, OutboundSettings
from samband.exchange.smtp.composing import composed
from samband.exchange.smtp.door import SmtpDoor
from samband.model.item_requests import ResponseKind
from samband.model.item_values import Attendee, EmailAddress, FreeBusy, ResponseType
from samband.model.items import (
    CalendarProperties,
    ItemKind,
    MeetingCancellationProperties,
    MeetingRequestProperties,
)
from samband.model.outbound import Fate, Result
from samband.wire.smtp import Addressed, Envelope
from tests.exchange.office import BERLIN, HOUR, NINE, Office
from tests.exchange.world import ALICE, BOB, World, run
from tests.mail_sink import Got

ON = ExchangeSettings(time_zone="Europe/Berlin", outbound=OutboundSettings(enabled=True))
ZED = EmailAddress("Zed", "zed@example.org")


def play(story: Any, folder: Path) -> None:
    async def inner(world: World) -> None:
        await story(Office(world))

    run(inner, folder, ON)


async def left(office: Office) -> list[tuple[list[str], Any, icalendar.Calendar]]:
    """What is in the queue, taken out of it: recipients, message, and its calendar as icalendar reads it."""
    found = []
    outbound = office.world.exchange.outbound
    while (taken := await outbound.take(None, "test")) is not None:
        queued, content = taken
        message = Got(queued.sender, (), composed(content), False, 0).message
        await outbound.settle(queued, [Result(one, Fate.HANDED_ON, "250 ok") for one in queued.recipients], None)
        (part,) = [one for one in message.walk() if one.get_content_type() == "text/calendar"]
        calendar = icalendar.Calendar.from_ical(part.get_content())
        assert part.get_param("method") == str(calendar["METHOD"])
        found.append(([one.address for one in queued.recipients], message, calendar))
    return found


def event(*lines: str, method: str, uid: str = "u1@example.org") -> str:
    return "\r\n".join(
        [
            *(
                "BEGIN:VCALENDAR",
                "PRODID:-//Google Inc//Google Calendar 70.9054//EN",
                "VERSION:2.0",
                f"METHOD:{method}",
            ),
            *("BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20261101T080000Z", *lines, "END:VEVENT", "END:VCALENDAR", ""),
        ]
    )


async def come(office: Office, calendar: str, method: str, who: str = "alice@contoso.test") -> None:
    """A message with a calendar, by the SMTP door, as Google Calendar builds it."""
    content = (
        f"From: Zed <zed@example.org>\r\nTo: {who}\r\nSubject: Invitation: Plans @ Tue\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="m"\r\n\r\n--m\r\n'
        'Content-Type: multipart/alternative; boundary="a"\r\n\r\n'
        "--a\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nYou are invited.\r\n"
        f"--a\r\nContent-Type: text/calendar; charset=utf-8; method={method}\r\n\r\n{calendar}\r\n--a--\r\n"
        f'--m\r\nContent-Type: application/ics; name="invite.ics"\r\n\r\n{calendar}\r\n--m--\r\n'
    )
    door = SmtpDoor(office.world.exchange, "mail.contoso.test", 1 << 20)
    envelope = Envelope("192.0.2.7", "mx", "zed@example.org", (Addressed(who),))
    assert (await door.message(envelope, content.encode())).startswith("250")


INVITATION = (
    "ORGANIZER;CN=Zed:mailto:zed@example.org",
    "ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN=Alice:mailto:alice@contoso.test",
    "ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN=Zed:mailto:zed@example.org",
    "SUMMARY:Plans",
    "LOCATION:Room\\, left",
    "SEQUENCE:{}",
)


def invitation(sequence: int, *times: str) -> str:
    return event(*(line.format(sequence) for line in INVITATION), *times, method="REQUEST")


TUESDAY = ("DTSTART:20261201T090000Z", "DTEND:20261201T100000Z")


def test_an_invitation_comes_is_answered_changed_and_called_off(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        await come(office, invitation(0, *TUESDAY), "REQUEST")
        request = await office.only(ALICE, "inbox")
        assert (request.kind, request.item_class) == (ItemKind.MEETING_REQUEST, "IPM.Schedule.Meeting.Request")
        assert isinstance(request.properties, MeetingRequestProperties)
        assert (request.properties.subject, request.properties.organizer) == ("Plans", ZED)
        entry = (await office.only(ALICE)).properties
        assert isinstance(entry, CalendarProperties)
        assert (entry.start, entry.end, entry.location) == (NINE, NINE + HOUR, "Room, left")
        assert (entry.legacy_free_busy_status, entry.is_meeting) == (FreeBusy.TENTATIVE, True)
        await office.respond(ALICE, request, ResponseKind.ACCEPT)
        ((people, message, calendar),) = await left(office)
        assert (people, calendar["METHOD"], message["Subject"]) == (["zed@example.org"], "REPLY", "Accepted: Plans")
        (said,) = calendar.events
        assert (said["UID"], said["SEQUENCE"]) == ("u1@example.org", 0)
        assert (said["ATTENDEE"], said["ATTENDEE"].params["PARTSTAT"]) == ("mailto:alice@contoso.test", "ACCEPTED")
        await come(office, invitation(1, "DTSTART:20261201T110000Z", "DURATION:PT2H"), "REQUEST")
        entry = (await office.only(ALICE)).properties
        assert isinstance(entry, CalendarProperties)
        assert (entry.start, entry.end) == (NINE + 2 * HOUR, NINE + 4 * HOUR)
        assert entry.my_response_type is ResponseType.NO_RESPONSE_RECEIVED, "another time must be answered anew"
        await come(
            office, event(*INVITATION[:2], *TUESDAY, "SEQUENCE:2", "STATUS:CANCELLED", method="CANCEL"), "CANCEL"
        )
        entry = (await office.only(ALICE)).properties
        assert isinstance(entry, CalendarProperties) and entry.is_cancelled
        kinds = sorted(type(one.properties).__name__ for one in await office.contents(ALICE, "inbox"))
        assert kinds == [MeetingCancellationProperties.__name__, MeetingRequestProperties.__name__]

    play(story, tmp_path)


def test_another_time_is_proposed(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        await come(office, invitation(0, *TUESDAY), "REQUEST")
        request = await office.only(ALICE, "inbox")
        proposed = {"proposed_start": NINE + HOUR, "proposed_end": NINE + 2 * HOUR}
        await office.respond(ALICE, request, ResponseKind.TENTATIVE, **proposed)
        ((_, _, calendar),) = await left(office)
        (said,) = calendar.events
        assert (calendar["METHOD"], said.start, said.end) == ("COUNTER", NINE + HOUR, NINE + 2 * HOUR)

    play(story, tmp_path)


def test_people_outside_are_asked_and_answer(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        await office.book(ALICE, BOB, optional_attendees=(Attendee(ZED),), start_time_zone=BERLIN)
        ((people, message, calendar),) = await left(office)
        assert (people, calendar["METHOD"]) == (["zed@example.org"], "REQUEST")
        assert message["From"] == "Alice <alice@contoso.test>"
        (said,) = calendar.events
        assert (said.start, said.end, said["SEQUENCE"]) == (NINE, NINE + HOUR, 0)
        assert sorted(said["ATTENDEE"]) == ["mailto:bob@contoso.test", "mailto:zed@example.org"]
        uid = str(said["UID"])
        assert len(await office.contents(BOB, "inbox")) == 1
        reply = (
            "ORGANIZER:mailto:alice@contoso.test",
            "ATTENDEE;PARTSTAT={};CN=Zed:MAILTO:Zed@Example.org",
            "SEQUENCE:0",
            "SUMMARY:Accepted",
        )
        await come(
            office, event(*(one.format("ACCEPTED") for one in reply), *TUESDAY, method="REPLY", uid=uid), "REPLY"
        )
        assert await status(office) == (ResponseType.ACCEPT, None)
        later = ("DTSTART:20261201T130000Z", "DTEND:20261201T140000Z")
        counter = event(*(one.format("TENTATIVE") for one in reply), *later, method="COUNTER", uid=uid)
        await come(office, counter, "COUNTER")
        assert await status(office) == (ResponseType.TENTATIVE, NINE + 4 * HOUR)
        classes = sorted(one.item_class for one in await office.contents(ALICE, "inbox"))
        assert classes == ["IPM.Schedule.Meeting.Resp.Pos", "IPM.Schedule.Meeting.Resp.Tent"]

    play(story, tmp_path)


async def status(office: Office) -> tuple[ResponseType, datetime | None]:
    found = (await office.only(ALICE)).properties
    assert isinstance(found, CalendarProperties)
    (zed,) = found.optional_attendees
    return zed.response_type, zed.proposed_start


SERIES = (
    "DTSTART;TZID=Mine:20270301T090000",
    "DTEND;TZID=Mine:20270301T100000",
    "RRULE:FREQ=WEEKLY;COUNT=8",
    "EXDATE;TZID=Mine:20270308T090000",
)
MINE = (
    "BEGIN:VTIMEZONE\r\nTZID:Mine\r\n"
    "BEGIN:STANDARD\r\nDTSTART:20001029T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n"
    "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\n"
    "BEGIN:DAYLIGHT\r\nDTSTART:20000326T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n"
    "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n"
)


def test_a_series_in_a_zone_of_its_own_stands_right_across_the_change(tmp_path: Path) -> None:
    """The clock goes forward between the fourth and the fifth Monday; the third is moved."""

    async def story(office: Office) -> None:
        text = invitation(0, *SERIES).replace("BEGIN:VEVENT", MINE + "BEGIN:VEVENT", 1)
        moved = event(
            *(line.format(0) for line in INVITATION),
            "RECURRENCE-ID;TZID=Mine:20270315T090000",
            "DTSTART;TZID=Mine:20270315T140000",
            "DTEND;TZID=Mine:20270315T150000",
            method="REQUEST",
        )
        override = moved[moved.index("BEGIN:VEVENT") : moved.index("END:VCALENDAR")]
        await come(office, text.replace("END:VCALENDAR", override + "END:VCALENDAR"), "REQUEST")
        view = await office.busy(ALICE, datetime(2027, 2, 1, tzinfo=UTC), 120)
        assert [f"{start:%m-%d %H}" for start, _ in view] == [
            *("03-01 08", "03-15 13", "03-22 08", "03-29 07", "04-05 07", "04-12 07", "04-19 07"),
        ]
        whole = await office.contents(ALICE, "inbox")
        assert [one.name for one in whole[0].attachments if one.name.endswith(".ics")] == ["invite.ics"]

    play(story, tmp_path)


@pytest.mark.parametrize(
    ("times", "starts"),
    [
        (
            ("DTSTART:20261201T090000Z", "DTEND:20261201T100000Z", "RDATE:20261203T090000Z,20261208T090000Z"),
            ["01 09", "03 09", "08 09"],
        ),
        (
            (
                *("DTSTART:20261201T090000Z", "DTEND:20261201T100000Z", "RRULE:FREQ=WEEKLY;COUNT=2"),
                *("RDATE:20261203T090000Z", "EXDATE:20261208T090000Z"),
            ),
            ["01 09", "03 09"],
        ),
        (("DTSTART;VALUE=DATE:20261201", "RDATE;VALUE=DATE:20261204"), ["30 23", "03 23"]),
        (("DTSTART;VALUE=DATE:20261201", "RRULE:FREQ=DAILY;COUNT=3"), ["30 23", "01 23", "02 23"]),
        (
            # The evening of the 3rd in Los Angeles is the 4th in UTC; Google ends a series with the day's last second.
            (
                *("DTSTART;TZID=America/Los_Angeles:20261201T190000", "DTEND;TZID=America/Los_Angeles:20261201T200000"),
                "RRULE:FREQ=DAILY;UNTIL=20261204T075959Z",
            ),
            ["02 03", "03 03", "04 03"],
        ),
        (
            (
                *("DTSTART;TZID=Europe/Berlin:20261201T003000", "DTEND;TZID=Europe/Berlin:20261201T010000"),
                "RRULE:FREQ=DAILY;UNTIL=20261202T233000Z",
            ),
            ["30 23", "01 23", "02 23"],
        ),
    ],
)
def test_dates_of_a_series(times: tuple[str, ...], starts: list[str], tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        await come(office, invitation(0, *times), "REQUEST")
        view = await office.busy(ALICE, datetime(2026, 11, 29, tzinfo=UTC), 20)
        assert [f"{start:%d %H}" for start, _ in view] == starts

    play(story, tmp_path)


def test_people_outside_hear_of_changes_and_that_it_is_off(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        made = await office.book(ALICE, optional_attendees=(Attendee(ZED),), start_time_zone=BERLIN)
        await left(office)
        made = await office.change(ALICE, made, start=NINE + HOUR, end=NINE + 2 * HOUR)
        ((people, _, calendar),) = await left(office)
        (said,) = calendar.events
        assert (people, calendar["METHOD"], said["SEQUENCE"]) == ([ZED.address], "REQUEST", 1)
        assert said.start == NINE + HOUR
        await office.delete(ALICE, made)
        ((people, message, calendar),) = await left(office)
        (said,) = calendar.events
        assert (people, calendar["METHOD"], said["STATUS"]) == ([ZED.address], "CANCEL", "CANCELLED")
        assert message["Subject"] == "Canceled: Plan" and said["SEQUENCE"] >= 2

    play(story, tmp_path)


def test_one_occurrence_is_moved_and_another_called_off(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        whole = ("DTSTART:20261201T090000Z", "DTEND:20261201T100000Z", "RRULE:FREQ=DAILY;COUNT=4")
        await come(office, invitation(0, *whole), "REQUEST")
        second = ("RECURRENCE-ID:20261202T090000Z", "DTSTART:20261202T150000Z", "DTEND:20261202T160000Z")
        await come(office, invitation(1, *second), "REQUEST")
        third = ("RECURRENCE-ID:20261203T090000Z", "DTSTART:20261203T090000Z", "DTEND:20261203T100000Z")
        await come(office, event(*INVITATION[:2], *third, "SEQUENCE:1", method="CANCEL"), "CANCEL")
        view = await office.busy(ALICE, NINE, 4)
        assert [(f"{start:%d %H}", busy) for start, busy in view] == [
            *(("01 09", "Tentative"), ("02 15", "Tentative"), ("03 09", "Free"), ("04 09", "Tentative")),
        ]

    play(story, tmp_path)


def test_what_a_calendar_cannot_hold_is_delivered_all_the_same(tmp_path: Path) -> None:
    """An occurrence moved beyond the next one."""

    async def story(office: Office) -> None:
        whole = ("DTSTART:20261201T090000Z", "DTEND:20261201T100000Z", "RRULE:FREQ=DAILY;COUNT=4")
        await come(office, invitation(0, *whole), "REQUEST")
        second = ("RECURRENCE-ID:20261202T090000Z", "DTSTART:20261204T150000Z", "DTEND:20261204T160000Z")
        await come(office, invitation(1, *second), "REQUEST")
        assert len(await office.contents(ALICE, "inbox")) == 2
        assert [f"{start:%d %H}" for start, _ in await office.busy(ALICE, NINE, 4)] == [
            "01 09",
            "02 09",
            "03 09",
            "04 09",
        ]

    play(story, tmp_path)


@pytest.mark.parametrize(
    ("times", "start", "hours"),
    [
        (("DTSTART;VALUE=DATE:20261224",), datetime(2026, 12, 23, 23, tzinfo=UTC), 24),
        (("DTSTART:20260701T090000", "DTEND:20260701T100000"), datetime(2026, 7, 1, 7, tzinfo=UTC), 1),
        (("DTSTART;TZID=Europe/London:20260701T090000", "DURATION:PT1H"), datetime(2026, 7, 1, 8, tzinfo=UTC), 1),
        (
            ("DTSTART;TZID=Pacific Standard Time:20260701T090000", "DURATION:PT1H"),
            datetime(2026, 7, 1, 16, tzinfo=UTC),
            1,
        ),
    ],
)
def test_all_day_floating_and_named_times(times: tuple[str, ...], start: datetime, hours: int, tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        await come(office, invitation(0, *times), "REQUEST")
        entry = (await office.only(ALICE)).properties
        assert isinstance(entry, CalendarProperties)
        assert (entry.start, entry.end) == (start, start + timedelta(hours=hours))
        assert entry.is_all_day_event is (hours == 24)

    play(story, tmp_path)


@pytest.mark.parametrize(
    "calendar",
    [
        "nonsense",
        event(*TUESDAY, "SUMMARY:x", method="PUBLISH"),
        event(*TUESDAY, "ATTENDEE;PARTSTAT=DELEGATED:mailto:zed@example.org", method="REPLY"),
        event("DTSTART:20261201T090000Z", "DTEND:20261130T090000Z", method="REQUEST"),
        event("SUMMARY:no start", method="REQUEST"),
        event(*TUESDAY, "RRULE:FREQ=SECONDLY", method="REQUEST"),
    ],
)
def test_what_is_no_meeting_message_stays_a_message_with_its_calendar(calendar: str, tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        await come(office, calendar, calendar.partition("METHOD:")[2].partition("\r")[0] or "REQUEST")
        came = await office.only(ALICE, "inbox")
        assert came.kind is ItemKind.MESSAGE
        assert "calendar.ics" in [one.name for one in came.attachments]
        assert await office.contents(ALICE, "calendar") == []

    play(story, tmp_path)
