"""The read-only part of a check, against any deployment: records, endpoints, metadata, certificates, exported settings.

Nothing is sent that proves anybody. Certificates are judged by themselves, so that one with a wrong name hides nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509

from samband.deployment.dns_survey import DnsSurvey, survey_dns
from samband.deployment.exported import Around, Settings, judge
from samband.deployment.findings import Finding
from samband.deployment.measured_findings import merged
from samband.deployment.survey import Sight, Survey
from samband.ground import utc_now
from samband.net import tls
from samband.net.dns_client import DnsClient, RememberingResolver
from samband.net.tls_look import certificate_of
from samband.serve.check.endpoints import Endpoints
from samband.serve.check.listeners import Listener, look_at
from samband.serve.check.probing import Ways
from samband.trust.x509 import names_of


@dataclass(frozen=True, slots=True)
class Target:
    """What to look at. ``port`` is where 443 is expected otherwise; ``address`` an e-mail and SIP address there."""

    domain: str
    port: int = 443
    address: str = ""
    resolver: str = ""
    authorities: Path | None = None
    exported: tuple[Settings, ...] = ()

    @property
    def smtp_domain(self) -> str:
        return self.address.rpartition("@")[2].lower() or self.domain


async def check_against(target: Target) -> Survey:
    """Look at everything there is to be seen. Raises ``OSError`` where the CA file cannot be read."""
    began, now = time.monotonic(), utc_now()
    names = RememberingResolver(DnsClient(target.resolver))
    ports: Mapping[int, int] = {443: target.port}
    ways = Ways(names, ports, lambda _: target.port != 443, tls.unchecked_client_context())
    async with AsyncExitStack() as stack:
        http = ways.http()
        stack.push_async_callback(http.close)
        records = await survey_dns(target.domain, target.smtp_domain, names)
        endpoints = Endpoints(http, names, target.domain, target.smtp_domain, now)
        await endpoints.look()
        listeners = [one for one in _listeners(target, records, endpoints) if await names.addresses(one.host)]
        doors = await look_at(listeners, names, target.authorities, now)
        around = Around(await _owa_names(endpoints, ways), endpoints.lync_realm, endpoints.exchange_keys)
    return _survey(target, began, now, records, endpoints, listeners, [*doors, *judge(target.exported, around)])


def _survey(
    target: Target,
    began: float,
    now: datetime,
    records: DnsSurvey,
    endpoints: Endpoints,
    listeners: Sequence[Listener],
    others: Sequence[Finding],
) -> Survey:
    findings = merged([*records.findings, *endpoints.findings, *others])
    causes = " ".join(one.cause for one in findings)
    sights = [_record(one.owner, one.kind, one.lookup.values, causes) for one in records.records if one.there]
    sights += endpoints.sights
    for one in listeners:
        place = f"{one.host}:{one.port}"
        bad = next((finding.cause for finding in others if place in finding.cause), "")
        sights.append(Sight(f"{place} {one.what}", bad or "open, good certificate", not bad))
    if target.exported:
        sights.append(Sight("exported settings", f"{len(target.exported)} objects", True))
    seconds = round(time.monotonic() - began, 1)
    return Survey(target.domain, records.row, f"{now:%Y-%m-%d %H:%M} UTC", seconds, tuple(sights), findings)


def _record(owner: str, kind: str, values: Sequence[str], causes: str) -> Sight:
    return Sight(f"{owner} {kind}", ", ".join(values), f"{owner} {kind}:" not in causes)


def _listeners(target: Target, records: DnsSurvey, endpoints: Endpoints) -> list[Listener]:
    hosts = [f"lyncdiscover.{target.domain}", f"autodiscover.{target.smtp_domain}", endpoints.web_host]
    web = [Listener(host, target.port, "HTTPS") for host in dict.fromkeys(hosts) if host]
    known = {(one.host, one.port) for one in web}
    sip = [Listener(host, port, "SIP over TLS") for host, port in records.services() if (host, port) not in known]
    # An Autodiscover record may name a host that is looked at as a web server already, or one of its own.
    return [*web, *sip]


async def _owa_names(endpoints: Endpoints, ways: Ways) -> frozenset[str]:
    """Names in the certificate of Exchange's web server, by which Lync would know OWA."""
    host = endpoints.exchange_host
    addresses = await ways.names.addresses(host) if host else ()
    if not addresses:
        return frozenset()
    try:
        shown = await certificate_of(addresses[0], ways.port(host, 443), host)
    except OSError:
        return frozenset()
    certificate = await asyncio.to_thread(x509.load_der_x509_certificate, shown)
    return frozenset(name.lower() for name in names_of(certificate))
