"""The token service: a password, or a connection that NTLM has proved, becomes a Bearer token for web services."""

from __future__ import annotations

import logging
from collections.abc import Collection

from samband.lync.web.anonymous_grant import AnonymousGrant, Refused
from samband.lync.web.answers import answer
from samband.lync.web.places import WebPlaces
from samband.model.caller import Caller
from samband.model.people import Person
from samband.trust.expiry import Expired
from samband.trust.http import HttpAuthenticator
from samband.trust.passwords import Busy, Passwords
from samband.trust.web_tokens import IssuedToken, WebTokens
from samband.wire.http import HttpRequest, HttpResponse
from samband.wire.web_auth.oauth_token import (
    ANONYMOUS,
    PASSWORD,
    WINDOWS,
    BadTokenRequest,
    TokenRequest,
    diagnostics,
    read_request,
    write_error,
    write_token,
)

log = logging.getLogger(__name__)
_LARGEST = 16 * 1024
_JSON = "application/json"


class TokenService:
    """Serves POST of a form. ``places.grants`` are those that the site has switched on.

    ``windows`` judges connections: it offers NTLM, Negotiate or both, and is None where neither is switched on.
    ``guests`` gives tokens to people without an account.
    """

    def __init__(
        self,
        places: WebPlaces,
        passwords: Passwords,
        windows: HttpAuthenticator | None,
        tokens: WebTokens,
        guests: AnonymousGrant | None = None,
    ) -> None:
        self._host = places.host
        self._grants: Collection[str] = places.grants
        self._passwords = passwords
        self._windows = windows
        self._tokens = tokens
        self._guests = guests

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a request for a token."""
        if request.method != "POST":
            return answer(self._host, 405, Allow="POST")
        if not request.connection.tls:
            return self._refuse("invalid_request", "Tokens are given over HTTPS only.")
        if len(request.body) > _LARGEST:
            return self._refuse("invalid_request")
        try:
            asked = read_request(request.headers.get("Content-Type"), request.body)
        except BadTokenRequest as error:
            return self._refuse("invalid_request", str(error))
        if asked.grant not in self._grants:
            return self._refuse("unsupported_grant_type")
        if asked.grant == WINDOWS and self._windows is not None:
            return await self._by_connection(request, self._windows)
        if asked.grant == ANONYMOUS and self._guests is not None:
            return await self._by_meeting(request, asked, self._guests)
        return await self._by_password(request, asked)

    async def _by_connection(self, request: HttpRequest, windows: HttpAuthenticator) -> HttpResponse:
        caller: Caller | HttpResponse = await windows.authenticate(request)
        if isinstance(caller, HttpResponse):
            caller.headers.append(("X-MS-Server-Fqdn", self._host))
            return caller
        return self._issue(caller.person, WINDOWS)

    async def _by_password(self, request: HttpRequest, asked: TokenRequest) -> HttpResponse:
        try:
            person = await self._passwords.check(asked.username, asked.password, request.connection.peer_host)
        except Expired as expired:
            log.info("refused a web token to %.100r: %s", asked.username, expired.reason)
            return self._refuse("invalid_grant", "The password has expired.")
        except Busy as problem:
            log.warning("no sign-in of %.100r could be checked: %s", asked.username, problem)
            return self._refuse("server_error", status=503)
        if person is None:
            log.info("refused a web token to %.100r from %s", asked.username, request.connection.peer_host)
            return self._refuse("invalid_grant")
        return self._issue(person, PASSWORD)

    async def _by_meeting(self, request: HttpRequest, asked: TokenRequest, guests: AnonymousGrant) -> HttpResponse:
        try:
            return self._give(await guests.issue(asked, request.connection.peer_host))
        except Refused as refused:
            error = "server_error" if refused.later else "invalid_grant"
            return self._refuse(error, str(refused), 503 if refused.later else 400, refused.later, str(refused))

    def _issue(self, person: Person | None, grant: str) -> HttpResponse:
        if person is None or not person.sip:
            return self._refuse("invalid_grant", "User is not SIP enabled.")
        token = self._tokens.issue(person)
        log.info("gave %.100r a web token for %s", person.userPrincipalName, grant)
        return self._give(token)

    def _give(self, token: IssuedToken) -> HttpResponse:
        body = write_token(token.text, token.seconds)
        return answer(self._host, 200, _JSON, body, Cache_Control="no-store", Pragma="no-cache")

    def _refuse(self, error: str, reason: str = "", status: int = 400, later: int = 1, told: str = "") -> HttpResponse:
        fields = {"Retry_After": str(later)} if status == 503 else {}
        diagnosis = diagnostics(error, self._host, reason)
        body = write_error(error, told)
        return answer(self._host, status, _JSON, body, X_Ms_diagnostics=diagnosis, Cache_Control="no-store", **fields)
