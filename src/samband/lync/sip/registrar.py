"""The REGISTER door [RFC3261 10; MS-SIPREGE 3.1.2]."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from functools import lru_cache

from msgspec import Struct

from samband.directory.api import Directory
from samband.lync.actions.registration import LYNC_TAG, Claim, End, Endpoint, Registrar
from samband.lync.sip import diagnostics
from samband.lync.sip.flow import Flow
from samband.lync.sip.inbound import Inbound
from samband.lync.sip.kept_bindings import KeptBindings
from samband.lync.sip.places import Places, Way
from samband.lync.sip.router import Router
from samband.model.failures import Failure
from samband.model.people import Person
from samband.wire.sip.address import Address, epid_in, parse_addresses, quote_string, uri_in
from samband.wire.sip.message import Headers, SipRequest, SipResponse, respond
from samband.wire.sip.uri import BadUri, aor_of, parse_uri

LYNC_EVENTS = (
    "vnd-microsoft-provisioning,vnd-microsoft-roaming-contacts,vnd-microsoft-roaming-ACL,presence,presence.wpending,"
    "vnd-microsoft-roaming-self,vnd-microsoft-provisioning-v2"
)
"""Without blanks: clients split it at commas and do not trim."""
KEEP_ALIVE = "UAS; tcp=no; hop-hop=yes; end-end=no; timeout=300"
SERVER = "RTC/5.0"
"""What Lync Server 2013 calls itself; clients choose their features by it."""

OUTBOUND = "outbound"
_REQUIRABLE = frozenset({"gruu", "gruu-10", OUTBOUND})
_EVENTS: dict[End, tuple[str, diagnostics.Diagnosis]] = {
    "too many": ("unregistered", diagnostics.UNREGISTERED),
    "rejected": ("rejected", diagnostics.REJECTED),
    "deactivated": ("deactivated", diagnostics.DEACTIVATED),
    "revoked": ("deactivated", diagnostics.REVOKED),
}
"""What the server says when it ends a registration by itself [MS-SIPREGE 2.2.1.13]."""


class Manner(Struct, frozen=True):
    """How a REGISTER is put, whoever sends it: one object for all of a kind of client, by which they are told apart."""

    supported: frozenset[str]
    """Option tags in lower case."""
    lync: bool
    """Whether it is a Lync client's."""


