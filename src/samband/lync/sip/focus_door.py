"""The focus of a conference: people join by INVITE, lead by INFO and leave by BYE [MS-CONFBAS]."""

from __future__ import annotations

import logging
from collections.abc import Awaitable

from samband.lync.actions.registration import Endpoint, Registrar
from samband.lync.actions.rooms import Room, Rooms
from samband.lync.sip import cccp_requests
from samband.lync.sip.conference_package import ConferencePackage
from samband.lync.sip.conference_seats import Seat, Seats
from samband.lync.sip.diagnostics import C3P_BROKEN
from samband.lync.sip.inbound import Inbound
from samband.lync.sip.media import media_type
from samband.lync.sip.places import Way
from samband.lync.sip.refusals import STATUS
from samband.lync.sip.router import Router
from samband.lync.sip.subscriptions import Subscriptions
from samband.model.conferences import Role, RosterChange
from samband.model.failures import Failure
from samband.model.people import Person
from samband.wire.conference.addresses import ConferenceAddress
from samband.wire.conference.cccp import (
    AddUser,
    C3pRequest,
    DeleteUser,
    ModifyConferenceLock,
    ModifyUserRoles,
    SetLobbyAccess,
)
from samband.wire.conference.cccp_answers import added_user, success
from samband.wire.conference.names import CCCP_TYPE
from samband.wire.sip.address import tag_in
from samband.wire.sip.message import SipResponse, respond
from samband.wire.sip.uri import aor_of

log = logging.getLogger(__name__)
MOST = 200
"""Most conferences one client is in at one time."""
LONGEST_NAME = 128
_ALLOW = "ACK, BYE, INFO, INVITE, OPTIONS"


