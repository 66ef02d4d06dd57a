"""The calling side: finding out whom a server trusts, and making tokens for it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from samband.model.people import Person
from samband.trust.denied import Denied
from samband.trust.oauth.issue import LIFETIME, TokenIssuer
from samband.trust.oauth.names import ANY_REALM, Audience
from samband.trust.oauth.people import View
from samband.wire.http import HttpClient
from samband.wire.jose import challenge
from samband.wire.jose.challenge import Challenge

PROBE_TIMEOUT = 15.0
PROBE_LIFETIME = timedelta(hours=1)
RENEW_BEFORE = timedelta(minutes=10)
"""Tokens are made anew this long before they expire."""
MOST_SERVERS, MOST_TOKENS = 1_000, 10_000

T = TypeVar("T")


class OAuthClient:
    """Authorizes calls of one service to others, as itself or for one of its people."""

    def __init__(self, http: HttpClient, issuer: TokenIssuer, view: View, clock: Callable[[], datetime]) -> None:
        self._http = http
        self._issuer = issuer
        self._view = view
        self._clock = clock
        self._servers: _Remembered[Challenge] = _Remembered(MOST_SERVERS)
        self._tokens: _Remembered[str] = _Remembered(MOST_TOKENS)

    async def authorization_for(self, url: str, person: Person | None) -> str:
        """The value of ``Authorization`` for a call to ``url``, for ``person`` or as the service itself.

        Raises ``Denied`` where the server there does not take our tokens, ``OSError`` where it does not answer.
        """
        target = await self._target(url)
        user = self._view.claims(person) if person is not None else {}
        key = (target, self._issuer.key, *user.items())
        now = self._clock()
        made = self._tokens.get(key, now)
        if made is None:
            made = self._issuer.for_user(target, user) if person is not None else self._issuer.as_itself(target)
            self._tokens.put(key, made, now + LIFETIME - RENEW_BEFORE)
        return f"Bearer {made}"

    def forget(self, url: str) -> None:
        """The server at ``url`` refused a token: ask it anew next time whom it trusts."""
        self._servers.drop(_split(url)[0])

    async def _target(self, url: str) -> Audience:
        origin, host = _split(url)
        now = self._clock()
        found = self._servers.get(origin, now)
        if found is None:
            found = await self._probe(url, origin)
            self._check(found, origin)
            self._servers.put(origin, found, now + PROBE_LIFETIME)
        realm = found.realm or self._issuer.principal.realm
        return Audience(found.client_id, host, realm)

    async def _probe(self, url: str, origin: str) -> Challenge:
        """Ask with an empty token [MS-XOAUTH 3.2.5.4]."""
        answer = await self._http.send("GET", url, headers=[("Authorization", "Bearer")], timeout=PROBE_TIMEOUT)
        values = [value for name, value in answer.headers if name.lower() == "www-authenticate"]
        found = challenge.read(values) if answer.status == 401 else None
        if found is None:
            raise Denied(f"{origin} does not ask for server-to-server tokens (status {answer.status})")
        return found

    def _check(self, found: Challenge, origin: str) -> None:
        ours = self._issuer.principal
        if not {str(ours), f"{ours.application}@{ANY_REALM}"} & set(found.trusted_issuers):
            raise Denied(f"{origin} has no partner application {ours}")


class _Remembered(Generic[T]):
    """Values until their time, at most ``limit``; the one used longest ago gives way."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._found: OrderedDict[Hashable, _Until[T]] = OrderedDict()

    def get(self, key: Hashable, now: datetime) -> T | None:
        found = self._found.get(key)
        if found is None:
            return None
        if found.until <= now:
            del self._found[key]
            return None
        self._found.move_to_end(key)
        return found.value

    def put(self, key: Hashable, value: T, until: datetime) -> None:
        self._found[key] = _Until(value, until)
        self._found.move_to_end(key)
        while len(self._found) > self._limit:
            self._found.popitem(last=False)

    def drop(self, key: Hashable) -> None:
        self._found.pop(key, None)


@dataclass(frozen=True, slots=True)
class _Until(Generic[T]):
    value: T
    until: datetime


def _split(url: str) -> tuple[str, str]:
    """Origin and host of an address that a token may be sent to. Raises ``Denied``."""
    try:
        parts = urlsplit(url)
        origin, host = f"{parts.scheme}://{parts.netloc}".lower(), parts.hostname or ""
    except ValueError:
        origin, host = "", ""
    if not origin.startswith("https://") or not host or "@" in origin:
        raise Denied("a token is sent to an https address only")
    return origin, host
