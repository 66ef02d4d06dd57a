"""The web services of a Lync side in memory: real passwords, certificates and records under a folder."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from samband.lync.web.certificates import CertProvisioningService
from samband.lync.web.discovery import Discovery
from samband.lync.web.paths import WebServices, discovery_paths, paths
from samband.lync.web.places import WebPlaces
from samband.lync.web.tickets import WebTicketService
from samband.lync.web.token_service import TokenService
from samband.model.caller import Caller
from samband.trust.certificates import SiteCertificates
from samband.trust.denied import Denied
from samband.trust.forms import Wanted
from samband.trust.http import HttpAuthenticator
from samband.trust.ntlm.acceptor import NtlmAcceptor, TargetNames
from samband.trust.passwords import Passwords
from samband.trust.sip.tls_dsk.issued import IssuedCertificates
from samband.trust.web_tickets import WebTickets
from samband.trust.web_tokens import EitherToken, WebTokens
from samband.wire.http import Connection, Headers, HttpHandler, HttpRequest, HttpResponse
from samband.wire.lyncdiscover import SipAccess
from samband.wire.web_auth.oauth_token import PASSWORD, WINDOWS
from tests.trust.fakes import CHEAP, Clock, News, People, person, store

HOST = "lync.contoso.test"
BASE = f"https://{HOST}:8443"
PLACES = WebPlaces(
    base=BASE,
    host=HOST,
    sip=SipAccess(HOST, 5061),
    domains=("contoso.test", "example.test"),
    discover=frozenset({"lyncdiscover.contoso.test", "lyncdiscoverinternal.contoso.test"}),
    internal=frozenset({"lyncdiscoverinternal.contoso.test"}),
    grants=(WINDOWS, PASSWORD),
)


class OneToken:
    """Takes the Bearer token ``good`` for Alice."""

    def __init__(self, people: People) -> None:
        self._people = people

    def challenge(self) -> str:
        return 'Bearer client_id="00000004-0000-0ff1-ce00-000000000000"'

    def validate(self, token: str, host: str) -> Caller | Denied:
        if token == "good":
            return Caller(self._people.found["guid-alice"], "bearer", application="exchange")
        return Denied("a bad token", code=2000008, category="invalid_grant")


@dataclass
class WebSite:
    people: People
    clock: Clock
    certificates: SiteCertificates
    issued: IssuedCertificates
    tickets: WebTickets
    tokens: WebTokens
    passwords: Passwords
    handlers: dict[str, HttpHandler] = field(default_factory=dict)

    def build(self, *schemes: str, bearer: bool = True) -> None:
        """Make the doors; the ticket service offers ``schemes``."""
        oauth = self.authenticator("bearer") if bearer else None
        web = WebServices(
            PLACES,
            WebTicketService(PLACES, self.authenticator(*schemes), self.tickets),
            CertProvisioningService(PLACES, self.tickets, self.issued, self.clock.time),
            Discovery(PLACES, self.tickets, oauth),
            TokenService(PLACES, self.passwords, self.authenticator("ntlm"), self.tokens),
        )
        self.handlers = {**paths(web), **discovery_paths(web)}

    def authenticator(self, *schemes: str) -> HttpAuthenticator:
        return HttpAuthenticator(
            self.passwords,
            self.people,
            schemes=schemes,
            realm=HOST,
            acceptor=lambda: NtlmAcceptor(
                TargetNames("CONTOSO", "LYNC", "contoso.test", HOST),
                self.passwords.credential,
                random=os.urandom,
                clock=self.clock.time,
            ),
            oauth=EitherToken(self.tokens, OneToken(self.people)),
            sleep=self.clock.sleep,
        )

    async def ask(
        self,
        url: str,
        body: bytes | None = None,
        *,
        method: str = "",
        login: tuple[str, str] | None = None,
        connection: Connection | None = None,
        **fields: str,
    ) -> HttpResponse:
        """GET, or POST where there is a body; ``url`` may be a whole address or a path."""
        host, path = (url.split("/", 3)[2], "/" + url.split("/", 3)[3]) if "://" in url else (HOST, url)
        path, _, query = path.partition("?")
        headers = [(name.replace("_", "-"), value) for name, value in fields.items()]
        if login is not None:
            headers.append(("Authorization", "Basic " + base64.b64encode(":".join(login).encode()).decode()))
        request = HttpRequest(
            method or ("GET" if body is None else "POST"),
            host.partition(":")[0],
            path,
            query,
            Headers(headers),
            body or b"",
            connection or Connection("10.0.0.1:999", tls=True),
        )
        response = await self.handlers[path.lower()](request)
        assert ("X-MS-Server-Fqdn", HOST) in response.headers or response.status == 401
        return response


@asynccontextmanager
async def website(folder: Path) -> AsyncIterator[WebSite]:
    news, people, clock = News(), People(), Clock()
    people.put(person("alice"), person("bob"), person("carol", msRTCSIP_UserEnabled=False))
    async with store(folder, news) as opened:
        found = Passwords(
            opened,
            news,
            people,
            Wanted(ntlm=True),
            clock=clock,
            random=os.urandom,
            sleep=clock.sleep,
            hasher=CHEAP,
        )
        await found.load()
        for name in ("alice", "bob", "carol"):
            await found.set(f"guid-{name}", f"pw-{name}")
        certificates = SiteCertificates(folder, "Contoso", clock.time)
        issued = IssuedCertificates(certificates, opened, people, clock.time)
        tickets = WebTickets(bytes(32), HOST, PLACES.discover, people, clock.time, os.urandom, found.mark)
        tokens = WebTokens(bytes(32), HOST, people, clock.time, os.urandom, found.mark)
        site = WebSite(people, clock, certificates, issued, tickets, tokens, found)
        site.build("basic")
        yield site
        found.close()


def at(folder: Path, story: Callable[[WebSite], Awaitable[None]]) -> None:
    async def run() -> None:
        async with website(folder) as site:
            await story(site)

    asyncio.run(run())


def field_of(response: HttpResponse, name: str) -> str:
    return next((value for key, value in response.headers if key.lower() == name.lower()), "")