class FocusDoor:
    """Serves what is sent to the address of a focus."""

    def __init__(
        self,
        router: Router,
        registrar: Registrar[Way],
        rooms: Rooms,
        subscriptions: Subscriptions,
        package: ConferencePackage,
    ) -> None:
        self._router = router
        self._rooms = rooms
        self._endpoint_of = subscriptions.endpoint_of
        self._refusals = subscriptions.refusals
        self._package = package
        self.seats = Seats(router, registrar, self._gone)
        subscriptions.visiting.listen(self.seats.vanished)
        rooms.listen(self._changed, self._ended)

    def handle(self, inbound: Inbound, address: ConferenceAddress) -> Awaitable[None] | None:
        """Serve one request; SUBSCRIBE has its own way."""
        request = inbound.request
        if request.method == "INVITE" and not tag_in(request.headers["To"][0]):
            return self._join(inbound, address)
        match request.method:
            case "ACK" | "INVITE" | "BYE" | "INFO" | "OPTIONS":
                return self._within(inbound)
            case _:
                inbound.refuse(405, Allow=_ALLOW)
        return None

    # --- joining

    def _join(self, inbound: Inbound, address: ConferenceAddress) -> Awaitable[None] | None:
        endpoint = self._endpoint_of(inbound)
        if endpoint is None:
            inbound.refuse(403)
            return None
        if not endpoint.lync and media_type(inbound.request) != CCCP_TYPE:
            self._refusals.refuse(
                inbound, 488, "A meeting takes no calls of plain clients: write to it, and you are in"
            )
            return None
        person = inbound.person or endpoint.person
        request = cccp_requests.read_body(inbound)
        if request is None:
            return None
        wanted = request.operation
        named = isinstance(wanted, AddUser) and 0 < len(wanted.endpoint) <= LONGEST_NAME
        if not isinstance(wanted, AddUser) or not named or aor_of(wanted.user) != person.sip.lower():
            inbound.refuse(400, C3P_BROKEN)
            return None
        if self.seats.count(endpoint) >= MOST:
            inbound.refuse(403, (cccp_requests.FAILED_AUTHORIZATION, "You are in too many conferences"))
            return None
        inbound.reply(respond(inbound.request, 100))
        return self._enter(inbound, address, request, wanted, person, endpoint)

    async def _enter(
        self,
        inbound: Inbound,
        address: ConferenceAddress,
        request: C3pRequest,
        wanted: AddUser,
        person: Person,
        endpoint: Endpoint[Way],
    ) -> None:
        name, visitor = wanted.endpoint, inbound.visitor is not None
        try:
            room, role = await self._rooms.enter(
                address.organizer, address.id, person, name, visitor=visitor, lobby=wanted.lobby
            )
        except Failure as error:
            inbound.refuse(STATUS.get(error.code, 400), cccp_requests.diagnosis_of(error))
            return
        who = person.sip.lower()
        try:
            if (kept := self._rooms.settled()) is not None:
                await kept
        except BaseException:
            self._rooms.leave(room, who, name)
            raise
        if not endpoint.alive:
            self._rooms.leave(room, who, name)
            return
        if not room.roster.holds(who):
            inbound.refuse(403, (cccp_requests.FAILED_AUTHORIZATION, "You were removed from the conference"))
            return
        before = self.seats.at(room, endpoint)
        if before is not None:
            self._replace(before, name)
        seat = self.seats.add(room, endpoint, name, inbound)
        log.info("%s joined conference %s of %s as %s", person.sip, address.id, address.organizer, role)
        body = success(request, added_user(str(address), f"sip:{person.sip.lower()}", role.value))
        response = cccp_requests.answer(inbound, seat.dialog.local_tag, body)
        response.put("Contact", f"<{address}>;isfocus").put("Allow", _ALLOW)
        inbound.reply(response)

    def _replace(self, before: Seat, name: str) -> None:
        """A client joins again: what it had is over, though it may have been unable to say so."""
        self.seats.remove(before)
        self._package.leave(before.room, before.endpoint)
        if before.name != name:
            self._rooms.leave(before.room, before.address, before.name)

    # --- within

    def _within(self, inbound: Inbound) -> Awaitable[None] | None:
        seat = self.seats.within(inbound)
        if seat is None:
            return None
        match inbound.request.method:
            case "BYE":
                inbound.reply(respond(inbound.request, 200))
                if self.seats.remove(seat):
                    self._gone(seat)
            case "INFO":
                return self._lead(inbound, seat)
            case "INVITE":
                address = inbound.request.uri
                inbound.reply(respond(inbound.request, 200).put("Contact", f"<{address}>;isfocus"))
            case "OPTIONS":
                inbound.reply(respond(inbound.request, 200).put("Allow", _ALLOW))
        return None

    def _lead(self, inbound: Inbound, seat: Seat) -> Awaitable[None] | None:
        request = cccp_requests.read_body(inbound)
        if request is None:
            return None
        try:
            known = self._perform(seat, request)
        except Failure as error:
            cccp_requests.fail(inbound, "", request, error)
            return None
        if not known:
            cccp_requests.unknown(inbound, "", request)
            return None
        done = cccp_requests.answer(inbound, "", success(request))
        kept = self._rooms.settled()
        if kept is None:
            inbound.reply(done)
            return None
        return _reply_once(kept, inbound, done)

    def _perform(self, seat: Seat, request: C3pRequest) -> bool:
        """Do what a member asks; False where there is no such operation. Raises ``Failure``."""
        match request.operation:
            case DeleteUser(_, user):
                self._rooms.expel(seat.room, seat.address, aor_of(user))
            case SetLobbyAccess(_, user, granted):
                self._rooms.judge(seat.room, seat.address, aor_of(user), granted)
            case ModifyUserRoles(_, user, role):
                if role not in list(Role):
                    raise Failure("BadRequest", "There is no such role")
                self._rooms.assign(seat.room, seat.address, aor_of(user), Role(role))
            case ModifyConferenceLock(_, locked):
                self._rooms.lock(seat.room, seat.address, locked)
            case _:
                return False
        return True

    # --- leaving

    def _gone(self, seat: Seat) -> None:
        self._package.leave(seat.room, seat.endpoint)
        self._rooms.leave(seat.room, seat.address, seat.name)

    def _changed(self, room: Room, change: RosterChange) -> None:
        if change.left:
            for seat in self.seats.of(room):
                if seat.address in change.left:
                    self.seats.end(seat)

    def _ended(self, room: Room) -> None:
        for seat in self.seats.of(room):
            self.seats.end(seat)


async def _reply_once(kept: Awaitable[None], inbound: Inbound, response: SipResponse) -> None:
    await kept
    inbound.reply(response)
