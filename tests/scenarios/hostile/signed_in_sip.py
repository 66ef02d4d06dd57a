"""Somebody who has signed in as a Lync client does, and then says anything at all."""

from __future__ import annotations

import random
import socket
import uuid
from collections.abc import Iterator

from lxml import etree

from samband.wire.conference import cccp
from samband.wire.conference.names import CCCP_TYPE
from samband.wire.presence import contact_operations as contacts
from samband.wire.presence.names import (
    BATCH_TYPE,
    PIDF_TYPE,
    PUBLISH_TYPE,
    SET_MEMBERS_TYPE,
    SET_SUBSCRIBERS_TYPE,
    SOAP_TYPE,
)
from samband.wire.presence.pidf import PidfDocument, write_pidf
from samband.wire.presence.publish import write_publish
from samband.wire.presence.subscribers import SubscriberDocument, write_set_subscribers
from tests.lync.sip.presence_world import batch, note, sign_on
from tests.scenarios.digest import digest_proof
from tests.scenarios.hostile.from_schema import mutilated
from tests.scenarios.hostile.target import Target, connected

_LYNC = "gruu-10, adhoclist, msrtc-event-categories, com.microsoft.msrtc.presence"
_TEXT = b"hello"
_SDP = (
    b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=session\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    b"m=message 5060 sip null\r\na=accept-types:text/plain\r\n"
)
_PROVISIONING = (
    b'<provisioningGroupList xmlns="http://schemas.microsoft.com/2006/09/sip/provisioninggrouplist">'
    b'<provisioningGroup name="ServerConfiguration"/><provisioningGroup name="meetingPolicy"/></provisioningGroupList>'
)
_MEMBERS = (
    b'<setContainerMembers xmlns="http://schemas.microsoft.com/2006/09/sip/container-management">'
    b'<container id="200" version="0"><member action="add" type="user" value="bob@contoso.test"/></container>'
    b"</setContainerMembers>"
)
_TYPING = b'<KeyboardActivity><status status="type" /></KeyboardActivity>'

Sayable = tuple[str, str, list[str], bytes]
"""Method, request URI, further header fields, body."""


class SignedIn:
    """A TCP connection over which a person has registered by Digest, as an endpoint that knows categories."""

    def __init__(self, peer: socket.socket, target: Target, name: str) -> None:
        self._peer = peer
        self._name = name
        self._password = target.demo.person(name)["password"]
        self._numbers = 0
        self._buffer = b""
        self.aor = f"sip:{name}@contoso.test"

    def register(self) -> None:
        """Sign in; the server's word on it must be 200."""
        contact = f"Contact: <sip:{self._name}@127.0.0.1:5060;transport=tcp>"
        fields = [contact, f"Supported: {_LYNC}", "Event: registration"]
        call = self.say("REGISTER", "sip:contoso.test", fields, b"")
        challenge = self.answer(call)
        proof = digest_proof(challenge.decode(), self._name, self._password, "REGISTER", "sip:contoso.test")
        call = self.say("REGISTER", "sip:contoso.test", [*fields, f"Authorization: {proof}"], b"")
        assert self.answer(call).startswith(b"SIP/2.0 200 ")

    def say(self, method: str, uri: str, fields: list[str], body: bytes) -> str:
        """Send a request; its Call-ID."""
        self._numbers += 1
        call = f"said-{uuid.uuid4().hex}"
        host, port = self._peer.getsockname()
        head = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/TCP {host}:{port};branch=z9hG4bK{call}",
            f"From: <{self.aor}>;tag=1;epid=0a0b0c0d0e",
            f"To: <{uri if uri.startswith('sip:') and method != 'REGISTER' else self.aor}>",
            f"Call-ID: {call}",
            f"CSeq: {self._numbers} {method}",
            "Max-Forwards: 70",
            *fields,
            f"Content-Length: {len(body)}",
        ]
        self._peer.sendall("\r\n".join([*head, "", ""]).encode() + body)
        return call

    def answer(self, call: str) -> bytes:
        """The final answer to a request, head and body; whatever else comes is passed over."""
        wanted = f"\r\nCall-ID: {call}\r\n".encode()
        while True:
            at = self._buffer.find(wanted)
            start = self._buffer.rfind(b"SIP/2.0 ", 0, at)
            if at >= 0 and b"\r\n\r\n" in self._buffer[at:] and self._buffer[start + 8 : start + 9] != b"1":
                found, self._buffer = self._buffer[start:], b""
                return found
            if at >= 0 and b"\r\n\r\n" in self._buffer[at:]:
                self._buffer = self._buffer[at + len(wanted) :]
                continue
            more = self._peer.recv(65536)
            assert more, "the server cut the connection"
            self._buffer += more


