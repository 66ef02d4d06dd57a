"""The web services of the Lync side: tickets, certificates, discovery, each at its paths."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from samband.deployment.places import Places
from samband.ground import Ground, utc_now
from samband.lync.actions.address_book import AddressBook
from samband.lync.actions.guests import Guests
from samband.lync.web.address_book import AddressBookFiles, AddressBookService
from samband.lync.web.anonymous_grant import AnonymousGrant
from samband.lync.web.certificates import CertProvisioningService
from samband.lync.web.discovery import Discovery
from samband.lync.web.paths import WebServices, address_book_paths, discovery_paths, paths
from samband.lync.web.places import WebPlaces
from samband.lync.web.tickets import WebTicketService
from samband.lync.web.token_service import TokenService
from samband.net.http_routes import HttpRoutes
from samband.net.metering import Meters
from samband.serve.proofs import http_authenticator
from samband.serve.trust import SideTrust
from samband.trust.files import write_private
from samband.trust.guest_tokens import GuestTokens
from samband.trust.http import HttpAuthenticator
from samband.trust.sip.tls_dsk.issued import IssuedCertificates
from samband.trust.throttle import Throttle
from samband.trust.web_tickets import WebTickets
from samband.trust.web_tokens import EitherToken, WebTokens
from samband.wire.lyncdiscover import SipAccess
from samband.wire.web_auth.oauth_token import ANONYMOUS, PASSWORD, WINDOWS, challenge


@dataclass(frozen=True, slots=True)
class WebProofs:
    """What judges who asks a web service of the Lync side.

    ``grants`` are what the token service takes; ``settings`` is what SIP clients are told of these services.
    """

    tickets: WebTickets
    bearer: HttpAuthenticator
    guests: GuestTokens
    tokens: TokenService
    grants: tuple[str, ...]
    token_offer: str
    settings: Mapping[str, str]


async def add_web_services(
    ground: Ground,
    places: Places,
    routes: HttpRoutes,
    meters: Meters,
    trust: SideTrust,
    issued: IssuedCertificates,
    book: AddressBook,
    guests: Guests,
) -> WebProofs:
    """Serve them on every name of the site; ``/`` is discovery only on the names clients try without a path."""
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
        grants=_grants(ground),
    )
    secret = await asyncio.to_thread(_secret, ground.folder / "keys" / "web-tickets.secret")
    tickets = WebTickets(secret, hosts.lync, discover, ground.directory, utc_now, os.urandom, ground.passwords.mark)
    tokens = WebTokens(secret, hosts.lync, ground.directory, utc_now, os.urandom, ground.passwords.mark)
    bearer = http_authenticator(ground, hosts.lync, EitherToken(tokens, trust.validator), ())
    connections = http_authenticator(ground, hosts.lync, None, _OF_CONNECTIONS) if WINDOWS in where.grants else None
    guest_tokens = GuestTokens(secret, hosts.lync, utc_now)
    web = WebServices(
        places=where,
        tickets=WebTicketService(where, http_authenticator(ground, hosts.lync, None), tickets),
        certificates=CertProvisioningService(where, tickets, issued, utc_now),
        discovery=Discovery(where, tickets, bearer, guest_tokens),
        tokens=TokenService(where, ground.passwords, connections, tokens, _by_meeting(guests, guest_tokens)),
    )
    for path, handler in paths(web).items():
        routes.add(path, meters.around("lync web", handler))
    for path, handler in discovery_paths(web).items():
        routes.add(path, meters.around("lync web", handler), where.discover)
    settings = _publish(ground, where, routes, meters, tickets, book)
    offer = challenge(where.token_service, where.grants) if where.grants else ""
    return WebProofs(tickets, bearer, guest_tokens, web.tokens, where.grants, offer, settings)


def _publish(
    ground: Ground, where: WebPlaces, routes: HttpRoutes, meters: Meters, tickets: WebTickets, book: AddressBook
) -> dict[str, str]:
    """Serve the address book where the policy has it; what clients are told of where it is."""
    if ground.site.client_policy.address_book_availability == "off":
        return {}
    service = AddressBookService(where, tickets, book)
    files = AddressBookFiles(where, tickets, http_authenticator(ground, where.host, None), book)
    for path, handler in address_book_paths(where, service, files).items():
        routes.add(path, meters.around("address book", handler))
    return {
        "absInternalServerUrl": where.address_book_files,
        "absExternalServerUrl": where.address_book_files,
        "dlxInternalUrl": where.address_book,
        "dlxExternalUrl": where.address_book,
    }


_OF_CONNECTIONS = ("ntlm", "negotiate")


def _grants(ground: Ground) -> tuple[str, ...]:
    """What a token is given for: a password in the clear only where Basic takes one too."""
    offered = ground.site.trust.http
    windows = [WINDOWS] if set(_OF_CONNECTIONS) & set(offered) else []
    guests = [ANONYMOUS] if ground.site.conferencing_policy.allow_anonymous_participants else []
    return (*windows, *guests, PASSWORD) if "basic" in offered else (*windows, *guests)


def _by_meeting(guests: Guests, tokens: GuestTokens) -> AnonymousGrant:
    return AnonymousGrant(guests, tokens, Throttle(time.monotonic), time.monotonic, asyncio.sleep)


def _secret(path: Path) -> bytes:
    """What makes this site's tickets its own; made once, so that tickets outlive a restart."""
    if not path.exists():
        write_private(path, os.urandom(32))
    return path.read_bytes()