class RegistrarDoor:
    """Serves REGISTER, and tells clients whose registration the server ends."""

    def __init__(
        self,
        registrar: Registrar[Way],
        directory: Directory,
        places: Places,
        router: Router,
        kept: KeptBindings | None = None,
    ) -> None:
        """``kept`` has what no connection ends on disk before it is acknowledged."""
        self._registrar = registrar
        self._directory = directory
        self._places = places
        self._router = router
        self._kept = kept
        self._watched: set[int] = set()
        registrar.listen(removed=self._ended)

    def handle(self, inbound: Inbound) -> Awaitable[None] | None:
        """Answer one REGISTER."""
        manner = _manner(inbound.request)
        endpoint = self._same(inbound, manner)
        return self._serve(inbound, manner) if endpoint is None else self._renew(inbound, endpoint, manner)

    def _same(self, inbound: Inbound, manner: Manner) -> Endpoint[Way] | None:
        """The endpoint that says on its connection what it said before: nothing of it needs to be judged again."""
        request, flow = inbound.request, inbound.flow
        headers = request.headers
        contacts, sender = headers.get("Contact"), headers["From"][0]
        # From is the person's own address: the guard let it in.
        if inbound.person is None or contacts is None or len(contacts) > 1 or not _names_same(headers["To"][0], sender):
            return None
        for endpoint in self._registrar.bound(inbound.address).values():
            way = endpoint.way
            if (
                way.manner is manner
                and way.flow is flow
                and contacts[0] == (way.contact or f"<{endpoint.contact}>")
                and epid_in(sender) == endpoint.epid
            ):
                return endpoint
        return None

    def _renew(self, inbound: Inbound, endpoint: Endpoint[Way], manner: Manner) -> Awaitable[None] | None:
        request, flow, person = inbound.request, inbound.flow, inbound.person
        if person is None:
            return None
        try:
            self._registrar.renew(endpoint, person, request.headers["Call-ID"][0], request.cseq[0])
        except Failure:
            inbound.refuse(500)
            return None
        endpoint.way.association = inbound.association
        if endpoint.expires_at > flow.kept_until:
            flow.kept_until = endpoint.expires_at
        return self._accept(inbound, endpoint.address, endpoint, "refreshed", lync=manner.lync)

    def _serve(self, inbound: Inbound, manner: Manner) -> Awaitable[None] | None:
        request = inbound.request
        person = self._allowed(inbound)
        if person is None:
            return None
        contacts = request.all("Contact")
        if "Event" in request.headers and (request.get("Event") or "").partition(";")[0].strip() != "registration":
            inbound.refuse(489, diagnostics.NOT_REGISTRATION)
        elif manner.lync and "gruu-10" not in manner.supported:
            inbound.refuse(421, diagnostics.GRUU_NEEDED, Require="gruu-10")
        elif unknown := request.tokens("Require") - _REQUIRABLE:
            inbound.refuse(420, Unsupported=", ".join(sorted(unknown)))
        elif "*" in contacts:
            return self._clear(inbound, person)
        else:
            return self._bind(inbound, person, contacts, manner)
        return None

    def _allowed(self, inbound: Inbound) -> Person | None:
        """Whose binding it is; None after the request was refused."""
        request = inbound.request
        try:
            target = parse_uri(request.uri)
            address = parse_uri(uri_in(request.headers["To"][0])).aor
        except BadUri:
            inbound.refuse(400)
            return None
        if not (self._places.is_domain(target) or self._places.is_server(target)):
            inbound.refuse(404, diagnostics.DOMAIN_UNKNOWN)
            return None
        person = inbound.person
        if person is not None and person.sip.lower() == address:
            return person
        if self._directory.by_sip(address) is None:
            inbound.refuse(404, diagnostics.USER_UNKNOWN)
        else:
            inbound.refuse(403, diagnostics.NOT_OWN)
        return None

    def _clear(self, inbound: Inbound, person: Person) -> Awaitable[None] | None:
        if _seconds(inbound.request.get("Expires")) != 0 or len(inbound.request.all("Contact")) > 1:
            inbound.refuse(400)
            return None
        for endpoint in self._registrar.endpoints(person.sip.lower()):
            self._registrar.remove(endpoint, "signed out")
        return self._accept(inbound, person.sip.lower(), None, "removed", lync=False)

    def _bind(self, inbound: Inbound, person: Person, values: list[str], manner: Manner) -> Awaitable[None] | None:
        try:
            claims = [
                self._claim(inbound, person, contact, manner.supported)
                for value in values
                for contact in parse_addresses(value)
            ]
        except BadUri:
            inbound.refuse(400)
            return None
        if manner.lync and any(not (claim.epid or claim.instance) for claim in claims):
            inbound.refuse(400, diagnostics.NO_ENDPOINT_ID)
            return None
        endpoint: Endpoint[Way] | None = None
        reason = "refreshed"
        try:
            for claim in claims:
                endpoint, reason = self._registrar.register(claim)
                if endpoint is not None and self._kept is not None and not inbound.flow.reliable:
                    self._kept.note(endpoint)
        except Failure as failure:
            if failure.code == "Interval Too Brief":
                inbound.refuse(423, Min_Expires=failure.details["Min-Expires"])
            else:
                inbound.refuse(500)
            return None
        self._watch(inbound.flow)
        if endpoint is not None:
            inbound.flow.kept_until = max(inbound.flow.kept_until, endpoint.expires_at)
            if len(claims) == len(values) == 1 and inbound.flow.reliable:
                way, written = endpoint.way, values[0]
                way.manner, way.contact = manner, "" if written == f"<{endpoint.contact}>" else written
        lync = manner.lync and len(claims) == 1
        return self._accept(inbound, person.sip.lower(), endpoint, reason, lync=lync)

    def _claim(self, inbound: Inbound, person: Person, contact: Address, supported: frozenset[str]) -> Claim[Way]:
        request = inbound.request
        uri = parse_uri(contact.uri)
        if uri.scheme == "tel":
            raise BadUri("A contact is a SIP address", "tel")
        flow, headers, params = inbound.flow, request.headers, contact.params
        seconds = _seconds(params["expires"]) if "expires" in params else None
        if seconds is None and "Expires" in headers:
            seconds = _seconds(headers["Expires"][0])
        return Claim(
            address=person.sip.lower(),
            person=person,
            contact=contact.uri,
            way=Way(flow, inbound.association),
            connection=flow.connection if flow.reliable else 0,
            seconds=seconds,
            call_id=headers["Call-ID"][0],
            cseq=request.cseq[0],
            epid=epid_in(headers["From"][0]),
            instance=params.get("+sip.instance", ""),
            reg_id=_flow_id(params) if OUTBOUND in supported else 0,
            supported=supported,
            agent=headers["User-Agent"][0] if "User-Agent" in headers else "",
        )

    def _watch(self, flow: Flow) -> None:
        """Have the endpoints of a connection end with it."""
        if flow.reliable and flow.connection not in self._watched:
            self._watched.add(flow.connection)
            flow.on_lost(lambda lost: self._lost(lost.connection))

    def _lost(self, connection: int) -> None:
        self._watched.discard(connection)
        self._registrar.lose(connection)

    def _accept(
        self,
        inbound: Inbound,
        address: str,
        endpoint: Endpoint[Way] | None,
        reason: str,
        *,
        lync: bool,
    ) -> Awaitable[None] | None:
        request = inbound.request
        response = respond(request, 200, tag=self._router.token())
        if lync:
            _answer_lync(response, endpoint, reason, request)
        else:
            gruus = "Supported" in request.headers and "gruu" in request.tokens("Supported")
            contacts = [self._listed(one, gruus=gruus) for one in self._registrar.bound(address).values()]
            if contacts:
                response.headers["Contact"] = contacts
            if endpoint is not None and endpoint.reg_id:
                response.headers["Require"] = [OUTBOUND]
        if self._kept is not None and not inbound.flow.reliable:
            return _reply_once(self._kept.settled(), inbound, response)
        inbound.reply(response)
        return None

    def _listed(self, bound: Endpoint[Way], *, gruus: bool) -> str:
        """A binding as the answer to REGISTER lists it [RFC3261 10.3; RFC5626; RFC5627]."""
        listed = f"<{bound.contact}>;expires={bound.seconds}"
        if not bound.instance:
            return listed
        listed += f";+sip.instance={quote_string(bound.instance)}"
        if bound.reg_id:
            listed += f";reg-id={bound.reg_id}"
        if gruus and bound.public_gruu and not bound.lync:
            listed += f';pub-gruu="{bound.public_gruu}";temp-gruu="{self._registrar.temporary_gruu(bound)}"'
        return listed

    def _ended(self, endpoint: Endpoint[Way], end: End) -> None:
        """Tell a Lync client that the server signed it out, and why."""
        event = _EVENTS.get(end)
        flow = endpoint.way.flow
        if event is None or flow.closed or "msrtc-event-categories" not in endpoint.supported:
            return
        name, diagnosis = event
        address = f"<sip:{endpoint.address}>"
        headers: Headers = {
            "From": [f"{address};tag={self._router.token()}"],
            "To": [f"{address};epid={endpoint.epid}" if endpoint.epid else address],
            "Call-ID": [self._router.token()],
            "CSeq": ["1 NOTIFY"],
            "Max-Forwards": ["70"],
            "Event": ["registration-notify"],
            "Subscription-State": ["terminated"],
            "ms-diagnostics-public": [diagnostics.text(diagnosis, self._places.host)],
            "Content-Type": ["text/registration-event"],
        }
        notify = SipRequest("NOTIFY", endpoint.contact, headers, f"deregistered;event={name}".encode())
        self._router.ask(notify, flow, endpoint.way.association, lambda _response: None)


