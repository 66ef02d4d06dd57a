"""Settings of Exchange and Lync as their cmdlets write them with ``ConvertTo-Json``, known by their properties.

``Get-OwaVirtualDirectory``, ``Get-PartnerApplication``, ``Get-AcceptedDomain``, ``Get-AuthConfig``;
``Get-CsOAuthConfiguration``, ``Get-CsPartnerApplication``, ``Get-CsTrustedApplication``. Anything else is left alone.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from samband.deployment.findings import Finding
from samband.deployment.measured_findings import trouble_finding
from samband.deployment.troubles import Trouble

Settings = Mapping[str, Any]
EXCHANGE = "00000002-0000-0ff1-ce00-000000000000"
LYNC = "00000004-0000-0ff1-ce00-000000000000"
_LARGEST = 16 * 1024 * 1024


class NotExported(ValueError):
    """A file that holds no JSON objects; the text says why."""


@dataclass(frozen=True, slots=True)
class Around:
    """What was seen of the deployment itself, to compare settings with; empty where it was not."""

    owa_names: frozenset[str] = frozenset()
    """Names in the certificate of Exchange's web server, in lower case."""
    lync_realm: str = ""
    exchange_keys: frozenset[str] = frozenset()
    """SHA-1 of the certificates in Exchange's metadata document, in upper-case hex."""


def read_exported(data: bytes) -> list[Settings]:
    """The objects of a file, however PowerShell encoded it. Raises ``NotExported``."""
    if len(data) > _LARGEST:
        raise NotExported(f"it is larger than {_LARGEST >> 20} MB")
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        found = json.loads(data.decode("utf-16" if wide else "utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise NotExported(f"it is no JSON: {error}") from None
    objects: list[Settings] = [one for one in (found if isinstance(found, list) else [found]) if isinstance(one, dict)]
    if not objects:
        raise NotExported("it has no objects: write them with ConvertTo-Json -Depth 4")
    return objects


def judge(objects: Iterable[Settings], around: Around) -> list[Finding]:
    """What is wrong with settings, by what they say and by what was seen."""
    objects = list(objects)
    found = [finding for one in objects for rule in _RULES for finding in rule(one, around)]
    return [*found, *_pools(objects, around), *_absent(objects)]


def _owa(one: Settings, _: Around) -> Iterator[Finding]:
    if "InstantMessagingType" not in one:
        return
    where = f"OWA virtual directory {_text(one.get('Identity')) or _text(one.get('Server')) or 'of Exchange'}"
    if one.get("InstantMessagingEnabled") is False:
        yield _found(Trouble.OWA_NO_IM, f"{where}: InstantMessagingEnabled is false.")
    # An enumeration is its number, unless it was exported with -EnumsAsStrings.
    elif _text(one["InstantMessagingType"]).lower() in ("none", "0", ""):
        yield _found(Trouble.OWA_NO_IM, f"{where}: InstantMessagingType is None.")


def _accepted_domain(one: Settings, _: Around) -> Iterator[Finding]:
    domain = one.get("DomainName")
    if domain is None or "DomainType" not in one:
        return
    name = _text(domain)
    wild = name.startswith("*") or (isinstance(domain, Mapping) and domain.get("IncludeSubDomains") is True)
    if wild:
        yield _found(Trouble.WILDCARD_DOMAIN, f"Get-AcceptedDomain: {name} is a wildcard.")


def _oauth(one: Settings, around: Around) -> Iterator[Finding]:
    if "ExchangeAutodiscoverUrl" not in one:
        return
    url, realm = _text(one["ExchangeAutodiscoverUrl"]), _text(one.get("Realm"))
    if not url:
        yield _found(Trouble.NO_WAY_TO_EXCHANGE, "Get-CsOAuthConfiguration: ExchangeAutodiscoverUrl is empty.")
    elif not url.lower().endswith(".svc"):
        yield _found(Trouble.AUTODISCOVER_URL, f"Get-CsOAuthConfiguration: ExchangeAutodiscoverUrl is {url}.")
    if realm and around.lync_realm and realm != around.lync_realm:
        told = f"Get-CsOAuthConfiguration: Realm is {realm}, the metadata document of Lync says {around.lync_realm}."
        yield _found(Trouble.OTHER_REALM, told)


def _auth_config(one: Settings, around: Around) -> Iterator[Finding]:
    current = _text(one.get("CurrentCertificateThumbprint")).upper()
    if current and around.exchange_keys and current not in around.exchange_keys:
        yield _found(Trouble.OTHER_KEY, f"Get-AuthConfig: {current} is not in Exchange's metadata document.")


def _partner(one: Settings, _: Around) -> Iterator[Finding]:
    application = _text(one.get("ApplicationIdentifier"))
    if application not in (EXCHANGE, LYNC):
        return
    name = _text(one.get("Name")) or _text(one.get("Identity")) or application
    if one.get("Enabled") is False:
        yield _found(Trouble.PARTNER_OFF, f"The partner application {name} is not enabled.")
    if application == LYNC and "LinkedAccount" in one and not _text(one["LinkedAccount"]):
        yield _found(Trouble.NO_LINKED_ACCOUNT, f"Get-PartnerApplication: {name} has no LinkedAccount.")
    level = _text(one.get("ApplicationTrustLevel"))
    if application == EXCHANGE and level and not level.isdigit() and level.lower() != "full":
        yield _found(Trouble.TRUST_LEVEL, f"Get-CsPartnerApplication: ApplicationTrustLevel of {name} is {level}.")


_RULES: tuple[Callable[[Settings, Around], Iterator[Finding]], ...] = (
    _owa,
    _accepted_domain,
    _oauth,
    _auth_config,
    _partner,
)


def _pools(objects: Iterable[Settings], around: Around) -> Iterator[Finding]:
    """OWA's pool has the name in Exchange's certificate, by which Lync knows it."""
    pools = {_text(one["TrustedApplicationPoolFqdn"]).lower() for one in objects if "TrustedApplicationPoolFqdn" in one}
    if pools and around.owa_names and not pools & around.owa_names:
        told = f"Get-CsTrustedApplication: none of {', '.join(sorted(pools))} is in the certificate of Exchange."
        yield _found(Trouble.OWA_NOT_TRUSTED, told)


def _absent(objects: Iterable[Settings]) -> Iterator[Finding]:
    """Where partner applications of one side were exported, the other side is to be among them."""
    mine = [one for one in objects if "ApplicationIdentifier" in one]
    for sign, application, told in (
        ("LinkedAccount", LYNC, "Get-PartnerApplication: Exchange has no partner application for Lync."),
        ("ApplicationTrustLevel", EXCHANGE, "Get-CsPartnerApplication: Lync has no partner application for Exchange."),
    ):
        side = [one for one in mine if sign in one]
        if side and all(_text(one["ApplicationIdentifier"]) != application for one in side):
            yield _found(Trouble.NO_PARTNER, told)


def _found(trouble: Trouble, cause: str) -> Finding:
    return trouble_finding(trouble, cause, elsewhere=True)


def _text(value: object) -> str:
    """A property in words, also where PowerShell wrote an object for it."""
    if isinstance(value, Mapping):
        inner = (value.get(name) for name in ("Domain", "AbsoluteUri", "DistinguishedName", "Name", "value", "Value"))
        return next((str(one) for one in inner if one not in (None, "")), "")
    return "" if value is None else str(value)
