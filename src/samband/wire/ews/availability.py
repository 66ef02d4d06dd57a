"""GetUserAvailability on the wire [MS-OXWAVLS].

Times have no offset here: they are in the zone of the request. Its zone is the simple one, a bias and two changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache, reduce
from operator import or_
from typing import Any

from samband.wire.ews.names import DECLARED, M, T
from samband.wire.ews.responses import Refusal, refused_attributes, refused_content
from samband.wire.xml.reading import Element, SchemaViolation, bad_element, one_of, required, text
from samband.wire.xml.text import escape
from samband.wire.xml.values import read_boolean, read_instant, read_integer

_WEEK = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_ROLES = frozenset({"Organizer", "Required", "Optional", "Room", "Resource"})
QUALITIES = ("Excellent", "Good", "Fair", "Poor")
"""SuggestionQuality, the best first."""
_NUMBERS = ("GoodThreshold", "MaximumResultsByDay", "MaximumNonWorkHourResultsByDay", "MeetingDurationInMinutes")
_VIEWS = {"None": 0, "MergedOnly": 1, "FreeBusy": 2, "FreeBusyMerged": 3, "Detailed": 6, "DetailedMerged": 7}
"""FreeBusyViewType, as bits: a request names one view, or several, which is what they are together."""


@dataclass(frozen=True, slots=True)
class Change:
    """When a clock changes: SerializableTimeZoneTime. ``minutes`` after midnight, ``weekday`` 0 is Sunday."""

    bias: int
    minutes: int
    order: int
    month: int
    weekday: int
    year: int


@dataclass(frozen=True, slots=True)
class Zone:
    """SerializableTimeZone."""

    bias: int
    standard: Change
    daylight: Change


@dataclass(frozen=True, slots=True)
class AvailabilityWish:
    """A GetUserAvailability request. The window is as written; ``window`` None: free/busy is not asked for."""

    zone: Zone | None
    addresses: tuple[str, ...]
    window: tuple[Element, Element] | None
    interval: int
    view: str
    suggestions: SuggestionsWish | None


@dataclass(frozen=True, slots=True)
class SuggestionsWish:
    """SuggestionsViewOptions and who is invited: (address, MeetingAttendeeType, ExcludeConflicts) of each.

    ``numbers`` are those said, by element; ``minimum`` is a SuggestionQuality, empty where unsaid.
    """

    invited: tuple[tuple[str, str, bool], ...]
    window: tuple[Element, Element]
    numbers: dict[str, int]
    minimum: str
    current: Element | None


def _suggestions(element: Element) -> SuggestionsWish | None:
    """What suggestions a request asks for, None for none. Raises ``SchemaViolation``."""
    options = element.find(T + "SuggestionsViewOptions")
    if options is None:
        return None
    span, minimum = required(options, T + "DetailedSuggestionsWindow"), options.find(T + "MinimumSuggestionQuality")
    return SuggestionsWish(
        tuple(_invited(one) for one in required(element, M + "MailboxDataArray").iterfind(T + "MailboxData")),
        (required(span, T + "StartTime"), required(span, T + "EndTime")),
        {name: _number(options, name) for name in _NUMBERS if options.find(T + name) is not None},
        "" if minimum is None else one_of(minimum, frozenset(QUALITIES)),
        options.find(T + "CurrentMeetingTime"),
    )


def _invited(data: Element) -> tuple[str, str, bool]:
    exclude = data.find(T + "ExcludeConflicts")
    try:
        excluded = exclude is not None and read_boolean(text(exclude))
    except ValueError:
        raise bad_element(data) from None
    return _address(data), one_of(required(data, T + "AttendeeType"), _ROLES), excluded


def read_availability_wish(element: Element) -> AvailabilityWish:
    """A whole request. Raises ``SchemaViolation``."""
    zone = element.find(T + "TimeZone")
    options = element.find(T + "FreeBusyViewOptions")
    window, interval, view = None, 30, "FreeBusyMerged"
    if options is not None:
        span = required(options, T + "TimeWindow")
        window = required(span, T + "StartTime"), required(span, T + "EndTime")
        interval = _number(options, "MergedFreeBusyIntervalInMinutes", 30)
        asked = options.find(T + "RequestedView")
        view = view if asked is None else _view(asked)
    return AvailabilityWish(
        None if zone is None else _zone(zone),
        tuple(_address(one) for one in required(element, M + "MailboxDataArray").iterfind(T + "MailboxData")),
        window,
        interval,
        view,
        _suggestions(element),
    )


def _view(asked: Element) -> str:
    """The views asked for, as one. Raises ``SchemaViolation``."""
    named = text(asked).split()
    if not named or not set(named) <= _VIEWS.keys():
        raise bad_element(asked)
    bits = reduce(or_, (_VIEWS[name] for name in named))
    return next(name for name, all_bits in _VIEWS.items() if all_bits == bits)


def read_moment(element: Element, zone: tzinfo) -> datetime:
    """An end of the window as aware UTC, in ``zone`` where it has no offset. Raises ``SchemaViolation``."""
    try:
        return read_instant(text(element), zone)
    except ValueError:
        raise bad_element(element) from None


def _address(data: Element) -> str:
    return text(required(required(data, T + "Email"), T + "Address")).strip()


def _number(element: Element, name: str, default: int | None = None) -> int:
    found = element.find(T + name)
    if found is None and default is not None:
        return default
    found = required(element, T + name)
    try:
        return read_integer(text(found))
    except ValueError:
        raise bad_element(found) from None


def _zone(element: Element) -> Zone:
    standard, daylight = (_change(required(element, T + name)) for name in ("StandardTime", "DaylightTime"))
    return Zone(_number(element, "Bias"), standard, daylight)


def _change(element: Element) -> Change:
    month, order = _number(element, "Month"), _number(element, "DayOrder")
    if not 0 <= month <= 12 or not 0 <= order <= 31:
        raise SchemaViolation("A change of the time zone is out of range.")
    return Change(
        _number(element, "Bias"),
        _minutes(required(element, T + "Time")),
        order,
        month,
        _WEEK.index(one_of(required(element, T + "DayOfWeek"), frozenset(_WEEK))),
        _number(element, "Year", 0),
    )


def _minutes(element: Element) -> int:
    parts = text(element).strip().split(":")
    if len(parts) not in (2, 3) or not all(part.isascii() and part[:2].isdigit() for part in parts):
        raise bad_element(element)
    return int(parts[0][:2]) * 60 + int(parts[1][:2])


_EPOCH = datetime(1970, 1, 1)
LocalText = Callable[[int], str]


@lru_cache(maxsize=64)
def local_text(zone: tzinfo) -> LocalText:
    """What writes seconds since 1970 as local time of ``zone``, without offset."""

    @lru_cache(maxsize=8192)
    def write(seconds: int) -> str:
        utc = _EPOCH + timedelta(seconds=seconds)
        return zone.fromutc(utc.replace(tzinfo=zone)).replace(tzinfo=None).isoformat(timespec="seconds")

    return write


def write_event(start: str, end: str, busy: str, details: str = "") -> str:
    """One CalendarEvent; ``details`` is a written ``CalendarEventDetails``."""
    return (
        f"<t:CalendarEvent><t:StartTime>{start}</t:StartTime><t:EndTime>{end}</t:EndTime>"
        f"<t:BusyType>{busy}</t:BusyType>{details}</t:CalendarEvent>"
    )


def write_details(identifier: str, subject: str, location: str, bits: Sequence[bool]) -> str:
    """CalendarEventDetails; ``bits``: is it a meeting, recurring, an exception, with a reminder, private."""
    meeting, recurring, exception, reminder, private = ("true" if bit else "false" for bit in bits)
    head = f"<t:ID>{identifier}</t:ID>" if identifier else ""
    if subject:
        head += f"<t:Subject>{escape(subject)}</t:Subject>"
    if location:
        head += f"<t:Location>{escape(location)}</t:Location>"
    return (
        f"<t:CalendarEventDetails>{head}<t:IsMeeting>{meeting}</t:IsMeeting><t:IsRecurring>{recurring}</t:IsRecurring>"
        f"<t:IsException>{exception}</t:IsException><t:IsReminderSet>{reminder}</t:IsReminderSet>"
        f"<t:IsPrivate>{private}</t:IsPrivate></t:CalendarEventDetails>"
    )


def write_working_hours(zone: Any, periods: Iterable[Any]) -> str:
    """WorkingHours: ``zone`` has the attributes of ``Zone``, a period ``days`` (bits), ``start`` and ``end``."""
    written = "".join(
        f"<t:WorkingPeriod><t:DayOfWeek>{_days(period.days)}</t:DayOfWeek>"
        f"<t:StartTimeInMinutes>{period.start}</t:StartTimeInMinutes>"
        f"<t:EndTimeInMinutes>{period.end}</t:EndTimeInMinutes></t:WorkingPeriod>"
        for period in periods
    )
    return (
        f"<t:WorkingHours><t:TimeZone><t:Bias>{zone.bias}</t:Bias>{_write_change('StandardTime', zone.standard)}"
        f"{_write_change('DaylightTime', zone.daylight)}</t:TimeZone>"
        f"<t:WorkingPeriodArray>{written}</t:WorkingPeriodArray></t:WorkingHours>"
    )


def _days(bits: int) -> str:
    return " ".join(day for place, day in enumerate(_WEEK) if bits >> place & 1)


def _write_change(name: str, change: Any) -> str:
    hours, minutes = divmod(change.minutes, 60)
    return (
        f"<t:{name}><t:Bias>{change.bias}</t:Bias><t:Time>{hours:02}:{minutes:02}:00</t:Time>"
        f"<t:DayOrder>{change.order}</t:DayOrder><t:Month>{change.month}</t:Month>"
        f"<t:DayOfWeek>{_WEEK[change.weekday]}</t:DayOfWeek></t:{name}>"
    )


def write_view(view: str, merged: str | None, events: Sequence[str] | None, working_hours: str) -> str:
    """One successful FreeBusyResponse; what is None is not part of the view."""
    stream = "" if merged is None else f"<t:MergedFreeBusy>{merged}</t:MergedFreeBusy>"
    array = f"<t:CalendarEventArray>{''.join(events)}</t:CalendarEventArray>" if events else ""
    return (
        '<m:FreeBusyResponse><m:ResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>'
        f"</m:ResponseMessage><m:FreeBusyView><t:FreeBusyViewType>{view}</t:FreeBusyViewType>{stream}{array}"
        f"{working_hours}</m:FreeBusyView></m:FreeBusyResponse>"
    )


def write_refused_view(refusal: Refusal) -> str:
    """One failed FreeBusyResponse."""
    return (
        f"<m:FreeBusyResponse><m:ResponseMessage {refused_attributes(refusal)}>{refused_content(refusal)}"
        "</m:ResponseMessage><m:FreeBusyView><t:FreeBusyViewType>None</t:FreeBusyViewType></m:FreeBusyView>"
        "</m:FreeBusyResponse>"
    )


def write_unknown_conflict() -> str:
    """Of an attendee that nobody knows."""
    return "<t:UnknownAttendeeConflictData/>"


def write_individual_conflict(busy: str) -> str:
    """Of one person, room or resource; ``busy`` is a LegacyFreeBusyStatus."""
    return f"<t:IndividualAttendeeConflictData><t:BusyType>{busy}</t:BusyType></t:IndividualAttendeeConflictData>"


def write_big_group_conflict() -> str:
    """Of a group that is too big to look at."""
    return "<t:TooBigGroupAttendeeConflictData/>"


def write_group_conflict(members: int, available: int, conflicting: int, unknown: int) -> str:
    """Of a group."""
    return (
        f"<t:GroupAttendeeConflictData><t:NumberOfMembers>{members}</t:NumberOfMembers>"
        f"<t:NumberOfMembersAvailable>{available}</t:NumberOfMembersAvailable>"
        f"<t:NumberOfMembersWithConflict>{conflicting}</t:NumberOfMembersWithConflict>"
        f"<t:NumberOfMembersWithNoData>{unknown}</t:NumberOfMembersWithNoData></t:GroupAttendeeConflictData>"
    )


def write_suggestion(start: str, work: bool, quality: str, conflicts: Iterable[str]) -> str:
    """One suggested time with the written conflict data of each attendee, in the request's order."""
    hours = "true" if work else "false"
    return (
        f"<t:Suggestion><t:MeetingTime>{start}</t:MeetingTime><t:IsWorkTime>{hours}</t:IsWorkTime>"
        f"<t:SuggestionQuality>{quality}</t:SuggestionQuality><t:AttendeeConflictDataArray>{''.join(conflicts)}"
        "</t:AttendeeConflictDataArray></t:Suggestion>"
    )


def write_suggestion_day(date: str, quality: str, suggestions: Iterable[str]) -> str:
    """One day of suggestions."""
    return (
        f"<t:SuggestionDayResult><t:Date>{date}</t:Date><t:DayQuality>{quality}</t:DayQuality>"
        f"<t:SuggestionArray>{''.join(suggestions)}</t:SuggestionArray></t:SuggestionDayResult>"
    )


def write_availability(views: Sequence[str] | None, days: Sequence[str] | None = None) -> str:
    """A whole GetUserAvailabilityResponse: a view for each mailbox in order, and the days of suggestions."""
    array = "" if views is None else f"<m:FreeBusyResponseArray>{''.join(views)}</m:FreeBusyResponseArray>"
    if days is not None:
        array += (
            '<m:SuggestionsResponse><m:ResponseMessage ResponseClass="Success"><m:ResponseCode>NoError'
            f"</m:ResponseCode></m:ResponseMessage><m:SuggestionDayResultArray>{''.join(days)}"
            "</m:SuggestionDayResultArray></m:SuggestionsResponse>"
        )
    return f"<m:GetUserAvailabilityResponse {DECLARED}>{array}</m:GetUserAvailabilityResponse>"
