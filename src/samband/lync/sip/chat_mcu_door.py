"""The chat of a conference: what one member writes, every other one is sent [MS-CONFIM].

Members by plain clients write outside of any dialog, and are written to in the same way (``plain_seats``).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

from samband.lync.actions.registration import Endpoint, Registrar
from samband.lync.actions.rooms import Room, Rooms
from samband.lync.sip.conference_seats import Seat, Seats
from samband.lync.sip.conversation_history import ConversationWatch
from samband.lync.sip.im_session import description, is_im
from samband.lync.sip.im_text import ACCEPTED, MOST_TEXT, Text, is_notice, plain_type, read_text
from samband.lync.sip.inbound import Inbound
from samband.lync.sip.media import media_type
from samband.lync.sip.places import Way
from samband.lync.sip.plain_seats import CHAT, PlainSeat, PlainSeats
from samband.lync.sip.refusals import STATUS
from samband.lync.sip.router import Router
from samband.lync.sip.subscriptions import Subscriptions
from samband.model.conferences import RosterChange
from samband.model.failures import Failure
from samband.wire.conference.addresses import ConferenceAddress
from samband.wire.conference.imdn import Undelivered, write_imdn
from samband.wire.conference.names import IMDN_TYPE
from samband.wire.sip.address import tag_in
from samband.wire.sip.message import SipResponse, respond

log = logging.getLogger(__name__)

TEXT = "text/plain"
TYPING = ("application/xml", "application/im-iscomposing+xml")
"""How clients say that somebody is typing."""
_ALLOW = "ACK, BYE, INFO, INVITE, MESSAGE, OPTIONS"
_GONE = frozenset({404, 408, 410, 480, 481})
"""Statuses that say a member's client is no longer there."""


Speaker = Seat | PlainSeat
Heard = Callable[[Speaker, SipResponse | None], None]
"""Told what a member's client answered, None where it did not."""


@dataclass(slots=True)
class _Delivery:
    """One message on its way to the other members; ``left`` answers are still to come."""

    sender: Speaker
    id: str
    left: int
    failed: list[Undelivered] = field(default_factory=list)


