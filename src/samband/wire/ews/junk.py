"""MarkAsJunk on the wire."""

from __future__ import annotations

from samband.wire.ews.ids import IdKind, write_change_key, write_id
from samband.wire.xml.reading import Element, attribute, bad_attribute
from samband.wire.xml.values import read_boolean


def read_mark_as_junk(element: Element) -> tuple[bool, bool]:
    """Whether it is junk, and whether it moves. Raises ``SchemaViolation``."""
    return _flag(element, "IsJunk"), _flag(element, "MoveItem")


def _flag(element: Element, name: str) -> bool:
    value = attribute(element, name)
    try:
        return read_boolean(value)
    except ValueError:
        raise bad_attribute(name, value) from None


def write_moved(mailbox: str, item: int, change_key: int) -> str:
    """``<m:MovedItemId>``."""
    return f'<m:MovedItemId Id="{write_id(IdKind.ITEM, mailbox, item)}" ChangeKey="{write_change_key(change_key)}"/>'
