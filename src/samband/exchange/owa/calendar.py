"""The calendar in the web client: what stands in a stretch of it, one entry, when others are free."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

from samband.exchange.owa.call import Call, Handlers, answer
from samband.exchange.owa.items import item_of
from samband.exchange.owa.writing import understood
from samband.model.failures import Failure
from samband.model.folders import Place
from samband.model.freebusy import View
from samband.model.item_values import Attendee, BodyKind
from samband.model.items import CalendarProperties, Item
from samband.model.online_meetings import NoOnlineMeeting
from samband.wire.http import HttpResponse

log = logging.getLogger(__name__)

MOST = 500
"""Entries of one stretch."""
SLOT = 30
"""Minutes of a digit of free/busy."""


async def stretch(call: Call) -> HttpResponse:
    """What stands in the calendar from one instant to another."""
    start, end = _instant(call, "from"), _instant(call, "to")
    view = await call.exchange.calendar.view(await calendar_of(call), start, end, limit=MOST)
    return answer([entry_of(one) for one in view.items])


def _instant(call: Call, name: str) -> datetime:
    try:
        return datetime.fromisoformat(call.word(name)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Failure("ErrorInvalidRequest", f"{name} is no instant such as 2026-11-23T09:00:00Z") from None


async def calendar_of(call: Call) -> Place:
    """The user's calendar."""
    return Place(call.mailbox, (await call.exchange.folders.ensure(call.mailbox))["calendar"])


def entry_of(item: Item) -> dict[str, Any]:
    """An entry as a calendar shows it."""
    own = item.properties
    if not isinstance(own, CalendarProperties):
        raise Failure("ErrorItemNotFound", "This is no entry of a calendar.")
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
        "mine": own.is_organizer or not own.is_meeting,
        "meeting": own.is_meeting,
        "recurring": own.recurrence is not None or own.is_recurring,
        "cancelled": own.is_cancelled,
        "attendees": [one.mailbox.name or one.mailbox.address for one in people],
        "response": own.my_response_type.value,
        "join": own.join_online_meeting_url,
        "preview": own.preview,
    }


async def entry(call: Call) -> HttpResponse:
    """One entry with all that a form shows of it."""
    item = await item_of(call, call.number("id"), call.number("occurrence", 0))
    shown, own = entry_of(item), item.properties
    assert isinstance(own, CalendarProperties)
    text = own.text_body
    more = {
        "required": list(map(_attendee, own.required_attendees)),
        "optional": list(map(_attendee, own.optional_attendees)),
        "text": text.content if text else "",
        "formatted": own.body is not None and own.body.kind is BodyKind.HTML,
        "online": own.is_online_meeting,
        "organizerAddress": own.organizer.address if own.organizer else "",
    }
    return answer({**shown, **more})


def _attendee(one: Attendee) -> dict[str, str]:
    name = one.mailbox.name or one.mailbox.address
    return {"name": name, "address": one.mailbox.address, "response": one.response_type.value}


async def free_busy(call: Call) -> HttpResponse:
    """When people are free: a digit for each half hour (0 free, 1 tentative, 2 busy, 3 away, 4 not known)."""
    start, end = _instant(call, "from"), _instant(call, "to")
    known = {one.address.lower(): one.name or one.address for one in understood(call, call.word("who"))}
    if not known:
        return answer([])
    found = await call.exchange.availability.get(call.caller, list(known), start, end, SLOT, View.FREE_BUSY_MERGED)
    return answer(
        [
            {"address": address, "name": name, "problem": one.text if isinstance(one, Failure) else ""}
            | {"slots": "" if isinstance(one, Failure) else one.merged or ""}
            for (address, name), one in zip(known.items(), found, strict=True)
        ]
    )


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
    ("GET", "calendar/entry"): entry,
    ("GET", "free-busy"): free_busy,
    ("GET", "online-meetings"): online_meetings,
}
