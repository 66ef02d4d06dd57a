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
from samband.wire.ews.query_values import Days, Read, read_size
from samband.wire.ews.restrictions import AnyOf, Bound, Restriction, Words, either, every

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
_TO = _texts("message:ToRecipients", "calendar:RequiredAttendees", "calendar:OptionalAttendees", "calendar:Resources")
_CC = _texts("message:CcRecipients")
_BCC = _texts("message:BccRecipients")
_CATEGORY = _texts("item:Categories")
_LOCATION = _texts("calendar:Location")


def _all_of(*sources: Texts) -> Texts:
    return lambda item: [text for source in sources for text in source(item)]


def _names(item: Any) -> Iterable[str]:
    """What people are found by that an item is about."""
    properties = item.properties
    texts = [getattr(properties, name, "") for name in _NAMED]
    people = [*getattr(properties, "email_addresses", {}).values()]
    people += [member.mailbox for member in getattr(properties, "members", ())]
    texts += [text for person in people for text in (person.name, person.address)]
    texts += getattr(properties, "phone_numbers", {}).values()
    return [*texts, *getattr(properties, "im_addresses", {}).values()]


_NAMED = ("display_name", "file_as", "given_name", "surname", "nickname", "company_name", "job_title", "department")
_ANYWHERE = _all_of(_SUBJECT, _BODY, _FROM, _TO, _CC, _BCC, _CATEGORY, _LOCATION, _attachments, _names)


def _words(texts: Texts, fields: str) -> Read:
    """Reads a word or phrase that stands in ``texts``, which the index of words has under ``fields``."""

    def read(value: str) -> Restriction:
        text = value.removeprefix("=").strip('"')
        whole = value.startswith(('"', "=")) and not value.endswith('*"')
        text = text.removesuffix("*")
        if not text:
            return Restriction(_anything)
        matches = matcher(text, "ExactPhrase" if whole else "PrefixOnWords", "IgnoreCase")
        bounds = (Words(fields, text, ends=whole),)
        return Restriction(lambda item: any(matches(one) for one in texts(item)), bounds, _is_word(text), paths)

    paths = tuple(FIELDS[uri] for field, uri in _LOADED.items() if field in fields)
    return read


_LOADED = {"b": "item:Body", "a": "item:Attachments"}
"""What must be loaded beside the other properties of an item."""


def _is_word(text: str) -> bool:
    return re.fullmatch(r"\w+", text.casefold()) is not None


def _said(value: str) -> bool:
    return value.strip('"').lower() in ("true", "yes", "1")


def _is_read(value: str) -> Restriction:
    wanted = _said(value)
    bounds = () if wanted else (Bound("is_read", "=", False),)
    return Restriction(lambda item: getattr(item.properties, "is_read", None) is wanted, bounds, not wanted)


def _has_attachments(value: str) -> Restriction:
    wanted = _said(value)
    bounds = (Bound("attached", ">", 0),) if wanted else ()
    return Restriction(lambda item: item.properties.has_attachments is wanted, bounds)


def _importance(value: str) -> Restriction:
    wanted = value.strip('"').lower()
    return Restriction(lambda item: str(item.properties.importance).lower() == wanted)


def _flagged(value: str) -> Restriction:
    wanted = _said(value)
    return Restriction(lambda item: (item.properties.flag.status == "Flagged") is wanted)


_MEETINGS = ("CalendarItem", "MeetingRequest", "MeetingResponse", "MeetingCancellation", "MeetingMessage")
_KINDS = {
    "email": ("Message",),
    "message": ("Message",),
    "meetings": _MEETINGS,
    "calendar": _MEETINGS,
    "contacts": ("Contact", "DistributionList"),
    "tasks": ("Task",),
    "posts": ("PostItem",),
}
_CLASSES = {
    "im": "ipm.note.microsoft.conversation",
    "notes": "ipm.stickynote",
    "journals": "ipm.activity",
    "rssfeeds": "ipm.post.rss",
    "voicemail": "ipm.note.microsoft.voicemail",
    "faxes": "ipm.note.microsoft.fax",
}


def _kind(value: str) -> Restriction:
    name = value.strip('"').removeprefix("=").lower()
    if name in _CLASSES:
        stem = _CLASSES[name]
        return Restriction(lambda item: f"{item.item_class.lower()}.".startswith(f"{stem}."))
    kinds = _KINDS.get(name, ())
    bounds = AnyOf(tuple((Bound("kind", "=", kind),) for kind in kinds))
    return Restriction(lambda item: item.kind in kinds, (bounds,) if kinds else (), bool(kinds))


