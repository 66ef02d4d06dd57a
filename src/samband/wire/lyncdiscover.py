"""Documents of Lync autodiscovery, in XML and in JSON [MS-OCDISCWS]."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from samband.wire.xml.text import escape_attribute

XML_TYPE = "application/vnd.microsoft.rtc.autodiscover+xml"
JSON_TYPE = "application/json"
Location = Literal["Internal", "External"]
"""How the server sees the client."""

_HEAD = (
    '<?xml version="1.0" encoding="utf-8"?><AutodiscoverResponse xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" AccessLocation='
)
_SIP = ("SipServerInternalAccess", "SipClientInternalAccess", "SipServerExternalAccess", "SipClientExternalAccess")


@dataclass(frozen=True, slots=True)
class SipAccess:
    """Where SIP is spoken over TLS."""

    fqdn: str
    port: int


def wants_xml(accept: str) -> bool:
    """Whether a client asks for XML: it must say so, JSON is what anybody else gets."""
    return any(part.partition(";")[0].strip().lower() == XML_TYPE for part in accept.split(","))


def root_xml(location: Location, links: Mapping[str, str]) -> bytes:
    """The first document: where to go on, by token (``User``, ``Domain``, ``Self``, or ``Redirect`` alone)."""
    return _xml(location, "Root", _links(links))


def user_xml(location: Location, sip: SipAccess, links: Mapping[str, str]) -> bytes:
    """Where a user signs in, from within and from without."""
    return _xml(location, "User", _accesses(_SIP, sip) + _links(links))


def domain_xml(location: Location, sip: SipAccess, links: Mapping[str, str]) -> bytes:
    """What is known of a domain without knowing the user."""
    return _xml(location, "Domain", _accesses([name for name in _SIP if "Server" in name], sip) + _links(links))


def links_json(links: Mapping[str, str]) -> bytes:
    """Any document of the JSON form: links by relation."""
    return json.dumps({"_links": {name: {"href": href} for name, href in links.items()}}).encode()


def _xml(location: Location, name: str, content: str) -> bytes:
    return f'{_HEAD}"{location}"><{name}>{content}</{name}></AutodiscoverResponse>'.encode()


def _links(links: Mapping[str, str]) -> str:
    return "".join(
        f'<Link token="{escape_attribute(token)}" href="{escape_attribute(href)}"/>' for token, href in links.items()
    )


def _accesses(names: tuple[str, ...] | list[str], sip: SipAccess) -> str:
    return "".join(f'<{name} fqdn="{escape_attribute(sip.fqdn)}" port="{sip.port}"/>' for name in names)
