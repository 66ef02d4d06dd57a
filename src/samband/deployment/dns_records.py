"""The DNS records that a site on premises needs: what each is, who asks for it, and what fails without it.

The names follow the DNS planning pages of Lync Server 2013; an SRV record's target stays in the domain of its owner,
for clients match names strictly.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from samband.deployment.places import Places
from samband.deployment.setting_forms import SettingError
from samband.wire.dns import Kind, Service


class Need(StrEnum):
    """Who needs a record."""

    REQUIRED = "required"
    LEGACY = "clients before Lync 2013"
    OPTIONAL = "optional"


@dataclass(frozen=True, slots=True)
class Record:
    """One record; ``value`` in presentation format, host names without their last dot."""

    owner: str
    kind: Kind
    value: str
    need: Need
    purpose: str
    ttl: int = 3600
    discovery: bool = False
    """Whether it is one of those by which clients, OWA and other organisations find Lync (step 1)."""

    @property
    def service(self) -> Service:
        """The data of an SRV record."""
        return Service.read(self.value)


def needed(places: Places) -> list[Record]:
    """Every record of the site, addresses first, each once. Raises ``SettingError`` where its address is not known."""
    found: dict[tuple[str, str], Record] = {}
    for record in (*_addresses(places), *_services(places)):
        found.setdefault((record.owner, record.kind), record)
    return list(found.values())


def published_address(places: Places) -> str:
    """The address that names lead to: ``dns.address``, else where the site listens. Raises ``SettingError``."""
    site = places.site
    address = site.dns.address or site.listen.address
    if ipaddress.ip_address(address).is_unspecified:
        raise SettingError("dns.address", site.dns.address, "the address clients reach, since the site listens on all")
    return address


def _addresses(places: Places) -> Iterator[Record]:
    site, names = places.site, places.site.host_names
    address = published_address(places)
    kind: Kind = "AAAA" if ":" in address else "A"
    ttl = site.dns.ttl

    def record(owner: str, need: Need, purpose: str) -> Record:
        return Record(owner.lower(), kind, address, need, purpose, ttl)

    def found(owner: str, purpose: str) -> Record:
        return replace(record(owner, Need.REQUIRED, purpose), discovery=True)

    if site.roles.lync:
        yield record(names.lync, Need.REQUIRED, "SIP and the web services of Lync")
        for domain in site.organisation.all_sip_domains:
            yield found(f"lyncdiscover.{domain}", "clients and OWA find Lync")
            yield found(f"lyncdiscoverinternal.{domain}", "clients inside find Lync")
            yield record(f"meet.{domain}", Need.REQUIRED, "links that join meetings")
            yield record(f"sip.{domain}", Need.REQUIRED, "target of the SRV records; last resort of clients")
            yield record(f"sipinternal.{domain}", Need.LEGACY, "clients inside that ask for no SRV record")
        yield found(names.lyncdiscover, "clients and OWA find Lync")
        yield record(names.meet, Need.REQUIRED, "links that join meetings")
    if site.roles.exchange:
        yield record(names.mail, Need.REQUIRED, "Exchange Web Services")
        yield record(names.autodiscover, Need.REQUIRED, "Autodiscover")
        for domain in site.organisation.accepted_domains:
            yield record(f"autodiscover.{domain}", Need.REQUIRED, "clients and Lync find mailboxes")


def _services(places: Places) -> Iterator[Record]:
    for owner, at in places.srv.items():
        side, need, purpose = _SERVICES[".".join(owner.split(".", 2)[:2])]
        if getattr(places.site.roles, side):
            value = str(Service(0, 0, int(at["port"]), str(at["target"])))
            yield Record(owner, "SRV", value, need, purpose, places.site.dns.ttl, discovery=side == "lync")


_SERVICES = {
    "_sip._tls": ("lync", Need.REQUIRED, "clients sign in from outside"),
    "_sipfederationtls._tcp": ("lync", Need.REQUIRED, "federation; OWA instant messaging"),
    "_sipinternaltls._tcp": ("lync", Need.LEGACY, "clients and phones sign in from inside"),
    "_sipinternal._tcp": ("lync", Need.OPTIONAL, "SIP over TCP without TLS, inside"),
    "_autodiscover._tcp": ("exchange", Need.OPTIONAL, "Autodiscover where its other names are not asked"),
}
"""Service and protocol -> the side that runs it, who needs it, what for."""
