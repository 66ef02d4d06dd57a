"""The web services of the Lync side: tickets, certificates, discovery, each at its paths."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from samband.deployment.places import Places
from samband.ground import Ground, utc_now
from samband.lync.web.certificates import CertProvisioningService
from samband.lync.web.discovery import Discovery
from samband.lync.web.paths import WebServices, discovery_paths, paths
from samband.lync.web.places import WebPlaces
from samband.lync.web.tickets import WebTicketService
from samband.net.http_routes import HttpRoutes
from samband.net.metering import Meters
from samband.serve.proofs import http_authenticator
from samband.serve.trust import SideTrust
from samband.trust.files import write_private
from samband.trust.sip.tls_dsk.issued import IssuedCertificates
from samband.trust.web_tickets import WebTickets
from samband.wire.lyncdiscover import SipAccess


async def add_web_services(
    ground: Ground,
    places: Places,
    routes: HttpRoutes,
    meters: Meters,
    trust: SideTrust,
    issued: IssuedCertificates,
) -> WebTickets:
    """Serve them on every name of the site; ``/`` is discovery only on the names clients try without a path.

    What judges web tickets comes back.
    """
    hosts, domains = ground.site.host_names, ground.site.organisation.all_sip_domains
    internal = frozenset(f"lyncdiscoverinternal.{domain}" for domain in domains)
    discover = internal | {f"lyncdiscover.{domain}" for domain in domains} | {hosts.lyncdiscover.lower()}
    where = WebPlaces(
        base=places.web_url,
        host=hosts.lync,
        sip=SipAccess(hosts.lync, places.ports.sip_tls),
        domains=domains,
        discover=discover,
        internal=internal | {hosts.lyncdiscoverinternal.lower()},
        ucwa=f"{places.web_url}/ucwa",
    )
    secret = await asyncio.to_thread(_secret, ground.folder / "keys" / "web-tickets.secret")
    tickets = WebTickets(secret, hosts.lync, discover, ground.directory, utc_now, os.urandom, ground.passwords.mark)
    web = WebServices(
        places=where,
        tickets=WebTicketService(where, http_authenticator(ground, hosts.lync, None), tickets),
        certificates=CertProvisioningService(where, tickets, issued, utc_now),
        discovery=Discovery(where, tickets, http_authenticator(ground, hosts.lync, trust.validator, ())),
    )
    for path, handler in paths(web).items():
        routes.add(path, meters.around("lync web", handler))
    for path, handler in discovery_paths(web).items():
        routes.add(path, meters.around("lync web", handler), where.discover)
    return tickets


def _secret(path: Path) -> bytes:
    """What makes this site's tickets its own; made once, so that tickets outlive a restart."""
    if not path.exists():
        write_private(path, os.urandom(32))
    return path.read_bytes()
