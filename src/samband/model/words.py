"""The words of items: what of an item is searched, and what counts as a word of it.

A word is a run of letters, digits and underscores, in any case. Each is kept under a key that says whose mailbox and
which field it stands in, so that what one mailbox holds costs a search in another nothing.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from samband.model.bodies import text_of_html
from samband.model.item_queries import Word, Words
from samband.model.item_values import BodyKind
from samband.model.items import Item, ItemProperties

SUBJECT, BODY, FROM, TO, CC, BCC = "s", "b", "f", "t", "c", "d"
ATTACHMENTS, CATEGORIES, LOCATION, NAMES = "a", "g", "l", "n"
"""Names are those of contacts and of members of lists, with their addresses and numbers."""

MAX_WORD = 128
"""Words are told apart by so many characters."""
MAX_KEYS = 640 * 1024
"""How many bytes the keys of one item have at most (PostgreSQL keeps no more than a megabyte)."""

_word = re.compile(r"\w+")
_ASCII = {code: chr(code).lower() if _word.match(chr(code)) else " " for code in range(128)}
"""Sets the words of ASCII text apart by spaces, which is many times faster than to look for each."""


def words(text: str) -> set[str]:
    """The different words of ``text``, in lower case."""
    found = set(text.translate(_ASCII).split() if text.isascii() else _word.findall(text.casefold()))
    return {word[:MAX_WORD] for word in found}


def prefix(mailbox: str, field: str) -> str:
    """What keys of words in ``field`` of items of ``mailbox`` begin with; seldom also those of another mailbox."""
    return f"{zlib.crc32(mailbox.encode()):08x}{field}"


def keys(item: Item) -> str | None:
    """The keys of the words of a whole ``item``, by spaces; None where it has too many to be kept."""
    found: set[str] = set()
    box = prefix(item.mailbox, "")
    for field, texts in searched(item):
        start = box + field
        for text in texts:
            found.update([start + word for word in words(text)])
    joined = " ".join(found)
    return joined if len(joined) <= MAX_KEYS // 4 or len(joined.encode()) <= MAX_KEYS else None


def asked(mailbox: str, wanted: Words) -> tuple[list[tuple[Word, ...]], bool]:
    """What of the index is true of every item that ``wanted`` is, and whether the reverse holds too."""
    text = wanted.text.casefold()
    places = [match.span() for match in _word.finditer(text)]
    found: list[tuple[Word, ...]] = []
    for start, end in places:
        # A word that goes on to the left of the text cannot be looked up: words are kept by their beginnings.
        if start == 0 and not wanted.begins:
            continue
        open_end = (end == len(text) and not wanted.ends) or end - start >= MAX_WORD
        word = text[start:end][:MAX_WORD]
        found.append(tuple(Word(prefix(mailbox, field) + word, open_end) for field in wanted.fields))
    exact = len(found) == 1 and places[0] == (0, len(text)) and len(text) < MAX_WORD
    return found, exact


def searched(item: Item) -> Iterator[tuple[str, Iterable[str]]]:
    """(field, texts in it) of a whole item."""
    properties: Any = item.properties
    yield SUBJECT, (properties.subject,)
    yield BODY, (_body(item.properties),)
    one = [getattr(properties, name, None) for name in ("from_", "sender", "organizer")]
    yield FROM, _people(person for person in one if person is not None)
    yield TO, [*_people(getattr(properties, "to_recipients", ())), *_attendees(properties, *_ATTENDEES)]
    yield CC, _people(getattr(properties, "cc_recipients", ()))
    yield BCC, _people(getattr(properties, "bcc_recipients", ()))
    yield ATTACHMENTS, [one.name for one in item.attachments]
    yield CATEGORIES, item.properties.categories
    yield LOCATION, (getattr(properties, "location", ""),)
    yield NAMES, _names(properties)


_ATTENDEES = ("required_attendees", "optional_attendees", "resources")
_NAMED = ("display_name", "file_as", "given_name", "surname", "nickname", "company_name", "job_title", "department")


def _body(properties: ItemProperties) -> str:
    body = properties.body
    if body is None:
        return ""
    return body.content if body.kind is BodyKind.TEXT else text_of_html(body.content)


def _people(people: Iterable[Any]) -> list[str]:
    return [text for person in people for text in (person.name, person.address)]


def _attendees(properties: Any, *names: str) -> list[str]:
    return _people(attendee.mailbox for name in names for attendee in getattr(properties, name, ()))


def _names(properties: Any) -> list[str]:
    texts = [getattr(properties, name, "") for name in _NAMED]
    texts += _people(getattr(properties, "email_addresses", {}).values())
    texts += getattr(properties, "phone_numbers", {}).values()
    texts += getattr(properties, "im_addresses", {}).values()
    texts += _people(member.mailbox for member in getattr(properties, "members", ()))
    return texts
