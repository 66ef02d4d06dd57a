"""exchangelib and calendars: all-day events, series and their occurrences, answers, time zones, names."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterator
from typing import Any

import exchangelib
import pytest
from exchangelib import UTC, Account, CalendarItem, EWSDate, EWSDateTime, EWSTimeZone
from exchangelib.errors import ErrorCalendarOccurrenceIsDeletedFromRecurrence, ErrorNameResolutionNoResults
from exchangelib.items import SEND_TO_ALL_AND_SAVE_COPY
from exchangelib.protocol import BaseProtocol
from exchangelib.recurrence import (
    AbsoluteYearlyPattern,
    DailyPattern,
    Recurrence,
    RelativeMonthlyPattern,
    WeeklyPattern,
)

from tests.clients.running_demo import Demo
from tests.clients.test_exchangelib import account_of, arrived, named

HOUR = datetime.timedelta(hours=1)
COPENHAGEN = EWSTimeZone("Europe/Copenhagen")


@pytest.fixture(autouse=True)
def _bounded() -> Iterator[None]:
    before = BaseProtocol.TIMEOUT
    BaseProtocol.TIMEOUT = 20
    yield
    BaseProtocol.TIMEOUT = before


def book(account: Account, subject: str, start: Any, **more: Any) -> CalendarItem:
    values = {"end": start + HOUR, **more}
    item = CalendarItem(account=account, folder=account.calendar, subject=subject, start=start, **values)
    return item.save(send_meeting_invitations=SEND_TO_ALL_AND_SAVE_COPY)


def test_all_day_events_keep_their_days(named_demo: Demo) -> None:
    carol = account_of(named_demo, "carol")
    carol.default_timezone = COPENHAGEN
    subject = f"Trip {uuid.uuid4()}"
    first, last = EWSDate(2027, 3, 27), EWSDate(2027, 3, 29)
    book(carol, subject, first, end=last, is_all_day=True, legacy_free_busy_status="OOF")
    found = carol.calendar.get(subject=subject)
    assert (found.start, found.end, found.is_all_day) == (first, last, True)
    assert found.legacy_free_busy_status == "OOF"


@pytest.mark.parametrize(
    "pattern",
    [
        DailyPattern(interval=3),
        WeeklyPattern(interval=2, weekdays=[1, 5], first_day_of_week=1),
        RelativeMonthlyPattern(interval=1, weekday=3, week_number=2),
        AbsoluteYearlyPattern(day_of_month=24, month=12),
    ],
    ids=lambda pattern: type(pattern).__name__,
)
def test_series_come_back_as_they_were_made(named_demo: Demo, pattern: Any) -> None:
    dave = account_of(named_demo, "dave")
    subject = f"Series {uuid.uuid4()}"
    start = EWSDateTime(2027, 3, 1, 9, tzinfo=COPENHAGEN)
    book(dave, subject, start, recurrence=Recurrence(pattern=pattern, start=start.date(), number=4))
    found = dave.calendar.get(subject=subject)
    assert found.recurrence.pattern == pattern
    assert found.recurrence.boundary.number == 4
    assert found.type == "RecurringMaster" and found.first_occurrence.start == found.start


def test_occurrences_are_changed_and_deleted(named_demo: Demo) -> None:
    dave = account_of(named_demo, "dave")
    subject = f"Standup {uuid.uuid4()}"
    start = EWSDateTime(2027, 3, 26, 9, tzinfo=COPENHAGEN)
    series = book(
        dave, subject, start, recurrence=Recurrence(pattern=DailyPattern(interval=1), start=start.date(), number=6)
    )
    third = series.occurrence(index=3)
    third.refresh()
    assert third.start == EWSDateTime(2027, 3, 28, 9, tzinfo=COPENHAGEN), "after the clock change"
    third.subject = f"{subject} moved"
    third.start += 2 * HOUR
    third.end += 2 * HOUR
    third.save()
    fourth = series.occurrence(index=4)
    fourth.refresh()
    fourth.delete()
    with pytest.raises(ErrorCalendarOccurrenceIsDeletedFromRecurrence):
        series.occurrence(index=4).refresh()
    master = third.recurring_master()
    master.refresh()
    assert [one.original_start for one in master.modified_occurrences] == [third.start - 2 * HOUR]
    assert [one.start for one in master.deleted_occurrences] == [EWSDateTime(2027, 3, 29, 9, tzinfo=COPENHAGEN)]
    seen = dave.calendar.view(start=start, end=start + datetime.timedelta(days=9))
    ours = sorted((one for one in seen if one.subject.startswith(subject)), key=lambda one: one.start)
    assert [one.start.astimezone(COPENHAGEN).hour for one in ours] == [9, 9, 11, 9, 9]
    assert [one.type for one in ours] == ["Occurrence", "Occurrence", "Exception", "Occurrence", "Occurrence"]
    assert [one.subject for one in dave.calendar.filter(subject__startswith=subject)] == [subject]
    master.delete()
    assert not dave.calendar.filter(subject__startswith=subject).exists()


def test_an_invitation_moved_declined_and_called_off(named_demo: Demo) -> None:
    carol, dave = account_of(named_demo, "carol"), account_of(named_demo, "dave")
    subject = f"Talk {uuid.uuid4()}"
    start = EWSDateTime(2027, 6, 1, 9, tzinfo=UTC)
    meeting = book(carol, subject, start, required_attendees=["dave@contoso.test"], location="R1")
    arrived(dave, subject).tentatively_accept(body="Perhaps")
    meeting.refresh()
    assert [one.response_type for one in meeting.required_attendees] == ["Tentative"]
    meeting.start, meeting.end = start + HOUR, start + 2 * HOUR
    meeting.save(update_fields=["start", "end"], send_meeting_invitations=exchangelib.items.SEND_TO_ALL_AND_SAVE_COPY)
    theirs = named(dave.calendar.all(), subject)
    assert theirs.start == start + HOUR and theirs.my_response_type == "NoResponseReceived"
    theirs.decline(body="No")
    assert named(dave.calendar.all(), subject) is None
    meeting.refresh()
    assert [one.response_type for one in meeting.required_attendees] == ["Decline"]
    meeting.cancel(body="Never mind")
    assert named(carol.calendar.all(), subject) is None


def test_time_zones_and_names(named_demo: Demo) -> None:
    carol = account_of(named_demo, "carol")
    zones = list(carol.protocol.get_timezones(return_full_timezone_data=True))
    assert 100 <= len(zones) <= 160
    for zone in zones:
        zone.get_std_and_dst(for_year=2027)
    found = carol.protocol.resolve_names(["dave"], return_full_contact_data=True)
    assert [mailbox.email_address for mailbox, _ in found] == ["dave@contoso.test"]
    none = carol.protocol.resolve_names(["nobody-at-all"])
    assert [type(one) for one in none] == [ErrorNameResolutionNoResults]
