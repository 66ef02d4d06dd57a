"""ConvertId, read and written: one identifier in its several spellings [MS-OXWSCVTID]."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, unquote

from samband.wire.ews.derived_ids import entry_id_of
from samband.wire.ews.ids import MalformedId, ObjectId, read_id
from samband.wire.ews.names import M, T
from samband.wire.xml.reading import Element, at_most, attribute, attribute_of, missing, required, unexpected
from samband.wire.xml.text import escape_attribute

MAX_IDS = 1000
FORMATS = frozenset({"EwsLegacyId", "EwsId", "EntryId", "HexEntryId", "StoreId", "OwaId"})
_PUBLIC = frozenset({T + "AlternatePublicFolderId", T + "AlternatePublicFolderItemId"})
_XSI = "http://www.w3.org/2001/XMLSchema-instance"


@dataclass(frozen=True, slots=True)
class GivenAlternateId:
    """An identifier to convert. ``text`` is as EwsId, None where it is no identifier; ``mailbox`` as it was given.

    ``id`` is what it names here; ``entry`` is the entry identifier in one that another Exchange server made.
    """

    text: str | None
    format: str
    mailbox: str
    id: ObjectId | None = None
    entry: bytes = b""


def _same(text: str) -> str:
    return text


def _to_hex(text: str) -> str:
    return base64.b64decode(text).hex().upper()


def _from_hex(text: str) -> str:
    return base64.b64encode(binascii.unhexlify(text)).decode("ascii")


def _to_owa(text: str) -> str:
    return quote(text, safe="")


_OF_ENTRY = frozenset({"EntryId", "HexEntryId", "StoreId"})
_WRITE: dict[str, Callable[[str], str]] = {"HexEntryId": _to_hex, "OwaId": _to_owa}
_READ: dict[str, Callable[[str], str]] = {"HexEntryId": _from_hex, "OwaId": unquote}


def read_convert_id(request: Element) -> tuple[str, list[GivenAlternateId]]:
    """The format asked for, and the identifiers in order. Raises ``SchemaViolation``."""
    sources = required(request, M + "SourceIds")
    if len(sources) == 0:
        raise missing(sources, T + "AlternateId")
    at_most(sources, MAX_IDS)
    return attribute_of(request, "DestinationFormat", FORMATS), [_read(sources, source) for source in sources]


def _read(sources: Element, source: Element) -> GivenAlternateId:
    format_ = attribute_of(source, "Format", FORMATS)
    if source.tag in _PUBLIC:
        return GivenAlternateId(None, format_, "")
    if source.tag != T + "AlternateId":
        raise unexpected(sources, source)
    given, mailbox = attribute(source, "Id"), attribute(source, "Mailbox")
    try:
        text = _READ.get(format_, _same)(given)
    except ValueError:
        return GivenAlternateId(None, format_, mailbox)
    try:
        return GivenAlternateId(text, format_, mailbox, read_id(text))
    except MalformedId:
        entry = entry_id_of(text) or b""
        return GivenAlternateId(text if entry else None, format_, mailbox, entry=entry)


def write_alternate_id(text: str, format_: str, mailbox: str, entry: bytes = b"", *, archive: bool = False) -> str:
    """``<m:AlternateId>`` of the EwsId ``text`` in ``format_``; ``mailbox`` is the SMTP address of its owner.

    ``archive``: what it names is in the owner's archive.

    Where the entry identifier ``entry`` is known, the formats that tell it tell it alone.
    """
    if entry and format_ in _OF_ENTRY:
        text = base64.b64encode(entry).decode("ascii")
    place = ' IsArchive="true"' if archive else ""
    return (
        f'<m:AlternateId xmlns:xsi="{_XSI}" xsi:type="t:AlternateIdType" Format="{format_}" '
        f'Id="{escape_attribute(_WRITE.get(format_, _same)(text))}" Mailbox="{escape_attribute(mailbox)}"{place}/>'
    )
