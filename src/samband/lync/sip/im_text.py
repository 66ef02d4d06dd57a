"""What an instant message says, as clients of another kind can show it: plain text, whatever it came as."""

from __future__ import annotations

from dataclasses import dataclass

from samband.model.bodies import text_of_html
from samband.wire.mime.parsing import parse_message
from samband.wire.sip.cpim import CPIM_TYPE, IMDN_TYPE, BadEnvelope, Envelope, read_envelope

MOST_TEXT = 64 * 1024
"""Most bytes of one message."""
ACCEPTED = f"text/plain, text/html, multipart/alternative, {CPIM_TYPE}"
"""What a text may come as; RTF is refused."""
_UTF8 = "text/plain;charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Text:
    """A text. ``envelope`` is what it came in, where it came in one."""

    kind: str
    """Its Content-Type: ``text/plain``, with the charset."""
    body: bytes
    envelope: Envelope | None = None


def read_text(content_type: str, body: bytes) -> Text | None:
    """The text of a body; None where it is no text, or nothing that can be read."""
    if plain := plain_type(content_type):
        return Text(plain, body)
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "text/html":
        return Text(_UTF8, text_of_html(_decoded(content_type, body)).encode("utf-8", "replace"))
    if kind == "multipart/alternative":
        return _alternative(content_type, body)
    if kind == CPIM_TYPE:
        try:
            envelope = read_envelope(body)
        except BadEnvelope:
            return None
        inner = None if _kind(envelope.content_type) == CPIM_TYPE else read_text(envelope.content_type, envelope.body)
        return None if inner is None else Text(inner.kind, inner.body, envelope)
    return None


def is_notice(content_type: str, body: bytes) -> bool:
    """Whether a body says what became of a text: nothing that a Lync client shows."""
    if _kind(content_type) != CPIM_TYPE:
        return _kind(content_type) == IMDN_TYPE
    try:
        return _kind(read_envelope(body).content_type) == IMDN_TYPE
    except BadEnvelope:
        return False


def plain_type(content_type: str) -> str:
    """``text/plain`` with its charset alone, empty where the content is something else.

    Lync clients put more into it: the fonts of the text in ``msgr``.
    """
    if _kind(content_type) != "text/plain":
        return ""
    rest = content_type.partition(";")[2]
    charset = next((part.strip() for part in rest.split(";") if part.strip().lower().startswith("charset=")), "")
    return f"text/plain;{charset}" if charset else "text/plain"


def _alternative(content_type: str, body: bytes) -> Text | None:
    """What the richest form of a text says that is understood."""
    field = content_type.replace("\r", "").replace("\n", "").encode("utf-8", "replace")
    parsed = parse_message(b"Content-Type: " + field + b"\r\n\r\n" + body)
    if parsed.body is None:
        return None
    return Text(_UTF8, (text_of_html(parsed.body) if parsed.html else parsed.body).encode("utf-8", "replace"))


def _kind(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _decoded(content_type: str, body: bytes) -> str:
    named = content_type.lower().partition("charset=")[2].partition(";")[0].strip(' "')
    try:
        return body.decode(named or "utf-8", "replace")
    except LookupError:
        return body.decode("utf-8", "replace")
