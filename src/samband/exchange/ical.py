"""Calendar items and messages about meetings between the model and iCalendar."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

import msgspec

from samband.exchange.ical_series import series_values
from samband.exchange.ical_zones import instant_of, named
from samband.model import calendar_items
from samband.model.failures import Failure
from samband.model.item_requests import Draft
from samband.model.item_values import (
    Attendee,
    Body,
    BodyKind,
    EmailAddress,
    FreeBusy,
    Importance,
    ResponseType,
    Sensitivity,
)
from samband.model.items import (
    CalendarProperties,
    Item,
    ItemKind,
    MeetingCancellationProperties,
    MeetingMessageProperties,
    MeetingRequestProperties,
    MeetingResponseProperties,
)
from samband.model.simple_zones import simple_zone
from samband.model.timezones import UTC_ID, ZoneDefinition, known_id
from samband.model.zone_definitions import turns
from samband.model.zone_rules import zone_of
from samband.wire.ical.events import DatedZone, Event, Party, When, Zone, stamp, write_calendar
from samband.wire.ical.lines import BadCalendar
from samband.wire.ical.reading import GivenEvent, GivenParty, read_component, read_events
from samband.wire.ical.rules import write_rule

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ROLES = (("required_attendees", "REQ-PARTICIPANT"), ("optional_attendees", "OPT-PARTICIPANT"))
_STATUS = {
    ResponseType.ACCEPT: "ACCEPTED",
    ResponseType.TENTATIVE: "TENTATIVE",
    ResponseType.DECLINE: "DECLINED",
}
_ANSWERS = {status: response for response, status in _STATUS.items()}
_CLASSES = {Sensitivity.NORMAL: "PUBLIC", Sensitivity.CONFIDENTIAL: "CONFIDENTIAL"}
_PRIORITIES = {Importance.HIGH: 1, Importance.NORMAL: 5, Importance.LOW: 9}
_YEARS_TOLD = 10
"""For how many years after its start a meeting's own zone is told."""
_Meeting = CalendarProperties | MeetingRequestProperties


def calendar_text(item: Item, exceptions: Mapping[int, CalendarProperties]) -> str:
    """A calendar item as iCalendar; a series with its ``exceptions`` by ordinal."""
    own = item.properties
    if not isinstance(own, CalendarProperties):
        raise TypeError("not a calendar item")
    method = "CANCEL" if own.is_cancelled else "REQUEST" if own.is_meeting else "PUBLISH"
    return write_calendar(method, zones_of(own), [event_of(own), *map(event_of, exceptions.values())])


def message_calendar(own: MeetingMessageProperties) -> tuple[str, str]:
    """What a message about a meeting says in iCalendar, and its method; empty for one that says nothing."""
    if isinstance(own, MeetingRequestProperties):
        return write_calendar("REQUEST", zones_of(own), [event_of(own), *_moved(own)]), "REQUEST"
    if isinstance(own, MeetingCancellationProperties):
        recipients = [Attendee(one) for one in own.to_recipients]
        meeting = _meeting_of(own, organizer=own.from_, required_attendees=tuple(recipients), is_cancelled=True)
        return write_calendar("CANCEL", (), [event_of(meeting)]), "CANCEL"
    if isinstance(own, MeetingResponseProperties) and own.from_ is not None:
        organizer = own.to_recipients[0] if own.to_recipients else None
        answer = (Attendee(own.from_, own.response_type),)
        meeting = _meeting_of(own, organizer=organizer, required_attendees=answer)
        if own.proposed_start is None or own.proposed_end is None:
            return write_calendar("REPLY", (), [event_of(meeting)]), "REPLY"
        meeting = msgspec.structs.replace(meeting, start=own.proposed_start, end=own.proposed_end)
        return write_calendar("COUNTER", (), [event_of(meeting)]), "COUNTER"
    return "", ""


def _moved(own: MeetingRequestProperties) -> list[Event]:
    """Occurrences that take place at other times than their series says."""
    plain = msgspec.structs.replace(own, recurrence=None, deleted_occurrences=(), modified_occurrences=())
    return [
        event_of(msgspec.structs.replace(plain, recurrence_id=one.original_start, start=one.start, end=one.end))
        for one in own.modified_occurrences
    ]