def _readers(days: Days) -> dict[str, Read]:
    attachments = _words(_attachments, "a")
    participants, body = _words(_all_of(_FROM, _TO, _CC, _BCC), "ftcd"), _words(_BODY, "b")
    return {
        "subject": _words(_SUBJECT, "s"),
        "body": body,
        "content": body,
        "contents": body,
        "from": _words(_FROM, "f"),
        "sender": _words(_FROM, "f"),
        "to": _words(_TO, "t"),
        "cc": _words(_CC, "c"),
        "bcc": _words(_BCC, "d"),
        "participants": participants,
        "people": participants,
        "recipients": _words(_all_of(_TO, _CC, _BCC), "tcd"),
        "attachment": attachments,
        "attachments": attachments,
        "attachmentnames": attachments,
        "category": _words(_CATEGORY, "g"),
        "categories": _words(_CATEGORY, "g"),
        "location": _words(_LOCATION, "l"),
        "kind": _kind,
        "size": read_size,
        "importance": _importance,
        "isread": _is_read,
        "read": _is_read,
        "isflagged": _flagged,
        "hasattachment": _has_attachments,
        "hasattachments": _has_attachments,
        "received": days.reader("date_time_received"),
        "sent": days.reader("date_time_sent"),
        "date": days.reader("date_time_received"),
        "start": days.reader("start"),
        "end": days.reader("end"),
    }


def _anything(_: Any) -> bool:
    return True


def _not(restriction: Restriction) -> Restriction:
    test = restriction.test
    return Restriction(lambda item: not test(item), paths=restriction.paths)


class _Parser:
    """Recursive descent over the tokens of one query."""

    def __init__(self, text: str, days: Days) -> None:
        self._tokens = [match.groups() for match in _TOKEN.finditer(text)]
        self._place = 0
        self._depth = 0
        self._readers = _readers(days)
        self._anywhere = _words(_ANYWHERE, "sbftcdagln")

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

    def any_of(self) -> Restriction:
        parts = [self._all_of()]
        while self._peek() == "OR":
            self._place += 1
            parts.append(self._all_of())
        return either(parts)

    def _all_of(self) -> Restriction:
        parts: list[Restriction] = []
        while (kind := self._peek()) not in ("", ")", "OR"):
            if kind == "AND":
                self._place += 1
                continue
            parts.append(self._one())
        return every(parts) if parts else Restriction(_anything)

    def _one(self) -> Restriction:
        kind = self._peek()
        name, _, _, phrase, word = self._tokens[self._place]
        self._place += 1
        if kind == "NOT":
            return _not(self._one()) if self._peek() not in ("", ")", "OR", "AND") else Restriction(_anything)
        if kind == "(":
            return self._inside()
        if kind == "name":
            return self._named(name or "")
        return self._anywhere(phrase or word or "")

    def _inside(self) -> Restriction:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise PropertyError("ErrorUnsupportedQueryFilter", "The query is nested too deeply.")
        found = self.any_of()
        if self._peek() == ")":
            self._place += 1
        self._depth -= 1
        return found

    def _named(self, name: str) -> Restriction:
        read = self._readers.get(name.lower(), self._anywhere)
        if self._peek() == "(":
            # A property may hold for a group of values: from:(bob OR carol).
            outer, self._anywhere = self._anywhere, read
            self._place += 1
            found = self._inside()
            self._anywhere = outer
            return found
        if self._place >= len(self._tokens):
            return read("")
        _, _, _, phrase, word = self._tokens[self._place]
        self._place += 1
        return read(phrase or word or "")


def read_query_string(text: str, zone: tzinfo, now: datetime) -> Restriction:
    """A query string as a restriction; days are those of ``zone``. Raises ``PropertyError``."""
    if len(text) > MAX_LENGTH:
        raise PropertyError("ErrorQueryFilterTooLong", "The query is too long.")
    return _Parser(text, Days(zone, now)).any_of()


def keywords(text: str) -> list[str]:
    """The words, phrases and named values of a query, each as a query of its own; none where it has no more than one.

    Names of groups of values are left out: they say nothing by themselves.
    """
    found: dict[str, None] = {}
    name = ""
    for named, opening, closing, phrase, word in (match.groups() for match in _TOKEN.finditer(text)):
        value = phrase or word
        if value and value not in ("OR", "AND", "NOT"):
            found[f"{name}:{value}" if name else value] = None
        name = named or ""
        if opening or closing:
            name = ""
    return list(found) if len(found) > 1 else []
