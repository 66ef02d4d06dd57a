"""Between two ways to write to each other: sessions of Lync clients, single messages of plain SIP clients.

A Lync client opens an IM session by INVITE and speaks within its dialog; a plain client sends MESSAGE outside of any
dialog [RFC3428]. Where one meets the other, the server holds the session in place of the plain user.
"""

from __future__ import annotations

from functools import partial

from samband.directory.api import Directory
from samband.lync.actions.registration import End, Endpoint, Registrar
from samband.lync.sip.diagnostics import NOT_FEDERATED, OFFLINE
from samband.lync.sip.flow import Flow
from samband.lync.sip.identity import asserted
from samband.lync.sip.im_session import ImSession, Letter, Pair, contact_of, description, is_im, opening
from samband.lync.sip.im_text import ACCEPTED, Text, is_notice, read_text
from samband.lync.sip.inbound import Inbound
from samband.lync.sip.places import Way
from samband.lync.sip.router import Router
from samband.lync.sip.routing import Routing, flow_to
from samband.lync.sip.timers import Timers
from samband.lync.sip.transactions import ClientTransaction, Overload
from samband.wire.sip.address import epid_in, tag_in, uri_in
from samband.wire.sip.cpim import CPIM_TYPE, DELIVERED, write_delivered
from samband.wire.sip.dialog import answered, established, key_of
from samband.wire.sip.message import SipRequest, SipResponse, respond
from samband.wire.sip.transaction import News
from samband.wire.sip.uri import aor_of

SILENCE = 600.0
"""Seconds without a message after which a session is ended."""
MOST = 10_000
"""Most sessions held at one time."""
QUEUE = 32
"""Most messages that wait for one session to begin."""

Endpoints = list[Endpoint[Way]]


