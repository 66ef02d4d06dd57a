"""Dialogs of clients with one part of a conference: its focus, or its chat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from samband.lync.actions.registration import End, Endpoint, Registrar
from samband.lync.actions.rooms import Room
from samband.lync.sip.inbound import Inbound
from samband.lync.sip.places import Way
from samband.lync.sip.router import Router
from samband.lync.sip.routing import flow_to
from samband.model.rates import Bucket
from samband.wire.sip.dialog import Dialog, answered, key_of
from samband.wire.sip.message import SipRequest, SipResponse

RATE, MOST_AT_ONCE = 10.0, 100.0
"""What one client may send to the others: so much a second, and at once after a rest."""


@dataclass(slots=True, eq=False)
class Seat:
    """One client's dialog. ``name`` is what the client calls itself in the conference. Compare by identity."""

    room: Room
    endpoint: Endpoint[Way]
    name: str
    dialog: Dialog
    pace: Bucket = field(default_factory=lambda: Bucket(RATE, MOST_AT_ONCE))

    @property
    def address(self) -> str:
        """Whose client it is."""
        return self.endpoint.address


class Seats:
    """The dialogs of one part of every conference. ``lost`` hears of seats whose client is gone."""

    def __init__(self, router: Router, registrar: Registrar[Way], lost: Callable[[Seat], None]) -> None:
        self._router = router
        self._lost = lost
        self._by_dialog: dict[tuple[str, str, str], Seat] = {}
        self._by_room: dict[Room, dict[Endpoint[Way], Seat]] = {}
        self._by_endpoint: dict[Endpoint[Way], dict[Seat, None]] = {}
        registrar.listen(removed=self.vanished)

    def __len__(self) -> int:
        return len(self._by_dialog)

    def add(self, room: Room, endpoint: Endpoint[Way], name: str, inbound: Inbound) -> Seat:
        """The seat of whoever sends an INVITE that is about to be accepted."""
        seat = Seat(room, endpoint, name, answered(inbound.request, self._router.token()))
        self._by_dialog[seat.dialog.key] = seat
        self._by_room.setdefault(room, {})[endpoint] = seat
        self._by_endpoint.setdefault(endpoint, {})[seat] = None
        return seat

    def remove(self, seat: Seat) -> bool:
        """Forget a seat; False where that was done before."""
        if self._by_dialog.pop(seat.dialog.key, None) is None:
            return False
        in_room, of_endpoint = self._by_room[seat.room], self._by_endpoint[seat.endpoint]
        if in_room.get(seat.endpoint) is seat:
            del in_room[seat.endpoint]
        if not in_room:
            del self._by_room[seat.room]
        del of_endpoint[seat]
        if not of_endpoint:
            del self._by_endpoint[seat.endpoint]
        return True

    def of(self, room: Room) -> list[Seat]:
        """Every seat in a room."""
        return list(self._by_room.get(room, {}).values())

    def count(self, endpoint: Endpoint[Way]) -> int:
        """How many seats one client has."""
        return len(self._by_endpoint.get(endpoint, ()))

    def at(self, room: Room, endpoint: Endpoint[Way]) -> Seat | None:
        """The seat of one client."""
        return self._by_room.get(room, {}).get(endpoint)

    def within(self, inbound: Inbound) -> Seat | None:
        """The seat that a request within its dialog is of; refuses the request where there is none, or it is late."""
        seat = self._by_dialog.get(key_of(inbound.request, local_is_to=True))
        if seat is None or inbound.address != seat.address or not self._same(inbound, seat):
            if inbound.request.method != "ACK":
                inbound.refuse(481)
            return None
        if not seat.dialog.accepts(inbound.request):
            inbound.refuse(500)
            return None
        return seat

    @staticmethod
    def _same(inbound: Inbound, seat: Seat) -> bool:
        """Whether it is the same person, not another one who has the address now."""
        return inbound.person is None or inbound.person.objectGUID == seat.endpoint.person.objectGUID

    def ask(
        self, seat: Seat, method: str, body: bytes, hear: Callable[[SipResponse | None], None], **fields: str
    ) -> None:
        """Send a request within a dialog; ``hear`` gets the final response, None where there is none."""
        request, endpoint = self._request(seat, method, body, fields), seat.endpoint
        self._router.ask(request, flow_to(endpoint), endpoint.way.association, hear)

    def tell(self, seat: Seat, body: bytes, **fields: str) -> None:
        """Send a BENOTIFY within a dialog; to another organisation a NOTIFY."""
        endpoint = seat.endpoint
        if endpoint.way.flow.partner is not None:
            self.ask(seat, "NOTIFY", body, lambda _response: None, **fields)
            return
        request = self._request(seat, "BENOTIFY", body, fields)
        self._router.tell(request, flow_to(endpoint), endpoint.way.association)

    def end(self, seat: Seat) -> None:
        """End a dialog from this side."""
        if self.remove(seat) and seat.endpoint.alive:
            self.ask(seat, "BYE", b"", lambda _response: None)

    @staticmethod
    def _request(seat: Seat, method: str, body: bytes, fields: dict[str, str]) -> SipRequest:
        request = seat.dialog.request(method, body)
        request.uri = seat.endpoint.contact
        for name, value in fields.items():
            request.put(name.replace("_", "-"), value)
        return request

    def vanished(self, endpoint: Endpoint[Way], _end: End) -> None:
        """A client is gone, and what it was in with it."""
        for seat in list(self._by_endpoint.get(endpoint, ())):
            if self.remove(seat):
                self._lost(seat)
