"""SIP requests and responses as bytes and as values [RFC3261 7].

Fields of one name stay in order and stand together; the order between different names is that of their first
occurrence, which RFC 3261 7.3.1 declares without meaning. ``Content-Length`` belongs to framing: it is read off when a
message is parsed and written anew by ``to_bytes``.
"""

from __future__ import annotations

from typing import Self

from samband.wire.sip.address import tag_in
from samband.wire.sip.names import SPELLINGS, canonical
from samband.wire.sip.native import in_c

Headers = dict[str, list[str]]
"""Canonical name -> values. Copies of a message share the lists, so a list is replaced, never changed in place."""

REASONS: dict[int, str] = {
    100: "Trying",
    180: "Ringing",
    181: "Call Is Being Forwarded",
    182: "Queued",
    183: "Session Progress",
    200: "OK",
    202: "Accepted",
    300: "Multiple Choices",
    301: "Moved Permanently",
    302: "Moved Temporarily",
    305: "Use Proxy",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    407: "Proxy Authentication Required",
    408: "Request Timeout",
    409: "Conflict",
    410: "Gone",
    412: "Conditional Request Failed",
    413: "Request Entity Too Large",
    414: "Request-URI Too Long",
    415: "Unsupported Media Type",
    416: "Unsupported URI Scheme",
    420: "Bad Extension",
    421: "Extension Required",
    423: "Interval Too Brief",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    482: "Loop Detected",
    483: "Too Many Hops",
    484: "Address Incomplete",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    489: "Bad Event",
    491: "Request Pending",
    500: "Server Internal Error",
    501: "Not Implemented",
    503: "Service Unavailable",
    504: "Server Time-out",
    505: "Version Not Supported",
    513: "Message Too Large",
    600: "Busy Everywhere",
    603: "Decline",
    604: "Does Not Exist Anywhere",
    606: "Not Acceptable",
}


@in_c
def write(start: str, headers: Headers, body: bytes) -> bytes:
    """A message from its start line, its fields without Content-Length, and its body."""
    lines = "".join([f"{name}: {value}\r\n" for name, values in headers.items() for value in values])
    head = f"{start}\r\n{lines}Content-Length: {len(body)}\r\n\r\n"
    return head.encode("utf-8", "surrogateescape") + body


class _Message:
    """What requests and responses share. Names are taken in any spelling, compact or long."""

    __slots__ = ("body", "headers")
    headers: Headers
    body: bytes

    def get(self, name: str) -> str | None:
        """The first value of a field, or None."""
        values = self.headers.get(SPELLINGS.get(name) or canonical(name))
        return values[0] if values else None

    def all(self, name: str) -> list[str]:
        """The values of a field, one an occurrence: not split at commas (``address.split_list`` does that)."""
        return list(self.headers.get(SPELLINGS.get(name) or canonical(name), ()))

    def tokens(self, name: str) -> set[str]:
        """Every comma-separated token of a field, in lower case (``Supported``, ``Require``, ``Accept`` ...)."""
        values = self.headers.get(SPELLINGS.get(name) or canonical(name))
        if not values:
            return set()
        return {token.strip().lower() for value in values for token in value.split(",")} - {""}

    def add(self, name: str, value: str) -> Self:
        """Append a field; the message itself comes back, for chains."""
        key = SPELLINGS.get(name) or canonical(name)
        self.headers[key] = [*self.headers.get(key, ()), value]
        return self

    def put(self, name: str, value: str) -> Self:
        """Set a field to this one value."""
        self.headers[SPELLINGS.get(name) or canonical(name)] = [value]
        return self

    def push(self, name: str, value: str) -> Self:
        """Put a value before the others of its field (Via, Route, Record-Route)."""
        key = SPELLINGS.get(name) or canonical(name)
        self.headers[key] = [value, *self.headers.get(key, ())]
        return self

    def drop(self, name: str) -> Self:
        """Remove every occurrence of a field."""
        self.headers.pop(SPELLINGS.get(name) or canonical(name), None)
        return self

    @property
    def call_id(self) -> str:
        values = self.headers.get("Call-ID")
        return values[0] if values else ""

    @property
    def cseq(self) -> tuple[int, str]:
        """Number and method; ``(0, "")`` where the field is missing or unreadable."""
        values = self.headers.get("CSeq")
        number, _, method = values[0].partition(" ") if values else ("", "", "")
        return (int(number), method.strip()) if number.isdigit() and number.isascii() else (0, "")


class SipRequest(_Message):
    """A request [RFC3261 7.1]. ``uri`` is the Request-URI as text."""

    __slots__ = ("method", "uri")

    def __init__(self, method: str, uri: str, headers: Headers | None = None, body: bytes = b"") -> None:
        self.headers = {} if headers is None else headers
        self.body = body
        self.method = method
        self.uri = uri

    def copy(self) -> SipRequest:
        """A request that may be changed without touching this one."""
        return SipRequest(self.method, self.uri, self.headers.copy(), self.body)

    def to_bytes(self) -> bytes:
        """The message as it goes on the wire."""
        return write(f"{self.method} {self.uri} SIP/2.0", self.headers, self.body)

    def __repr__(self) -> str:
        return f"<SipRequest {self.method} {self.uri} {self.call_id}>"


class SipResponse(_Message):
    """A response [RFC3261 7.2]."""

    __slots__ = ("reason", "status")

    def __init__(self, status: int, reason: str = "", headers: Headers | None = None, body: bytes = b"") -> None:
        self.headers = {} if headers is None else headers
        self.body = body
        self.status = status
        self.reason = reason or REASONS.get(status, "")

    def copy(self) -> SipResponse:
        """A response that may be changed without touching this one."""
        return SipResponse(self.status, self.reason, self.headers.copy(), self.body)

    def to_bytes(self) -> bytes:
        """The message as it goes on the wire."""
        return write(f"SIP/2.0 {self.status} {self.reason}", self.headers, self.body)

    def __repr__(self) -> str:
        return f"<SipResponse {self.status} {self.call_id}>"


SipMessage = SipRequest | SipResponse


def respond(request: SipRequest, status: int, reason: str = "", *, tag: str = "", body: bytes = b"") -> SipResponse:
    """A response to ``request`` with Via, From, To, Call-ID and CSeq of it [RFC3261 8.2.6].

    ``tag`` is put on To where it has none; it must be stable for the retransmissions of one request.
    """
    source = request.headers
    try:
        headers: Headers = {
            "Via": source["Via"],
            "From": source["From"],
            "To": source["To"],
            "Call-ID": source["Call-ID"],
            "CSeq": source["CSeq"],
        }
    except KeyError:
        headers = {name: source[name] for name in ("Via", "From", "To", "Call-ID", "CSeq") if name in source}
    if tag and "To" in headers and not tag_in(headers["To"][0]):
        headers["To"] = [f"{headers['To'][0]};tag={tag}"]
    return SipResponse(status, reason, headers, body)
