"""Plain XML Autodiscover: what Outlook, Evolution, Thunderbird and SIPE post to ``autodiscover.xml`` [MS-OXDSCLI]."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from samband.wire.xml.reading import Malformed, parse, text
from samband.wire.xml.text import element, escape, escape_attribute

REQUEST = "http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"
RESPONSE = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"
OUTLOOK = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
"""The only schema of an inner response that is spoken."""

_MAX_BYTES = 256 * 1024
_HEAD = f'<?xml version="1.0" encoding="utf-8"?><Autodiscover xmlns="{RESPONSE}">'


@dataclass(frozen=True, slots=True)
class PoxRequest:
    """Whom a request is about (one of both is empty), and the schema its sender wants to read."""

    address: str
    legacy_dn: str
    schema: str


def read_request(body: bytes) -> PoxRequest:
    """Read a request. Raises ``Malformed`` for anything that is none."""
    root = parse(body, _MAX_BYTES)
    request = root.find(f"{{{REQUEST}}}Request") if root.tag == f"{{{REQUEST}}}Autodiscover" else None
    if request is None:
        raise Malformed("not an Autodiscover request")
    parts = [
        text(request.find(f"{{{REQUEST}}}{name}")).strip()
        for name in ("EMailAddress", "LegacyDN", "AcceptableResponseSchema")
    ]
    if not parts[0] and not parts[1]:
        raise Malformed("neither EMailAddress nor LegacyDN")
    return PoxRequest(*parts)


@dataclass(frozen=True, slots=True)
class PoxAccount:
    """What a mailbox's user is told. An empty URL is left out; ``server`` is the host name of the mailbox server."""

    display_name: str
    legacy_dn: str
    address: str
    deployment_id: str
    server: str
    ews_url: str
    oab_url: str = ""
    web_url: str = ""
    auth_package: str = ""
    """``Basic`` or ``Ntlm``: what an external client may use at best."""
    archive: AlternateMailbox | None = None


@dataclass(frozen=True, slots=True)
class AlternateMailbox:
    """Another mailbox that a client opens beside the user's own: ``kind`` ``Archive``; ``server`` is guid@domain."""

    kind: str
    display_name: str
    legacy_dn: str
    server: str


def write_settings(account: PoxAccount) -> bytes:
    """The answer that holds settings. EXCH is for the inside, EXPR for the outside, WEB for a browser."""
    user = _elements(
        ("DisplayName", account.display_name),
        ("LegacyDN", account.legacy_dn),
        ("AutoDiscoverSMTPAddress", account.address),
        ("DeploymentId", account.deployment_id),
    )
    services = [
        ("ASUrl", account.ews_url),
        ("EwsUrl", account.ews_url),
        ("OOFUrl", account.ews_url),
        ("OABUrl", account.oab_url),
    ]
    inside = _elements(("Type", "EXCH"), ("Server", account.server), *services)
    outside = _elements(
        ("Type", "EXPR"),
        ("Server", account.server),
        ("SSL", "On"),
        ("AuthPackage", account.auth_package),
        *services,
    )
    protocols = f"<Protocol>{inside}</Protocol><Protocol>{outside}</Protocol>"
    if account.web_url:
        page = f'<OWAUrl AuthenticationMethod="Basic, Fba">{escape(account.web_url)}</OWAUrl>'
        protocols += f"<Protocol><Type>WEB</Type><Internal>{page}</Internal><External>{page}</External></Protocol>"
    return (
        f'{_HEAD}<Response xmlns="{OUTLOOK}"><User>{user}</User>'
        f"<Account><AccountType>email</AccountType><Action>settings</Action>{protocols}{_alternative(account)}</Account>"
        "</Response></Autodiscover>"
    ).encode()


def _alternative(account: PoxAccount) -> str:
    one = account.archive
    if one is None:
        return ""
    said = _elements(
        ("Type", one.kind), ("DisplayName", one.display_name), ("LegacyDN", one.legacy_dn), ("Server", one.server)
    )
    return f"<AlternativeMailbox>{said}</AlternativeMailbox>"


def _elements(*pairs: tuple[str, str]) -> str:
    """An element for each pair of name and text that has a text."""
    return "".join(element(name, value) for name, value in pairs if value)


def write_error(code: int, message: str, now: datetime, number: int) -> bytes:
    """The answer that refuses: 600 no valid request, 601 no such schema, 500 no such mailbox."""
    time = escape_attribute(now.strftime("%H:%M:%S.%f") + "0")
    return (
        f'{_HEAD}<Response><Error Time="{time}" Id="{number}"><ErrorCode>{code}</ErrorCode>'
        f"{element('Message', message)}<DebugData/></Error></Response></Autodiscover>"
    ).encode()
