"""Sign-in alone: the SIP side and its web services on real sockets, in a thread of the test's process."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from samband.lync.sip.digest_clients import DigestPolicy
from samband.lync.sip.lync_side import LyncSide
from samband.lync.sip.places import Places
from samband.lync.sip.security import Guard
from samband.lync.web.certificates import CertProvisioningService
from samband.lync.web.discovery import Discovery
from samband.lync.web.paths import WebServices, discovery_paths, paths
from samband.lync.web.places import WebPlaces
from samband.lync.web.tickets import WebTicketService
from samband.lync.web.token_service import TokenService
from samband.net import ports, tls
from samband.net.http_routes import HttpRoutes
from samband.net.http_server import HttpServer
from samband.net.sip_server import SipServer
from samband.trust.certificates import SiteCertificates
from samband.trust.forms import Wanted
from samband.trust.http import HttpAuthenticator
from samband.trust.ntlm.acceptor import NtlmAcceptor, TargetNames
from samband.trust.passwords import Passwords
from samband.trust.sip import protocols
from samband.trust.sip.digest import DigestVerifier
from samband.trust.sip.nonces import Nonces
from samband.trust.sip.tls_dsk.acceptor import ServerIdentity
from samband.trust.sip.tls_dsk.issued import IssuedCertificates
from samband.trust.sip.turns import Turns
from samband.trust.web_tickets import WebTickets
from samband.trust.web_tokens import WebTokens
from samband.trust.x509 import Identity
from samband.wire.lyncdiscover import SipAccess
from tests.clients.in_thread import in_thread
from tests.clients.names import Names
from tests.trust.fakes import CHEAP, News, People, person, store

DOMAIN = "contoso.test"
HOST = f"lync.{DOMAIN}"
DISCOVER = (f"lyncdiscoverinternal.{DOMAIN}", f"lyncdiscover.{DOMAIN}")


@dataclass
class LyncSite:
    """Where it listens, and who may sign in: ``alice`` and ``bob`` with ``pw-alice`` and ``pw-bob``."""

    address: str
    ca_file: Path
    tcp: int = 0
    tls: int = 0
    udp: int = 0
    https: int = 0

    @property
    def names(self) -> Names:
        return Names(dict.fromkeys((HOST, *DISCOVER), self.address))


def _now() -> datetime:
    return datetime.now(UTC)


def _token() -> str:
    return os.urandom(8).hex()


class _Builder:
    """Puts the rooms together over people in memory."""

    def __init__(self, folder: Path, address: str, https: int) -> None:
        self.folder = folder
        self.address = address
        self.https = https
        self.people = People()
        self.people.put(person("alice"), person("bob"))
        self.certificates = SiteCertificates(folder, "Contoso", _now)

    async def open(self, stack: AsyncExitStack) -> LyncSite:
        news = News()
        opened = await stack.enter_async_context(store(self.folder, news))
        wanted = Wanted(ntlm=True, digest_realm=DOMAIN)
        passwords = Passwords(opened, news, self.people, wanted, clock=time.monotonic, random=os.urandom, hasher=CHEAP)
        stack.callback(passwords.close)
        await passwords.load()
        for name in ("alice", "bob"):
            await passwords.set(f"guid-{name}", f"pw-{name}")
        self.passwords = passwords
        self.issued = IssuedCertificates(self.certificates, opened, self.people, _now)
        site = LyncSite(self.address, self.certificates.authority_file)
        server_pem = self.certificates.server("web", [HOST, *DISCOVER, self.address])
        context = tls.server_context(server_pem, server_pem)
        web = HttpServer(self._routes())
        stack.push_async_callback(web.close)
        site.https = await web.listen(self.address, self.https, context)
        sip = SipServer(self._side(site.https))
        stack.push_async_callback(sip.close)
        site.tcp = await sip.listen(self.address, 0)
        site.tls = await sip.listen(self.address, 0, context)
        site.udp = await sip.listen_udp(self.address, 0)
        return site

    def _acceptor(self) -> NtlmAcceptor:
        names = TargetNames("CONTOSO", "LYNC", DOMAIN, HOST)
        return NtlmAcceptor(names, self.passwords.credential, random=os.urandom, clock=_now)

    def _side(self, https: int) -> LyncSide:
        turns = Turns(self.passwords, asyncio.sleep)
        own = Identity.read(self.certificates.server("tls-dsk", [HOST], "rsa").read_bytes())
        identity = ServerIdentity.of(own, self.certificates.authority)
        nonces = Nonces(os.urandom(32), time.monotonic, os.urandom)
        where = Places(HOST, frozenset({DOMAIN}), names=frozenset({HOST, self.address}))
        guard = Guard(
            {
                "TLS-DSK": protocols.tls_dsk(identity, self.issued, _now, os.urandom),
                "NTLM": protocols.ntlm(self._acceptor, turns, _now),
            },
            DigestPolicy(DigestVerifier(DOMAIN, nonces, self.passwords, self.people, os.urandom), turns, where.is_own),
            self.people,
            host=HOST,
            sts_uri=f"https://{HOST}:{https}/CertProv/CertProvisioningService.svc",
            clock=_now,
            token=_token,
            random=os.urandom,
        )
        return LyncSide(directory=self.people, guard=guard, places=where, now=time.monotonic, token=_token)

    def _routes(self) -> HttpRoutes:
        base = f"https://{HOST}:{self.https}" if self.https != 443 else f"https://{HOST}"
        places = WebPlaces(
            base=base,
            host=HOST,
            sip=SipAccess(HOST, 5061),
            domains=(DOMAIN,),
            discover=frozenset(DISCOVER),
            internal=frozenset(DISCOVER[:1]),
        )
        secret = os.urandom(32)
        tickets = WebTickets(secret, HOST, DISCOVER, self.people, _now, os.urandom, self.passwords.mark)
        tokens = WebTokens(secret, HOST, self.people, _now, os.urandom, self.passwords.mark)
        authenticator = HttpAuthenticator(
            self.passwords, self.people, schemes=["basic"], realm=HOST, sleep=asyncio.sleep
        )
        tokens = WebTokens(os.urandom(32), HOST, self.people, _now, os.urandom, self.passwords.mark)
        web = WebServices(
            places,
            WebTicketService(places, authenticator, tickets),
            CertProvisioningService(places, tickets, self.issued, _now),
            Discovery(places, tickets),
            TokenService(places, self.passwords, None, tokens),
        )
        routes = HttpRoutes()
        for path, handler in paths(web).items():
            routes.add(path, handler)
        for path, handler in discovery_paths(web).items():
            routes.add(path, handler, DISCOVER)
        return routes


@contextmanager
def serving_lync(folder: Path, address: str = "127.0.0.1", https: int = 0) -> Iterator[LyncSite]:
    """A site that lets people sign in, for as long as the context lasts."""
    with in_thread(_Builder(folder, address, https or ports.take(address, 0)).open) as site:
        yield site
