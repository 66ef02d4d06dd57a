"""The chat of a conference: what one member writes, every other one is sent [MS-CONFIM]."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

from samband.lync.actions.registration import Registrar
from samband.lync.actions.rooms import Room, Rooms
from samband.lync.sip.conference_seats import Seat, Seats
from samband.lync.sip.conversation_history import ConversationWatch
from samband.lync.sip.im_session import description, is_im
from samband.lync.sip.im_text import MOST_TEXT
from samband.lync.sip.media import media_type
from samband.lync.sip.places import Way
from samband.lync.sip.refusals import STATUS
from samband.lync.sip.router import Inbound, Router
from samband.lync.sip.subscriptions import Subscriptions
from samband.model.conferences import RosterChange
from samband.model.failures import Failure
from samband.wire.conference.addresses import ConferenceAddress
from samband.wire.conference.imdn import Undelivered, write_imdn
from samband.wire.conference.names import IMDN_TYPE
from samband.wire.sip.address import tag_in
from samband.wire.sip.message import SipResponse, respond

log = logging.getLogger(__name__)

CHAT = "chat"
TEXT = "text/plain"
TYPING = ("application/xml", "application/im-iscomposing+xml")
"""How clients say that somebody is typing."""
_ALLOW = "ACK, BYE, INFO, INVITE, MESSAGE, OPTIONS"
_GONE = frozenset({404, 408, 410, 480, 481})
"""Statuses that say a member's client is no longer there."""


Heard = Callable[[Seat, SipResponse | None], None]
"""Told what a member's client answered, None where it did not."""


@dataclass(slots=True)
class _Delivery:
    """One message on its way to the other members; ``left`` answers are still to come."""

    sender: Seat
    id: str
    left: int
    failed: list[Undelivered] = field(default_factory=list)