def _answer_lync(response: SipResponse, endpoint: Endpoint[Way] | None, reason: str, request: SipRequest) -> None:
    """The 200 that Lync clients look for: see the registrar's answer in [MS-SIPREGE 4.1]."""
    headers = response.headers
    headers["ms-keep-alive"] = [KEEP_ALIVE]
    if endpoint is None:
        headers["Contact"] = [f"{value};expires=0" for value in request.all("Contact")[:1]]
        headers["Expires"] = ["0"]
    else:
        instance = f';+sip.instance="{endpoint.instance}"' if endpoint.instance else ""
        gruu = f';gruu="{endpoint.gruu}"' if endpoint.opaque else ""
        headers["Contact"] = [f"<{endpoint.contact}>;expires={endpoint.seconds}{instance}{gruu}"]
        headers["Expires"] = [str(endpoint.seconds)]
        headers["presence-state"] = [f'register-action="{reason}"']
    headers["Allow-Events"] = [LYNC_EVENTS]
    headers["Supported"] = ["adhoclist", "msrtc-event-categories"]
    headers["Server"] = [SERVER]


async def _reply_once(settled: Awaitable[None], inbound: Inbound, response: SipResponse) -> None:
    await settled
    inbound.reply(response)


def _manner(request: SipRequest) -> Manner:
    """The same object for whatever says the same, but for whose binding it is and the Contact."""
    get = request.headers.get
    return _manner_of(
        request.uri,
        tuple(get("Supported", ())),
        tuple(get("Require", ())),
        tuple(get("Event", ())),
        tuple(get("Expires", ())),
        tuple(get("User-Agent", ())),
    )


@lru_cache(maxsize=1024)
def _manner_of(_uri: str, supported: tuple[str, ...], *_fields: tuple[str, ...]) -> Manner:
    tags = frozenset([tag.strip().lower() for value in supported for tag in value.split(",")]) - {""}
    return Manner(tags, LYNC_TAG in tags)


def _names_same(to: str, sender: str) -> bool:
    """Whether To and From name the same address."""
    return (to[:1] == "<" and to[-1:] == ">" and sender.startswith(to)) or uri_in(to) == uri_in(sender)


def _flow_id(params: Mapping[str, str]) -> int:
    """Which flow of its client a Contact is of; 0 where it does not say, or says nothing that is one [RFC5626]."""
    text = params.get("reg-id", "") if "+sip.instance" in params else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _seconds(text: str | None) -> int | None:
    """Seconds of an expires value; None where it is absent or no number."""
    if text is None:
        return None
    text = text.strip()
    return min(int(text), 2**31) if text.isascii() and text.isdigit() and len(text) < 20 else None


def address_of(request: SipRequest, field: str) -> str:
    """``user@domain`` of From or To, empty where it is unreadable."""
    return aor_of(uri_in(request.headers[field][0]))
