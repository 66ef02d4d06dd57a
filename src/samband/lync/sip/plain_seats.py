"""Members of a conference by plain clients, which know nothing of conferences: each text is a message of its own.

Who writes to a conference is in from then on [RFC3428], or waits in its lobby, and is told so by a message. They are
out when their client is gone, when they are turned out, and after a while in which nobody writes, unless they watch who
is in; a message says good-bye.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from samband.lync.actions.registration import End, Endpoint, Registrar
from samband.lync.actions.rooms import Room, Rooms
from samband.lync.sip.bridge import SILENCE
from samband.lync.sip.conference_documents import focus_of
from samband.lync.sip.conference_seats import MOST_AT_ONCE, RATE
from samband.lync.sip.places import Way
from samband.lync.sip.router import Router
from samband.lync.sip.routing import flow_to
from samband.lync.sip.timers import Timer, Timers
from samband.model.conferences import RosterChange
from samband.model.failures import Failure
from samband.model.rates import Bucket
from samband.wire.conference.addresses import ConferenceAddress
from samband.wire.sip.address import quote_string
from samband.wire.sip.message import Headers, SipRequest, SipResponse

CHAT = "chat"
MOST = 200
"""Most conferences one client is in at one time."""
WAITS = "You wait in the lobby until a presenter lets you in. What you write meanwhile is not passed on."
ENTERED = "You are in the meeting now: what you write from now on is passed on."
NOT_LET_IN = "The meeting did not let you in."
REMOVED = "You were removed from the meeting."
OVER = "The meeting has ended."
SILENT = "Nobody has written for a while: you are out of the meeting until you write again."
_MEETING = "Meeting"
"""Who says that, where the meeting has no subject."""


@dataclass(slots=True, eq=False)
class PlainSeat:
    """One plain client in one conference. ``name`` is what it is called there. Compare by identity."""

    room: Room
    endpoint: Endpoint[Way]
    name: str
    pace: Bucket = field(default_factory=lambda: Bucket(RATE, MOST_AT_ONCE))
    timer: Timer | None = None
    waits: bool = False
    """Whether it is in the lobby."""

    @property
    def address(self) -> str:
        """Whose client it is."""
        return self.endpoint.address


class PlainSeats:
    """Those of every conference. ``watches`` says whether a client is told of who is in a conference."""

    def __init__(
        self,
        router: Router,
        registrar: Registrar[Way],
        rooms: Rooms,
        timers: Timers,
        watches: Callable[[Room, Endpoint[Way]], bool],
    ) -> None:
        self._router = router
        self._rooms = rooms
        self._timers = timers
        self._watches = watches
        self._by_room: dict[Room, dict[Endpoint[Way], PlainSeat]] = {}
        self._by_endpoint: dict[Endpoint[Way], dict[PlainSeat, None]] = {}
        registrar.listen(removed=self._signed_out)
        rooms.listen(self._changed, self._ended)

    def __len__(self) -> int:
        return sum(map(len, self._by_endpoint.values()))

    def of(self, room: Room) -> list[PlainSeat]:
        """Every plain client that is in."""
        return [one for one in self._all(room) if not one.waits]

    def _all(self, room: Room) -> list[PlainSeat]:
        return list(self._by_room.get(room, {}).values())

    async def seat(self, address: ConferenceAddress, endpoint: Endpoint[Way]) -> PlainSeat:
        """That of a client which writes to a conference: it has one, or is let in. Raises ``Failure``: also where it
        has to wait."""
        seats = self._by_endpoint.get(endpoint, {})
        for known in seats:
            if (known.room.address, known.room.conference.id) == (address.organizer, address.id):
                return self._present(known)
        if len(seats) >= MOST:
            raise Failure("LimitExceeded", "You are in too many conferences")
        name = f"plain-{endpoint.number}"
        room, _role = await self._rooms.enter(address.organizer, address.id, endpoint.person, name, lobby=True)
        try:
            if (kept := self._rooms.settled()) is not None:
                await kept
        except BaseException:
            self._rooms.leave(room, endpoint.address, name)
            raise
        if not endpoint.alive:
            self._rooms.leave(room, endpoint.address, name)
            raise Failure("Forbidden", "You are signed in no more")
        if not room.roster.holds(endpoint.address):
            raise Failure("Forbidden", REMOVED)
        return self._present(self._add(room, endpoint, name))

    def _add(self, room: Room, endpoint: Endpoint[Way], name: str) -> PlainSeat:
        found = self._by_room.setdefault(room, {})
        if endpoint not in found:  # two messages may have been let in together
            seat = found[endpoint] = PlainSeat(room, endpoint, name)
            self._by_endpoint.setdefault(endpoint, {})[seat] = None
            if endpoint.address in room.roster.lobby:
                seat.waits = True
                self._notify(seat, WAITS)
            else:
                self._rooms.open(room, endpoint.address, name, CHAT)
        return found[endpoint]

    def _present(self, seat: PlainSeat) -> PlainSeat:
        """A client has written. Raises ``Failure`` where it waits."""
        if seat.waits:
            raise Failure("Waiting", WAITS)
        self._rest(seat)
        return seat

    def _notify(self, seat: PlainSeat, words: str) -> None:
        """Tell a client what has become of it."""
        if seat.endpoint.alive:
            name = seat.room.conference.terms.subject or _MEETING
            self._send(seat, name, "text/plain;charset=UTF-8", words.encode(), lambda _response: None)

    def tell(
        self, seat: PlainSeat, sender: str, kind: str, body: bytes, hear: Callable[[SipResponse | None], None]
    ) -> None:
        """Send what somebody called ``sender`` has written; ``hear`` gets the answer, None where there is none."""
        self._rest(seat)
        self._send(seat, sender, kind, body, hear)

    def _send(
        self, seat: PlainSeat, sender: str, kind: str, body: bytes, hear: Callable[[SipResponse | None], None]
    ) -> None:
        token, endpoint = self._router.token(), seat.endpoint
        headers: Headers = {
            "From": [f"{quote_string(sender)} <{focus_of(seat.room).plain}>;tag={token}"],
            "To": [f"<sip:{endpoint.address}>"],
            "Call-ID": [token + self._router.token()],
            "CSeq": ["1 MESSAGE"],
            "Max-Forwards": ["70"],
            "Content-Type": [kind],
        }
        request = SipRequest("MESSAGE", endpoint.contact, headers, body)
        self._router.ask(request, flow_to(endpoint), endpoint.way.association, hear)

    def leave(self, seat: PlainSeat) -> None:
        """A client is out."""
        if self._remove(seat):
            self._rooms.leave(seat.room, seat.address, seat.name)

    # --- within

    def _remove(self, seat: PlainSeat) -> bool:
        in_room = self._by_room.get(seat.room, {})
        if in_room.get(seat.endpoint) is not seat:
            return False
        of_endpoint = self._by_endpoint[seat.endpoint]
        del in_room[seat.endpoint], of_endpoint[seat]
        if not in_room:
            del self._by_room[seat.room]
        if not of_endpoint:
            del self._by_endpoint[seat.endpoint]
        if seat.timer is not None:
            self._timers.cancel(seat.timer)
            seat.timer = None
        return True

    def _rest(self, seat: PlainSeat) -> None:
        """Begin to wait for the next message."""
        if seat.timer is not None:
            self._timers.cancel(seat.timer)
        seat.timer = self._timers.after(SILENCE, self._silent, seat)

    def _silent(self, seat: PlainSeat) -> None:
        seat.timer = None
        if self._watches(seat.room, seat.endpoint):
            self._rest(seat)
        else:
            self.leave(seat)
            self._notify(seat, SILENT)

    def _signed_out(self, endpoint: Endpoint[Way], _end: End) -> None:
        for seat in list(self._by_endpoint.get(endpoint, ())):
            self.leave(seat)

    def _changed(self, room: Room, change: RosterChange) -> None:
        for seat in self._all(room) if change.left or change.entered else ():
            if seat.address in change.left and self._remove(seat):
                self._notify(seat, NOT_LET_IN if seat.waits else REMOVED)
            elif seat.address in change.entered and seat.waits:
                # What comes of it is a change of its own, which others must not hear of before this one.
                asyncio.get_running_loop().call_soon(self._come_in, seat)

    def _come_in(self, seat: PlainSeat) -> None:
        """Who waited was let in."""
        here = self._by_room.get(seat.room, {}).get(seat.endpoint) is seat
        if here and seat.waits and seat.address in seat.room.roster.members:
            seat.waits = False
            self._rooms.open(seat.room, seat.address, seat.name, CHAT)
            self._rest(seat)
            self._notify(seat, ENTERED)

    def _ended(self, room: Room) -> None:
        for seat in self._all(room):
            if self._remove(seat):
                self._notify(seat, OVER)
