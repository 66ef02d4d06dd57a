"""Endpoints that live in the server: clients that speak to another door and are reached by SIP like all others.

Each has a flow of its own that leads nowhere but to it. So registrar, proxy, bridge and presence need not know that it
is no connection.
"""

from __future__ import annotations

import uuid
from typing import Protocol

from samband.lync.actions.im import ImListener
from samband.lync.actions.registration import LYNC_TAG, Claim, End, Endpoint
from samband.lync.actions.rooms import Rooms
from samband.lync.sip.admission import Admitted
from samband.lync.sip.flow import Flow
from samband.lync.sip.hosted_line import HostedLine
from samband.lync.sip.hosted_meeting import HostedMeeting
from samband.lync.sip.hosted_session import HostedSession
from samband.lync.sip.im_session import opening
from samband.lync.sip.lync_side import LyncSide
from samband.lync.sip.places import Way
from samband.model.failures import Failure
from samband.model.people import Person
from samband.wire.conference.addresses import read_address
from samband.wire.sip.address import quote_string
from samband.wire.sip.dialog import Dialog, key_of
from samband.wire.sip.message import SipRequest, respond
from samband.wire.sip.uri import aor_of
from samband.wire.sip.via import branch_in

_PORT = 5061
_ALLOW = "ACK, BYE, CANCEL, INFO, INVITE, MESSAGE, OPTIONS"
_SUPPORTED = frozenset({LYNC_TAG, "gruu-10"})
_SPACE = uuid.UUID("5c4f6d2a-41d4-4a2b-9a55-0f6a3e6f8a10")
"""Names of endpoints are made to instances in this name space."""


class Dialogue(Protocol):
    """Whatever has a dialog at an endpoint."""

    @property
    def dialog(self) -> Dialog | None: ...

    def asked(self, request: SipRequest) -> None:
        """A request within it."""
        ...

    def end(self) -> None:
        """Say good-bye."""
        ...


class HostedEndpoints:
    """Signs endpoints in at ``side``. What comes back is an ``ImEndpoint``."""

    def __init__(self, side: LyncSide, rooms: Rooms) -> None:
        """``rooms`` tells who is in a meeting that an endpoint is in."""
        self._side = side
        self._rooms = rooms
        self._by_flow: dict[Flow, HostedEndpoint] = {}
        side.registrar.listen(removed=self._removed)

    def __len__(self) -> int:
        return len(self._by_flow)

    def sign_in(
        self, person: Person, name: str, agent: str, kinds: tuple[str, ...], hear: ImListener
    ) -> HostedEndpoint:
        """See ``ImEndpoints``."""
        made = HostedEndpoint(self._side, self._rooms, person, name, agent, kinds, hear)
        self._by_flow[made.flow] = made
        try:
            made.register()
        except Failure:
            del self._by_flow[made.flow]
            raise
        return made

    def _removed(self, endpoint: Endpoint[Way], _end: End) -> None:
        found = self._by_flow.pop(endpoint.way.flow, None)
        if found is not None:
            found.removed()


