"""Query strings (Advanced Query Syntax) as people type them: ``subject:"old barn" from:bob received:today`` [AQS].

Words begin words, quoted phrases stand whole, case never matters. Neighbours must all hold; ``OR``, ``NOT`` and
parentheses group. What follows an unknown property is looked for like any other word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime, tzinfo
from typing import Any

from samband.wire.ews.fields.errors import PropertyError
from samband.wire.ews.fields.table import FIELDS
from samband.wire.ews.matching import matcher
from samband.wire.ews.query_values import Days, Read, Test, read_size
from samband.wire.ews.restrictions import Restriction

MAX_LENGTH = 4096
MAX_DEPTH = 50
_TOKEN = re.compile(r'([A-Za-z]+):(?=\S)|(\()|(\))|((?:[<>]=?|=)?"[^"]*"?)|((?:[^\s()"]|"[^"]*")+)')

Texts = Callable[[Any], Iterable[str]]


def _texts(*uris: str) -> Texts:
    fields = [FIELDS[uri] for uri in uris]

    def texts(item: Any) -> Iterable[str]:
        return [str(term) for field in fields for term in field.terms(item)]

    return texts


def _attachments(item: Any) -> Iterable[str]:
    return [attachment.name for attachment in item.attachments]


_SUBJECT = _texts("item:Subject")
_BODY = _texts("item:TextBody")
_FROM = _texts("message:From", "message:Sender", "calendar:Organizer")
_TO = _texts("message:ToRecipients", "calendar:RequiredAttendees", "calendar:OptionalAttendees")
_CC = _texts("message:CcRecipients")
_BCC = _texts("message:BccRecipients")
_CATEGORY = _texts("item:Categories")
_LOCATION = _texts("calendar:Location")


def _all_of(*sources: Texts) -> Texts:
    return lambda item: [text for source in sources for text in source(item)]


_ANYWHERE = _all_of(_SUBJECT, _BODY, _FROM, _TO, _CC, _BCC, _CATEGORY, _LOCATION, _attachments)


def _words(texts: Texts) -> Read:
    def read(value: str) -> Test:
        phrase = value.startswith('"')
        if not value.strip('"'):
            return _anything
        matches = matcher(value.strip('"'), "ExactPhrase" if phrase else "PrefixOnWords", "IgnoreCase")
        return lambda item: any(matches(text) for text in texts(item))

    return read


def _flag(attribute: str) -> Read:
    def read(value: str) -> Test:
        wanted = value.strip('"').lower() in ("true", "yes", "1")
        return lambda item: bool(getattr(item.properties, attribute, False)) is wanted

    return read


def _importance(value: str) -> Test:
    wanted = value.strip('"').lower()
    return lambda item: str(item.properties.importance).lower() == wanted


_KINDS = {
    "email": ("Message",),
    "meetings": ("CalendarItem", "MeetingRequest", "MeetingResponse", "MeetingCancellation"),
    "contacts": ("Contact", "DistributionList"),
    "tasks": ("Task",),
    "posts": ("PostItem",),
}


def _kind(value: str) -> Test:
    kinds = _KINDS.get(value.strip('"').lower(), ())
    return lambda item: item.kind in kinds


def _readers(days: Days) -> dict[str, Read]:
    attachments, flagged = _words(_attachments), _flag("has_attachments")
    return {
        "subject": _words(_SUBJECT),
        "body": _words(_BODY),
        "content": _words(_BODY),
        "from": _words(_FROM),
        "sender": _words(_FROM),
        "to": _words(_TO),
        "cc": _words(_CC),
        "bcc": _words(_BCC),
        "participants": _words(_all_of(_FROM, _TO, _CC, _BCC)),
        "recipients": _words(_all_of(_TO, _CC, _BCC)),
        "attachment": attachments,
        "attachments": attachments,
        "attachmentnames": attachments,
        "category": _words(_CATEGORY),
        "location": _words(_LOCATION),
        "kind": _kind,
        "size": read_size,
        "importance": _importance,
        "isread": _flag("is_read"),
        "read": _flag("is_read"),
        "hasattachment": flagged,
        "hasattachments": flagged,
        "received": days.reader("date_time_received"),
        "sent": days.reader("date_time_sent"),
        "date": days.reader("date_time_received"),
        "start": days.reader("start"),
        "end": days.reader("end"),
    }


def _nothing(_: Any) -> bool:
    return False


def _anything(_: Any) -> bool:
    return True


class _Parser:
    """Recursive descent over the tokens of one query."""

    def __init__(self, text: str, days: Days) -> None:
        self._tokens = [match.groups() for match in _TOKEN.finditer(text)]
        self._place = 0
        self._depth = 0
        self._readers = _readers(days)
        self._anywhere = _words(_ANYWHERE)

    def _peek(self) -> str:
        """The kind of the next token: ``name``, ``(``, ``)``, ``OR``, ``AND``, ``NOT``, ``value``, or nothing."""
        if self._place >= len(self._tokens):
            return ""
        name, opening, closing, _, word = self._tokens[self._place]
        if name is not None:
            return "name"
        if opening or closing:
            return "(" if opening else ")"
        return word if word in ("OR", "AND", "NOT") else "value"

    def any_of(self) -> Test:
        tests = [self._all_of()]
        while self._peek() == "OR":
            self._place += 1
            tests.append(self._all_of())
        return tests[0] if len(tests) == 1 else lambda item: any(test(item) for test in tests)

    def _all_of(self) -> Test:
        tests: list[Test] = []
        while (kind := self._peek()) not in ("", ")", "OR"):
            if kind == "AND":
                self._place += 1
                continue
            tests.append(self._one())
        return lambda item: all(test(item) for test in tests)

    def _one(self) -> Test:
        kind = self._peek()
        name, _, _, phrase, word = self._tokens[self._place]
        self._place += 1
        if kind == "NOT":
            test = self._one() if self._peek() not in ("", ")", "OR", "AND") else _nothing
            return lambda item: not test(item)
        if kind == "(":
            return self._inside()
        if kind == "name":
            return self._named(name or "")
        return self._anywhere(phrase or word or "")

    def _inside(self) -> Test:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise PropertyError("ErrorUnsupportedQueryFilter", "The query is nested too deeply.")
        test = self.any_of()
        if self._peek() == ")":
            self._place += 1
        self._depth -= 1
        return test

    def _named(self, name: str) -> Test:
        read = self._readers.get(name.lower(), self._anywhere)
        if self._peek() == "(":
            # A property may hold for a group of values: from:(bob OR carol).
            outer, self._anywhere = self._anywhere, read
            self._place += 1
            test = self._inside()
            self._anywhere = outer
            return test
        if self._place >= len(self._tokens):
            return read("")
        _, _, _, phrase, word = self._tokens[self._place]
        self._place += 1
        return read(phrase or word or "")


def read_query_string(text: str, zone: tzinfo, now: datetime) -> Restriction:
    """A query string as a restriction; days are those of ``zone``. Raises ``PropertyError``."""
    if len(text) > MAX_LENGTH:
        raise PropertyError("ErrorQueryFilterTooLong", "The query is too long.")
    parser = _Parser(text, Days(zone, now))
    return Restriction(parser.any_of(), paths=(FIELDS["item:Body"], FIELDS["item:Attachments"]))