class Bridge:
    """Asked by the proxy what it may carry itself."""

    def __init__(
        self, router: Router, registrar: Registrar[Way], directory: Directory, timers: Timers, routing: Routing
    ) -> None:
        self._routing = routing
        self._router = router
        self._registrar = registrar
        self._directory = directory
        self._timers = timers
        self._sessions: dict[Pair, ImSession] = {}
        self._by_dialog: dict[tuple[str, str, str], ImSession] = {}
        registrar.listen(removed=self._signed_out)

    def __len__(self) -> int:
        return len(self._sessions)

    # --- what the proxy asks

    def suited(self, inbound: Inbound, endpoints: Endpoints) -> Endpoints:
        """The endpoints that the request may be carried to as it is; none where it was taken over."""
        request = inbound.request
        if request.method == "MESSAGE":
            if inbound.in_sessions or not any(one.lync for one in endpoints):
                return endpoints
            if tag_in(request.headers["To"][0]):
                return endpoints
            self._to_lync(inbound, endpoints)
            return []
        if request.method != "INVITE" or not is_im(request) or all(one.lync for one in endpoints):
            return endpoints
        if not inbound.in_sessions and inbound.visitor is None:
            return endpoints
        sessions = [one for one in endpoints if one.lync]
        if not sessions:
            self._answer(inbound)
        return sessions

    def within(self, inbound: Inbound) -> bool:
        """Serve what belongs to a session of ours; False where it does not."""
        if not self._by_dialog:
            return False
        session = self._by_dialog.get(key_of(inbound.request, local_is_to=True))
        if session is None or session.way is None or session.way.flow is not inbound.flow:
            return False
        self._speak(session, inbound)
        return True

    # --- from a Lync client

    def _answer(self, inbound: Inbound) -> None:
        """Accept an invitation in place of the plain user."""
        request, lync = inbound.request, inbound.address
        if not lync or len(self._sessions) >= MOST:
            inbound.refuse(503)
            return
        tag = self._router.token()
        caller = self._registrar.by_epid(lync, epid_in(request.headers["From"][0]))
        session = ImSession(lync, aor_of(request.uri), Way(inbound.flow, inbound.association))
        session.dialog = answered(request, tag)
        session.contact = caller.contact if caller is not None else session.dialog.target
        self._open(session)
        self._accept(inbound, tag)

    def _accept(self, inbound: Inbound, tag: str) -> None:
        response = respond(inbound.request, 200, tag=tag, body=description(inbound.flow))
        response.put("Contact", contact_of(inbound.flow)).put("Content-Type", "application/sdp")
        if "Record-Route" in inbound.request.headers:
            response.headers["Record-Route"] = inbound.request.headers["Record-Route"]
        inbound.reply(response)

    def _speak(self, session: ImSession, inbound: Inbound) -> None:
        request = inbound.request
        if session.dialog is None or not session.dialog.accepts(request):
            inbound.refuse(500)
            return
        match request.method:
            case "MESSAGE":
                self._rest(session)
                self._to_plain(session, inbound)
            case "INVITE":
                self._accept(inbound, session.dialog.local_tag)
            case "BYE":
                self._close(session)
                inbound.agree()
            case "INFO" | "OPTIONS":
                inbound.agree()
            case "ACK":
                pass
            case _:
                inbound.refuse(405, Allow="ACK, BYE, INFO, INVITE, MESSAGE, OPTIONS")

    def _to_plain(self, session: ImSession, inbound: Inbound) -> None:
        """Send the text on as a message of its own, to every plain endpoint; the first that takes it answers."""
        text = read_text(inbound.request.get("Content-Type") or "", inbound.request.body)
        endpoints = [one for one in self._registrar.endpoints(session.plain) if not one.lync]
        if text is None:
            inbound.refuse(415, Accept=ACCEPTED)
            return
        if not endpoints:
            self._to_abroad(session, inbound, text)
            return
        left = [len(endpoints)]
        for endpoint in endpoints:
            message = self._letter(session.lync, endpoint.address, endpoint.contact, text.body, text.kind)
            hear = partial(self._heard_plain, inbound, left)
            self._router.ask(message, flow_to(endpoint), endpoint.way.association, hear)

    def _to_abroad(self, session: ImSession, inbound: Inbound, text: Text) -> None:
        """The plain user is another organisation's, and the message goes to its server."""
        domain, partners, person = session.plain.rpartition("@")[2], self._routing.partners, inbound.person
        if partners is None or not self._routing.is_partner(domain):
            inbound.refuse(480, OFFLINE)
        elif person is not None and not person.msRTCSIP_FederationEnabled:
            inbound.refuse(403, NOT_FEDERATED)
        elif isinstance(flow := partners.flow(domain), Flow):
            message = self._letter(session.lync, session.plain, f"sip:{session.plain}", text.body, text.kind)
            self._router.ask(message, flow, None, partial(self._heard_plain, inbound, [1]))
        else:
            inbound.refuse(flow.status, flow.diagnosis)

    @staticmethod
    def _heard_plain(inbound: Inbound, left: list[int], response: SipResponse | None) -> None:
        left[0] -= 1
        if not inbound.pending:
            return
        if response is not None and response.status < 300:
            inbound.agree()
        elif not left[0]:
            inbound.refuse(408 if response is None else response.status)

    # --- from a plain client

    def _to_lync(self, inbound: Inbound, endpoints: Endpoints) -> None:
        request, sender = inbound.request, inbound.address
        kind = request.get("Content-Type") or "text/plain"
        text = read_text(kind, request.body)
        if text is None and is_notice(kind, request.body):
            inbound.agree()
            return
        if not sender or text is None:
            inbound.refuse(415, Accept=ACCEPTED)
            return
        letter = Letter(inbound, text)
        session = self._sessions.get((aor_of(request.uri), sender))
        if session is None and len(self._sessions) >= MOST:
            inbound.refuse(503)
            return
        for endpoint in endpoints:
            if not endpoint.lync:
                copy = self._letter(sender, endpoint.address, endpoint.contact, request.body, kind)
                self._router.ask(copy, flow_to(endpoint), endpoint.way.association, lambda _response: None)
        if session is None:
            self._invite(letter, sender, [one for one in endpoints if one.lync])
        elif session.dialog is not None:
            self._say(session, letter)
        elif len(session.waiting) < QUEUE:
            session.waiting.append(letter)
        else:
            inbound.refuse(503)

    def _invite(self, letter: Letter, plain: str, endpoints: Endpoints) -> None:
        """Ring every Lync endpoint; the first that answers has the session."""
        session = ImSession(endpoints[0].address, plain)
        session.waiting.append(letter)
        self._sessions[session.pair] = session
        token = self._router.token()
        for endpoint in endpoints:
            flow = flow_to(endpoint)
            invite = opening("INVITE", session.plain, session.lync, endpoint.contact, token)
            invite.put("Contact", contact_of(flow)).put("Content-Type", "application/sdp")
            invite.body = description(flow)
            self._vouch(invite, session.plain)
            try:
                branch = self._router.transactions.request(
                    invite, flow, endpoint.way.association, partial(self._heard_invited, session)
                )
            except Overload:
                continue
            session.ringing[branch] = endpoint.contact
        if not session.ringing:
            self._fail(session, 503)

    def _heard_invited(
        self, session: ImSession, branch: ClientTransaction, news: News, response: SipResponse | None
    ) -> None:
        contact = session.ringing.get(branch, "")
        if response is not None and response.status < 200:
            if session.dialog is not None:
                self._router.transactions.cancel(branch)
            return
        session.ringing.pop(branch, None)
        if response is not None and response.status < 300:
            self._joined(session, branch, response, contact)
        elif session.dialog is None and not session.ringing:
            self._fail(session, 480 if news == "lost" else 408 if response is None else response.status)

    def _joined(self, session: ImSession, branch: ClientTransaction, response: SipResponse, contact: str) -> None:
        dialog = established(branch.request, response)
        ack = dialog.request("ACK")
        ack.uri = contact or branch.request.uri
        self._router.tell(ack, branch.flow, branch.association)
        if session.dialog is not None:
            if session.dialog.key != dialog.key:
                bye = dialog.request("BYE")
                bye.uri = ack.uri
                self._router.ask(bye, branch.flow, branch.association, lambda _response: None)
            return
        session.dialog, session.contact = dialog, ack.uri
        session.way = Way(branch.flow, branch.association)
        for other in session.ringing:
            self._router.transactions.cancel(other)
        self._open(session)
        waiting, session.waiting = session.waiting, []
        for letter in waiting:
            self._say(session, letter)

    def _say(self, session: ImSession, letter: Letter) -> None:
        """Send a text within the session; its answer is the answer."""
        if session.dialog is None or session.way is None:
            letter.inbound.refuse(480, OFFLINE)
            return
        self._rest(session)
        message = session.dialog.request("MESSAGE", letter.text.body)
        message.uri = session.contact
        message.put("Content-Type", letter.text.kind)
        self._vouch(message, session.plain)
        hear = partial(self._heard_lync, session, letter)
        self._router.ask(message, session.way.flow, session.way.association, hear)

    def _heard_lync(self, session: ImSession, letter: Letter, response: SipResponse | None) -> None:
        inbound, status = letter.inbound, 408 if response is None else response.status
        if status < 300:
            inbound.agree()
            self._tell_delivered(session, letter)
            return
        if status in (408, 480, 481):
            self._close(session)
        inbound.refuse(480 if status == 481 else status)

    def _tell_delivered(self, session: ImSession, letter: Letter) -> None:
        """Tell the sender that the text arrived, where that was asked for [RFC5438]."""
        envelope, flow = letter.text.envelope, letter.inbound.flow
        if envelope is None or DELIVERED not in envelope.wants or not envelope.id or flow.closed:
            return
        contact = letter.inbound.request.get("Contact")
        own = [one.contact for one in self._registrar.endpoints(session.plain) if one.way.flow is flow]
        target = own[-1] if own else uri_in(contact) if contact else f"sip:{session.plain}"
        body = write_delivered(envelope, self._router.token())
        notice = self._letter(session.lync, session.plain, target, body, CPIM_TYPE)
        self._router.ask(notice, flow, letter.inbound.association, lambda _response: None)

    # --- the life of a session

    def _open(self, session: ImSession) -> None:
        before = self._sessions.get(session.pair)
        if before is not None and before is not session:
            self._end(before)
        self._sessions[session.pair] = session
        if session.dialog is not None and "open" in session.dialog.on("success"):
            self._by_dialog[session.dialog.key] = session
        self._rest(session)

    def _rest(self, session: ImSession) -> None:
        """Begin to wait for the next message."""
        if session.timer is not None:
            self._timers.cancel(session.timer)
        session.timer = self._timers.after(SILENCE, self._end, session)

    def _end(self, session: ImSession) -> None:
        """End a session from this side."""
        dialog, way = session.dialog, session.way
        self._close(session)
        if dialog is not None and way is not None and not way.flow.closed:
            bye = dialog.request("BYE")
            bye.uri = session.contact
            self._router.ask(bye, way.flow, way.association, lambda _response: None)

    def _fail(self, session: ImSession, status: int) -> None:
        waiting, session.waiting = session.waiting, []
        self._close(session)
        for letter in waiting:
            letter.inbound.refuse(status, OFFLINE if status == 480 else None)

    def _close(self, session: ImSession) -> None:
        """Forget a session."""
        if self._sessions.get(session.pair) is session:
            del self._sessions[session.pair]
        if session.dialog is not None and "close" in session.dialog.on("bye"):
            self._by_dialog.pop(session.dialog.key, None)
        if session.timer is not None:
            self._timers.cancel(session.timer)
            session.timer = None

    def _signed_out(self, endpoint: Endpoint[Way], _end: End) -> None:
        if endpoint.lync and self._sessions:
            flow = endpoint.way.flow
            for session in [one for one in self._sessions.values() if one.way is not None and one.way.flow is flow]:
                self._close(session)

    # --- requests

    def _letter(self, sender: str, receiver: str, target: str, body: bytes, kind: str) -> SipRequest:
        """A message of its own to a plain user, at ``target``."""
        letter = opening("MESSAGE", sender, receiver, target, self._router.token())
        letter.body = body
        return self._vouch(letter.put("Content-Type", kind), sender)

    def _vouch(self, request: SipRequest, sender: str) -> SipRequest:
        person = self._directory.by_sip(sender)
        return request.put("P-Asserted-Identity", asserted(person)) if person is not None else request
