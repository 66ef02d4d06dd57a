"""Bytes to SIP messages: strict where a message could mean two things, in one pass over the lines [RFC3261 7, 25]."""

from __future__ import annotations

import re

from samband.wire.sip.address import parse_address
from samband.wire.sip.message import Headers, SipMessage, SipRequest, SipResponse
from samband.wire.sip.names import SPELLINGS, canonical
from samband.wire.sip.native import head_in_c
from samband.wire.sip.uri import BadUri

MAX_FIELDS = 256
"""Most header lines one message may have."""

_TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+\Z")
_FOLD = re.compile(r"[ \t]*\r\n[ \t]+")
_STATUS = re.compile(r"[1-6][0-9][0-9]\Z")
_VERSION = re.compile(r"(?i:sip)/[0-9]+\.[0-9]+\Z")
_METHODS = frozenset(
    {
        "REGISTER",
        "INVITE",
        "ACK",
        "BYE",
        "CANCEL",
        "MESSAGE",
        "INFO",
        "SUBSCRIBE",
        "NOTIFY",
        "PUBLISH",
        "SERVICE",
        "OPTIONS",
    }
)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|<[^>]*>')
_EMPTY_PART = re.compile(r"[;,][ \t]*[;,]")
_NONE = (None,)
_NEEDED = ("Via", "From", "To", "Call-ID", "CSeq")


