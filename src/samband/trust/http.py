"""Authentication of HTTP requests: Basic, NTLM, Negotiate and Bearer, as one endpoint offers them."""

from __future__ import annotations

import base64
import binascii
import logging
import re
from collections.abc import Awaitable, Callable, Collection
from typing import Protocol

from samband.directory.api import Directory
from samband.model.caller import Caller
from samband.model.people import Person
from samband.trust.denied import Denied
from samband.trust.expiry import Expired
from samband.trust.http_kerberos import is_kerberos
from samband.trust.http_ntlm import Bound, HttpExchange, claimed, is_first
from samband.trust.kerberos import Exchange, Tickets
from samband.trust.ntlm.acceptor import NtlmAcceptor
from samband.trust.passwords import Busy, Passwords
from samband.wire.http import HttpRequest, HttpResponse

BEARER, NEGOTIATE, NTLM, BASIC = "bearer", "negotiate", "ntlm", "basic"
SCHEMES = (BEARER, NEGOTIATE, NTLM, BASIC)
"""In the order in which a 401 lists them."""

_EXCHANGE = "trust.exchange"
_BOUND = "trust.bound"
_LONGEST_TOKEN = 65_536
_CORRELATION = re.compile(r"[0-9A-Za-z{}-]{1,64}")
_log = logging.getLogger(__name__)


class BearerValidator(Protocol):
    """Whoever judges Bearer tokens."""

    def challenge(self) -> str:
        """The value of ``WWW-Authenticate``."""
        ...

    def validate(self, token: str, host: str) -> Caller | Denied:
        """Judge a token that came with a request to ``host``."""
        ...


