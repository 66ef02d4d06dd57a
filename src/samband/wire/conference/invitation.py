"""``application/ms-conf-invite+xml``: an invitation to a conference, within an INVITE to a user [MS-CONFBAS]."""

from __future__ import annotations

from dataclasses import dataclass

from samband.wire.presence.elements import child, child_text, read_root
from samband.wire.xml.reading import SchemaViolation
from samband.wire.xml.text import element


@dataclass(frozen=True, slots=True)
class InvitationDocument:
    """``focus`` is the address to join; ``text``: whether people write to each other there."""

    focus: str
    subject: str = ""
    text: bool = True


def write_invitation(one: InvitationDocument) -> str:
    """The invitation as text."""
    text = f'<im available="{str(one.text).lower()}">{"<first-im/>" if one.text else ""}</im>'
    inside = f"{element('focus-uri', one.focus)}{element('subject', one.subject)}{text}"
    return f'<Conferencing version="2.0">{inside}</Conferencing>'


def read_invitation(body: bytes) -> InvitationDocument:
    """Raises ``Malformed`` or ``SchemaViolation``."""
    root = read_root(body, "Conferencing")
    focus, text = child_text(root, "focus-uri"), child(root, "im")
    if not focus:
        raise SchemaViolation("The invitation names no conference.")
    available = text is not None and text.get("available", "").lower() == "true"
    return InvitationDocument(focus, child_text(root, "subject") or "", available)
