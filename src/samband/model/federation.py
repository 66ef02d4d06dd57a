"""Federation: with which other organisations the Lync side speaks, and on what proof."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

import msgspec

from samband.model.failures import Failure
from samband.model.instant_messaging import checked_host

PORT: Final = 5061
"""The usual port of an access edge."""
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?")
_CERTIFICATE = "-----BEGIN CERTIFICATE-----"
_LARGEST = 65_536


class Standing(StrEnum):
    """What another domain is to us."""

    ALLOWED = "allowed"
    """On the list of allowed domains."""
    DISCOVERED = "discovered"
    """On no list, and partner discovery is on."""
    BLOCKED = "blocked"
    UNKNOWN = "unknown"
    """On no list, and partner discovery is off."""

    @property
    def open(self) -> bool:
        """Whether anything passes."""
        return self in (Standing.ALLOWED, Standing.DISCOVERED)


class FederatedDomain(msgspec.Struct, frozen=True, order=True):
    """One domain of the lists, as ``New-CsAllowedDomain`` and ``New-CsBlockedDomain`` have them."""

    domain: str
    blocked: bool = False
    proxy: str = ""
    """``HOST`` or ``HOST:PORT`` of the partner's access edge; empty: the DNS says."""
    authorities: str = ""
    """PEM: who must have issued the certificates of this partner; empty: any authority the machine trusts."""

    @property
    def server(self) -> tuple[str, int] | None:
        """Host and port of ``proxy``."""
        host, _, port = self.proxy.partition(":")
        return (host, int(port or PORT)) if host else None


class FederationPolicy(msgspec.Struct, frozen=True):
    """The whole policy; ``discovery`` is what ``EnablePartnerDiscovery`` is. At first nobody is spoken with."""

    discovery: bool = False
    domains: tuple[FederatedDomain, ...] = ()

    def entry(self, domain: str) -> FederatedDomain:
        """What the lists say of ``domain`` (lower case); an empty entry where they say nothing."""
        return next((one for one in self.domains if one.domain == domain), FederatedDomain(domain))

    def standing(self, domain: str) -> Standing:
        """What ``domain`` (lower case) is to us. Blocking reaches subdomains too, allowing does not."""
        labels = domain.split(".")
        above = {".".join(labels[number:]) for number in range(len(labels))}
        if any(one.blocked and one.domain in above for one in self.domains):
            return Standing.BLOCKED
        if any(one.domain == domain for one in self.domains):
            return Standing.ALLOWED
        return Standing.DISCOVERED if self.discovery else Standing.UNKNOWN


def checked_domain(text: str) -> str:
    """A SIP domain in lower case. Raises ``Failure`` ``InvalidName``."""
    domain = text.lower().rstrip(".")
    labels = domain.split(".")
    if len(domain) > 253 or len(labels) < 2 or not all(len(one) < 64 and _LABEL.fullmatch(one) for one in labels):
        raise Failure("InvalidName", f"{text!r} is not a domain, such as fabrikam.com")
    return domain


def checked_partner(domain: str, proxy: str, authorities: str) -> FederatedDomain:
    """An allowed domain with everything as it may be. Raises ``Failure``."""
    host, colon, port = proxy.partition(":")
    if colon and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise Failure("InvalidPort", f"{proxy!r} is not HOST or HOST:PORT")
    if authorities and (_CERTIFICATE not in authorities or len(authorities) > _LARGEST):
        raise Failure("InvalidCertificate", "the file of authorities holds no certificate in PEM, or is too large")
    if authorities and "PRIVATE KEY" in authorities:
        raise Failure("InvalidCertificate", "the file of authorities holds a private key: give certificates alone")
    where = f"{checked_host(host)}{colon}{port}" if proxy else ""
    return FederatedDomain(checked_domain(domain), False, where, authorities)