class ChatMcuDoor:
    """Serves what is sent to the address of a conference's chat. ``focus`` are the seats of its focus."""

    def __init__(
        self,
        router: Router,
        registrar: Registrar[Way],
        rooms: Rooms,
        subscriptions: Subscriptions,
        focus: Seats,
        now: Callable[[], float],
        history: ConversationWatch | None = None,
    ) -> None:
        """``now``: seconds on a clock that never goes back."""
        self._router = router
        self._rooms = rooms
        self._endpoint_of = subscriptions.endpoint_of
        self._refusals = subscriptions.refusals
        self._now = now
        self._focus = focus
        self._history = history
        self.seats = Seats(router, registrar, self._gone)
        subscriptions.visiting.listen(self.seats.vanished)
        rooms.listen(self._changed, self._ended)

    def handle(self, inbound: Inbound, address: ConferenceAddress) -> Awaitable[None] | None:
        """Serve one request."""
        request = inbound.request
        if request.method == "INVITE" and not tag_in(request.headers["To"][0]):
            self._join(inbound, address)
        elif request.method in _ALLOW.split(", "):
            return self._within(inbound, address)
        else:
            inbound.refuse(405, Allow=_ALLOW)
        return None

    # --- joining

    def _join(self, inbound: Inbound, address: ConferenceAddress) -> None:
        endpoint = self._endpoint_of(inbound)
        if endpoint is None:
            inbound.refuse(403)
            return
        if not is_im(inbound.request):
            inbound.refuse(488)
            return
        try:
            room = self._rooms.find(address.organizer, address.id)
            there = self._focus.at(room, endpoint)
            if there is None or there.address not in room.roster.members:
                raise Failure("Forbidden", "Join the conference first")
            before = self.seats.at(room, endpoint)
            if before is not None:
                self.seats.remove(before)
            seat = self.seats.add(room, endpoint, there.name, inbound)
            inbound.reply(_accepted(inbound, seat, address))
            self._rooms.open(room, seat.address, seat.name, CHAT)
        except Failure as error:
            inbound.refuse(STATUS.get(error.code, 400))

    # --- within

    def _within(self, inbound: Inbound, address: ConferenceAddress) -> Awaitable[None] | None:
        seat = self.seats.within(inbound)
        if seat is None:
            return None
        match inbound.request.method:
            case "MESSAGE":
                if self._taken(inbound, (TEXT,)) and self._in_time(inbound, seat):
                    return self._say(inbound, seat, address)
            case "INFO":
                if self._taken(inbound, TYPING) and self._in_time(inbound, seat):
                    inbound.reply(respond(inbound.request, 200))
                    self._relay(inbound, seat, address, lambda _seat, _response: None)
            case "BYE":
                inbound.reply(respond(inbound.request, 200))
                if self.seats.remove(seat):
                    self._gone(seat)
            case "INVITE":
                inbound.reply(_accepted(inbound, seat, address))
            case "OPTIONS":
                inbound.reply(respond(inbound.request, 200).put("Allow", _ALLOW))
        return None

    def _say(self, inbound: Inbound, seat: Seat, address: ConferenceAddress) -> Awaitable[None] | None:
        """Take a message, send it to the others, and tell the sender whom it did not reach; first keep it where that
        is wanted."""
        if self._history is None:
            self._pass(inbound, seat, address)
            return None
        people = {one.address: one.endpoint.person.displayName for one in self.seats.of(seat.room)}
        kept = self._history.in_conference(inbound, str(address), seat.room.conference.terms.subject, people)
        return self._pass_kept(kept, inbound, seat, address)

    async def _pass_kept(self, kept: Awaitable[None], inbound: Inbound, seat: Seat, address: ConferenceAddress) -> None:
        try:
            await kept
        except Exception:
            log.exception("a message in a conference is not kept")
        self._pass(inbound, seat, address)

    def _pass(self, inbound: Inbound, seat: Seat, address: ConferenceAddress) -> None:
        others = [one for one in self.seats.of(seat.room) if one is not seat]
        delivery = _Delivery(seat, self._router.token() + self._router.token(), len(others))
        inbound.reply(respond(inbound.request, 202).put("Message-Id", delivery.id))
        self._relay(inbound, seat, address, partial(self._heard, delivery))
        if not others:
            self._report(delivery)

    @staticmethod
    def _taken(inbound: Inbound, kinds: tuple[str, ...]) -> bool:
        """Whether a body is of one of ``kinds`` and not too large; the request is refused where it is not."""
        if media_type(inbound.request) not in kinds:
            inbound.refuse(415, Accept=", ".join(kinds))
        elif len(inbound.request.body) > MOST_TEXT:
            inbound.refuse(413)
        else:
            return True
        return False

    def _in_time(self, inbound: Inbound, seat: Seat) -> bool:
        """Whether a client does not write faster than the others can be told; the request is refused where it does."""
        if seat.pace.take(self._now()):
            return True
        self._refusals.refuse(inbound, 503, "You write too fast: wait a moment", Retry_After="1")
        return False

    def _relay(self, inbound: Inbound, seat: Seat, address: ConferenceAddress, hear: Heard) -> None:
        """Send the body of a request to every other member, in their own dialogs."""
        request = inbound.request
        for other in self.seats.of(seat.room):
            if other is not seat:
                self.seats.ask(
                    other,
                    request.method,
                    request.body,
                    partial(hear, other),
                    Ms_Sender=f"<sip:{seat.address}>",
                    Contact=f"<{address}>",
                    Content_Type=request.get("Content-Type") or TEXT,
                )

    def _heard(self, delivery: _Delivery, seat: Seat, response: SipResponse | None) -> None:
        status = 408 if response is None else response.status
        if status >= 300:
            delivery.failed.append(Undelivered(f"sip:{seat.address}", status))
            if status in _GONE and self.seats.remove(seat):
                self._gone(seat)
        delivery.left -= 1
        if not delivery.left:
            self._report(delivery)

    def _report(self, delivery: _Delivery) -> None:
        seat = delivery.sender
        if self.seats.at(seat.room, seat.endpoint) is seat:
            body = write_imdn(delivery.id, delivery.failed).encode()
            self.seats.tell(seat, body, Content_Type=IMDN_TYPE)

    # --- leaving

    def _gone(self, seat: Seat) -> None:
        self._rooms.leave(seat.room, seat.address, seat.name, CHAT)

    def _changed(self, room: Room, change: RosterChange) -> None:
        if change.left:
            for seat in self.seats.of(room):
                if seat.address in change.left:
                    self.seats.end(seat)

    def _ended(self, room: Room) -> None:
        for seat in self.seats.of(room):
            self.seats.end(seat)


def _accepted(inbound: Inbound, seat: Seat, address: ConferenceAddress) -> SipResponse:
    response = respond(inbound.request, 200, tag=seat.dialog.local_tag, body=description(inbound.flow))
    response.put("Contact", f"<{address}>;isfocus").put("Content-Type", "application/sdp")
    return response.put("Supported", "ms-sender").put("Allow", _ALLOW)
