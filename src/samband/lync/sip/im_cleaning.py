"""Instant messages in HTML, made harmless before they are carried on, whatever they are wrapped in.

Text without markup is carried on to the byte, and what says that it is plain is not looked at.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from email.generator import BytesGenerator
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from io import BytesIO

from samband.model.rich_text import harmless
from samband.wire.sip.cpim import CPIM_TYPE, BadEnvelope, read_envelope
from samband.wire.sip.message import SipRequest

FORMAT = "Ms-Text-Format"
_PLAIN = ["text/plain"]
_CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s;"']*)""", re.IGNORECASE)
_KNOWN = re.compile(
    r"utf-?8|utf-16(le|be)?|us-ascii|ascii|iso-8859-\d{1,2}|windows-125\d|koi8-[ru]|gb2312|gbk|gb18030|big5|shift_jis"
    r"|euc-jp|euc-kr",
    re.IGNORECASE,
)
"""What everybody reads alike; in another one markup might hide from us."""
_SHIFTS = re.compile(rb"[+~\x00-\x08\x0b\x0c\x0e-\x1f]")
"""What begins another reading of the bytes behind it in UTF-7, HZ and ISO 2022."""
_FIRST = re.compile(r""";\s*ms-body\s*=\s*"?([^;"]*)"?""", re.IGNORECASE)
_PACKED = re.compile(rb"^Content-(Transfer-)?Encoding:(?!\s*(7bit|8bit|binary)\s*$)", re.IGNORECASE | re.MULTILINE)
_LENGTH = re.compile(rb"^(Content-Length:\s*)\d+", re.IGNORECASE | re.MULTILINE)
_DEEPEST = 4
_POLICY = compat32.clone(linesep="\r\n", max_line_length=0)


class Unreadable(ValueError):
    """A text that cannot be looked through, so that it is not carried on."""


def clean(request: SipRequest) -> None:
    """Make harmless what a request says: its body, or the text that an invitation brings. Raises ``Unreadable``."""
    if request.method == "INVITE":
        if FORMAT in request.headers:
            request.headers[FORMAT] = [_first(value) for value in request.headers[FORMAT]]
        return
    kinds = request.headers.get("Content-Type", _PLAIN)
    if kinds == _PLAIN:
        return
    if len(kinds) > 1:
        raise Unreadable("more than one type")
    kind = _kind(kinds[0])
    if kind == "text/plain":
        return
    if "Content-Encoding" in request.headers and _may_hold(kind):
        raise Unreadable("packed")
    request.body = cleaned(kinds[0], request.body)


def cleaned(content_type: str, body: bytes, depth: int = 0) -> bytes:
    """``body`` made harmless; itself where there is nothing to do. Raises ``Unreadable``."""
    kind = _kind(content_type)
    if depth > _DEEPEST and _may_hold(kind):
        raise Unreadable("wrapped too deeply")
    if kind == "text/html":
        return _html(content_type, body)
    if kind == CPIM_TYPE:
        try:
            envelope = read_envelope(body)
        except BadEnvelope as error:
            raise Unreadable(str(error)) from None
        head = body[: len(body) - len(envelope.body)]
        if _may_hold(_kind(envelope.content_type)) and _PACKED.search(head):
            raise Unreadable("packed")
        inner = cleaned(envelope.content_type, envelope.body, depth + 1)
        return body if inner is envelope.body else _LENGTH.sub(rb"\g<1>%d" % len(inner), head) + inner
    return _parts(content_type, body, depth) if kind.startswith("multipart/") else body


def _html(content_type: str, body: bytes) -> bytes:
    charset = _charset(content_type)
    if not charset:
        # Read as everybody else's; written so that no other reading finds markup in it.
        safe = harmless(body.decode("utf-8", "replace")).encode("ascii", "xmlcharrefreplace")
        return _SHIFTS.sub(lambda found: b"&#%d;" % found[0][0], safe)
    markup = body.decode(charset, "replace")
    safe_markup = harmless(markup)
    return body if safe_markup == markup else safe_markup.encode(charset, "xmlcharrefreplace")


def _charset(content_type: str) -> str:
    """The charset of a text, empty where it names none that everybody reads alike."""
    charset, *others = {str(one).lower() for one in _CHARSET.findall(content_type)} or {"utf-8"}
    try:
        codecs.lookup(charset)
    except LookupError:
        return ""
    return "" if others or not _KNOWN.fullmatch(charset) else charset


def _parts(content_type: str, body: bytes, depth: int) -> bytes:
    field = content_type.replace("\r", "").replace("\n", "").encode("utf-8", "surrogateescape")
    whole = BytesParser(policy=_POLICY).parsebytes(b"Content-Type: " + field + b"\r\n\r\n" + body)
    changed = False
    for part in whole.walk():
        if part.defects:
            raise Unreadable("its parts cannot be told from each other")
        if not part.is_multipart():
            changed = _part(part, depth) or changed
    if not changed:
        return body
    out = BytesIO()
    BytesGenerator(out, mangle_from_=False, policy=_POLICY).flatten(whole)
    return out.getvalue().partition(b"\r\n\r\n")[2]


def _part(part: Message, depth: int) -> bool:
    """Make one part harmless; whether it was changed."""
    said = str(part.get("Content-Type", "text/plain"))
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return False
    if part.defects:
        raise Unreadable("a part that is not in the encoding it names")
    safe = cleaned(said, content, depth + 1)
    if safe is content:
        return False
    del part["Content-Transfer-Encoding"]
    part["Content-Transfer-Encoding"] = "base64"
    part.set_payload(base64.encodebytes(safe).decode())
    return True


def _first(value: str) -> str:
    """The text that comes with an invitation: ``TYPE;ms-body=BASE64``."""
    kind = _FIRST.sub("", value)
    if not _may_hold(_kind(kind)):
        return value

    def mended(found: re.Match[str]) -> str:
        try:
            body = base64.b64decode(found[1].strip(), validate=True)
        except (binascii.Error, ValueError):
            raise Unreadable("not in base64") from None
        safe = cleaned(kind, body)
        return found[0] if safe is body else f";ms-body={base64.b64encode(safe).decode()}"

    return _FIRST.sub(mended, value)


def _kind(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _may_hold(kind: str) -> bool:
    return kind in ("text/html", CPIM_TYPE) or kind.startswith("multipart/")
