"""Where a request goes: to the endpoints of a user, to one of them, to the server itself, or nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from samband.directory.api import Directory
from samband.lync.actions.registration import Endpoint, Registrar
from samband.lync.sip.diagnostics import DOMAIN_UNKNOWN, OFFLINE, USER_UNKNOWN, Diagnosis
from samband.lync.sip.flow import Flow
from samband.lync.sip.places import Places, Way
from samband.wire.sip.address import split_list, tag_in, uri_in
from samband.wire.sip.message import SipRequest
from samband.wire.sip.uri import BadUri, SipUri, aor_of, parse_uri


@dataclass(frozen=True, slots=True)
class Nowhere:
    """The request cannot be routed: what to answer."""

    status: int
    diagnosis: Diagnosis | None = None


class ToServer:
    """The request is for the server itself."""


@dataclass(frozen=True, slots=True)
class Abroad:
    """The request is for another organisation."""

    domain: str


class Partners(Protocol):
    """The ways to other organisations."""

    def speaks_with(self, domain: str) -> bool:
        """Whether requests may go to ``domain``."""
        ...

    def flow(self, domain: str) -> Flow | Nowhere:
        """The way there, or why there is none."""
        ...


TO_SERVER = ToServer()
Destination = list[Endpoint[Way]] | Nowhere | ToServer | Abroad


class Routing:
    """Reads Route and Request-URI [RFC3261 16.4, 16.5]."""

    def __init__(self, registrar: Registrar[Way], directory: Directory, places: Places) -> None:
        self._registrar = registrar
        self._directory = directory
        self._places = places
        self.partners: Partners | None = None

    def domain_abroad(self, request: SipRequest) -> str:
        """The domain of another organisation that ``request`` is for; empty where it is for us, or for nobody.

        Within a dialog that is the other party's, whatever its Contact says: requests of ours reach a partner over
        the connection of its domain alone, never over one to a host that somebody wrote into a message.
        """
        if self.partners is None:
            return ""
        to = request.headers["To"][0]
        within = bool(tag_in(to))
        user, _, domain = aor_of(uri_in(to) if within else request.uri).rpartition("@")
        if not user or not self.is_partner(domain):
            return ""
        # Clients are reached by their contacts too, which may have host names of their own.
        return "" if not within and self._registrar.by_contact(request.uri) else domain

    def is_partner(self, domain: str) -> bool:
        """Whether ``domain`` is another organisation's that is spoken with."""
        if self.partners is None or domain in self._places.domains or ":" in domain:
            return False
        # An IP address is nobody's domain.
        return not domain.rpartition(".")[2].isdigit() and self.partners.speaks_with(domain)

    def is_abroad(self, request: SipRequest) -> bool:
        """Whether ``request`` is for another organisation that is spoken with."""
        return self.partners is not None and bool(self.domain_abroad(request))

    def take_routes(self, request: SipRequest) -> Nowhere | None:
        """Remove the Route values that name this server; a refusal where another server stands in the way."""
        values = request.headers.get("Route")
        if values is None:
            return None
        routes = [route for value in values for route in split_list(value)]
        try:
            target = parse_uri(request.uri)
            if "lr" in target.params and self._places.is_server(target):
                # A strict router before us put our Record-Route into the Request-URI [RFC3261 16.4].
                request.uri = uri_in(routes.pop())
            while routes and self._places.is_server(parse_uri(uri_in(routes[0]))):
                del routes[0]
            foreign = bool(routes) and not self._registrar.by_contact(uri_in(routes[0]))
        except BadUri:
            return Nowhere(400)
        if foreign and not self.domain_abroad(request):
            return Nowhere(404, DOMAIN_UNKNOWN)
        if routes:
            request.headers["Route"] = routes
        else:
            del request.headers["Route"]
        return None

    def find(self, request: SipRequest) -> Destination:
        """The endpoints that ``request`` is for, by its Request-URI."""
        if self.partners is not None and (domain := self.domain_abroad(request)):
            return Abroad(domain)
        try:
            uri = parse_uri(request.uri)
        except BadUri as error:
            return Nowhere(416 if error.scheme else 400)
        if uri.headers:
            return Nowhere(400)
        if uri.scheme == "tel":
            return Nowhere(404, USER_UNKNOWN)
        if uri.host in self._places.domains:
            return self._user(uri) if uri.user else TO_SERVER
        return self._contact(request, uri)

    def _user(self, uri: SipUri) -> Destination:
        address = uri.aor
        if "gruu" in uri.params:
            endpoint = self._registrar.by_opaque(address, uri.opaque)
            if endpoint is not None:
                return [endpoint]
            if uri.opaque.startswith("app:") or self._directory.by_sip(address) is None:
                return Nowhere(404, USER_UNKNOWN)
            return Nowhere(480, OFFLINE)
        if "gr" in uri.params:
            return self._instance(uri)
        endpoints = self._registrar.endpoints(address)
        if endpoints:
            return _one_flow_each(endpoints)
        return Nowhere(404, USER_UNKNOWN) if self._directory.by_sip(address) is None else Nowhere(480, OFFLINE)

    def _instance(self, uri: SipUri) -> Destination:
        """One endpoint of a plain client, by the address that the registrar gave it [RFC5627]."""
        endpoint = self._registrar.by_gruu(uri.aor, uri.params["gr"])
        if endpoint is not None:
            return [endpoint]
        away = uri.params["gr"] and self._directory.by_sip(uri.aor) is not None
        return Nowhere(480, OFFLINE) if away else Nowhere(404, USER_UNKNOWN)

    def _contact(self, request: SipRequest, uri: SipUri) -> Destination:
        """In dialogs clients write the peer's contact: it leads to the user in To, whoever else registered the same."""
        callee = aor_of(uri_in(request.headers["To"][0]))
        exact = self._registrar.by_contact(request.uri)
        own = [endpoint for endpoint in exact if endpoint.address == callee]
        if not own:
            own = [one for one in self._registrar.endpoints(callee) if _is_at(one, uri)]
        if own:
            return own[-1:]
        if exact and not tag_in(request.headers["To"][0]):
            return exact[-1:]
        if self._places.is_server(uri):
            return TO_SERVER if not uri.user else Nowhere(404, USER_UNKNOWN)
        return Nowhere(404, DOMAIN_UNKNOWN)


