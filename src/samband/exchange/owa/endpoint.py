"""The door of the web client: signing in and out, pages, and the interface behind them [article, step 5].

Whoever is not signed in gets the sign-in page and nothing else. A request that changes something must come from our own
pages: they alone know the canary of their session.
"""

from __future__ import annotations

import hmac
import logging
from urllib.parse import parse_qs

from samband.exchange.actions.exchange import Exchange
from samband.exchange.owa import (
    attachments,
    calendar,
    calendar_writes,
    contact_list,
    contacts,
    events,
    im,
    mail,
    oof,
    people,
    writing,
)
from samband.exchange.owa.call import ALWAYS, Call, Handlers, problem, refused
from samband.exchange.owa.instant_messaging import InstantMessaging
from samband.exchange.owa.pages import Pages
from samband.exchange.owa.sessions import CANARY, PasswordChecks, Sessions, TryAgain, set_cookie
from samband.model.caller import Caller
from samband.model.failures import Failure, Unavailable
from samband.model.im_client import UNAVAILABLE, NoInstantMessaging
from samband.trust.expiry import Expired
from samband.trust.passwords import Busy
from samband.wire.http import HttpRequest, HttpResponse

log = logging.getLogger(__name__)

ROOT = "/owa"
MAX_FORM = 8 * 1024
_HANDLERS: Handlers = {
    **mail.HANDLERS,
    **writing.HANDLERS,
    **attachments.HANDLERS,
    **calendar.HANDLERS,
    **calendar_writes.HANDLERS,
    **people.HANDLERS,
    **contacts.HANDLERS,
    **contact_list.HANDLERS,
    **oof.HANDLERS,
    **im.HANDLERS,
    **events.HANDLERS,
}
_AWAY = "Your mailbox can't be reached now. Try again later."
_WRONG = "The user name or password you entered isn't correct. Try entering it again."


class OwaEndpoint:
    """Everything below ``/owa``; ``im`` is None where there is no Lync side to ask."""

    def __init__(
        self,
        exchange: Exchange,
        passwords: PasswordChecks,
        sessions: Sessions,
        pages: Pages,
        im: InstantMessaging | None,
    ) -> None:
        self._exchange = exchange
        self._passwords = passwords
        self._sessions = sessions
        self._pages = pages
        self._im = im

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer one request."""
        if not request.connection.tls:
            return HttpResponse(403, [("Content-Type", "text/plain")], b"This is served over https only.\n")
        path = request.path[len(ROOT) :].lower().strip("/")
        if path.startswith("static/"):
            return self._pages.file(request, path.removeprefix("static/"))
        try:
            return await self._answer(request, path)
        except Unavailable as reason:
            log.error("the web client could not be served: %s", reason)
            if path.startswith("api/"):
                return problem(503, "Unavailable", _AWAY)
            return self._pages.sign_in(_AWAY, 503)

    async def _answer(self, request: HttpRequest, path: str) -> HttpResponse:
        if path in ("auth/logon", "auth/logoff"):
            return await self._auth(request, path)
        known = await self._sessions.of(request)
        if not path.startswith("api/"):
            if path:
                return HttpResponse(404, [("Content-Type", "text/plain"), *ALWAYS], b"There is no such page.\n")
            return self._pages.client() if known else _to("/owa/auth/logon")
        if known is None:
            return problem(401, "NotSignedIn", "Sign in first.")
        person, session = known

        async def still() -> bool:
            return await self._sessions.person(session) is not None

        call = Call(self._exchange, self._im, Caller(person, "forms"), person, session, request, still)
        return await self._serve(call, path.removeprefix("api/"))

    async def _serve(self, call: Call, name: str) -> HttpResponse:
        request = call.request
        handler = _HANDLERS.get((request.method, name))
        if handler is None:
            there = [method for method, path in _HANDLERS if path == name]
            if not there:
                return problem(404, "NotFound", "There is nothing at this address.")
            response = problem(405, "MethodNotAllowed", f"{name} takes {', '.join(there)}.")
            response.headers.append(("Allow", ", ".join(there)))
            return response
        if request.method != "GET" and not hmac.compare_digest(
            request.headers.get(CANARY).encode(), call.session.canary.encode()
        ):
            return problem(403, "WrongCanary", "The request does not come from this session's page.")
        try:
            return await handler(call)
        except Failure as failure:
            return refused(failure)
        except NoInstantMessaging as reason:
            log.info("no instant messaging for %s: %s", call.person.userPrincipalName, reason)
            return problem(409, "NoInstantMessaging", UNAVAILABLE)

    # --- signing in and out

    async def _auth(self, request: HttpRequest, path: str) -> HttpResponse:
        if request.method == "GET" and path == "auth/logon":
            return _to("/owa/") if await self._sessions.of(request) else self._pages.sign_in()
        if request.method != "POST":
            return HttpResponse(405, [("Allow", "POST"), *ALWAYS])
        if not _is_own(request):
            return self._pages.sign_in("The form was sent from another site.", 403)
        return await (self._sign_in(request) if path == "auth/logon" else self._sign_out(request))

    async def _sign_in(self, request: HttpRequest) -> HttpResponse:
        if len(request.body) > MAX_FORM:
            return self._pages.sign_in("The form is too large.", 413)
        form = parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=8)
        login, password = (form.get(name, [""])[0] for name in ("username", "password"))
        try:
            person = await self._passwords.check(login.strip(), password, request.connection.peer_host)
        except Busy:
            return self._pages.sign_in("Too many people sign in at this moment. Try again.", 503)
        except Expired as expired:
            return self._pages.sign_in(f"{expired.reason}.", 403)
        if person is None:
            log.info("refused sign-in of %.100r to the web client from %s", login, request.connection.peer_host)
            return self._pages.sign_in(_WRONG, 401)
        if not person.msExchMailboxGuid:
            return self._pages.sign_in("This account has no mailbox.", 403)
        before = await self._sessions.of(request)
        if before is not None:
            await self._sessions.end(before[1])
        try:
            word = await self._sessions.begin(person)
        except TryAgain:
            return self._pages.sign_in("Your password is being changed at this moment. Try again.", 503)
        response = _to("/owa/")
        response.headers.append(set_cookie(word))
        return response

    async def _sign_out(self, request: HttpRequest) -> HttpResponse:
        known = await self._sessions.of(request)
        everywhere = parse_qs(request.body[:MAX_FORM].decode("utf-8", "replace"), max_num_fields=8).get("everywhere")
        if known is not None:
            await (self._sessions.end_all if everywhere else self._sessions.end)(known[1])
        response = _to("/owa/auth/logon")
        response.headers.append(set_cookie(""))
        return response


def _to(path: str) -> HttpResponse:
    return HttpResponse(302, [("Location", path), ("Cache-Control", "no-store"), *ALWAYS])


def _is_own(request: HttpRequest) -> bool:
    """Whether a form was sent from our own page, as far as the browser says."""
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return not origin or origin.partition("://")[2].lower() == request.headers.get("Host").lower()
