"""Credentials of media relays as Lync clients ask for them [MS-AVEDGEA]."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from samband.wire.presence.elements import child, child_text, children, number_in, read_root
from samband.wire.xml.reading import Element, SchemaViolation, attribute
from samband.wire.xml.text import element, escape_attribute

NAMESPACE = "http://schemas.microsoft.com/2006/09/sip/mrasp"
TYPE = "application/msrtc-media-relay-auth+xml"
LONGEST_MINUTES = 10**6
MOST = 16
"""Most credentials that one request asks for."""
_LOCATIONS = ("internet", "intranet")
_TURN = re.compile(r"turn:(?P<host>\[[^\]]+\]|[^:?\[]+)(?::(?P<port>\d+))?(?:\?transport=(?P<transport>udp|tcp))?")


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing asked for: credentials for ``identity``, a SIP address, for so many minutes (0: not said)."""

    id: str
    identity: str
    location: str
    minutes: int


@dataclass(frozen=True, slots=True)
class RelayRequest:
    """A request for credentials."""

    id: str
    sender: str
    receiver: str
    wishes: tuple[Wish, ...]


@dataclass(frozen=True, slots=True)
class Relay:
    """A relay; a port is None where it does not listen that way."""

    host: str
    udp: int | None
    tcp: int | None


@dataclass(frozen=True, slots=True)
class Granted:
    """What a wish gets [MS-AVEDGEA 2.2.3.1.3.2]."""

    wish: Wish
    username: str
    password: str = field(repr=False)
    minutes: int


def read_request(body: bytes) -> RelayRequest:
    """A request. Raises ``Malformed`` or ``SchemaViolation``."""
    root = read_root(body, "request")
    wishes = [_wish(one) for _, one in zip(range(MOST), children(root, "credentialsRequest"), strict=False)]
    if not wishes:
        raise SchemaViolation("The request asks for no credentials.")
    return RelayRequest(attribute(root, "requestID"), attribute(root, "from"), attribute(root, "to"), tuple(wishes))


def write_answer(request: RelayRequest, granted: Sequence[Granted], relays: Sequence[Relay]) -> str:
    """The answer to ``request``."""
    inside = "".join(
        f'<credentialsResponse credentialsRequestID="{escape_attribute(one.wish.id)}"><credentials>'
        f"{element('username', _encoded(one.username))}{element('password', _encoded(one.password))}"
        f"{element('duration', str(one.minutes))}</credentials>"
        f"<mediaRelayList>{''.join(_relay(relay, one.wish.location) for relay in relays)}</mediaRelayList>"
        "</credentialsResponse>"
        for one in granted
    )
    return (
        f'<?xml version="1.0"?><response xmlns="{NAMESPACE}" requestID="{escape_attribute(request.id)}" version="1.0"'
        f' serverVersion="2.0" to="{escape_attribute(request.receiver)}" from="{escape_attribute(request.sender)}"'
        f' reasonPhrase="OK">{inside}</response>'
    )


def read_relays(urls: Sequence[str]) -> list[Relay]:
    """The relays that addresses name [RFC7065]; those of TURN over TLS are none for these clients."""
    found = []
    for url in urls:
        match = _TURN.fullmatch(url)
        if match is not None:
            port, transport = int(match["port"] or 3478), match["transport"]
            host = match["host"].strip("[]")
            found.append(Relay(host, None if transport == "tcp" else port, None if transport == "udp" else port))
    return found


def _wish(found: Element) -> Wish:
    identity, location = child_text(found, "identity"), child_text(found, "location")
    duration = child(found, "duration")
    if not identity:
        raise SchemaViolation("Credentials are asked for nobody.")
    if location is not None and location not in _LOCATIONS:
        raise SchemaViolation("The location is neither internet nor intranet.")
    minutes = 0 if duration is None else number_in(duration, LONGEST_MINUTES)
    return Wish(attribute(found, "credentialsRequestID"), identity, location or "internet", minutes)


def _relay(relay: Relay, location: str) -> str:
    ports = (("udpPort", relay.udp), ("tcpPort", relay.tcp))
    inside = "".join(element(name, str(port)) for name, port in ports if port is not None)
    return f"<mediaRelay>{element('location', location)}{element('hostName', relay.host)}{inside}</mediaRelay>"


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