class ChatMcuDoor:
    """Serves what is sent to the address of a conference's chat, and what plain clients write to a conference.

    ``focus`` are the seats of its focus.
    """

    def __init__(
        self,
        router: Router,
        registrar: Registrar[Way],
        rooms: Rooms,
        subscriptions: Subscriptions,
        focus: Seats,
        plain: PlainSeats,
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
        self._plain = plain
        self._history = history
        self.seats = Seats(router, registrar, self._gone)
        subscriptions.visiting.listen(self.seats.vanished)
        rooms.listen(self._changed, self._ended)

    def handle(self, inbound: Inbound, address: ConferenceAddress) -> Awaitable[None] | None:
        """Serve one request."""
        request = inbound.request
        if request.method == "INVITE" and not tag_in(request.headers["To"][0]):
            self._join(inbound, address)
        elif request.method == "MESSAGE" and not tag_in(request.headers["To"][0]):
            return self._write(inbound, address)
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

    # --- plain clients

    def _write(self, inbound: Inbound, address: ConferenceAddress) -> Awaitable[None] | None:
        """Take a message outside of any dialog."""
        request, endpoint = inbound.request, self._endpoint_of(inbound)
        if endpoint is None or inbound.person is None:
            self._refusals.refuse(inbound, 403, "Only who is signed in writes to a conference")
        elif endpoint.lync or inbound.in_sessions:
            self._refusals.refuse(inbound, 481, "Join the conference first")
        elif len(request.body) > MOST_TEXT:
            inbound.refuse(413)
        elif (text := self._text(inbound)) is not None:
            return self._write_as_member(inbound, address, endpoint, text)
        return None

    @staticmethod
    def _text(inbound: Inbound) -> Text | None:
        """What a message says; where it says nothing it is answered, and None."""
        kind, body = inbound.request.get("Content-Type") or TEXT, inbound.request.body
        text = read_text(kind, body)
        if text is None and is_notice(kind, body):
            inbound.agree()
        elif text is None:
            inbound.refuse(415, Accept=ACCEPTED)
        return text

    async def _write_as_member(
        self, inbound: Inbound, address: ConferenceAddress, endpoint: Endpoint[Way], text: Text
    ) -> None:
        try:
            seat = await self._plain.seat(address, endpoint)
        except Failure as error:
            self._refusals.fail(inbound, error)
            return
        if self._in_time(inbound, seat):
            kept = self._say(inbound, seat, address, text)
            if kept is not None:
                await kept

    # --- within

    def _within(self, inbound: Inbound, address: ConferenceAddress) -> Awaitable[None] | None:
        seat = self.seats.within(inbound)
        if seat is None:
            return None
        match inbound.request.method:
            case "MESSAGE":
                if self._taken(inbound, (TEXT,)) and self._in_time(inbound, seat):
                    kind = inbound.request.get("Content-Type") or TEXT
                    return self._say(inbound, seat, address, Text(kind, inbound.request.body))
            case "INFO":
                if self._taken(inbound, TYPING) and self._in_time(inbound, seat):
                    inbound.reply(respond(inbound.request, 200))
                    self._relay(inbound, seat, address, _typing(inbound), lambda _seat, _response: None)
            case "BYE":
                inbound.reply(respond(inbound.request, 200))
                if self.seats.remove(seat):
                    self._gone(seat)
            case "INVITE":
                inbound.reply(_accepted(inbound, seat, address))
            case "OPTIONS":
                inbound.reply(respond(inbound.request, 200).put("Allow", _ALLOW))
        return None

    def _say(self, inbound: Inbound, seat: Speaker, address: ConferenceAddress, text: Text) -> Awaitable[None] | None:
        """Take a message, send it to the others, and tell the sender whom it did not reach; first keep it where that
        is wanted."""
        kept = self._keep(inbound, seat, address)
        if kept is not None:
            return self._pass_kept(kept, inbound, seat, address, text)
        self._pass(inbound, seat, address, text)
        return None

    def _keep(self, inbound: Inbound, seat: Speaker, address: ConferenceAddress) -> Awaitable[None] | None:
        if self._history is None:
            return None
        there: list[Speaker] = [*self.seats.of(seat.room), *self._plain.of(seat.room)]
        people = {one.address: one.endpoint.person.displayName for one in there}
        return self._history.in_conference(inbound, str(address), seat.room.conference.terms.subject, people)

    async def _pass_kept(
        self, kept: Awaitable[None], inbound: Inbound, seat: Speaker, address: ConferenceAddress, text: Text
    ) -> None:
        try:
            await asyncio.shield(kept)
        except Exception:
            log.exception("a message in a conference is not kept")
        self._pass(inbound, seat, address, text)

    def _pass(self, inbound: Inbound, seat: Speaker, address: ConferenceAddress, text: Text) -> None:
        plain = [one for one in self._plain.of(seat.room) if one is not seat]
        count = sum(one is not seat for one in self.seats.of(seat.room)) + len(plain)
        delivery = _Delivery(seat, self._router.token() + self._router.token(), count)
        tag = self._router.token() if isinstance(seat, PlainSeat) else ""
        inbound.reply(respond(inbound.request, 202, tag=tag).put("Message-Id", delivery.id))
        hear = partial(self._heard, delivery)
        self._relay(inbound, seat, address, text, hear)
        sender = seat.endpoint.person.displayName or seat.address
        for one in plain:
            self._plain.tell(one, sender, plain_type(text.kind), text.body, partial(hear, one))
        if not count:
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

    def _in_time(self, inbound: Inbound, seat: Speaker) -> bool:
        """Whether a client does not write faster than the others can be told; the request is refused where it does."""
        if seat.pace.take(self._now()):
            return True
        self._refusals.refuse(inbound, 503, "You write too fast: wait a moment", Retry_After="1")
        return False

    def _relay(self, inbound: Inbound, seat: Speaker, address: ConferenceAddress, text: Text, hear: Heard) -> None:
        """Send a text, or that somebody types, to every other member, in their own dialogs."""
        for other in self.seats.of(seat.room):
            if other is not seat:
                self.seats.ask(
                    other,
                    inbound.request.method,
                    text.body,
                    partial(hear, other),
                    Ms_Sender=f"<sip:{seat.address}>",
                    Contact=f"<{address}>",
                    Content_Type=text.kind,
                )

    def _heard(self, delivery: _Delivery, seat: Speaker, response: SipResponse | None) -> None:
        status = 408 if response is None else response.status
        if status >= 300:
            delivery.failed.append(Undelivered(f"sip:{seat.address}", status))
            if status in _GONE:
                self._lose(seat)
        delivery.left -= 1
        if not delivery.left:
            self._report(delivery)

    def _lose(self, seat: Speaker) -> None:
        """A client does not know any more that it is in."""
        if isinstance(seat, PlainSeat):
            self._plain.leave(seat)
        elif self.seats.remove(seat):
            self._gone(seat)

    def _report(self, delivery: _Delivery) -> None:
        seat = delivery.sender
        if isinstance(seat, Seat) and self.seats.at(seat.room, seat.endpoint) is seat:
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


def _typing(inbound: Inbound) -> Text:
    return Text(inbound.request.get("Content-Type") or TEXT, inbound.request.body)


def _accepted(inbound: Inbound, seat: Seat, address: ConferenceAddress) -> SipResponse:
    response = respond(inbound.request, 200, tag=seat.dialog.local_tag, body=description(inbound.flow))
    response.put("Contact", f"<{address}>;isfocus").put("Content-Type", "application/sdp")
    return response.put("Supported", "ms-sender").put("Allow", _ALLOW)
