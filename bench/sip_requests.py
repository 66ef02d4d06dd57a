"""SIP requests for measuring: the same bytes for every server."""

from __future__ import annotations

import re
from hashlib import md5

DOMAIN = "bench.test"
TEXT = b"Words that stand for a message. "
_OUTDATED = "0123456789abcdef0123456789abcdef"
LYNC = ';proxy=replace;+sip.instance="<urn:uuid:0e324752-{device:04x}-56eb-8f4a-{number:012x}>"'
_SUPPORTED = "Supported: gruu-10\r\nSupported: adhoclist\r\nSupported: msrtc-event-categories\r\n"


def user_name(number: int) -> str:
    return f"u{number}"


class User:
    """One endpoint's ready-made texts. ``port`` is the local port of the connection it speaks over.

    ``number`` is its owner's, ``device`` tells the endpoints of one owner apart; with ``lync`` it is a Lync client.
    """

    __slots__ = ("contact", "epid", "extra", "ha1", "ha2", "name", "port", "transport")

    def __init__(
        self, number: int, password: str, port: int, *, transport: str = "tcp", device: int = 0, lync: bool = False
    ) -> None:
        self.name = user_name(number)
        self.port = port
        self.transport = transport.upper()
        mark = f";device={device}" if device else ""
        self.contact = f"<sip:{self.name}@127.0.0.1:{port};transport={transport}{mark}>"
        self.ha1 = _hash(f"{self.name}:{DOMAIN}:{password}")
        self.ha2 = _hash(f"REGISTER:sip:{DOMAIN}")
        self.epid = f";epid={number:08x}{device:04x}" if lync else ""
        self.extra = LYNC.format(number=number, device=device) if lync else ""
        """What stands behind Contact in a REGISTER."""

    def head(self, method: str, to: str, uri: str, call: str, cseq: int) -> str:
        """Start line and the fields that every request has. ``call`` is fresh for every operation."""
        return (
            f"{method} {uri} SIP/2.0\r\n"
            f"Via: SIP/2.0/{self.transport} 127.0.0.1:{self.port};branch=z9hG4bK.{call}.{cseq};rport\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:{self.name}@{DOMAIN}>;tag=f{call}{self.epid}\r\n"
            f"To: <sip:{to}@{DOMAIN}>\r\n"
            f"Call-ID: {call}\r\nCSeq: {cseq} {method}\r\nContact: {self.contact}\r\n"
        )

    def register(self, call: str, nonce: str = "") -> bytes:
        """REGISTER with a proof; without a nonce it is an outdated one, as of a client that refreshes."""
        answer = _hash(f"{self.ha1}:{nonce}:00000001:0a4f113b:auth:{self.ha2}") if nonce else _OUTDATED
        return (
            f"{self._register(call, 2 if nonce else 1)}"
            f'Authorization: Digest username="{self.name}",realm="{DOMAIN}",nonce="{nonce or _OUTDATED}",'
            f'uri="sip:{DOMAIN}",response="{answer}",algorithm=MD5,qop=auth,nc=00000001,cnonce="0a4f113b"\r\n'
            "Expires: 3600\r\nContent-Length: 0\r\n\r\n"
        ).encode()

    def register_unproved(self, call: str, cseq: int, expires: int | None = None) -> bytes:
        """REGISTER of somebody who is known on the connection, or whose proof is added."""
        life = "" if expires is None else f"Expires: {expires}\r\n"
        return f"{self._register(call, cseq)}{life}Content-Length: 0\r\n\r\n".encode()

    def _register(self, call: str, cseq: int) -> str:
        head = self.head("REGISTER", self.name, f"sip:{DOMAIN}", call, cseq)
        return f"{head[:-2]}{self.extra}\r\nEvent: registration\r\n{_SUPPORTED}" if self.extra else head

    def message(self, to: str, call: str) -> bytes:
        """MESSAGE to another user."""
        head = self.head("MESSAGE", to, f"sip:{to}@{DOMAIN}", call, 1)
        return f"{head}Content-Type: text/plain\r\nContent-Length: {len(TEXT)}\r\n\r\n".encode() + TEXT

    def subscribe(self, to: str, call: str) -> bytes:
        """SUBSCRIBE to another user's presence as PIDF."""
        head = self.head("SUBSCRIBE", to, f"sip:{to}@{DOMAIN}", call, 1)
        fields = "Event: presence\r\nAccept: application/pidf+xml\r\nExpires: 3600\r\nContent-Length: 0\r\n\r\n"
        return f"{head}{fields}".encode()

    def subscribe_all(self, contacts: list[str], call: str) -> bytes:
        """SUBSCRIBE to the categories of many, with the answer on the 200 [MS-PRES]."""
        people = "".join([f'<resource uri="sip:{name}@{DOMAIN}"/>' for name in contacts])
        names = "".join([f'<category name="{name}"/>' for name in ("state", "note", "contactCard", "calendarData")])
        body = (
            '<batchSub xmlns="http://schemas.microsoft.com/2006/01/sip/batch-subscribe" '
            f'uri="sip:{self.name}@{DOMAIN}"><action name="subscribe" id="1"><adhocList>{people}</adhocList>'
            '<categoryList xmlns="http://schemas.microsoft.com/2006/09/sip/categorylist">'
            f"{names}</categoryList></action></batchSub>"
        )
        head = self.head("SUBSCRIBE", self.name, f"sip:{self.name}@{DOMAIN}", call, 1)
        return (
            f"{head}Event: presence\r\nAccept: application/msrtc-event-categories+xml, application/rlmi+xml, "
            "multipart/related\r\nSupported: ms-benotify, ms-piggyback-first-notify, eventlist\r\n"
            "Proxy-Require: ms-benotify\r\nRequire: adhoclist, categoryList\r\n"
            "Content-Type: application/msrtc-adrl-categorylist+xml\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    def publish(self, call: str, sequence: int, tag: str) -> bytes:
        """PUBLISH a document whose note says ``seq-<sequence>.``; ``tag`` is that of the publication it replaces."""
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\r\n<presence xmlns="urn:ietf:params:xml:ns:pidf" '
            f'entity="sip:{self.name}@{DOMAIN}"><tuple id="t1"><status><basic>open</basic></status>'
            f'<contact priority="0.8">sip:{self.name}@{DOMAIN}</contact><note>seq-{sequence}.</note></tuple></presence>'
        )
        match = f"SIP-If-Match: {tag}\r\n" if tag else ""
        head = self.head("PUBLISH", self.name, f"sip:{self.name}@{DOMAIN}", call, 1)
        return (
            f"{head}Event: presence\r\n{match}Expires: 3600\r\nContent-Type: application/pidf+xml\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()


_ECHOED = re.compile(rb"\r\n(?:Via|From|To|Call-ID|CSeq|Record-Route):[^\r]*")
SDP = (
    b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=session\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=message 5061 sip null\r\n"
    b"a=accept-types:text/plain\r\n"
)
"""What both sides of an IM session say of it."""


def accept(request: bytes) -> bytes:
    """The 200 to a request, with a tag on To where there was none; that to an INVITE says where its sender is."""
    lines = _ECHOED.findall(request, 0, request.find(b"\r\n\r\n"))
    for index, line in enumerate(lines):
        if line.startswith(b"\r\nTo:") and b";tag=" not in line:
            lines[index] = line + b";tag=uas1"
    body = b""
    if request.startswith(b"INVITE "):
        body = SDP
        lines += [b"\r\nContact: <%b>" % request[7 : request.find(b" ", 7)], b"\r\nContent-Type: application/sdp"]
    return b"SIP/2.0 200 OK%b\r\nContent-Length: %d\r\n\r\n%b" % (b"".join(lines), len(body), body)


def field(message: bytes, name: bytes) -> bytes:
    """The value of a field as servers write it, empty where it is absent."""
    start = message.find(b"\r\n" + name + b": ")
    if start < 0:
        return b""
    start += len(name) + 4
    return message[start : message.find(b"\r\n", start)]


def _hash(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()
