"""What admits SIP clients, by a site's settings: TLS-DSK, Kerberos, NTLM and Digest, each where it is switched on."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

from samband.ground import Ground, utc_now
from samband.lync.sip.digest_clients import DigestPolicy
from samband.lync.sip.known_servers import KnownServers
from samband.lync.sip.pace import Pace
from samband.lync.sip.places import Places
from samband.lync.sip.security import Guard
from samband.lync.sip.visitors import Visitors
from samband.serve.proofs import kerberos_tickets, ntlm_acceptors
from samband.trust.sip import protocols
from samband.trust.sip.association import Begin
from samband.trust.sip.digest import DigestVerifier
from samband.trust.sip.nonces import Nonces
from samband.trust.sip.tls_dsk.acceptor import ServerIdentity
from samband.trust.sip.tls_dsk.issued import IssuedCertificates
from samband.trust.sip.turns import Turns
from samband.trust.sip.words import Words
from samband.trust.x509 import Identity

random_token = Words(os.urandom, 16).next
"""Gives a fresh word of 16 hex digits."""


async def sip_guard(
    ground: Ground,
    issued: IssuedCertificates,
    web_url: str,
    where: Places,
    known: KnownServers,
    visitors: Visitors | None = None,
) -> Guard:
    """The guard of the Lync side that is ``where``; ``web_url`` is where its certificates are given out."""
    host = ground.site.host_names.lync
    turns = Turns(ground.passwords, asyncio.sleep)
    rate = ground.site.registrar.sign_ins_per_second
    switched_on: dict[str, Begin] = {}
    if "tls-dsk" in ground.site.trust.sip:
        identity = await asyncio.to_thread(_identity, ground, host)
        switched_on["TLS-DSK"] = protocols.tls_dsk(identity, issued, utc_now, os.urandom)
    if "kerberos" in ground.site.trust.sip:
        tickets = await asyncio.to_thread(kerberos_tickets, ground, "sip", host)
        switched_on["Kerberos"] = protocols.kerberos(tickets, utc_now)
    if "ntlm" in ground.site.trust.sip:
        switched_on["NTLM"] = protocols.ntlm(ntlm_acceptors(ground, host), turns, utc_now)
    return Guard(
        switched_on,
        _digest(ground, turns, where) if "digest" in ground.site.trust.sip else None,
        ground.directory,
        host=host,
        sts_uri=f"{web_url}/CertProv/CertProvisioningService.svc",
        clock=utc_now,
        token=random_token,
        random=os.urandom,
        known=known,
        pace=Pace(rate, time.monotonic) if rate else None,
        visitors=visitors,
    )


def _digest(ground: Ground, turns: Turns, where: Places) -> DigestPolicy:
    nonces = Nonces(os.urandom(32), time.monotonic, os.urandom)
    realm = ground.site.organisation.domain
    algorithms = ground.site.trust.digest_algorithms
    verifier = DigestVerifier(
        realm, nonces, ground.passwords, ground.directory, os.urandom, algorithms, ground.passwords.check_age
    )
    return DigestPolicy(verifier, turns, where.is_own)


def _identity(ground: Ground, host: str) -> ServerIdentity:
    pem: Path = ground.certificates.server("tls-dsk", [host], "rsa")
    return ServerIdentity.of(Identity.read(pem.read_bytes()), ground.certificates.authority)
