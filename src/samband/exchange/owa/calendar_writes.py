"""What is done to the calendar in the web client: appointments made, changed and called off, invitations answered."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Literal

import msgspec

from samband.exchange.owa.calendar import calendar_of, entry_of
from samband.exchange.owa.call import Call, Handlers, Number, answer, done
from samband.exchange.owa.items import item_of
from samband.exchange.owa.repeats import Repeat, recurrence
from samband.exchange.owa.writing import recipients
from samband.model.failures import Failure
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
from samband.model.item_values import Attendee, Body, BodyKind, CalendarItemType, FreeBusy
from samband.model.items import CalendarProperties, Item, ItemKind, MeetingResponseProperties
from samband.model.timezones import UTC_ID, ZoneDefinition, known_id, windows_id
from samband.wire.http import HttpResponse

_ANSWERS = {
    "accept": ResponseKind.ACCEPT,
    "tentative": ResponseKind.TENTATIVE,
    "decline": ResponseKind.DECLINE,
}
_PATHS = {
    "subject": "item:Subject",
    "start": "calendar:Start",
    "end": "calendar:End",
    "is_all_day_event": "calendar:IsAllDayEvent",
    "location": "calendar:Location",
    "legacy_free_busy_status": "calendar:LegacyFreeBusyStatus",
    "required_attendees": "calendar:RequiredAttendees",
    "optional_attendees": "calendar:OptionalAttendees",
    "is_online_meeting": "calendar:IsOnlineMeeting",
    "body": "item:Body",
}
_MOST_TEXT = 1000


class Appointment(msgspec.Struct, forbid_unknown_fields=True):
    """An appointment as a form has it; instants with their offset, attendees as they were typed.

    ``zone`` is the IANA name of the zone in which an ``allDay`` one reaches from midnight to midnight.
    """

    subject: str
    start: datetime
    end: datetime
    location: str = ""
    text: str = ""
    attendees: str = ""
    optional: str = ""
    online: bool = False
    allDay: bool = False
    showAs: Literal["Free", "Tentative", "Busy", "OOF", "WorkingElsewhere"] = "Busy"
    zone: str = ""


class NewAppointment(Appointment, forbid_unknown_fields=True, kw_only=True):
    """A new one, which may repeat, up to and with the day ``until``."""

    repeat: Repeat = "never"
    until: date | None = None


class Change(Appointment, forbid_unknown_fields=True, kw_only=True):
    """What becomes of an entry; ``occurrence`` is 0 for what is no series, or a series as a whole."""

    id: Number
    occurrence: Number = 0


class Occurrence(msgspec.Struct, forbid_unknown_fields=True):
    """An entry; ``occurrence`` is 0 for what is no series, or a series as a whole."""

    id: Number
    occurrence: Number = 0


class Answer(msgspec.Struct, forbid_unknown_fields=True):
    """What somebody answers to an invitation, by its message or its entry in the calendar, and with which words."""

    id: Number
    answer: Literal["accept", "tentative", "decline"]
    occurrence: Number = 0
    text: str = ""


def _properties(call: Call, wish: Appointment) -> CalendarProperties:
    if wish.start.tzinfo is None or wish.end.tzinfo is None:
        raise Failure("ErrorInvalidRequest", "start and end need an offset, such as Z")
    try:
        start, end = wish.start.astimezone(UTC), wish.end.astimezone(UTC)
    except OverflowError:
        raise Failure("ErrorValueOutOfRange", "The time is out of the range of calendars.") from None
    return CalendarProperties(
        subject=wish.subject,
        start=start,
        end=end,
        location=wish.location,
        body=Body(BodyKind.TEXT, wish.text),
        required_attendees=tuple(map(Attendee, recipients(call, wish.attendees))),
        optional_attendees=tuple(map(Attendee, recipients(call, wish.optional))),
        is_online_meeting=wish.online,
        is_all_day_event=wish.allDay,
        legacy_free_busy_status=FreeBusy(wish.showAs),
        start_time_zone=ZoneDefinition(id=windows_id(wish.zone) or known_id(wish.zone) or UTC_ID),
    )


async def create(call: Call) -> HttpResponse:
    """Make an appointment, with an online meeting where one is wanted, and invite people."""
    wish = call.read(NewAppointment)
    properties = _properties(call, wish)
    assert properties.start is not None
    repeats = recurrence(wish.repeat, properties.start, properties.start_time_zone_id, wish.until)
    if repeats is not None:
        kind = CalendarItemType.RECURRING_MASTER
        properties = msgspec.structs.replace(properties, recurrence=repeats, calendar_item_type=kind)
    invited = properties.required_attendees or properties.optional_attendees
    send = SendInvitations.ALL_AND_SAVE if invited else SendInvitations.NONE
    given = frozenset({"legacy_free_busy_status"})
    draft = Draft(kind=ItemKind.CALENDAR_ITEM, properties=properties, given=given)
    made = await call.exchange.calendar.create(call.caller, draft, await calendar_of(call), send)
    return answer(_told(made, wish), 201)


def _told(item: Item, wish: Appointment) -> dict[str, Any]:
    shown = entry_of(item)
    warning = "The appointment is there, but no online meeting could be made for it."
    return {**shown, "warning": warning if wish.online and not shown["join"] else ""}


async def update(call: Call) -> HttpResponse:
    """Change an entry of the user's own; who is invited is told of what changed, and nobody where nothing did."""
    wish = call.read(Change)
    item = await item_of(call, wish.id, wish.occurrence)
    before = item.properties
    if not isinstance(before, CalendarProperties):
        raise Failure("ErrorItemNotFound", "This is no entry of a calendar.")
    if before.is_meeting and not before.is_organizer:
        raise Failure("ErrorAccessDenied", "Only its organizer changes a meeting.")
    edits = _edits(before, _properties(call, wish))
    if edits:
        ref = ItemRef(call.mailbox, wish.id, wish.occurrence)
        overwrite = ConflictResolution.ALWAYS_OVERWRITE
        item = await call.exchange.calendar.update(call.caller, ref, edits, overwrite, SendInvitations.ALL_AND_SAVE)
    return answer(_told(item, wish))


