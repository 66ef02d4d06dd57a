"""What proves who is speaking, built from a site's settings."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Collection

from samband.ground import Ground, utc_now
from samband.trust.http import BearerValidator, HttpAuthenticator
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


def http_authenticator(
    ground: Ground, host: str, oauth: BearerValidator | None, schemes: Collection[str] | None = None
) -> HttpAuthenticator:
    """Says who sends requests to the endpoints of ``host``: by the site's schemes, or only by ``schemes`` of them."""
    offered = [scheme for scheme in ground.site.trust.http if schemes is None or scheme in schemes]
    return HttpAuthenticator(
        ground.passwords,
        ground.directory,
        schemes=[*offered, "bearer"] if oauth is not None else offered,
        realm=host,
        acceptor=ntlm_acceptors(ground, host) if {"ntlm", "negotiate"} & set(offered) else None,
        oauth=oauth,
        sleep=asyncio.sleep,
    )