def _one_flow_each(endpoints: list[Endpoint[Way]]) -> list[Endpoint[Way]]:
    """Of several flows to one client the newest: it is to ring once [RFC5626]."""
    if len(endpoints) == 1 or not any(one.reg_id for one in endpoints):
        return endpoints
    newest = {one.instance.lower(): one for one in endpoints if one.reg_id}
    return [one for one in endpoints if not one.reg_id or newest[one.instance.lower()] is one]


def _is_at(endpoint: Endpoint[Way], uri: SipUri) -> bool:
    """Whether an address is that of an endpoint's contact or of its connection."""
    place = (uri.host, uri.port or 5060)
    if endpoint.way.flow.peer == place:
        return True
    try:
        contact = parse_uri(endpoint.contact)
    except BadUri:
        return False
    return (contact.host, contact.port or 5060) == place


def flow_to(endpoint: Endpoint[Way]) -> Flow:
    """The flow an endpoint is reached by: its own connection, or over UDP the port of its contact.

    Datagrams never go to another host than the one that registered, whatever the contact says.
    """
    flow = endpoint.way.flow
    if flow.reliable or flow.sibling is None:
        return flow
    try:
        contact = parse_uri(endpoint.contact)
    except BadUri:
        return flow
    port = 5060 if contact.port is None else contact.port
    # Some clients that were given any port for their own write 0: nothing can be sent there.
    return flow if contact.host != flow.peer[0] or port in (0, flow.peer[1]) else flow.sibling(port)