class HttpAuthenticator:
    """Says who sends a request to one endpoint, or makes the answer that refuses it.

    ``schemes`` are those the endpoint offers, of ``SCHEMES``; ``realm`` is what Basic shows; ``acceptor`` makes one
    NTLM acceptor an exchange and is needed for ``ntlm`` and ``negotiate``; ``tickets`` lets ``negotiate`` be Kerberos
    too; ``oauth`` is needed for ``bearer``.
    """

    def __init__(
        self,
        passwords: Passwords,
        directory: Directory,
        *,
        schemes: Collection[str],
        realm: str,
        acceptor: Callable[[], NtlmAcceptor] | None = None,
        tickets: Tickets | None = None,
        oauth: BearerValidator | None = None,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        if unknown := set(schemes) - set(SCHEMES):
            raise ValueError(f"no such authentication schemes: {', '.join(sorted(unknown))}")
        if acceptor is None and {NTLM, NEGOTIATE} & set(schemes):
            raise ValueError("NTLM needs an acceptor")
        if oauth is None and BEARER in schemes:
            raise ValueError("Bearer needs a validator")
        self._passwords = passwords
        self._directory = directory
        self._schemes = tuple(scheme for scheme in SCHEMES if scheme in schemes)
        self._realm = realm.replace("\\", "").replace('"', "")
        self._acceptor = acceptor
        self._tickets = tickets
        self._oauth = oauth
        self._sleep = sleep

    async def authenticate(self, request: HttpRequest) -> Caller | HttpResponse:
        """Who sends ``request``; a response is the complete refusal (401, or 503 where too many wait)."""
        header = request.headers.get("authorization")
        if not header:
            return self._bound_caller(request) or self.refusal(request)
        scheme, _, value = header.partition(" ")
        scheme, value = scheme.lower(), value.strip()
        if scheme not in self._schemes or len(value) > _LONGEST_TOKEN:
            return self.refusal(request)
        if scheme == BASIC:
            return await self._basic(request, value)
        if scheme == BEARER:
            return self._bearer(request, value)
        return await self._ntlm(request, scheme, value)

    def refusal(self, request: HttpRequest, denied: Denied | None = None) -> HttpResponse:
        """The 401 that lists every scheme offered, one ``WWW-Authenticate`` each."""
        headers = [("WWW-Authenticate", self._offer(scheme)) for scheme in self._schemes]
        if denied is not None and denied.code:
            reason = denied.reason.replace("\\", "").replace('"', "'")
            diagnostics = f'{denied.code};reason="{reason}";error_category="{denied.category}"'
            headers.append(("x-ms-diagnostics", diagnostics))
        text = f"Unauthorized: {denied.reason}" if isinstance(denied, Expired) else "Unauthorized"
        correlation = request.headers.get("client-request-id")
        if correlation and _CORRELATION.fullmatch(correlation):
            headers.append(("request-id", correlation))
        return _plain(401, text, headers)

    def _offer(self, scheme: str) -> str:
        if scheme == BEARER and self._oauth is not None:
            return self._oauth.challenge()
        if scheme == BASIC:
            return f'Basic realm="{self._realm}"'
        return "NTLM" if scheme == NTLM else "Negotiate"

    async def _basic(self, request: HttpRequest, value: str) -> Caller | HttpResponse:
        words = _credentials(value)
        if words is None:
            return self.refusal(request)
        login, password = words
        person = self._passwords.recall(login, password)
        if person is None:
            try:
                person = await self._passwords.check(login, password, request.connection.peer_host)
            except Expired as expired:
                _log.info("refused Basic sign-in of %.100r: %s", login, expired.reason)
                return self.refusal(request, expired)
            except Busy as problem:
                _log.warning("no sign-in of %.100r could be checked: %s", login, problem)
                return _plain(503, "No sign-in can be checked now", [("Retry-After", "1")])
        if person is None:
            _log.info("refused Basic sign-in of %.100r from %s", login, request.connection.peer_host)
            return self.refusal(request)
        return Caller(person, BASIC)

    def _bearer(self, request: HttpRequest, value: str) -> Caller | HttpResponse:
        if not value or self._oauth is None:
            # An empty token asks which issuers are trusted [MS-XOAUTH 3.2.5.4]: nothing to log.
            return self.refusal(request)
        judged = self._oauth.validate(value, request.host)
        if isinstance(judged, Caller):
            return judged
        _log.warning(
            "refused Bearer token from %s: %d %s (%s)",
            request.connection.peer_host,
            judged.code,
            judged.reason,
            judged.category,
        )
        return self.refusal(request, judged)

    async def _ntlm(self, request: HttpRequest, scheme: str, value: str) -> Caller | HttpResponse:
        state = request.connection.state
        try:
            token = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            return self.refusal(request)
        if self._tickets is not None and scheme == NEGOTIATE:
            begun = self._tickets.begin() if is_kerberos(token) else state.pop(_EXCHANGE, None)
            if isinstance(begun, Exchange):
                return await self._kerberos(request, begun, token)
            if begun is not None:
                state[_EXCHANGE] = begun
        if is_first(token) and self._acceptor is not None:
            state.pop(_BOUND, None)
            state[_EXCHANGE] = HttpExchange(self._acceptor())
        exchange = state.get(_EXCHANGE)
        if not isinstance(exchange, HttpExchange):
            return self.refusal(request)
        try:
            answer = await self._step(exchange, token, request.connection.peer_host)
        except Denied as denied:
            state.pop(_EXCHANGE, None)
            _log.info(
                "refused NTLM sign-in of %.100r from %s: %s",
                denied.account,
                request.connection.peer_host,
                denied.reason,
            )
            return self.refusal(request, denied if isinstance(denied, Expired) else None)
        if exchange.session is None:
            name = "NTLM" if scheme == NTLM else "Negotiate"
            return _plain(
                401, "Unauthorized", [("WWW-Authenticate", f"{name} {base64.b64encode(answer).decode('ascii')}")]
            )
        del state[_EXCHANGE]
        return self._bind(request, exchange.session.person, scheme)

    async def _kerberos(self, request: HttpRequest, exchange: Exchange, token: bytes) -> Caller | HttpResponse:
        state = request.connection.state
        state.pop(_BOUND, None)
        try:
            answer = await exchange.step(token)
        except Denied as denied:
            _log.info(
                "refused Kerberos sign-in of %.100r from %s: %s",
                denied.account,
                request.connection.peer_host,
                denied.reason,
            )
            return self.refusal(request)
        words = f"Negotiate {base64.b64encode(answer).decode('ascii')}"
        if exchange.person is None:
            state[_EXCHANGE] = exchange
            return _plain(401, "Unauthorized", [("WWW-Authenticate", words)])
        if not exchange.person.enabled:
            return self.refusal(request)
        request.proof = words if answer else ""
        return self._bind(request, exchange.person, NEGOTIATE)

    def _bind(self, request: HttpRequest, person: Person, scheme: str) -> Caller:
        """Have the connection be that person's from now on."""
        guid = person.objectGUID
        request.connection.state[_BOUND] = Bound(guid, self._passwords.generation(guid), scheme, self._passwords)
        return Caller(person, scheme)

    async def _step(self, exchange: HttpExchange, token: bytes, address: str) -> bytes:
        """One step of an exchange; one that claims an account waits its turn among those that do."""
        login = claimed(token)
        if login is None:
            return exchange.step(token)
        account = self._passwords.account(login)
        wait = self._passwords.throttle.reserve(account, address)
        if wait is None:
            raise Denied("too many attempts", account=login)
        if wait > 0:
            await self._sleep(wait)
        answer = exchange.step(token)
        if exchange.session is not None:
            self._passwords.throttle.succeeded(account, address)
        return answer

    def _bound_caller(self, request: HttpRequest) -> Caller | None:
        """Whoever authenticated this connection before, if that still holds."""
        bound = request.connection.state.get(_BOUND)
        if not isinstance(bound, Bound) or bound.checker is not self._passwords or bound.method not in self._schemes:
            return None
        person: Person | None = self._directory.by_guid(bound.guid)
        if (
            person is None
            or not person.enabled
            or self._passwords.generation(bound.guid) != bound.generation
            or self._passwords.expired(bound.guid)
        ):
            del request.connection.state[_BOUND]
            return None
        return Caller(person, bound.method)


def _credentials(value: str) -> tuple[str, str] | None:
    """Login and password of a Basic token [RFC7617 2]: UTF-8, else what older clients send."""
    try:
        data = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    login, colon, password = text.partition(":")
    return (login, password) if colon and login else None


def _plain(status: int, text: str, headers: list[tuple[str, str]]) -> HttpResponse:
    return HttpResponse(status, [*headers, ("Content-Type", "text/plain; charset=utf-8")], text.encode())
