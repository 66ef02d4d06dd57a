"""What stands before every protocol: ports that are open, certificates that are good."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509

from samband.deployment.findings import Finding
from samband.deployment.measured_findings import trouble_finding
from samband.deployment.troubles import Trouble
from samband.net import tls
from samband.net.tls_look import Shown, is_open, look
from samband.serve.check.probing import words
from samband.trust.x509 import names_of
from samband.wire.dns import Resolver

SOON = timedelta(days=30)
"""A certificate that ends within this time is told of."""
_PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Listener:
    """Where somebody is to listen for ``what``; without TLS nothing but the port is looked at."""

    host: str
    port: int
    what: str
    tls: bool = True


async def look_at(
    listeners: Iterable[Listener], names: Resolver, authorities: Path | None, now: datetime
) -> list[Finding]:
    """What is wrong with them; names that do not resolve are a matter of the DNS, not told of here."""
    found = await asyncio.gather(*(_look(one, names, authorities, now) for one in listeners))
    return [finding for findings in found for finding in findings]


async def _look(listener: Listener, names: Resolver, authorities: Path | None, now: datetime) -> list[Finding]:
    addresses = await names.addresses(listener.host)
    if not addresses:
        return []
    place = f"{listener.host}:{listener.port}"
    if not await is_open(addresses[0], listener.port, _PATIENCE):
        return [trouble_finding(Trouble.PORT_CLOSED, f"Nobody answers at {place} ({listener.what}).")]
    if not listener.tls:
        return []
    context = await asyncio.to_thread(tls.chain_context, authorities)
    try:
        shown = await look(addresses[0], listener.port, listener.host, context, _PATIENCE)
    except OSError as error:
        return [trouble_finding(Trouble.PORT_CLOSED, f"{place} ({listener.what}) speaks no TLS: {words(error)}.")]
    return [trouble_finding(trouble, f"{place}: {why}.") for trouble, why in _judge(shown, listener.host, now)]


def _judge(shown: Shown, host: str, now: datetime) -> list[tuple[Trouble, str]]:
    certificate = x509.load_der_x509_certificate(shown.certificate)
    ends = certificate.not_valid_after_utc
    found: list[tuple[Trouble, str]] = []
    if not _is_for(host, names_of(certificate)):
        found.append((Trouble.CERTIFICATE_NAME, f"the certificate is for {_some(names_of(certificate))}"))
    if ends < now:
        return [*found, (Trouble.CERTIFICATE_EXPIRED, f"the certificate ended on {ends:%Y-%m-%d}")]
    if ends - now < SOON:
        found.append((Trouble.CERTIFICATE_EXPIRING, f"the certificate ends on {ends:%Y-%m-%d}"))
    if shown.distrust:
        found.append((Trouble.CERTIFICATE_UNTRUSTED, f"the certificate is not trusted: {shown.distrust}"))
    return found


def _is_for(host: str, names: Iterable[str]) -> bool:
    """Whether one of ``names`` is ``host``, or a wildcard for its first label [RFC6125 6.4.3]."""
    lowered = {name.lower() for name in names}
    return host.lower() in lowered or f"*.{host.lower().partition('.')[2]}" in lowered


def _some(names: Iterable[str]) -> str:
    listed = sorted(names)
    return ", ".join(listed[:3]) + (f" and {len(listed) - 3} more" if len(listed) > 3 else "") if listed else "no name"