def _meeting_of(own: MeetingMessageProperties, **more: Any) -> CalendarProperties:
    """What a message knows of its meeting."""
    return CalendarProperties(
        subject=own.subject,
        body=own.body,
        uid=own.uid,
        recurrence_id=own.recurrence_id,
        start=own.start,
        end=own.end,
        location=own.location,
        date_time_stamp=own.date_time_stamp,
        appointment_sequence_number=own.appointment_sequence_number,
        **more,
    )


def _zone_name(zone: ZoneDefinition | None) -> str:
    """The zone times are written in; empty for UTC."""
    if zone is None:
        return ""
    found = known_id(zone.id)
    if found is None:
        return (zone.id or zone.name) if zone.periods else ""
    return "" if found == UTC_ID else found


def zones_of(own: _Meeting) -> list[Zone | DatedZone]:
    """The zones that times of an entry are written in."""
    year = own.start.year if own.start is not None else 2026
    zones = {_zone_name(zone): zone for zone in (own.start_time_zone, own.end_time_zone)}
    zones.pop("", None)
    # Some clients learn a zone from a calendar written in it: UTC is defined too where it is the only one.
    return [_zone(name, zones[name], year) for name in sorted(zones)] or [Zone(UTC_ID, simple_zone(UTC_ID, year))]


def _zone(name: str, zone: ZoneDefinition | None, year: int) -> Zone | DatedZone:
    if known_id(name) is not None:
        return Zone(name, simple_zone(name, year))
    return DatedZone(name, *turns(zone_of(zone), year - 1, year + _YEARS_TOLD))


def _when(moment: datetime | None, zone: ZoneDefinition | None, day: bool) -> When:
    moment = moment or _EPOCH
    name = _zone_name(zone)
    if day:
        return When(moment.astimezone(zone_of(zone)).replace(tzinfo=None), name, True)
    return When(moment.astimezone(zone_of(zone)).replace(tzinfo=None), name) if name else When(moment)


def event_of(own: _Meeting) -> Event:
    """An entry, or an exception of one, as an event."""
    zone, day = own.start_time_zone, own.is_all_day_event
    body = own.text_body
    busy, intended = own.legacy_free_busy_status, own.intended_free_busy_status
    return Event(
        uid=own.uid,
        start=_when(own.start, zone, day),
        end=_when(own.end, own.end_time_zone or zone, day),
        stamp=own.date_time_stamp or own.date_time_created or _EPOCH,
        summary=own.subject,
        description="" if body is None else body.content,
        location=own.location,
        sequence=own.appointment_sequence_number,
        organizer=_organizer(own),
        attendees=_attendees(own),
        rule=_rule(own),
        left_out=[_when(gone.start, zone, day) for gone in own.deleted_occurrences],
        instance=None if own.recurrence_id is None else _when(own.recurrence_id, zone, day),
        kind=_CLASSES.get(own.sensitivity, "PRIVATE"),
        priority=_PRIORITIES[own.importance],
        categories=own.categories,
        cancelled=own.is_cancelled,
        busy=busy.value.upper(),
        intended=intended.value.upper() if intended is not None else "",
        alarm=own.reminder_minutes_before_start if own.reminder_is_set else None,
        created=own.date_time_created,
        modified=own.last_modified_time,
        online_link=own.join_online_meeting_url,
        conf_link=own.online_meeting_conf_link,
    )


def _organizer(own: _Meeting) -> Party | None:
    if own.organizer is None or not _everyone(own):
        return None
    return Party(own.organizer.name, own.organizer.address)


def _everyone(own: _Meeting) -> list[Attendee]:
    return [*own.required_attendees, *own.optional_attendees, *own.resources]


def _attendees(own: _Meeting) -> list[Party]:
    found = [
        Party(one.mailbox.name, one.mailbox.address, role, _STATUS.get(one.response_type, "NEEDS-ACTION"))
        for name, role in _ROLES
        for one in getattr(own, name)
    ]
    for one in own.resources:
        status = _STATUS.get(one.response_type, "NEEDS-ACTION")
        found.append(Party(one.mailbox.name, one.mailbox.address, "NON-PARTICIPANT", status, "RESOURCE"))
    return found


