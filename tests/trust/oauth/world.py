"""Two services that trust each other: Lync calls, Exchange is called."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from samband.model.caller import Caller
from samband.store.engine import Engine
from samband.trust.denied import Denied
from samband.trust.oauth.client import OAuthClient
from samband.trust.oauth.issue import TokenIssuer
from samband.trust.oauth.keys import SigningKeys
from samband.trust.oauth.names import EXCHANGE, LYNC, Audience, Principal
from samband.trust.oauth.partners import Partners
from samband.trust.oauth.people import exchange_view, lync_view
from samband.trust.oauth.rules import Service
from samband.trust.oauth.validate import OAuthValidator
from samband.trust.x509 import Identity
from samband.wire.http import HttpResponse
from samband.wire.jose import token
from tests.trust.fakes import Clock, News, People, person, store
from tests.web_in_memory import Fields, WebInMemory

HOST = "mail.contoso.test"
REALM = "contoso.test"
HERE = Audience(EXCHANGE, HOST, REALM)
LYNC_ISSUER = f"{LYNC}@{REALM}"
LYNC_DOCUMENT = "https://lync.contoso.test/metadata/json/1"


@dataclass
class Net(WebInMemory):
    """Other servers: an answer, or a failure, by address."""

    answers: dict[str, HttpResponse | OSError] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def answer(self, method: str, url: str, headers: Fields, body: bytes) -> HttpResponse:
        self.asked.append(url)
        await asyncio.sleep(0)
        answer = self.answers.get(url, ConnectionRefusedError("nobody there"))
        if isinstance(answer, OSError):
            raise answer
        return answer


@dataclass
class World:
    store: Engine
    news: News
    people: People
    clock: Clock
    net: Net

    async def open(self) -> None:
        self.keys = SigningKeys(self.store, self.news, LYNC, self.clock.time, name="Lync Auth")
        await self.keys.load()
        self.partners = Partners(self.store, self.news, EXCHANGE, self.net, self.clock)
        await self.partners.load()
        self.lync = TokenIssuer(self.keys, Principal(LYNC, REALM), self.clock.time)
        ours = Service(EXCHANGE, frozenset({REALM}), frozenset({HOST, "autodiscover.contoso.test"}))
        self.exchange = OAuthValidator(ours, self.partners, exchange_view(self.people), self.clock.time)
        self.view = lync_view(self.people)
        self.client = OAuthClient(self.net, self.lync, self.view, self.clock.time)

    async def trust_lync(self, **options: Any) -> None:
        await self.partners.add_by_certificate("Lync", LYNC, REALM, self.keys.certificates, **options)

    def alice(self) -> dict[str, str]:
        return self.view.claims(person("alice"))

    def judge(self, text: str, host: str = HOST) -> Caller | Denied:
        return self.exchange.validate(text, host)

    def refused(self, text: str, host: str = HOST) -> Denied:
        judged = self.judge(text, host)
        assert isinstance(judged, Denied), judged
        return judged

    # Forging: honest claims, with a change.

    def inner_claims(self, **changed: Any) -> dict[str, Any]:
        now = int(self.clock.time().timestamp())
        claims = {
            "aud": str(HERE),
            "iss": LYNC_ISSUER,
            "nameid": LYNC_ISSUER,
            "nbf": str(now),
            "exp": str(now + 3600),
            "trustedfordelegation": "true",
        }
        return _changed(claims, changed)

    def outer_claims(self, **changed: Any) -> dict[str, Any]:
        now = int(self.clock.time().timestamp())
        claims = {"aud": str(HERE), "iss": LYNC_ISSUER, "nbf": str(now), "exp": str(now + 3600), **self.alice()}
        return _changed(claims, changed)

    def inner(self, claims: dict[str, Any] | None = None, **header: Any) -> str:
        head = _changed({"typ": "JWT", "alg": "RS256", "x5t": self.keys.x5t}, header)
        part = token.signed_part(head, claims if claims is not None else self.inner_claims())
        return token.join(part, self.keys.sign(part.encode()))

    def outer(self, inner: str | None = None, claims: dict[str, Any] | None = None, **header: Any) -> str:
        head = _changed({"typ": "JWT", "alg": "none"}, header)
        body = claims if claims is not None else self.outer_claims()
        return token.join(token.signed_part(head, {"actortoken": inner or self.inner(), **body}))


def sign(identity: Identity, header: dict[str, Any], claims: dict[str, Any]) -> str:
    assert isinstance(identity.key, rsa.RSAPrivateKey)
    part = token.signed_part(header, claims)
    return token.join(part, identity.key.sign(part.encode(), padding.PKCS1v15(), hashes.SHA256()))


def _changed(fields: dict[str, Any], changed: dict[str, Any]) -> dict[str, Any]:
    """``fields`` with some changed; those changed to None are left out."""
    return {name: value for name, value in {**fields, **changed}.items() if value is not None}


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    news, people = News(), People()
    people.put(person("alice"), person("bob"))
    async with store(folder, news) as opened:
        made = World(opened, news, people, Clock(), Net())
        await made.open()
        yield made
        made.partners.close()
        made.keys.close()


def inside(folder: Path, story: Callable[[World], Awaitable[None]]) -> None:
    async def run() -> None:
        async with world(folder) as made:
            await story(made)

    asyncio.run(run())
