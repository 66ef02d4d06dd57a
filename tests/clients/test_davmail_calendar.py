"""DavMail's CalDAV against a demo: meetings both ways, series with exceptions, free/busy."""

from __future__ import annotations

import re
import uuid

import pytest
from exchangelib import UTC, Account, CalendarItem, EWSDateTime
from exchangelib.items import MeetingCancellation, MeetingResponse

from tests.clients.davmail import Gateway, missing_packages
from tests.clients.running_demo import Demo
from tests.clients.test_exchangelib import account_of, arrived
from tests.clients.waiting import until

pytestmark = pytest.mark.skipif(bool(missing_packages()), reason=missing_packages())

EVENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Samband//Test//EN
BEGIN:VEVENT
UID:{uid}
DTSTAMP:20270101T000000Z
DTSTART:20270301T{start}0000Z
DTEND:20270301T{end}0000Z
SUMMARY:{subject}
{more}END:VEVENT
END:VCALENDAR
"""
WITH_BOB = """ORGANIZER:mailto:alice@contoso.test
ATTENDEE;CN=Bob;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:bob@contoso.test
"""
BUSY = """BEGIN:VCALENDAR
VERSION:2.0
METHOD:REQUEST
BEGIN:VFREEBUSY
UID:x
DTSTAMP:20270101T000000Z
DTSTART:20270303T000000Z
DTEND:20270304T000000Z
ORGANIZER:mailto:alice@contoso.test
ATTENDEE:mailto:bob@contoso.test
END:VFREEBUSY
END:VCALENDAR
"""
ALL = '<D:propfind xmlns:D="DAV:"><D:prop><D:getetag/></D:prop></D:propfind>'


def put(gateway: Gateway, demo: Demo, who: str, path: str, text: str) -> None:
    text = text.replace("\r\n", "\n").replace("\n", "\r\n")
    status, answer = gateway.ask(demo, who, "PUT", path, text, Content_Type="text/calendar")
    assert status in (200, 201, 204), answer


def made(gateway: Gateway, demo: Demo, subject: str, more: str) -> str:
    """Alice makes an event at 9; its path."""
    uid = uuid.uuid4()
    path = f"/users/alice@contoso.test/calendar/{uid}.ics"
    put(gateway, demo, "alice", path, EVENT.format(uid=uid, subject=subject, start="09", end="10", more=more))
    return path


def shown(gateway: Gateway, demo: Demo, who: str, subject: str) -> tuple[str, str] | None:
    """An event as a client that synchronises a calendar comes by it: its path and its text, unfolded."""
    folder = f"/users/{who}@contoso.test/calendar/"
    status, listed = gateway.ask(demo, who, "PROPFIND", folder, ALL, Depth="1", Content_Type="text/xml")
    assert status == 207, listed
    for path in re.findall(r"<D:href>([^<]+\.(?:EML|ics))</D:href>", listed):
        status, text = gateway.ask(demo, who, "GET", path)
        assert status == 200, text
        if subject in text:
            return path, re.sub(r"\r?\n[ \t]", "", text)
    return None


def times(account: Account, subject: str) -> list[tuple[int, int]]:
    view = account.calendar.view(EWSDateTime(2027, 2, 28, tzinfo=UTC), EWSDateTime(2027, 4, 30, tzinfo=UTC))
    return sorted((found.start.day, found.start.hour) for found in view if found.subject == subject)


def test_a_meeting_is_answered_changed_and_cancelled(gateway: Gateway, demo: Demo) -> None:
    subject = f"Review {uuid.uuid4()}"
    path = made(gateway, demo, subject, WITH_BOB)
    attendee = gateway.mailbox(demo, "bob")
    attendee.select("INBOX")
    assert until(lambda: attendee.uid("SEARCH", "HEADER", "SUBJECT", f'"{subject}"')[1][0], "the invitation")
    attendee.logout()

    theirs, text = until(lambda: shown(gateway, demo, "bob", subject), "the meeting in Bob's calendar")
    assert "PARTSTAT=NEEDS-ACTION" in text and "mailto:alice@contoso.test" in text
    put(gateway, demo, "bob", theirs, text.replace("PARTSTAT=NEEDS-ACTION", "PARTSTAT=ACCEPTED"))
    alice, bob = account_of(demo, "alice"), account_of(demo, "bob")
    assert isinstance(arrived(alice, f"Accepted: {subject}"), MeetingResponse)
    mine, text = until(lambda: shown(gateway, demo, "alice", subject), "the meeting")
    assert "PARTSTAT=ACCEPTED" in text

    put(gateway, demo, "alice", mine, text.replace("T090000Z", "T120000Z").replace("T100000Z", "T130000Z"))
    assert until(lambda: times(bob, subject) == [(1, 12)], "the new time in Bob's calendar")
    assert gateway.ask(demo, "alice", "DELETE", mine)[0] in (200, 204)
    assert gateway.ask(demo, "alice", "GET", path)[0] == 404

    def cancelled() -> bool:
        return any(isinstance(one, MeetingCancellation) and subject in one.subject for one in bob.inbox.all())

    until(cancelled, "the cancellation")


def test_a_series_with_exceptions(gateway: Gateway, demo: Demo) -> None:
    subject = f"Series {uuid.uuid4()}"
    rule = "RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO\nEXDATE:20270315T090000Z\n"
    made(gateway, demo, subject, rule)
    alice = account_of(demo, "alice")
    assert times(alice, subject) == [(1, 9), (8, 9), (22, 9)]
    view = alice.calendar.view(EWSDateTime(2027, 3, 8, tzinfo=UTC), EWSDateTime(2027, 3, 9, tzinfo=UTC))
    second = next(found for found in view if found.subject == subject)
    second.start, second.end = EWSDateTime(2027, 3, 8, 14, tzinfo=UTC), EWSDateTime(2027, 3, 8, 15, tzinfo=UTC)
    second.save(update_fields=["start", "end"])
    path, text = until(lambda: shown(gateway, demo, "alice", subject), "the series")
    assert "COUNT=4" in text and "EXDATE:20270315T090000Z" in text
    assert "RECURRENCE-ID:20270308T090000Z" in text and "DTSTART:20270308T140000Z" in text
    assert gateway.ask(demo, "alice", "DELETE", path)[0] in (200, 204)
    assert times(alice, subject) == []


def test_free_busy_of_somebody_else(gateway: Gateway, demo: Demo) -> None:
    bob = account_of(demo, "bob")
    start, end = EWSDateTime(2027, 3, 3, 9, tzinfo=UTC), EWSDateTime(2027, 3, 3, 10, tzinfo=UTC)
    CalendarItem(account=bob, folder=bob.calendar, subject="Busy", start=start, end=end).save()
    outbox, text = "/users/alice@contoso.test/outbox/", BUSY.replace("\n", "\r\n")
    status, answer = gateway.ask(demo, "alice", "POST", outbox, text, Content_Type="text/calendar")
    assert status == 200 and "2.0;Success" in answer
    assert "20270303T090000Z/20270303T100000Z" in answer
