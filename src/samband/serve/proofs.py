"""What proves who is speaking, built from a site's settings."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Collection

from samband.ground import Ground, utc_now
from samband.trust.http import BearerValidator, HttpAuthenticator
from samband.trust.kerberos import Realm, Tickets
from samband.trust.ntlm.acceptor import NtlmAcceptor, TargetNames


def ntlm_acceptors(ground: Ground, host: str) -> Callable[[], NtlmAcceptor]:
    """Makes one NTLM acceptor an exchange, for the server called ``host``."""
    organisation = ground.site.organisation
    names = TargetNames(
        netbios_domain=organisation.netbios_domain,
        netbios_computer=host.partition(".")[0].upper()[:15],
        dns_domain=organisation.domain,
        dns_computer=host,
    )

    def make() -> NtlmAcceptor:
        return NtlmAcceptor(
            names, ground.passwords.credential, random=os.urandom, clock=utc_now, check_age=ground.passwords.check_age
        )

    return make


def kerberos_tickets(ground: Ground, service: str, host: str) -> Tickets:
    """Takes tickets for ``service`` on ``host``, by the site's keytab. Raises ``Failure`` where that cannot be."""
    trust = ground.site.trust
    realm = Realm(trust.kerberos_realm or ground.site.organisation.domain.upper(), ground.directory)
    return Tickets(ground.folder / trust.kerberos_keytab, service, host, realm)


def http_authenticator(
    ground: Ground, host: str, oauth: BearerValidator | None, schemes: Collection[str] | None = None
) -> HttpAuthenticator:
    """Says who sends requests to the endpoints of ``host``: by the site's schemes, or only by ``schemes`` of them."""
    offered = [scheme for scheme in ground.site.trust.http if schemes is None or scheme in schemes]
    by_ticket = "negotiate" in offered and ground.site.trust.kerberos_keytab
    return HttpAuthenticator(
        ground.passwords,
        ground.directory,
        schemes=[*offered, "bearer"] if oauth is not None else offered,
        realm=host,
        acceptor=ntlm_acceptors(ground, host) if {"ntlm", "negotiate"} & set(offered) else None,
        tickets=kerberos_tickets(ground, "HTTP", host) if by_ticket else None,
        oauth=oauth,
        sleep=asyncio.sleep,
    )
