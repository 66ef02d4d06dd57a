"""Lync autodiscovery: from a domain to the server a user signs in to [MS-OCDISCWS]."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from urllib.parse import parse_qs

from samband.lync.web.answers import answer
from samband.lync.web.places import WebPlaces
from samband.trust.denied import Denied
from samband.trust.guest_tokens import GuestTokens
from samband.trust.http import HttpAuthenticator
from samband.trust.web_tickets import WebTickets
from samband.wire.http import HttpRequest, HttpResponse
from samband.wire.lyncdiscover import (
    JSON_TYPE,
    XML_TYPE,
    Location,
    domain_xml,
    links_json,
    root_xml,
    user_xml,
    wants_xml,
)
from samband.wire.web_auth.oauth_token import challenge

log = logging.getLogger(__name__)


class Discovery:
    """The documents of discovery.

    ``bearer`` judges Bearer tokens for the JSON form's user document, ``guests`` those of guests.
    """

    def __init__(
        self,
        places: WebPlaces,
        tickets: WebTickets,
        bearer: HttpAuthenticator | None = None,
        guests: GuestTokens | None = None,
    ) -> None:
        self._places = places
        self._tickets = tickets
        self._bearer = bearer
        self._guests = guests

    async def root(self, request: HttpRequest) -> HttpResponse:
        """Where to go on. Plain HTTP gets only the way to HTTPS; a domain of others gets nothing."""
        if request.method not in ("GET", "HEAD"):
            return self._answer(405, Allow="GET, HEAD")
        domain = _asked_domain(request)
        if domain and domain not in self._places.domains:
            return self._answer(404)
        query = f"?{request.query}" if request.query else ""
        here = self._places.discovery
        if not request.connection.tls:
            return self._root(request, {"Redirect": here + query}, {"redirect": here + query})
        json_links = {"self": here + query}
        if self._bearer is not None:
            json_links["user"] = f"{here}/oauth/user?originalDomain={domain or self._places.domains[0]}"
        links = {"Domain": f"{here}/domain", "User": f"{here}/user{query}", "Self": here}
        return self._root(request, links, json_links)

    async def domain(self, request: HttpRequest) -> HttpResponse:
        """What is known without knowing the user."""
        if request.method not in ("GET", "HEAD"):
            return self._answer(405, Allow="GET, HEAD")
        here = self._places.discovery
        links = {"Internal/Autodiscover": here, "External/Autodiscover": here}
        if not wants_xml(request.headers.get("Accept")):
            return self._answer(200, JSON_TYPE, links_json({"self": f"{here}/domain"}))
        return self._answer(200, XML_TYPE, domain_xml(self._location(request), self._places.sip, links))

    async def user(self, request: HttpRequest) -> HttpResponse:
        """Where the holder of a web ticket signs in; anybody else learns where tickets come from."""
        if request.method not in ("GET", "HEAD"):
            return self._answer(405, Allow="GET, HEAD")
        try:
            caller = self._tickets.caller(request)
        except Denied as denied:
            log.debug("no web ticket for discovery: %s", denied.reason)
            return self._answer(401, X_MS_WebTicketURL=self._places.ticket_service)
        if caller.person is None or not caller.person.sip:
            return self._answer(404)
        here, applications = self._places.discovery, f"{self._places.ucwa}/v1/applications"
        if not wants_xml(request.headers.get("Accept")):
            return self._user_json("user", applications)
        links = {"Internal/Autodiscover": here, "External/Autodiscover": here, "Self": f"{here}/user"}
        if self._places.ucwa:
            links |= dict.fromkeys(("Internal/Ucwa", "External/Ucwa", "Ucwa"), applications)
        return self._answer(200, XML_TYPE, user_xml(self._location(request), self._places.sip, links))

    async def oauth_user(self, request: HttpRequest) -> HttpResponse:
        """The JSON form's user document, for whoever brings a Bearer token."""
        if self._bearer is None:
            return self._answer(404)
        if request.method not in ("GET", "HEAD"):
            return self._answer(405, Allow="GET, HEAD")
        if self._is_guest(request):
            return self._user_json("oauth/user", f"{self._places.ucwa}/oauth/v1/applications", "anonApplications")
        caller = await self._bearer.authenticate(request)
        if isinstance(caller, HttpResponse):
            if self._places.grants:
                offer = challenge(self._places.token_service, self._places.grants)
                caller.headers.append(("WWW-Authenticate", offer))
            return caller
        if caller.person is None or not caller.person.sip:
            return self._answer(404)
        return self._user_json("oauth/user", f"{self._places.ucwa}/oauth/v1/applications")

    def _is_guest(self, request: HttpRequest) -> bool:
        scheme, _, token = request.headers.get("Authorization").partition(" ")
        try:
            return self._guests is not None and scheme.lower() == "bearer" and self._guests.check(token) is not None
        except Denied as denied:
            log.info("refused a guest at discovery: %s", denied.reason)
            return False

    def _user_json(self, path: str, applications: str, rel: str = "applications") -> HttpResponse:
        links = {"self": f"{self._places.discovery}/{path}"}
        if self._places.ucwa:
            links[rel] = applications
        return self._answer(200, JSON_TYPE, links_json(links))

    def _root(self, request: HttpRequest, links: Mapping[str, str], json_links: Mapping[str, str]) -> HttpResponse:
        if wants_xml(request.headers.get("Accept")):
            return self._answer(200, XML_TYPE, root_xml(self._location(request), links))
        return self._answer(200, JSON_TYPE, links_json(json_links))

    def _location(self, request: HttpRequest) -> Location:
        """From without where the name is one for the outside."""
        outside = request.host in self._places.discover and request.host not in self._places.internal
        return "External" if outside else "Internal"

    def _answer(self, status: int, content_type: str = "", body: bytes = b"", **fields: str) -> HttpResponse:
        return answer(self._places.host, status, content_type, body, Cache_Control="no-cache", **fields)


def _asked_domain(request: HttpRequest) -> str:
    """The domain of the ``sipuri`` that is asked for, else of ``originalDomain``; empty where neither is."""
    query = parse_qs(request.query)
    uri = next(iter(query.get("sipuri", ())), "")
    domain = uri.rpartition("@")[2] if uri else next(iter(query.get("originalDomain", ())), "")
    return domain.lower()
