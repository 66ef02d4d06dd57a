"""The calendar in the web client: what stands in a stretch of it, new appointments, online meetings."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import msgspec

from samband.exchange.owa.call import Call, Handlers, Number, answer, done
from samband.exchange.owa.writing import recipients
from samband.model.failures import Failure
from samband.model.folders import Place
from samband.model.item_requests import DeleteType, Draft, ItemRef, SendInvitations
from samband.model.item_values import Attendee, Body, BodyKind
from samband.model.items import CalendarProperties, Item, ItemKind
from samband.model.online_meetings import NoOnlineMeeting
from samband.wire.http import HttpResponse

log = logging.getLogger(__name__)

MOST = 500
"""Entries of one stretch."""


class NewAppointment(msgspec.Struct, forbid_unknown_fields=True):
    """An appointment; instants with their offset. ``attendees`` as they were typed."""

    subject: str
    start: datetime
    end: datetime
    location: str = ""
    text: str = ""
    attendees: str = ""
    online: bool = False


class Occurrence(msgspec.Struct, forbid_unknown_fields=True):
    """An entry; ``occurrence`` is 0 for what is no series."""

    id: Number
    occurrence: Number = 0


async def stretch(call: Call) -> HttpResponse:
    """What stands in the calendar from one instant to another."""
    start, end = _instant(call, "from"), _instant(call, "to")
    view = await call.exchange.calendar.view(await _calendar(call), start, end, limit=MOST)
    return answer([_entry(one) for one in view.items])


def _instant(call: Call, name: str) -> datetime:
    try:
        return datetime.fromisoformat(call.word(name)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Failure("ErrorInvalidRequest", f"{name} is no instant such as 2026-11-23T09:00:00Z") from None


async def _calendar(call: Call) -> Place:
    return Place(call.mailbox, (await call.exchange.folders.ensure(call.mailbox))["calendar"])


def _entry(item: Item) -> dict[str, Any]:
    own = item.properties
    if not isinstance(own, CalendarProperties):
        return {}
    people = (*own.required_attendees, *own.optional_attendees)
    return {
        "id": item.id,
        "occurrence": item.occurrence,
        "subject": own.subject,
        "start": own.start,
        "end": own.end,
        "allDay": own.is_all_day_event,
        "location": own.location,
        "status": own.legacy_free_busy_status.value,
        "organizer": own.organizer.name or own.organizer.address if own.organizer else "",
        "mine": own.is_organizer,
        "cancelled": own.is_cancelled,
        "attendees": [one.mailbox.name or one.mailbox.address for one in people],
        "join": own.join_online_meeting_url,
        "preview": own.preview,
    }


async def create(call: Call) -> HttpResponse:
    """Make an appointment, with an online meeting where one is wanted, and invite people."""
    wish = call.read(NewAppointment)
    if wish.start.tzinfo is None or wish.end.tzinfo is None:
        raise Failure("ErrorInvalidRequest", "start and end need an offset, such as Z")
    invited = tuple(map(Attendee, recipients(call, wish.attendees)))
    properties = CalendarProperties(
        subject=wish.subject,
        start=wish.start.astimezone(UTC),
        end=wish.end.astimezone(UTC),
        location=wish.location,
        body=Body(BodyKind.TEXT, wish.text),
        required_attendees=invited,
        is_online_meeting=wish.online,
    )
    send = SendInvitations.ALL_AND_SAVE if invited else SendInvitations.NONE
    draft = Draft(kind=ItemKind.CALENDAR_ITEM, properties=properties)
    made = await call.exchange.calendar.create(call.caller, draft, await _calendar(call), send)
    entry = _entry(made)
    warning = "The appointment is there, but no online meeting could be made for it."
    return answer({**entry, "warning": warning if wish.online and not entry["join"] else ""}, 201)


async def delete(call: Call) -> HttpResponse:
    """Delete an entry; who was invited is told."""
    wish = call.read(Occurrence)
    ref = ItemRef(call.mailbox, wish.id, wish.occurrence)
    await call.exchange.calendar.delete(call.caller, ref, DeleteType.MOVE_TO_DELETED, SendInvitations.ALL_AND_SAVE)
    return done()


async def online_meetings(call: Call) -> HttpResponse:
    """Whether the "Online meeting" link is shown: it is where one can be made now."""
    try:
        await call.exchange.calendar.online_meetings.offered(call.person)
    except NoOnlineMeeting as reason:
        log.info("no online meetings for %s: %s (step %d)", call.person.userPrincipalName, reason, reason.step)
        return answer({"offered": False})
    return answer({"offered": True})


HANDLERS: Handlers = {
    ("GET", "calendar"): stretch,
    ("POST", "calendar"): create,
    ("POST", "calendar/delete"): delete,
    ("GET", "online-meetings"): online_meetings,
}
