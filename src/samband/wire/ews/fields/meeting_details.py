"""What a meeting has in elements of its own: where it is, who may come into it online, reminders by mail, what changed.

[MS-OXWSMTGS]
"""

from __future__ import annotations

import dataclasses
from typing import Any
from uuid import UUID

from samband.wire.ews.fields.codecs import BOOLEAN, DOUBLE, INSTANT, INTEGER, TEXT, Codec, Plain, checked, enumeration
from samband.wire.ews.fields.records import record, several
from samband.wire.ews.names import T
from samband.wire.xml.reading import Element, missing
from samband.wire.xml.text import escape


def _word(*allowed: str) -> Codec:
    """One of ``allowed`` texts, written as any text."""
    return dataclasses.replace(enumeration(*allowed), writer=TEXT.writer)


_SOURCE = _word("None", "LocationServices", "PhonebookServices", "Device", "Contact", "Resource")
POSTAL_ADDRESS = record(
    ("Street", "street", TEXT),
    ("City", "city", TEXT),
    ("State", "state", TEXT),
    ("Country", "country", TEXT),
    ("PostalCode", "postal_code", TEXT),
    ("PostOfficeBox", "post_office_box", TEXT),
    ("Type", "type", TEXT),
    ("Latitude", "latitude", DOUBLE),
    ("Longitude", "longitude", DOUBLE),
    ("Accuracy", "accuracy", DOUBLE),
    ("Altitude", "altitude", DOUBLE),
    ("AltitudeAccuracy", "altitude_accuracy", DOUBLE),
    ("FormattedAddress", "formatted_address", TEXT),
    ("LocationUri", "location_uri", TEXT),
    ("LocationSource", "location_source", _SOURCE),
)
_REST = record(("Annotation", "annotation", TEXT), ("PostalAddress", "postal_address", POSTAL_ADDRESS))
_WRITE_REST = _REST.writer("x")


def _read_location(element: Element) -> Plain:
    name = element.find(T + "DisplayName")
    if name is None:
        raise missing(element, T + "DisplayName")
    rest: Any = _REST.read(element)
    return {"display_name": name.text or "", **rest}


def enhanced_location(item: Any) -> str:
    """``<t:EnhancedLocation>``: what is known of the place; of one that has nothing but a name, that."""
    own = item.properties
    details = own.enhanced_location
    name = own.location if details is None else details.display_name
    if not name and details is None:
        return ""
    rest = _WRITE_REST(details)[len("<t:x>") : -len("</t:x>")] if details is not None else ""
    return f"<t:EnhancedLocation><t:DisplayName>{escape(name)}</t:DisplayName>{rest}</t:EnhancedLocation>"


LOCATION = Codec(_read_location, TEXT.writer)
"""Read alone: ``enhanced_location`` writes it."""

ONLINE_MEETING = record(
    ("LobbyBypass", "lobby_bypass", _word("Disabled", "EnabledForGatewayParticipants")),
    ("AccessLevel", "access_level", _word("Locked", "Invited", "Internal", "Everyone")),
    ("Presenters", "presenters", _word("Disabled", "Internal", "Everyone")),
)
GUID = Codec(checked(lambda text: str(UUID(text.strip()))), TEXT.writer)
INBOX_REMINDERS = several(
    "InboxReminder",
    record(
        ("Id", "id", GUID),
        ("ReminderOffset", "reminder_offset", INTEGER),
        ("Message", "message", TEXT),
        ("IsOrganizerReminder", "is_organizer_reminder", BOOLEAN),
        ("OccurrenceChange", "occurrence_change", _word("None", "Added", "Override", "Deleted")),
        ("SendOption", "send_option", _word("NotSet", "User", "AllAttendees", "Staff", "Customer")),
    ),
)
CHANGE_HIGHLIGHTS = record(
    ("HasLocationChanged", "has_location_changed", BOOLEAN),
    ("Location", "location", TEXT),
    ("HasStartTimeChanged", "has_start_time_changed", BOOLEAN),
    ("Start", "start", INSTANT),
    ("HasEndTimeChanged", "has_end_time_changed", BOOLEAN),
    ("End", "end", INSTANT),
)
