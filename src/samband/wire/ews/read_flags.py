"""MarkAllItemsAsRead on the wire."""

from __future__ import annotations

from samband.wire.ews.names import M
from samband.wire.xml.reading import Element, bad_element, required, text
from samband.wire.xml.values import read_boolean


def read_mark_all(element: Element) -> tuple[bool, bool]:
    """The read flag that everything gets, and whether no receipts are sent for that. Raises ``SchemaViolation``."""
    is_read, suppress = (_boolean(required(element, M + name)) for name in ("ReadFlag", "SuppressReadReceipts"))
    return is_read, suppress


def _boolean(element: Element) -> bool:
    try:
        return read_boolean(text(element))
    except ValueError:
        raise bad_element(element) from None
