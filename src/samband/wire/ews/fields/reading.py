"""Items as clients send them: elements into plain values by attribute [MS-OXWSCORE]."""

from __future__ import annotations

from dataclasses import dataclass, field

from samband.wire.ews.fields.attachments import GivenAttachment, read_attachments
from samband.wire.ews.fields.codecs import Plain, read_base64
from samband.wire.ews.fields.errors import invalid_set
from samband.wire.ews.fields.extended import read_property
from samband.wire.ews.fields.table import ELEMENTS, UNKEPT
from samband.wire.ews.names import T
from samband.wire.xml.reading import Element, bad_element, local_name, unexpected


@dataclass(frozen=True, slots=True)
class GivenItem:
    """An item as a client gives it. ``values`` are plain, by attribute of the property records.

    ``own`` are the values that stand on the item itself (``item_class``). ``mime`` is None where none was given.
    """

    kind: str
    values: dict[str, Plain] = field(default_factory=dict)
    own: dict[str, Plain] = field(default_factory=dict)
    extended: dict[str, str | tuple[str, ...]] = field(default_factory=dict)
    mime: bytes | None = None
    attachments: tuple[GivenAttachment, ...] = ()


def read_item(element: Element, kind: str | None = None) -> GivenItem:
    """An item's element; ``kind`` is whose fields it has where that is not its name.

    Raises ``SchemaViolation``, and ``PropertyError`` ErrorInvalidPropertySet for what only the server sets.
    """
    kind = kind or local_name(element)
    fields = ELEMENTS.get(kind)
    if fields is None:
        parent = element.getparent()
        raise unexpected(element if parent is None else parent, element)
    item = GivenItem(kind)
    mime: bytes | None = None
    attachments: tuple[GivenAttachment, ...] = ()
    if local_name(element) == kind:
        _check_order(element, kind)
    for child in element:
        name = local_name(child)
        if name == "ExtendedProperty":
            path, value = read_property(child)
            item.extended[path.key] = value
        elif name == "MimeContent":
            mime = read_mime(child)
        elif name == "Attachments":
            attachments = read_attachments(child)
        elif (known := fields.get(name)) is not None and name not in _IDENTITY:
            if not known.writable:
                raise invalid_set(known.path_xml)
            (item.own if known.of_item else item.values)[known.attribute] = known.codec.read(child)
    return GivenItem(kind, item.values, item.own, item.extended, mime, attachments)


def _check_order(element: Element, kind: str) -> None:
    """The children of an item stand in the schema's order, each once, and none is there that the schema has not.

    A client would never hear that what it misspelt was lost. Raises ``SchemaViolation``.
    """
    places, last = _PLACES[kind], -1
    for child in element:
        name = local_name(child)
        place = places.get(name)
        if place is None:
            if name not in _ANYWHERE:
                raise unexpected(element, child)
        elif place <= last:
            raise unexpected(element, child)
        else:
            last = place


_PLACES = {kind: {name: place for place, name in enumerate(fields)} for kind, fields in ELEMENTS.items()}
_ANYWHERE = frozenset(
    {uri.partition(":")[2] for uri in UNKEPT}
    | {"ExtendedProperty", "MimeContent", "Attachments", "SearchKey", "SortKey", "SenderSMTPAddress", "MailboxGuids"}
    | {"IntendedFreeBusyStatus", "FirstOccurrence", "LastOccurrence", "ModifiedOccurrences"}
)
"""What may stand there that the table has no place for."""
_IDENTITY = frozenset({"ItemId", "ParentFolderId"})
"""What a client may leave in an item that it got from the server: it says nothing."""


def read_mime(element: Element) -> bytes:
    """``t:MimeContent``: the message in base64. Raises ``SchemaViolation``."""
    if element.tag != T + "MimeContent":
        raise bad_element(element)
    try:
        return read_base64(element.text or "")
    except ValueError:
        raise bad_element(element) from None
