"""Whole calendars in iCalendar: each entry with its exceptions, whoever asked to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple

from samband.exchange.ical import event_of, event_values, zones_of
from samband.exchange.ical_zones import instant_of
from samband.model.failures import Failure
from samband.model.item_requests import Draft
from samband.model.item_values import CalendarItemType, EmailAddress, FreeBusy
from samband.model.items import CalendarProperties, ItemKind
from samband.model.timezones import ZoneDefinition, windows_id
from samband.wire.ical.events import PRODUCT
from samband.wire.ical.lines import BadCalendar
from samband.wire.ical.reading import GivenEvent, read_component, read_events


class Entry(NamedTuple):
    """A calendar item; ``exceptions`` of a series are by their original start."""

    draft: Draft
    exceptions: dict[datetime, CalendarProperties]


def entries_of_ical(text: str, zone: tzinfo) -> list[Entry]:
    """The entries of a VCALENDAR; an exception whose series is not there stands for itself.

    Times that name no zone are in ``zone``. Raises ``Failure`` ErrorMimeContentInvalid.
    """
    try:
        events = read_events(read_component(text))
        return [entry for same in _by_uid(events) for entry in _entries(same, zone)]
    except (BadCalendar, OverflowError) as error:
        raise Failure("ErrorMimeContentInvalid", f"It is no valid iCalendar: {error}.") from None


def _by_uid(events: Sequence[GivenEvent]) -> list[list[GivenEvent]]:
    groups: dict[str, list[GivenEvent]] = {}
    for place, event in enumerate(events):
        groups.setdefault(event.text("UID") or f"\0{place}", []).append(event)
    return list(groups.values())


def _entries(events: Sequence[GivenEvent], zone: tzinfo) -> list[Entry]:
    whole = [event for event in events if event.instance is None]
    exceptions = [event for event in events if event.instance is not None]
    series = next((event for event in whole if event.text("RRULE")), None)
    found = [Entry(_draft(event, zone), {}) for event in whole]
    if series is None:
        return [*found, *(Entry(_draft(event, zone), {}) for event in exceptions)]
    place = whole.index(series)
    for event in exceptions:
        assert event.instance is not None
        properties = _draft(event, zone).properties
        assert isinstance(properties, CalendarProperties)
        found[place].exceptions[instant_of(event.instance, zone)] = properties
    return found


def _draft(event: GivenEvent, zone: tzinfo) -> Draft:
    values = event_values(event, zone)
    local = windows_id(str(zone))
    if local:
        for name in ("start_time_zone", "end_time_zone"):
            values.setdefault(name, ZoneDefinition(id=local))
    if event.organizer is not None:
        values["organizer"] = EmailAddress(event.organizer.name, event.organizer.address)
    if not event.text("DESCRIPTION"):
        values.pop("body", None)
    values["is_response_requested"] = True
    values["is_cancelled"] = event.text("STATUS").upper() == "CANCELLED"
    sequence = event.text("SEQUENCE")
    values["appointment_sequence_number"] = int(sequence) if sequence.isascii() and sequence.isdigit() else 0
    intended = event.text("X-MICROSOFT-CDO-INTENDEDSTATUS").upper()
    found = next((state for state in FreeBusy if state.value.upper() == intended), None)
    if found is not None:
        values["intended_free_busy_status"] = found
    for name, attribute in (("CREATED", "date_time_created"), ("LAST-MODIFIED", "last_modified_time")):
        moment = event.moment(name)
        if moment is not None and moment.at.tzinfo is not None:
            values[attribute] = moment.at
    if "recurrence" not in values:
        values["calendar_item_type"] = CalendarItemType.SINGLE
    return Draft(kind=ItemKind.CALENDAR_ITEM, properties=CalendarProperties(**values), given=frozenset(values))


def entry_lines(properties: CalendarProperties, exceptions: Iterable[CalendarProperties], zones: set[str]) -> list[str]:
    """An entry with its exceptions as lines of a calendar; ``zones`` are the names of those that it defined before."""
    lines: list[str] = []
    entries = [properties, *exceptions]
    for zone in (zone for entry in entries for zone in zones_of(entry)):
        if zone.name not in zones:
            zones.add(zone.name)
            lines += zone.lines()
    for entry in entries:
        lines += event_of(entry).lines()
    return lines


START_LINES = ("BEGIN:VCALENDAR", f"PRODID:{PRODUCT}", "VERSION:2.0")
"""How a calendar begins that nobody is to answer."""
END_LINES = ("END:VCALENDAR",)