class HostedEndpoint:
    """One of them; see ``ImEndpoint``."""

    def __init__(
        self,
        side: LyncSide,
        rooms: Rooms,
        person: Person,
        name: str,
        agent: str,
        kinds: tuple[str, ...],
        hear: ImListener,
    ) -> None:
        self._side = side
        self.rooms = rooms
        self._agent = agent
        self._ringing: dict[str, HostedSession | HostedMeeting] = {}
        """Invitations that wait for an answer, by branch."""
        self._sessions: dict[tuple[str, str, str], Dialogue] = {}
        self._leaving = False
        self.hear = hear
        self.kinds = kinds
        self.person = person
        self.address = person.sip.lower()
        self.instance = f"<urn:uuid:{uuid.uuid5(_SPACE, name)}>"
        self.epid = uuid.uuid5(_SPACE, name).hex[:10]
        host = f"{self.epid}.invalid"
        self._line = HostedLine(side, self._admitted(), (host, _PORT), self._asked, self._cut)
        self.flow = self._line.flow
        self.ask, self.cancel, self.reply = self._line.ask, self._line.cancel, self._line.reply
        self.contact = (
            f"sip:{person.sip.partition('@')[0]}@{host}:{_PORT};transport=tls;ms-opaque={side.router.token()}"
        )
        self._endpoint: Endpoint[Way] | None = None

    @property
    def key(self) -> str:
        """See ``ImEndpoint``."""
        return self._claim(0).key

    @property
    def reached_at(self) -> str:
        """The address of this endpoint alone."""
        return self._endpoint.gruu if self._endpoint is not None else self.contact

    def _admitted(self) -> Admitted:
        return Admitted(self.person)

    def register(self) -> None:
        """Sign in, or stay so. Raises ``Failure``."""
        longest = self._side.registrar.limits.longest
        endpoint, _ = self._side.registrar.register(self._claim(longest))
        if endpoint is None:
            raise Failure("ServiceFailure", "The endpoint could not be signed in")
        self._endpoint = endpoint
        self._side.timers.after(longest / 2, self._again, endpoint)

    def _again(self, endpoint: Endpoint[Way]) -> None:
        if endpoint.alive and endpoint is self._endpoint:
            self.register()

    def _claim(self, seconds: int) -> Claim[Way]:
        return Claim(
            address=self.address,
            person=self.person,
            contact=self.contact,
            way=Way(self.flow, None),
            connection=self.flow.connection,
            seconds=seconds,
            call_id=self._side.router.token(),
            cseq=1,
            epid=self.epid,
            instance=self.instance,
            supported=_SUPPORTED,
            agent=self._agent,
        )

    # --- what its owner asks

    def invite(self, peer: str, subject: str, kind: str, text: str) -> HostedSession:
        """See ``ImEndpoint``."""
        session = HostedSession(self, peer, subject, (kind, text) if text else ("", ""))
        session.invite()
        return session

    async def join(self, focus: str) -> HostedMeeting:
        """See ``ImEndpoint``."""
        address = read_address(focus)
        if address is None or address.part != "focus":
            raise Failure("BadRequest", "This is no address of a meeting")
        meeting = HostedMeeting(self, address)
        meeting.join()
        return meeting

    def sign_out(self) -> None:
        """See ``ImEndpoint``."""
        self._leaving = True
        for session in {*self._ringing.values(), *self._sessions.values()}:
            session.end()
        if self._endpoint is not None:
            self._side.registrar.remove(self._endpoint, "signed out")

    def removed(self) -> None:
        """The registrar has let it go."""
        self._ringing.clear()
        self._sessions.clear()
        self._line.hang_up()
        if not self._leaving:
            self._leaving = True
            self.hear.signed_out()

    # --- what its sessions ask

    def token(self) -> str:
        """A fresh word."""
        return self._side.router.token()

    def opening(self, method: str, to: str, tag: str) -> SipRequest:
        """A request to ``to`` that begins a dialog."""
        request = opening(method, self.address, aor_of(to), to, self.token())
        sender = f"{quote_string(self.person.displayName)} <sip:{self.address}>"
        request.headers["From"] = [f"{sender};tag={tag};epid={self.epid}"]
        request.headers["To"] = [f"<{to}>"]
        return request.put("Contact", f"<{self.reached_at}>")

    def keep(self, session: Dialogue) -> None:
        """A session has a dialog now."""
        if session.dialog is not None:
            self._sessions[session.dialog.key] = session

    def drop(self, session: Dialogue) -> None:
        """A session is over."""
        for branch in [branch for branch, one in self._ringing.items() if one is session]:
            del self._ringing[branch]
        if session.dialog is not None:
            self._sessions.pop(session.dialog.key, None)

    # --- what arrives

    def _cut(self) -> None:
        if self._endpoint is not None:
            self._side.registrar.remove(self._endpoint, "connection lost")

    def _asked(self, request: SipRequest) -> None:
        branch = branch_in(request.headers["Via"][0])
        session = self._sessions.get(key_of(request, local_is_to=True))
        match request.method:
            case "ACK":
                if isinstance(session, HostedSession):
                    session.acknowledged()
            case "BENOTIFY":
                return
            case "CANCEL":
                ringing = self._ringing.pop(branch, None)
                self.reply(respond(request, 200 if ringing is not None else 481, tag=self.token()))
                if ringing is not None:
                    ringing.cancelled()
            case "OPTIONS":
                self.reply(respond(request, 200, tag=self.token()).put("Allow", _ALLOW))
            case _ if session is not None:
                session.asked(request)
            case "INVITE":
                self._invited(request, branch)
            case "BYE" | "INFO" | "MESSAGE":
                self.reply(respond(request, 481, tag=self.token()))
            case _:
                self.reply(respond(request, 405, tag=self.token()).put("Allow", _ALLOW))

    def _invited(self, request: SipRequest, branch: str) -> None:
        session = HostedSession.offered(self, request) if self.kinds else None
        meeting = HostedMeeting.offered(self, request) if self.kinds and session is None else None
        offered = session or meeting
        if offered is None:
            self.reply(respond(request, 488, tag=self.token()))
            return
        self._ringing[branch] = offered
        offered.ring()
        if session is not None:
            self.hear.invited(session)
        elif meeting is not None:
            self.hear.asked_in(meeting)
