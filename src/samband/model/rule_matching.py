"""Whether an inbox rule is for a message: one test a condition."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from samband.model import automatic
from samband.model.item_values import EmailAddress
from samband.model.items import MessageProperties
from samband.model.rules import DateRange, Predicates, Rule, SizeRange

_FLAGS = {
    "Call": "call",
    "DoNotForward": "do not forward",
    "FollowUp": "follow up",
    "FYI": "for your information",
    "Forward": "forward",
    "NoResponseNecessary": "no response necessary",
    "Read": "read",
    "Reply": "reply",
    "ReplyToAll": "reply to all",
    "Review": "review",
}
_FLAG_REQUEST = "{00062008-0000-0000-c000-000000000046}:0x8530:String"
"""PidLidFlagRequest, as it travels."""
_VOICE = ("ipm.note.microsoft.voicemail", "ipm.note.rpmsg.microsoft.voicemail", "ipm.note.microsoft.missed.voice")
_SIGNED = ("ipm.note.smime.multipartsigned", "ipm.note.secure.sign")
_SMIME = ("ipm.note.smime", "ipm.note.secure")
KILOBYTE = 1024


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message as it comes into a mailbox; ``me`` are the owner's addresses in lower case, ``size`` is in bytes."""

    message: MessageProperties
    item_class: str
    me: frozenset[str]
    size: int
    has_attachments: bool


def applies(rule: Rule, arrival: Arrival) -> bool:
    """Whether ``rule`` is to run: all of its conditions hold, and none of its exceptions."""
    return all(_results(rule.conditions, arrival)) and not any(_results(rule.exceptions, arrival))


def _results(asked: Predicates, arrival: Arrival) -> Iterator[bool]:
    for attribute, test in TESTS.items():
        value = getattr(asked, attribute)
        if value:
            yield test(value, arrival)


def _contains(texts: Iterable[str], words: Iterable[str]) -> bool:
    lowered = [text.lower() for text in texts]
    return any(word.lower() in text for word in words for text in lowered)


def _body(arrival: Arrival) -> str:
    text = arrival.message.text_body
    return "" if text is None else text.content


def _header(arrival: Arrival) -> Iterator[str]:
    """Header fields as they came; what a message from inside has of them is what its properties say."""
    message = arrival.message
    for name, value in message.internet_headers:
        yield f"{name}: {value}"
    if not any(name.lower() == "from" for name, _ in message.internet_headers):
        for name, people in (
            ("From", _sender(arrival)),
            ("To", message.to_recipients),
            ("Cc", message.cc_recipients),
        ):
            yield f"{name}: {', '.join(f'{one.name} <{one.address}>' for one in people)}"
        yield f"Subject: {message.subject}"
        yield f"Message-ID: {message.internet_message_id}"


def _sender(arrival: Arrival) -> tuple[EmailAddress, ...]:
    return tuple(one for one in (arrival.message.from_, arrival.message.sender) if one is not None)


def _recipients(arrival: Arrival) -> tuple[EmailAddress, ...]:
    return (*arrival.message.to_recipients, *arrival.message.cc_recipients)


def _terms(people: Iterable[EmailAddress]) -> Iterator[str]:
    for one in people:
        yield one.name
        yield one.address


def _among(wanted: Iterable[EmailAddress], people: Iterable[EmailAddress]) -> bool:
    found = {one.address.lower() for one in people}
    return any(one.address.lower() in found for one in wanted)


def _mine(people: Iterable[EmailAddress], arrival: Arrival) -> bool:
    return any(one.address.lower() in arrival.me for one in people)


def _only_mine(arrival: Arrival) -> bool:
    people = _recipients(arrival)
    return bool(people) and all(one.address.lower() in arrival.me for one in people)


def _class(arrival: Arrival, *stems: str) -> bool:
    """Whether the message is of one of the classes ``stems`` (in lower case) or of a class below it."""
    own = arrival.item_class.lower()
    return any(own == stem or own.startswith(stem + ".") for stem in stems)


