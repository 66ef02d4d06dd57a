"""Members of a conference by plain clients, which know nothing of conferences: each text is a message of its own.

Who writes to a conference that lets them in at once is in from then on [RFC3428]. They are out when their client is
gone, when they are turned out, and after a while in which nobody writes, unless they watch who is in.
"""

from __future__ import annotations

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


@dataclass(slots=True, eq=False)
class PlainSeat:
    """One plain client in one conference. ``name`` is what it is called there. Compare by identity."""

    room: Room
    endpoint: Endpoint[Way]
    name: str
    pace: Bucket = field(default_factory=lambda: Bucket(RATE, MOST_AT_ONCE))
    timer: Timer | None = None

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
        """Every plain client in a room."""
        return list(self._by_room.get(room, {}).values())

    async def seat(self, address: ConferenceAddress, endpoint: Endpoint[Way]) -> PlainSeat:
        """That of a client which writes to a conference: it has one, or is let in. Raises ``Failure``."""
        seats = self._by_endpoint.get(endpoint, {})
        for known in seats:
            if (known.room.address, known.room.conference.id) == (address.organizer, address.id):
                self._rest(known)
                return known
        if len(seats) >= MOST:
            raise Failure("LimitExceeded", "You are in too many conferences")
        name = f"plain-{endpoint.number}"
        room, _role = await self._rooms.enter(address.organizer, address.id, endpoint.person, name)
        try:
            if (kept := self._rooms.settled()) is not None:
                await kept
        except BaseException:
            self._rooms.leave(room, endpoint.address, name)
            raise
        if not endpoint.alive:
            self._rooms.leave(room, endpoint.address, name)
            raise Failure("Forbidden", "You are signed in no more")
        self._rooms.open(room, endpoint.address, name, CHAT)
        return self._add(room, endpoint, name)

    def _add(self, room: Room, endpoint: Endpoint[Way], name: str) -> PlainSeat:
        found = self._by_room.setdefault(room, {})
        if endpoint not in found:  # two messages may have been let in together
            seat = found[endpoint] = PlainSeat(room, endpoint, name)
            self._by_endpoint.setdefault(endpoint, {})[seat] = None
        self._rest(found[endpoint])
        return found[endpoint]

    def tell(
        self, seat: PlainSeat, sender: str, kind: str, body: bytes, hear: Callable[[SipResponse | None], None]
    ) -> None:
        """Send what somebody called ``sender`` has written; ``hear`` gets the answer, None where there is none."""
        self._rest(seat)
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

    def _signed_out(self, endpoint: Endpoint[Way], _end: End) -> None:
        for seat in list(self._by_endpoint.get(endpoint, ())):
            self.leave(seat)

    def _changed(self, room: Room, change: RosterChange) -> None:
        for seat in self.of(room):
            if seat.address in change.left:
                self._remove(seat)

    def _ended(self, room: Room) -> None:
        for seat in self.of(room):
            self._remove(seat)
