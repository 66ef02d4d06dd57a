"""The ``state`` element: availability and activity of a device, a calendar, a person [MS-PRES]."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from samband.wire.presence.elements import child, child_text, children, number, number_in
from samband.wire.presence.names import COMMON_TYPES, STATE, XSI
from samband.wire.xml.reading import Element, attribute, bad_attribute, bad_element
from samband.wire.xml.text import element as write
from samband.wire.xml.text import escape, escape_attribute
from samband.wire.xml.values import read_boolean, read_instant, read_integer, write_boolean, write_instant

KINDS = frozenset(
    {
        "userState",
        "machineState",
        "calendarState",
        "phoneState",
        "conferenceState",
        "aggregateState",
        "aggregateMachineState",
    }
)
MAX_AVAILABILITY = 0xFFFFFFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityDocument:
    """``activity``: a token, or texts by language code (LCID); shown between ``lowest`` and ``highest``."""

    token: str = ""
    texts: tuple[tuple[str, str], ...] = ()
    lowest: int = 0
    highest: int = MAX_AVAILABILITY


@dataclass(frozen=True, slots=True, kw_only=True)
class StateDocument:
    """A ``state`` element; ``kind`` is its ``xsi:type``."""

    kind: str
    availability: int | None = None
    activity: ActivityDocument | None = None
    manual: bool = False
    start: datetime | None = None
    last_active: datetime | None = None
    location: str = ""
    meeting_subject: str = ""
    meeting_location: str = ""
    time_zone_bias: int | None = None
    time_zone_name: str = ""
    time_zone_abbreviation: str = ""
    device: str = ""
    endpoint: str = ""
    uri: str = ""


def write_state(state: StateDocument) -> str:
    """The element as text."""
    attributes = "" if state.kind.startswith("aggregate") else f' manual="{write_boolean(state.manual)}"'
    for name, value in (
        ("uri", state.uri),
        ("startTime", write_instant(state.start) if state.start else ""),
        ("endpointId", state.endpoint),
        ("lastActive", write_instant(state.last_active) if state.last_active else ""),
    ):
        attributes += f' {name}="{escape_attribute(value)}"' if value else ""
    return (
        f'<state xmlns="{STATE}" xmlns:xsi="{XSI}"{attributes} xsi:type="{escape_attribute(state.kind)}">'
        f"{_inside(state)}</state>"
    )


def _inside(state: StateDocument) -> str:
    parts = [] if state.availability is None else [f"<availability>{state.availability}</availability>"]
    if state.activity is not None:
        parts.append(_write_activity(state.activity))
    for name, value in (
        ("endpointLocation", state.location),
        ("meetingSubject", state.meeting_subject),
        ("meetingLocation", state.meeting_location),
    ):
        if value:
            parts.append(write(name, value))
    added = _added(state)
    if added:
        parts += [f'<delimiter xmlns="{COMMON_TYPES}"/>', *added, f'<end xmlns="{COMMON_TYPES}"/>']
    return "".join(parts)


def _added(state: StateDocument) -> list[str]:
    """What later versions of the schema added, which stands between two marks."""
    found = [] if state.time_zone_bias is None else [f"<timeZoneBias>{state.time_zone_bias}</timeZoneBias>"]
    for name, value in (
        ("timeZoneName", state.time_zone_name),
        ("timeZoneAbbreviation", state.time_zone_abbreviation),
        ("device", state.device),
    ):
        if value:
            found.append(write(name, value))
    return found


def _write_activity(activity: ActivityDocument) -> str:
    attributes = f' token="{escape_attribute(activity.token)}"' if activity.token else ""
    if activity.lowest:
        attributes += f' minAvailability="{activity.lowest}"'
    if activity.highest != MAX_AVAILABILITY:
        attributes += f' maxAvailability="{activity.highest}"'
    texts = "".join(
        f'<custom LCID="{escape_attribute(language)}">{escape(text)}</custom>' for language, text in activity.texts
    )
    return f"<activity{attributes}>{texts}</activity>" if texts else f"<activity{attributes}/>"


def read_state(element: Element) -> StateDocument:
    """A ``state`` element. Raises ``SchemaViolation`` where a value is not of its type."""
    kind = attribute(element, f"{{{XSI}}}type").rpartition(":")[2]
    if kind not in KINDS:
        raise bad_attribute("type", kind)
    availability = child(element, "availability")
    activity = child(element, "activity")
    bias = child(element, "timeZoneBias")
    return StateDocument(
        kind=kind,
        availability=None if availability is None else number_in(availability, MAX_AVAILABILITY),
        activity=None if activity is None else _read_activity(activity),
        manual=_boolean(element, "manual"),
        start=_instant(element, "startTime"),
        last_active=_instant(element, "lastActive"),
        location=child_text(element, "endpointLocation") or "",
        meeting_subject=child_text(element, "meetingSubject") or "",
        meeting_location=child_text(element, "meetingLocation") or "",
        time_zone_bias=None if bias is None else _integer(bias),
        time_zone_name=child_text(element, "timeZoneName") or "",
        time_zone_abbreviation=child_text(element, "timeZoneAbbreviation") or "",
        device=child_text(element, "device") or "",
        endpoint=element.get("endpointId", ""),
        uri=element.get("uri", ""),
    )


def _read_activity(element: Element) -> ActivityDocument:
    return ActivityDocument(
        token=element.get("token", ""),
        texts=tuple((text.get("LCID", ""), (text.text or "").strip()) for text in children(element, "custom")),
        lowest=number(element, "minAvailability", MAX_AVAILABILITY, 0),
        highest=number(element, "maxAvailability", MAX_AVAILABILITY, MAX_AVAILABILITY),
    )


def _boolean(element: Element, name: str) -> bool:
    value = element.get(name, "false")
    try:
        return read_boolean(value)
    except ValueError:
        raise bad_attribute(name, value) from None


def _instant(element: Element, name: str) -> datetime | None:
    value = element.get(name)
    if value is None:
        return None
    try:
        return read_instant(value)
    except ValueError:
        raise bad_attribute(name, value) from None


def _integer(element: Element) -> int:
    try:
        return read_integer(element.text or "")
    except ValueError:
        raise bad_element(element) from None