def sayable(aor: str) -> Iterator[Sayable]:
    """What a Lync client says on a good day."""
    service = "SERVICE"
    yield service, aor, [f"Content-Type: {PUBLISH_TYPE}"], write_publish(aor, [*sign_on(), *note("x")]).encode()
    yield service, aor, [f"Content-Type: {SET_MEMBERS_TYPE}"], _MEMBERS
    known = write_set_subscribers([SubscriberDocument("bob@contoso.test", "Bob", True)])
    yield service, aor, [f"Content-Type: {SET_SUBSCRIBERS_TYPE}"], known.encode()
    for operation in (
        contacts.AddGroup(delta=1, name="Work"),
        contacts.ModifyGroup(delta=2, number=2, name="Lab"),
        contacts.SetContact(delta=3, address="carol@contoso.test", name="Carol", groups=(1, 2)),
        contacts.DeleteContact(delta=4, address="carol@contoso.test"),
        contacts.DeleteGroup(delta=5, number=2),
    ):
        yield service, aor, [f"Content-Type: {SOAP_TYPE}"], contacts.write_operation(operation).encode()
    factory = f"{aor};gruu;opaque=app:conf:focusfactory"
    focus = f"{aor};gruu;opaque=app:conf:focus:id:AB12"
    for wanted in (cccp.GetCapabilities(), cccp.AddConference("AB12", kinds=("chat",)), cccp.DeleteConference(focus)):
        body = cccp.write_request("1", aor, factory, wanted).encode()
        yield service, factory, [f"Content-Type: {CCCP_TYPE}"], body
    joining = cccp.write_request("1", aor, focus, cccp.AddUser(focus, aor, "attendee", "{x}")).encode()
    contact = f"Contact: <{aor};gruu;opaque=x>"
    yield "INVITE", focus, [f"Content-Type: {CCCP_TYPE}", contact], joining
    lync = "Supported: ms-benotify, ms-piggyback-first-notify"
    for event in ("vnd-microsoft-roaming-self", "vnd-microsoft-roaming-contacts", "presence.wpending"):
        yield "SUBSCRIBE", aor, [f"Event: {event}", contact, lync], b""
    yield "SUBSCRIBE", focus, ["Event: conference", contact, lync], b""
    content = "Content-Type: application/vnd-microsoft-roaming-provisioning-v2+xml"
    yield "SUBSCRIBE", aor, ["Event: vnd-microsoft-provisioning-v2", contact, content], _PROVISIONING
    watching = ["Event: presence", "Require: adhoclist, categoryList", contact, f"Content-Type: {BATCH_TYPE}"]
    yield "SUBSCRIBE", aor, watching, batch(aor, "bob", "carol", "nobody")
    yield "SUBSCRIBE", "sip:bob@contoso.test", ["Event: presence", "Accept: application/pidf+xml", contact], b""
    open_ = write_pidf(PidfDocument(entity=aor, open=True, activities=("busy",), note="x"))
    yield "PUBLISH", aor, ["Event: presence", "Expires: 60", f"Content-Type: {PIDF_TYPE}"], open_
    yield "MESSAGE", "sip:nobody@contoso.test", ["Content-Type: text/plain"], _TEXT
    yield "INVITE", "sip:carol@contoso.test", ["Content-Type: application/sdp", contact], _SDP
    yield "INFO", "sip:carol@contoso.test", ["Content-Type: application/xml"], _TYPING
    yield "BYE", "sip:carol@contoso.test", [], b""
    yield "OPTIONS", "sip:contoso.test", [], b""
    yield "REFER", "sip:carol@contoso.test", ["Refer-To: <sip:bob@contoso.test>", contact], b""


_ODDITIES = (
    "", " ", ";", "<", '"', "-1", "99999999999999999999", "*", "sip:", "sip:@", "sips:a@b;x=y?z", "tel:+46", "\xff",
    "%00", "a" * 5000, "sip:alice@contoso.test;gruu;opaque=user:epid:AAAA", "multipart/related;boundary=", "0",
)  # fmt: skip


def spoiled(one: Sayable, dice: random.Random) -> Sayable:
    """The same with its body or its fields spoiled."""
    method, uri, fields, body = one
    kind = dice.randrange(5)
    if kind <= 1 and body.lstrip().startswith(b"<"):
        body = etree.tostring(mutilated(etree.fromstring(body), dice))
    elif kind == 2 and body:
        data = bytearray(body)
        for _ in range(dice.randrange(1, 6)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        body = bytes(data)
    elif kind == 3 and fields:
        place = dice.randrange(len(fields))
        name, _, value = fields[place].partition(": ")
        odd = dice.choice(_ODDITIES)
        fields = [*fields[:place], f"{name}: {dice.choice((odd, value + odd, value[:-1]))}", *fields[place + 1 :]]
    elif kind == 4:
        uri = dice.choice((uri + dice.choice(_ODDITIES), uri.replace("contoso", dice.choice(("x", "", "é")))))
    return method, uri.replace(" ", "") or "sip:x", fields, body


def attack(target: Target, dice: random.Random, number: int) -> None:
    """Say ``number`` things, most of them spoiled; the server cuts nobody off for it and has an answer to the last."""
    with connected(target.tcp) as peer:
        peer.settimeout(20)
        client = SignedIn(peer, target, "frank")
        client.register()
        sane = list(sayable(client.aor))
        for _ in range(number):
            one = dice.choice(sane)
            client.say(*(one if dice.random() < 0.2 else spoiled(one, dice)))
        call = client.say("OPTIONS", "sip:contoso.test", [], b"")
        client.answer(call)
