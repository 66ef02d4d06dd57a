"""MarkAllItemsAsRead on the wire."""

from __future__ import annotations

from samband.wire.ews.names import M
from samband.wire.xml.reading import Element, bad_element, required, text
from samband.wire.xml.values import read_boolean


def read_mark_all(element: Element) -> bool:
    """The read flag that everything gets. Raises ``SchemaViolation``."""
    flags = [required(element, M + name) for name in ("ReadFlag", "SuppressReadReceipts")]
    values = [_boolean(flag) for flag in flags]
    return values[0]


def _boolean(element: Element) -> bool:
    try:
        return read_boolean(text(element))
    except ValueError:
        raise bad_element(element) from None
