"""Codecs of correspondents and attendees [MS-OXWSCDATA]."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from samband.wire.ews.fields.codecs import Codec, Plain, Term, Write, read_local, required_child, texts
from samband.wire.ews.names import T
from samband.wire.xml.reading import Element, bad_element, first
from samband.wire.xml.text import escape
from samband.wire.xml.values import write_instant

_RESPONSES = frozenset({"Unknown", "Organizer", "Tentative", "Accept", "Decline", "NoResponseReceived"})
_EMAIL_ADDRESS, _ADDRESS, _NAME = T + "EmailAddress", T + "Address", T + "Name"
_ROUTING, _MAILBOX_TYPE = T + "RoutingType", T + "MailboxType"
_RESPONSE = T + "ResponseType"
MAX_RECIPIENTS = 5000
"""How many correspondents one element may name."""


def read_mailbox(element: Element) -> Plain:
    """``t:Mailbox`` (EmailAddressType) as (name, address, routing type, mailbox type)."""
    said = texts(element)
    address = said.get(_EMAIL_ADDRESS)
    if address is None:
        address = said.get(_ADDRESS, "")
    return said.get(_NAME, "").strip(), address.strip(), said.get(_ROUTING) or "SMTP", said.get(_MAILBOX_TYPE, "")


def write_mailbox(value: Any) -> str:
    """``<t:Mailbox>`` of something with name, address, routing_type and mailbox_type."""
    name = value.name or value.address
    parts = [f"<t:Mailbox><t:Name>{escape(name)}</t:Name>"] if name else ["<t:Mailbox>"]
    if value.address:
        parts.append(
            f"<t:EmailAddress>{escape(value.address)}</t:EmailAddress>"
            f"<t:RoutingType>{escape(value.routing_type)}</t:RoutingType>"
        )
    if value.mailbox_type:
        parts.append(f"<t:MailboxType>{escape(value.mailbox_type)}</t:MailboxType>")
    parts.append("</t:Mailbox>")
    return "".join(parts)


def _mailbox_terms(value: Any) -> Sequence[Term]:
    if value is None:
        return ()
    return tuple(text for text in (value.name or value.address, value.address) if text)


def _read_single(element: Element) -> Plain:
    found = first(element, T + "Mailbox")
    return None if found is None else read_mailbox(found)


def _single_writer(name: str) -> Write:
    start, end = f"<t:{name}>", f"</t:{name}>"

    def write(value: Any) -> str:
        return "" if value is None else start + write_mailbox(value) + end

    return write


def _read_list(element: Element) -> Plain:
    if len(element) > MAX_RECIPIENTS:
        raise bad_element(element)
    return [read_mailbox(found) for found in element.iterchildren(T + "Mailbox")]


def _list_writer(name: str) -> Write:
    start, end = f"<t:{name}>", f"</t:{name}>"

    def write(values: Any) -> str:
        return start + "".join([write_mailbox(value) for value in values]) + end if values else ""

    return write


MAILBOX = Codec(_read_single, _single_writer, str, _mailbox_terms)
MAILBOXES = Codec(
    _read_list, _list_writer, str, lambda values: [term for value in values for term in _mailbox_terms(value)]
)


def _read_attendee(element: Element) -> Plain:
    attendee: dict[str, Plain] = {"mailbox": read_mailbox(required_child(element, "Mailbox"))}
    if len(element) == 1:
        return attendee
    said = texts(element)
    response = said.get(_RESPONSE)
    if response is not None:
        if response not in _RESPONSES:
            raise bad_element(required_child(element, "ResponseType"))
        attendee["response_type"] = response
    for name, attribute in _ATTENDEE_TIMES:
        text = said.get(T + name)
        if text is not None:
            try:
                attendee[attribute] = read_local(text)
            except ValueError:
                raise bad_element(required_child(element, name)) from None
    return attendee


_ATTENDEE_TIMES = (
    ("LastResponseTime", "last_response_time"),
    ("ProposedStart", "proposed_start"),
    ("ProposedEnd", "proposed_end"),
)


def _write_attendee(value: Any) -> str:
    parts = [f"<t:Attendee>{write_mailbox(value.mailbox)}<t:ResponseType>", value.response_type, "</t:ResponseType>"]
    for name, attribute in _ATTENDEE_TIMES:
        instant = getattr(value, attribute)
        if instant is not None:
            parts.append(f"<t:{name}>{write_instant(instant)}</t:{name}>")
    parts.append("</t:Attendee>")
    return "".join(parts)


def _attendees_writer(name: str) -> Write:
    start, end = f"<t:{name}>", f"</t:{name}>"

    def write(values: Any) -> str:
        return start + "".join([_write_attendee(value) for value in values]) + end if values else ""

    return write


def _read_attendees(element: Element) -> Plain:
    if len(element) > MAX_RECIPIENTS:
        raise bad_element(element)
    return [_read_attendee(found) for found in element.iterchildren(T + "Attendee")]


ATTENDEES = Codec(
    _read_attendees,
    _attendees_writer,
    str,
    lambda values: [term for value in values for term in _mailbox_terms(value.mailbox)],
)