def _report(arrival: Arrival, kind: str) -> bool:
    own = arrival.item_class.lower()
    return own.startswith("report.") and own.endswith(kind)


def _flagged(value: str, arrival: Arrival) -> bool:
    said = [word.lower() for word in automatic.headers(arrival.message, "x-message-flag")]
    extended = arrival.message.extended.get(_FLAG_REQUEST)
    if isinstance(extended, str) and extended:
        said.append(extended.lower())
    return bool(said) if value == "Any" else _FLAGS[value] in said


def _within_dates(value: DateRange, arrival: Arrival) -> bool:
    came = arrival.message.date_time_received
    if came is None:
        return False
    return (value.start is None or value.start <= came) and (value.end is None or came <= value.end)


def _within_sizes(value: SizeRange, arrival: Arrival) -> bool:
    least = value.minimum is None or value.minimum * KILOBYTE <= arrival.size
    return least and (value.maximum is None or arrival.size <= value.maximum * KILOBYTE)


def _categories(value: Iterable[str], arrival: Arrival) -> bool:
    own = {one.lower() for one in arrival.message.categories}
    return any(one.lower() in own for one in value)


TESTS: dict[str, Callable[[Any, Arrival], bool]] = {
    "categories": _categories,
    "contains_body_strings": lambda value, one: _contains([_body(one)], value),
    "contains_header_strings": lambda value, one: _contains(_header(one), value),
    "contains_recipient_strings": lambda value, one: _contains(_terms(_recipients(one)), value),
    "contains_sender_strings": lambda value, one: _contains(_terms(_sender(one)), value),
    "contains_subject_or_body_strings": lambda value, one: _contains([one.message.subject, _body(one)], value),
    "contains_subject_strings": lambda value, one: _contains([one.message.subject], value),
    "flagged_for_action": _flagged,
    "from_addresses": lambda value, one: _among(value, _sender(one)),
    "from_connected_accounts": lambda value, one: False,
    "has_attachments": lambda _, one: one.has_attachments,
    "importance": lambda value, one: one.message.importance is value,
    "is_approval_request": lambda _, one: _class(one, "ipm.note.microsoft.approval.request"),
    "is_automatic_forward": lambda _, one: automatic.is_forward(one.message),
    "is_automatic_reply": lambda _, one: automatic.is_reply(one.message, one.item_class),
    "is_encrypted": lambda _, one: _class(one, *_SMIME) and not _class(one, *_SIGNED),
    "is_meeting_request": lambda _, one: _class(one, "ipm.schedule.meeting.request"),
    "is_meeting_response": lambda _, one: _class(one, "ipm.schedule.meeting.resp"),
    "is_ndr": lambda _, one: _report(one, ".ndr"),
    "is_permission_controlled": lambda _, one: _class(one, "ipm.note.rpmsg"),
    "is_read_receipt": lambda _, one: _report(one, ".ipnrn"),
    "is_signed": lambda _, one: _class(one, *_SIGNED),
    "is_voicemail": lambda _, one: _class(one, *_VOICE),
    "item_classes": lambda value, one: _class(one, *(stem.lower() for stem in value)),
    "message_classifications": lambda value, one: False,
    "not_sent_to_me": lambda _, one: not _mine(one.message.to_recipients, one),
    "sent_cc_me": lambda _, one: _mine(one.message.cc_recipients, one),
    "sent_only_to_me": lambda _, one: _only_mine(one),
    "sent_to_addresses": lambda value, one: _among(value, _recipients(one)),
    "sent_to_me": lambda _, one: _mine(one.message.to_recipients, one),
    "sent_to_or_cc_me": lambda _, one: _mine(_recipients(one), one),
    "sensitivity": lambda value, one: one.message.sensitivity is value,
    "within_date_range": _within_dates,
    "within_size_range": _within_sizes,
}
"""Attribute of ``Predicates`` -> (what it asks for, the message) -> whether that holds. Rules that name a connected
account or a classification are refused, for there are none; one that is kept is for no message."""
