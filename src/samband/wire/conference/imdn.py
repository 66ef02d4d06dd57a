"""``application/ms-imdn+xml``: which members of a conference a message did not reach [MS-CONFIM]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from samband.wire.conference.names import IMDN
from samband.wire.presence.elements import child_text, children, read_root
from samband.wire.xml.reading import SchemaViolation, attribute
from samband.wire.xml.text import element, escape_attribute


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A member, by address with scheme, and the status their client (or nobody) gave."""

    uri: str
    status: int


def write_imdn(message_id: str, undelivered: Sequence[Undelivered]) -> str:
    """The report as text; without ``undelivered`` everybody has the message."""
    recipients = "".join(
        f'<recipient uri="{escape_attribute(f"<{one.uri}>")}">{element("status", str(one.status))}</recipient>'
        for one in undelivered
    )
    return f'<imdn xmlns="{IMDN}">{element("message-id", message_id)}{recipients}</imdn>'


def read_imdn(body: bytes) -> tuple[str, tuple[Undelivered, ...]]:
    """The message and whom it did not reach. Raises ``Malformed`` or ``SchemaViolation``."""
    root = read_root(body, "imdn")
    found = []
    for one in children(root, "recipient"):
        status = child_text(one, "status") or ""
        if not (status.isascii() and status.isdigit() and len(status) == 3):
            raise SchemaViolation("The element 'status' is no status.")
        found.append(Undelivered(attribute(one, "uri").strip("<>"), int(status)))
    return child_text(root, "message-id") or "", tuple(found)
