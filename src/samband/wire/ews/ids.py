"""Identifiers as clients see them: opaque base64 around who, what and which row.

An identifier is 30 bytes: version, kind, the mailbox's guid (16), the row (8, big-endian), an ordinal (4). The first 18
bytes are a whole number of base64 groups, so the text before the row is the same for all of a mailbox's items.
Those of items and occurrences end in zeros and are 108 bytes, nearly as long as Exchange's: DavMail takes a text of
less than 144 characters, ``.EML`` included, for an item's name rather than its identifier.
A change key is 9 bytes: version and the number of the row's last write.
"""

from __future__ import annotations

import base64
import binascii
import struct
import uuid
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

_VERSION = 1
_TAIL = struct.Struct(">QI")
_KEY = struct.Struct(">BQ")
_ID_BYTES = 30
_LONG = 78
_MAX_ROW = 2**63 - 1


class MalformedId(ValueError):
    """A text that is no identifier of ours."""


class IdKind(IntEnum):
    """What an identifier names."""

    FOLDER = 1
    ITEM = 2
    OCCURRENCE = 3
    """An occurrence of a recurring item: the master's row, and an ordinal the calendar family gives meaning to."""
    ATTACHMENT = 4
    """The attachment's row."""
    PERSONA = 5
    CONVERSATION = 7


@dataclass(frozen=True, slots=True)
class ObjectId:
    """A read identifier. ``mailbox`` is the guid in lower case with hyphens."""

    kind: IdKind
    mailbox: str
    row: int
    ordinal: int = 0


_PADDED = frozenset({IdKind.ITEM, IdKind.OCCURRENCE})
_PADDING = base64.b64encode(bytes(_LONG)).decode("ascii")


@lru_cache(maxsize=4096)
def _prefix(kind: IdKind, mailbox: str) -> str:
    return base64.b64encode(bytes((_VERSION, kind)) + uuid.UUID(mailbox).bytes).decode("ascii")


def write_id(kind: IdKind, mailbox: str, row: int, ordinal: int = 0) -> str:
    """The identifier of ``row`` in ``mailbox`` (a guid). The same arguments always give the same text."""
    text = _prefix(kind, mailbox) + binascii.b2a_base64(_TAIL.pack(row, ordinal), newline=False).decode("ascii")
    return text + _PADDING if kind in _PADDED else text


def read_id(text: str, *kinds: IdKind) -> ObjectId:
    """Read an identifier, of one of ``kinds`` where any are given. Raises ``MalformedId``."""
    try:
        raw = base64.b64decode(text, validate=True)
        if len(raw) < _ID_BYTES or raw[0] != _VERSION:
            raise MalformedId("not an identifier")
        kind = IdKind(raw[1])
        if raw[_ID_BYTES:] != bytes(_LONG if kind in _PADDED else 0):
            raise MalformedId("not an identifier")
    except ValueError:
        raise MalformedId("not an identifier") from None
    row, ordinal = _TAIL.unpack_from(raw, 18)
    if row > _MAX_ROW or (kinds and kind not in kinds):
        raise MalformedId("not an identifier of this kind")
    return ObjectId(kind, str(uuid.UUID(bytes=raw[2:18])), row, ordinal)


def write_change_key(change_key: int) -> str:
    """The change key of a row whose last write had the number ``change_key``."""
    return binascii.b2a_base64(_KEY.pack(_VERSION, change_key), newline=False).decode("ascii")


def read_change_key(text: str) -> int:
    """The number inside a change key. Raises ``MalformedId``."""
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raise MalformedId("not a change key") from None
    if len(raw) != _KEY.size or raw[0] != _VERSION:
        raise MalformedId("not a change key")
    number: int = _KEY.unpack(raw)[1]
    return number
