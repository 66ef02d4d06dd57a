"""exchangelib and rooms: they are found in their list, booked, and answer by themselves."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterator

import pytest
from exchangelib import UTC, Account, CalendarItem, EWSDateTime
from exchangelib.errors import ErrorNameResolutionNoResults
from exchangelib.items import SEND_TO_ALL_AND_SAVE_COPY, MeetingResponse
from exchangelib.protocol import BaseProtocol
from exchangelib.recurrence import DailyPattern, Recurrence

from tests.clients.running_demo import Demo
from tests.clients.test_exchangelib import account_of, arrived

HOUR = datetime.timedelta(hours=1)
WEEK = datetime.timedelta(days=7)


@pytest.fixture(autouse=True)
def _bounded() -> Iterator[None]:
    before = BaseProtocol.TIMEOUT
    BaseProtocol.TIMEOUT = 20
    yield
    BaseProtocol.TIMEOUT = before


def _book(account: Account, subject: str, room: str, start: EWSDateTime, **more: object) -> CalendarItem:
    item = CalendarItem(
        account=account, folder=account.calendar, subject=subject, start=start, end=start + HOUR, resources=[room],
        **more,
    )  # fmt: skip
    return item.save(send_meeting_invitations=SEND_TO_ALL_AND_SAVE_COPY)


def test_a_room_is_found_booked_refused_and_freed(named_demo: Demo) -> None:
    alice, bob = account_of(named_demo, "alice"), account_of(named_demo, "bob")
    [rooms] = alice.protocol.get_roomlists()
    assert rooms.name == "Headquarters"
    room = next(one for one in alice.protocol.get_rooms(rooms.email_address) if one.name == "Room 1")
    with pytest.raises(ErrorNameResolutionNoResults):
        list(alice.protocol.get_rooms("nowhere@contoso.test"))

    start = EWSDateTime.now(UTC).replace(hour=7, minute=0, second=0, microsecond=0) + WEEK
    first, second = (f"Room {uuid.uuid4()}" for _ in range(2))
    mine = _book(alice, first, room.email_address, start)
    yes = arrived(alice, f"Accepted: {first}")
    assert isinstance(yes, MeetingResponse) and yes.response_type == "Accept"
    assert yes.author.email_address == room.email_address
    mine.refresh()
    assert [one.response_type for one in mine.resources] == ["Accept"]

    series = Recurrence(pattern=DailyPattern(interval=1), start=start.date(), number=3)
    _book(bob, second, room.email_address, start, recurrence=series)
    no = arrived(bob, f"Declined: {second}")
    assert "Alice Anderson: " in no.text_body

    mine.delete(send_meeting_cancellations=SEND_TO_ALL_AND_SAVE_COPY)
    third = f"Room {uuid.uuid4()}"
    _book(bob, third, room.email_address, start)
    assert arrived(bob, f"Accepted: {third}").response_type == "Accept"