def _rule(own: _Meeting) -> str:
    if own.recurrence is None or own.start is None or own.end is None:
        return ""
    properties = CalendarProperties(
        recurrence=own.recurrence, start=own.start, end=own.end, start_time_zone=own.start_time_zone
    )
    last = calendar_items.series_of_item(properties).last()
    until = "" if last is None else f"{last.start:%Y%m%d}" if own.is_all_day_event else stamp(last.start)
    return write_rule(own.recurrence, until)


def draft_of_ical(text: str, zone: tzinfo) -> Draft:
    """The calendar item that an iCalendar text describes: its first event that is no exception of a series.

    Times without a zone that is known are in ``zone``. Raises ``Failure`` ErrorMimeContentInvalid.
    """
    try:
        events = read_events(read_component(text))
        if not events:
            raise BadCalendar("no event")
        event = next((one for one in events if one.instance is None), None) or events[0]
        values = event_values(event, zone)
    except (BadCalendar, OverflowError) as error:
        raise Failure("ErrorMimeContentInvalid", f"The MIME content is not valid iCalendar: {error}.") from None
    return Draft(kind=ItemKind.CALENDAR_ITEM, properties=CalendarProperties(**values), given=frozenset(values))


def event_values(event: GivenEvent, zone: tzinfo) -> dict[str, Any]:
    """What an event says, by attribute of a calendar item. Raises ``BadCalendar``."""
    start_zone, end_zone = named(event.start), named(event.end)
    start = instant_of(event.start, zone)
    values: dict[str, Any] = {
        "subject": event.text("SUMMARY"),
        "body": Body(BodyKind.TEXT, event.text("DESCRIPTION").replace("\n", "\r\n")),
        "location": event.text("LOCATION"),
        "uid": event.text("UID"),
        "start": start,
        "end": instant_of(event.end, zone),
        "is_all_day_event": event.start.day or event.text("X-MICROSOFT-CDO-ALLDAYEVENT") == "TRUE",
        "start_time_zone": start_zone,
        "end_time_zone": end_zone,
        "sensitivity": _sensitivity(event.text("CLASS").upper()),
        "importance": _importance(event.text("PRIORITY")),
        "categories": event.categories,
        "legacy_free_busy_status": _busy(event),
        "reminder_is_set": event.alarm is not None,
    }
    if event.alarm is not None:
        values["reminder_minutes_before_start"] = event.alarm
    for name, role in (("optional_attendees", "OPT-PARTICIPANT"), ("resources", "NON-PARTICIPANT")):
        values[name] = tuple(_attendee(one) for one in event.attendees if one.role == role)
    rest = [one for one in event.attendees if one.role not in ("OPT-PARTICIPANT", "NON-PARTICIPANT")]
    values["required_attendees"] = tuple(_attendee(one) for one in rest if not _same(one, event.organizer))
    if event.instance is None:
        values |= series_values(event, values, zone)
    return {name: value for name, value in values.items() if value is not None}


def _sensitivity(word: str) -> Sensitivity:
    return {"PRIVATE": Sensitivity.PRIVATE, "CONFIDENTIAL": Sensitivity.CONFIDENTIAL}.get(word, Sensitivity.NORMAL)


def _importance(priority: str) -> Importance:
    number = int(priority) if priority.isascii() and priority.isdigit() else 0
    return Importance.HIGH if 1 <= number <= 4 else Importance.LOW if 6 <= number <= 9 else Importance.NORMAL


def _busy(event: GivenEvent) -> FreeBusy | None:
    word = event.text("X-MICROSOFT-CDO-BUSYSTATUS").upper()
    found = {state.value.upper(): state for state in FreeBusy}.get(word)
    if found is None and event.text("TRANSP").upper() == "TRANSPARENT":
        return FreeBusy.FREE
    if found is None and event.text("STATUS").upper() == "TENTATIVE":
        return FreeBusy.TENTATIVE
    return found


def _attendee(one: GivenParty) -> Attendee:
    return Attendee(EmailAddress(one.name, one.address), _ANSWERS.get(one.status, ResponseType.UNKNOWN))


def _same(one: GivenParty, other: GivenParty | None) -> bool:
    return other is not None and one.address.lower() == other.address.lower()