class Unreadable(Exception):
    """A message that cannot be served. ``status`` is the answer it deserves.

    ``partial`` holds what could be read of a request, so that the answer can be addressed; None where nothing may be
    answered (a response, or a request without Via). ``length`` is what its Content-Length said, None where there was
    none and -1 where it cannot be read.
    """

    def __init__(self, status: int, text: str, partial: SipRequest | None = None, length: int | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.partial = partial
        self.length = length


def parse_head(head: bytes) -> tuple[SipMessage, int | None]:
    """A message without body from its start line and fields (without the empty line), and its Content-Length.

    The length is None where the message does not say. Raises ``Unreadable``.
    """
    return read_head(head) or read_carefully(head.decode("utf-8", "surrogateescape"))


@head_in_c(SPELLINGS, {name: name for name in _METHODS}, canonical, SipRequest, SipResponse)
def read_head(head: bytes) -> tuple[SipMessage, int | None] | None:
    """``read_ordinary`` of bytes."""
    return read_ordinary(head.decode("utf-8", "surrogateescape"))


def read_ordinary(text: str) -> tuple[SipMessage, int | None] | None:
    """What nearly every head is, in few steps; None for anything unusual, which ``read_carefully`` judges."""
    if ";;" in text or ",," in text:
        return None
    lines = text.split("\r\n")
    if len(lines) > MAX_FIELDS or _has_half_a_line_end(text):
        return None
    start = lines[0]
    del lines[0]
    headers: Headers = {}
    spelled = SPELLINGS
    for line in lines:
        name, colon, value = line.partition(":")
        if name in spelled and colon:
            key = spelled[name]
        elif colon and _TOKEN.match(name):
            key = canonical(name)
        else:
            return None
        if key in headers:
            headers[key].append(value.strip())
        else:
            headers[key] = [value.strip()]
    return _ordinary_message(start, headers)


def _ordinary_message(start: str, headers: Headers) -> tuple[SipMessage, int | None] | None:
    try:
        (sender,), (to,), (_,), (cseq,) = headers["From"], headers["To"], headers["Call-ID"], headers["CSeq"]
        (length,) = headers.pop("Content-Length", _NONE)
    except (KeyError, ValueError):
        return None
    number, _, method = cseq.partition(" ")
    words = start.split(" ", 2)
    if (
        len(words) != 3
        or not (number.isdigit() and number.isascii() and len(number) < 10)
        or not (length is None or (length.isdigit() and length.isascii() and len(length) < 10))
        or '"' in to
        or '"' in sender
        or "Via" not in headers
    ):
        return None
    first, second, third = words
    size = None if length is None else int(length)
    if first == method and third == "SIP/2.0" and second and first in _METHODS:
        return SipRequest(method, second, headers), size
    if first == "SIP/2.0" and _STATUS.match(second) and _TOKEN.match(method):
        return SipResponse(int(second), third, headers), size
    return None


def read_carefully(text: str) -> tuple[SipMessage, int | None]:
    """Judge a head by every rule: folded lines, unknown methods, and what exactly is wrong with it."""
    torn = _has_half_a_line_end(text)
    if "\r\n " in text or "\r\n\t" in text:
        text = _FOLD.sub(" ", text)
    lines = text.split("\r\n")
    start = lines[0]
    del lines[0]
    crowded = len(lines) > MAX_FIELDS
    if crowded:
        del lines[MAX_FIELDS:]
    headers: Headers = {}
    fault = _read_fields(lines, headers)
    if torn:
        fault = fault or "A line ends by half"
    if not fault and (";;" in text or ",," in text):
        fault = _empty_parts(headers)
    lengths = headers.pop("Content-Length", None)
    length = None if lengths is None else _length(lengths)
    if crowded:
        length, fault = -1, "Too many header fields"
    elif length == -1:
        fault = "Malformed Content-Length header field"
    try:
        if start.startswith("SIP/"):
            return _response(start, headers, fault), length
        return _careful_request(start, headers, fault), length
    except Unreadable as error:
        error.length = length
        raise


def _has_half_a_line_end(text: str) -> bool:
    """Whether there is a CR or LF alone: for many readers it ends a line, so that they would see other fields."""
    return not text.count("\n") == text.count("\r\n") == text.count("\r")


def _read_fields(lines: list[str], headers: Headers) -> str:
    """Fill ``headers``; what was wrong with the first bad line, else an empty text."""
    fault = ""
    spelled = SPELLINGS
    for line in lines:
        name, colon, value = line.partition(":")
        if name in spelled and colon:
            key = spelled[name]
        else:
            name = name.rstrip(" \t")
            if not colon or not _TOKEN.match(name):
                fault = fault or "Malformed header field"
                continue
            key = canonical(name)
        if key in headers:
            headers[key].append(value.strip())
        else:
            headers[key] = [value.strip()]
    return fault or _check_fields(headers)


def _check_fields(headers: Headers) -> str:
    try:
        once = len(headers["From"]) == len(headers["To"]) == len(headers["Call-ID"]) == len(headers["CSeq"]) == 1
    except KeyError:
        once = False
    if not once or "Via" not in headers:
        return _counted(headers)
    cseq = headers["CSeq"][0]
    number, _, method = cseq.partition(" ")
    if not method or method[0] in " \t":
        number, method = (*cseq.split(None, 1), "", "")[:2]
        headers["CSeq"] = [f"{number} {method}"]
    if not (number.isdigit() and number.isascii() and method and len(number) <= 10 and int(number) < 2**31):
        return "Malformed CSeq header field"
    if '"' in headers["From"][0] or '"' in headers["To"][0]:
        return _quotes(headers)
    return ""


def _quotes(headers: Headers) -> str:
    for name in ("From", "To"):
        try:
            parse_address(headers[name][0])
        except BadUri:
            return f"Malformed {name} header field"
    return ""


def _empty_parts(headers: Headers) -> str:
    """Which of the fields that route a message has separators with nothing between them."""
    for name in ("Via", "From", "To", "Contact", "Route", "Record-Route"):
        if any(_EMPTY_PART.search(_QUOTED.sub('""', value)) for value in headers.get(name, ())):
            return f"Malformed {name} header field"
    return ""


def _counted(headers: Headers) -> str:
    """Which of the fields that every message has once is missing or repeated."""
    for name in _NEEDED:
        if name not in headers:
            return f"Missing {name} header field"
        if name != "Via" and len(headers[name]) > 1:
            return f"Several {name} header fields"
    return ""


def _length(values: list[str]) -> int:
    """Content-Length, -1 where it is no number or two of them differ."""
    text = values[0]
    if not (text.isdigit() and text.isascii() and len(text) <= 10) or (len(values) > 1 and len(set(values)) > 1):
        return -1
    return int(text)


def _careful_request(start: str, headers: Headers, fault: str) -> SipRequest:
    method, _, rest = start.partition(" ")
    uri, _, version = rest.rpartition(" ")
    matches = not fault and headers["CSeq"][0].partition(" ")[2] == method
    if matches and version == "SIP/2.0" and uri and " " not in uri and _TOKEN.match(method):
        return SipRequest(method, uri, headers)
    partial = SipRequest(method, uri, headers) if "Via" in headers else None
    if version != "SIP/2.0" and _VERSION.match(version):
        raise Unreadable(505, "Version not supported", partial)
    if version != "SIP/2.0" or not uri or " " in uri or not _TOKEN.match(method):
        raise Unreadable(400, "Malformed start line", partial)
    raise Unreadable(400, fault or "CSeq method does not match request method", partial)


def _response(start: str, headers: Headers, fault: str) -> SipResponse:
    version, _, rest = start.partition(" ")
    status, _, reason = rest.partition(" ")
    if version != "SIP/2.0" or not _STATUS.match(status):
        raise Unreadable(400, "Malformed status line")
    if fault:
        raise Unreadable(400, fault)
    return SipResponse(int(status), reason, headers)
