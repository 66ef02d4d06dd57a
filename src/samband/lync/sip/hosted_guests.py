"""Guests' endpoints: they live in the server like those of ``hosted_endpoints``, but nobody is signed in at them.

To the doors of conferences a guest is a visitor whom the server itself vouches for. No other door is ever asked.
"""

from __future__ import annotations

from samband.lync.actions.guests import Guests
from samband.lync.actions.im import PLAIN, ImListener
from samband.lync.actions.rooms import Rooms
from samband.lync.sip.admission import Admitted
from samband.lync.sip.flow import Visitor
from samband.lync.sip.hosted_endpoints import HostedEndpoint
from samband.lync.sip.hosted_meeting import HostedMeeting
from samband.lync.sip.hosted_session import HostedSession
from samband.lync.sip.lync_side import LyncSide
from samband.model.failures import Failure
from samband.model.guests import Guest
from samband.wire.conference.addresses import read_address


class HostedGuests:
    """Makes guests' endpoints at ``side``; see ``ImGuests``."""

    def __init__(self, side: LyncSide, rooms: Rooms, guests: Guests) -> None:
        self._side = side
        self._rooms = rooms
        self._guests = guests

    def enter(self, guest: Guest, agent: str, hear: ImListener) -> HostedGuest:
        """See ``ImGuests``."""
        return HostedGuest(self._side, self._rooms, self._guests, guest, agent, hear)


class HostedGuest(HostedEndpoint):
    """See ``ImGuest``."""

    def __init__(
        self, side: LyncSide, rooms: Rooms, guests: Guests, guest: Guest, agent: str, hear: ImListener
    ) -> None:
        self._guests = guests
        self._guest = guest
        super().__init__(side, rooms, guest.person(), guest.id, agent, (PLAIN,), hear)

    def _admitted(self) -> Admitted:
        return Admitted(None, visitor=Visitor(self.person.sip, self.person.displayName))

    def introduce(self, name: str) -> None:
        """See ``ImGuest``."""
        self.person = self._guest.person(name)
        self._line.admitted = self._admitted()

    def register(self) -> None:
        """Nobody reaches a guest."""
        raise Failure("Forbidden", "A guest is not signed in")

    def invite(self, peer: str, subject: str, kind: str, text: str) -> HostedSession:
        """See ``ImEndpoint``."""
        raise Failure("Forbidden", "A guest begins no conversations")

    async def join(self, focus: str) -> HostedMeeting:
        """See ``ImEndpoint``. The meeting may have changed since the guest was admitted: it is asked again."""
        address = read_address(focus)
        organizer, conference = await self._guests.check(self._guest)
        # Ids tell apart the conferences of one organiser only.
        if address is None or (address.organizer, address.id) != (organizer.sip.lower(), conference.id):
            raise Failure("Forbidden", "This guest is let into another meeting only")
        if self._leaving:
            raise Failure("NotFound", "The guest has left")
        return await super().join(focus)

    def sign_out(self) -> None:
        """See ``ImEndpoint``."""
        super().sign_out()
        self.removed()

    def _cut(self) -> None:
        self.removed()
