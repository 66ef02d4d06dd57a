"""EWS answers as values, for a server that asked another server. Prefixes never matter, unknown elements neither."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from samband.wire.ews.names import M, T
from samband.wire.soap.envelope import SOAP
from samband.wire.xml.reading import Element, Malformed, parse, text
from samband.wire.xml.values import read_instant


class Refused(Exception):
    """The other server said no: its ResponseCode and sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """One entry of a CalendarEventArray; ``busy_type`` is Free, Tentative, Busy, OOF or NoData."""

    start: datetime
    end: datetime
    busy_type: str
    subject: str = ""
    location: str = ""
    is_meeting: bool = False
    is_private: bool = False


@dataclass(frozen=True, slots=True)
class FreeBusy:
    """What GetUserAvailability says of one mailbox; ``working_hours`` is the WorkingHours element as sent."""

    merged: str
    events: tuple[CalendarEvent, ...]
    working_hours: str


@dataclass(frozen=True, slots=True)
class OofSettings:
    """What GetUserOofSettings says: ``state`` is Disabled, Enabled or Scheduled, the replies are text or HTML.

    ``audience``, for whom the external reply is: None, Known (to the mailbox's contacts) or All.
    """

    state: str
    start: datetime | None
    end: datetime | None
    reply: str
    audience: str = "None"
    external_reply: str = ""


def read_availability(body: bytes) -> FreeBusy:
    """The first FreeBusyResponse. Raises ``Refused`` or ``Malformed``."""
    answer = answered(body).find(f"{M}FreeBusyResponseArray/{M}FreeBusyResponse")
    if answer is None:
        raise Malformed("no FreeBusyResponse")
    check(answer.find(f"{M}ResponseMessage"))
    view = answer.find(f"{M}FreeBusyView")
    if view is None:
        raise Malformed("no FreeBusyView")
    hours = view.find(f"{T}WorkingHours")
    return FreeBusy(
        merged=text(view.find(f"{T}MergedFreeBusy")),
        events=tuple(_event(found) for found in view.iterfind(f"{T}CalendarEventArray/{T}CalendarEvent")),
        working_hours="" if hours is None else _verbatim(hours),
    )


def read_oof(body: bytes) -> OofSettings:
    """The OofSettings. Raises ``Refused`` or ``Malformed``."""
    answer = answered(body)
    check(answer.find(f"{M}ResponseMessage"))
    settings = answer.find(f"{T}OofSettings")
    if settings is None:
        raise Malformed("no OofSettings")
    start, end = settings.find(f"{T}Duration/{T}StartTime"), settings.find(f"{T}Duration/{T}EndTime")
    return OofSettings(
        state=text(settings.find(f"{T}OofState"), "Disabled"),
        start=None if start is None else _instant(start),
        end=None if end is None else _instant(end),
        reply=text(settings.find(f"{T}InternalReply/{T}Message")),
        audience=text(settings.find(f"{T}ExternalAudience"), "None"),
        external_reply=text(settings.find(f"{T}ExternalReply/{T}Message")),
    )


def read_subscription(body: bytes) -> str:
    """The SubscriptionId of a Subscribe. Raises ``Refused`` or ``Malformed``."""
    message = answered(body).find(f"{M}ResponseMessages/{M}SubscribeResponseMessage")
    check(message)
    name = "" if message is None else text(message.find(f"{M}SubscriptionId"))
    if not name:
        raise Malformed("no SubscriptionId")
    return name


@dataclass(frozen=True, slots=True)
class StreamedEvents:
    """One envelope of a GetStreamingEvents answer: subscriptions with news, those refused, and whether it ends."""

    changed: frozenset[str]
    invalid: frozenset[str]
    closed: bool


_ENVELOPE_END = re.compile(rb"</(?:[A-Za-z0-9_]+:)?Envelope\s*>")
_MAX_ENVELOPE = 4 * 1024 * 1024


class EnvelopeStream:
    """Cuts the endless answer of GetStreamingEvents into envelopes, however its bytes arrive."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> list[StreamedEvents]:
        """The envelopes that ``chunk`` completes. Raises ``Malformed`` where one is too large or not an answer."""
        self._rest += chunk
        found = []
        while end := _ENVELOPE_END.search(self._rest):
            found.append(_streamed(self._rest[: end.end()]))
            self._rest = self._rest[end.end() :]
        if len(self._rest) > _MAX_ENVELOPE:
            raise Malformed("an envelope without end")
        return found


def _streamed(body: bytes) -> StreamedEvents:
    message = answered(body).find(f"{M}ResponseMessages/{M}GetStreamingEventsResponseMessage")
    if message is None:
        raise Malformed("no GetStreamingEventsResponseMessage")
    changed = frozenset(
        text(one.find(f"{T}SubscriptionId")) for one in message.iterfind(f"{M}Notifications/{M}Notification")
    )
    # Exchange has these in the messages' namespace, its schema in that of the types.
    invalid = frozenset(text(one) for one in message.iterfind(f"{M}ErrorSubscriptionIds/*"))
    if message.get("ResponseClass") == "Error" and not invalid:
        check(message)
    return StreamedEvents(changed, invalid, text(message.find(f"{M}ConnectionStatus")) == "Closed")


def answered(body: bytes) -> Element:
    """The element in the body of an answer. Raises ``Refused`` for a fault, or ``Malformed``."""
    soap = "{" + SOAP + "}"
    root = parse(body)
    found = root.find(f"{soap}Body")
    if found is None or not len(found):
        raise Malformed("not a SOAP answer")
    if found[0].tag == f"{soap}Fault":
        code = text(found[0].find("faultcode")).rpartition(":")[2]
        raise Refused(code, text(found[0].find("faultstring")))
    return found[0]


def check(message: Element | None) -> None:
    """Raise ``Refused`` for a message that says no, ``Malformed`` where there is none."""
    if message is None:
        raise Malformed("no response message")
    if message.get("ResponseClass") == "Error":
        raise Refused(text(message.find(f"{M}ResponseCode")), text(message.find(f"{M}MessageText")))


def _event(found: Element) -> CalendarEvent:
    details = found.find(f"{T}CalendarEventDetails")

    def detail(name: str) -> str:
        return "" if details is None else text(details.find(T + name))

    start, end = found.find(f"{T}StartTime"), found.find(f"{T}EndTime")
    if start is None or end is None:
        raise Malformed("a calendar event without times")
    return CalendarEvent(
        start=_instant(start),
        end=_instant(end),
        busy_type=text(found.find(f"{T}BusyType"), "NoData"),
        subject=detail("Subject"),
        location=detail("Location"),
        is_meeting=detail("IsMeeting") == "true",
        is_private=detail("IsPrivate") == "true",
    )


def _instant(element: Element) -> datetime:
    try:
        return read_instant(text(element))
    except ValueError:
        raise Malformed("not a date and time") from None


def _verbatim(element: Element) -> str:
    """The element as sent, its namespaces declared on it and no others."""
    copy = etree.fromstring(etree.tostring(element, with_tail=False))
    etree.cleanup_namespaces(copy)
    return etree.tostring(copy, encoding="unicode")
