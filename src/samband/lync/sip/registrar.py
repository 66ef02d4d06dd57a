"""The REGISTER door [RFC3261 10; MS-SIPREGE 3.1.2]."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping

from samband.directory.api import Directory
from samband.lync.actions.registration import Claim, End, Endpoint, Registrar
from samband.lync.sip import diagnostics
from samband.lync.sip.flow import Flow
from samband.lync.sip.kept_bindings import KeptBindings
from samband.lync.sip.places import Places, Way
from samband.lync.sip.router import Inbound, Router
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
        request = inbound.request
        person = self._allowed(inbound)
        if person is None:
            return None
        supported = request.tokens("Supported")
        lync = "msrtc-event-categories" in supported
        contacts = request.all("Contact")
        if "Event" in request.headers and (request.get("Event") or "").partition(";")[0].strip() != "registration":
            inbound.refuse(489, diagnostics.NOT_REGISTRATION)
        elif lync and "gruu-10" not in supported:
            inbound.refuse(421, diagnostics.GRUU_NEEDED, Require="gruu-10")
        elif unknown := request.tokens("Require") - _REQUIRABLE:
            inbound.refuse(420, Unsupported=", ".join(sorted(unknown)))
        elif "*" in contacts:
            return self._clear(inbound, person)
        else:
            return self._bind(inbound, person, contacts, frozenset(supported), lync)
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
        return self._accept(inbound, person, None, "removed", lync=False)

    def _bind(
        self, inbound: Inbound, person: Person, values: list[str], supported: frozenset[str], lync: bool
    ) -> Awaitable[None] | None:
        request = inbound.request
        try:
            claims = [
                self._claim(inbound, person, contact, supported)
                for value in values
                for contact in parse_addresses(value)
            ]
        except BadUri:
            inbound.refuse(400)
            return None
        if lync and any(not (claim.epid or claim.instance) for claim in claims):
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
        return self._accept(inbound, person, endpoint, reason, lync=lync and len(claims) == 1, request=request)

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
        person: Person,
        endpoint: Endpoint[Way] | None,
        reason: str,
        *,
        lync: bool,
        request: SipRequest | None = None,
    ) -> Awaitable[None] | None:
        response = respond(inbound.request, 200, tag=self._router.token())
        if lync:
            _answer_lync(response, endpoint, reason, request or inbound.request)
        else:
            supported = inbound.request.tokens("Supported")
            now = self._registrar.endpoints(person.sip.lower())
            contacts = [self._listed(bound, gruus="gruu" in supported) for bound in now]
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
        fields = [f"<{bound.contact}>", f"expires={bound.seconds}"]
        if bound.instance:
            fields.append(f"+sip.instance={quote_string(bound.instance)}")
        if bound.reg_id:
            fields.append(f"reg-id={bound.reg_id}")
        if gruus and bound.public_gruu and not bound.lync:
            fields.append(f'pub-gruu="{bound.public_gruu}"')
            fields.append(f'temp-gruu="{self._registrar.temporary_gruu(bound)}"')
        return ";".join(fields)

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