def _edits(before: CalendarProperties, after: CalendarProperties) -> list[Edit]:
    """What is to be set: what is another value than before. A formatted text stays so until it is changed."""
    edits = []
    for name, path in _PATHS.items():
        was, value = getattr(before, name), getattr(after, name)
        if name == "body":
            was, value = (_bare(one.text_body) for one in (before, after))
        elif name.endswith("attendees"):
            was, value = ({one.mailbox.address.lower() for one in people} for people in (was, value))
        if was != value:
            edits.append(Edit(EditAction.SET, name, getattr(after, name), path=path))
    if after.is_all_day_event and edits:
        edits.insert(0, Edit(EditAction.SET, "start_time_zone", after.start_time_zone, path="calendar:StartTimeZone"))
    return edits


def _bare(body: Body | None) -> str:
    return "" if body is None else body.content.replace("\r\n", "\n").strip()


async def delete(call: Call) -> HttpResponse:
    """Delete an entry; who was invited is told, and so is the organizer by whom the user was."""
    wish = call.read(Occurrence)
    ref = ItemRef(call.mailbox, wish.id, wish.occurrence)
    await call.exchange.calendar.delete(call.caller, ref, DeleteType.MOVE_TO_DELETED, SendInvitations.ALL_AND_SAVE)
    return done()


async def respond(call: Call) -> HttpResponse:
    """Answer an invitation."""
    wish = call.read(Answer)
    if len(wish.text) > _MOST_TEXT:
        raise Failure("ErrorInvalidRequest", f"The answer has more than {_MOST_TEXT} characters.")
    said = Body(BodyKind.TEXT, wish.text) if wish.text.strip() else None
    draft = Draft(kind=ItemKind.MEETING_RESPONSE, properties=MeetingResponseProperties(body=said))
    ref = ItemRef(call.mailbox, wish.id, wish.occurrence)
    response = Response(kind=_ANSWERS[wish.answer], reference=ref, draft=draft)
    await call.exchange.calendar.respond(call.caller, response, None, Disposition.SEND_AND_SAVE_COPY)
    return done()


HANDLERS: Handlers = {
    ("POST", "calendar"): create,
    ("POST", "calendar/update"): update,
    ("POST", "calendar/delete"): delete,
    ("POST", "respond"): respond,
}
