"""A row of the table of fields: everything the server knows of one FieldURI."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from operator import attrgetter
from typing import Any, Protocol

from samband.wire.ews.fields.codecs import Codec, Term
from samband.wire.ews.fields.contents import WRITTEN
from samband.wire.ews.versions import ServerVersion

WriteItem = Callable[[Any], str]
"""Writes one property of an item: its whole element, or nothing where it has no value."""


class ItemView(Protocol):
    """What writing asks of an item: the model's ``Item``."""

    @property
    def id(self) -> int: ...
    @property
    def mailbox(self) -> str: ...
    @property
    def folder(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def item_class(self) -> str: ...
    @property
    def change_key(self) -> int: ...
    @property
    def size(self) -> int: ...
    @property
    def occurrence(self) -> int: ...
    @property
    def properties(self) -> Any: ...
    @property
    def attachments(self) -> Sequence[Any]: ...


class InFind(IntEnum):
    """What FindItem does with a field: has it in its base shapes, answers it only when it is named, or refuses it."""

    NEVER = 0
    NAMED = 1
    SHAPES = 2


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One FieldURI.

    The value is ``attribute`` of an item's properties (of the item itself with ``of_item``); where the element needs
    more than one value, ``whole`` writes it. ``listed``: in the base shape AllProperties, since ``since``. ``column``
    is the store's indexed column of the same value, empty where there is none. Filters look at the attribute
    ``searched`` where that is another one.
    """

    uri: str
    element: str
    codec: Codec
    attribute: str = ""
    of_item: bool = False
    whole: WriteItem | None = None
    writable: bool = True
    appendable: bool = False
    searchable: bool = True
    sortable: bool = True
    in_find: InFind = InFind.SHAPES
    listed: bool = True
    since: ServerVersion = ServerVersion.Exchange2007
    column: str = ""
    searched: str = ""

    @property
    def path_xml(self) -> str:
        """The field's path as answers name it."""
        return f'<t:FieldURI FieldURI="{self.uri}"/>'

    def value(self, item: ItemView) -> Any:
        """The property of ``item``; None where items of its kind have none."""
        if not self.attribute:
            return None
        return getattr(item if self.of_item else item.properties, self.attribute, None)

    def terms(self, item: ItemView) -> Sequence[Term]:
        """What filters compare and sorting orders: nothing where the property has no value."""
        value = getattr(item.properties, self.searched, None) if self.searched else self.value(item)
        return () if value is None else self.codec.terms(value)

    def constant(self, text: str) -> Term:
        """A filter's constant as a term. Raises ``ValueError``; also where the field cannot be compared."""
        if self.codec.constant is None:
            raise ValueError("the property cannot be compared")
        return self.codec.constant(text)

    def writer(self) -> WriteItem:
        """The function that writes this property of an item that has it."""
        if self.whole is not None:
            return self.whole
        get = attrgetter(self.attribute if self.of_item else f"properties.{self.attribute}")
        write = self.codec.writer(self.element)

        def write_item(item: Any) -> str:
            return write(get(item))

        return write_item


def stored(uri: str, codec: Codec, attribute: str, **more: Any) -> Field:
    """A property that clients set and the store keeps. The element is called as the FieldURI's last part."""
    return Field(uri, uri.rpartition(":")[2], codec, attribute, **more)


def derived(uri: str, codec: Codec, attribute: str, **more: Any) -> Field:
    """A property that only the server sets."""
    return Field(uri, uri.rpartition(":")[2], codec, attribute, writable=False, **more)


def composed(uri: str, whole: WriteItem, **more: Any) -> Field:
    """A property whose element is made of several values; clients neither set nor search it."""
    return Field(
        uri,
        uri.rpartition(":")[2],
        WRITTEN,
        whole=whole,
        writable=False,
        searchable=False,
        sortable=False,
        **more,
    )
