"""Texts of conversations: in links, and in the invitation that begins one."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from samband.wire.ucwa.inputs import address, one_of, text, wrong
from samband.wire.ucwa.resources import Resource

PLAIN, HTML = "text/plain", "text/html"
FORMATS = {"Plain": PLAIN, "Html": HTML}
"""What clients call a type of text."""
MOST_TEXT = 32 * 1024
IMPORTANCES = ("Normal", "Urgent", "Emergency")
_LONGEST_SUBJECT = 256
_LONGEST_NAME = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInvitation:
    """A request for a conversation. ``to`` is ``user@domain``; ``operation`` is the client's name for it."""

    to: str
    subject: str
    importance: str
    operation: str
    context: str
    thread: str
    kind: str
    text: str


def read_invitation(properties: Mapping[str, Any]) -> NewInvitation:
    """``properties`` are those of the request, by their names in lower case. Raises ``UcwaError``."""
    kind, words = read_first(properties)
    return NewInvitation(
        to=address("to", text(properties, "to", 512, needed=True)),
        subject=text(properties, "subject", _LONGEST_SUBJECT),
        importance=one_of(properties, "importance", IMPORTANCES) or "Normal",
        operation=text(properties, "operationId", _LONGEST_NAME),
        context=text(properties, "sessionContext", _LONGEST_NAME),
        thread=text(properties, "threadId", _LONGEST_SUBJECT),
        kind=kind,
        text=words,
    )


def read_first(properties: Mapping[str, Any]) -> tuple[str, str]:
    """Type and text of the first message, which is a link of the request; no text where there is none.

    Raises ``UcwaError``.
    """
    links = properties.get("_links")
    link = links.get("message") if isinstance(links, dict) else None
    href = link.get("href") if isinstance(link, dict) else None
    if href is None:
        return (PLAIN, "")
    if not isinstance(href, str):
        raise wrong("message", "not a link")
    try:
        return read_data(href)
    except ValueError as error:
        raise wrong("message", str(error)) from None


def read_data(href: str) -> tuple[str, str]:
    """Type and text of a ``data:`` link [RFC2397]; blanks may be written as in a form. Raises ``ValueError``."""
    scheme, _, rest = href.partition(":")
    head, comma, content = rest.partition(",")
    kind, *params = [part.strip().lower() for part in head.split(";")]
    if scheme.lower() != "data" or not comma:
        raise ValueError("not a data: link")
    if kind not in FORMATS.values():
        raise ValueError(f"not of type {' or '.join(FORMATS.values())}")
    if len(content) > 4 * MOST_TEXT:
        raise ValueError("too long")
    if "base64" in params:
        try:
            return kind, base64.b64decode(content, validate=True).decode()
        except (binascii.Error, ValueError):
            raise ValueError("not UTF-8 in base64") from None
    return kind, unquote_plus(content)


def write_data(kind: str, words: str) -> str:
    """The link: as a form writes it, which is how clients read it."""
    return f"data:{kind};charset=utf-8,{quote_plus(words, errors='replace')}"


def message_link(kind: str, words: str) -> Resource:
    """A text among the links of a message, under the relation of its type."""
    return {"htmlMessage" if kind == HTML else "plainMessage": {"href": write_data(kind, words)}}
