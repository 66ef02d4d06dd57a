"""Every door of conferencing, built over a Lync side."""

from __future__ import annotations

from collections.abc import Awaitable

from samband.lync.actions.conferences import Conferences
from samband.lync.actions.rooms import Rooms
from samband.lync.sip.applications import Applications
from samband.lync.sip.chat_mcu_door import ChatMcuDoor
from samband.lync.sip.conference_package import ConferencePackage
from samband.lync.sip.focus_door import FocusDoor
from samband.lync.sip.focus_factory_door import FocusFactoryDoor
from samband.lync.sip.inbound import Inbound
from samband.lync.sip.lync_side import LyncSide
from samband.lync.sip.media import media_type
from samband.lync.sip.plain_seats import PlainSeats
from samband.lync.sip.presence_doors import PresenceDoors
from samband.model.people import Person
from samband.wire.conference.addresses import ConferenceAddress, read_address
from samband.wire.conference.invitation import read_invitation
from samband.wire.conference.join_links import JoinLinks
from samband.wire.conference.names import INVITATION_TYPE
from samband.wire.sip.address import tag_in
from samband.wire.sip.uri import BadUri, aor_of, parse_uri
from samband.wire.xml.reading import Malformed, SchemaViolation

SWEEP = 30.0
"""Seconds between two looks at what has expired."""


class ConferenceDoors:
    """Adds its handlers to ``side`` beside those of ``doors``."""

    def __init__(
        self, side: LyncSide, doors: PresenceDoors, conferences: Conferences, rooms: Rooms, links: JoinLinks
    ) -> None:
        """What is said is kept where the proxy's ``history`` is there already."""
        self._side = side
        self._rooms = rooms
        self._subscriptions = doors.subscriptions
        self._package = ConferencePackage(rooms, doors.subscriptions, links)
        self.focus = FocusDoor(side.router, side.registrar, rooms, doors.subscriptions, self._package)
        self.plain = PlainSeats(side.router, side.registrar, rooms, side.timers, self._package.watches)
        self.chat = ChatMcuDoor(
            side.router,
            side.registrar,
            rooms,
            doors.subscriptions,
            self.focus.seats,
            self.plain,
            side.now,
            side.proxy.history,
        )
        factory = FocusFactoryDoor(side.router, conferences)
        applications = Applications(side.proxy.handle)
        applications.served = {
            "focusfactory": factory.handle,
            "focus": self._at_focus,
            "chat": self.chat.handle,
        }
        side.router.fallback = applications.handle
        side.proxy.leaving = self._invites
        doors.services.elsewhere = applications.handle
        side.add({("SUBSCRIBE", "conference"): self._subscribe})
        side.timers.after(SWEEP, self._sweep)

    def _at_focus(self, inbound: Inbound, address: ConferenceAddress) -> Awaitable[None] | None:
        """What plain clients write to the address of a conference is for its chat."""
        request = inbound.request
        if request.method == "MESSAGE" and not tag_in(request.headers["To"][0]):
            return self.chat.handle(inbound, address.sibling("chat"))
        return self.focus.handle(inbound, address)

    def _invites(self, inbound: Inbound) -> None:
        """Whom a member asks to come from another organisation gets in."""
        request = inbound.request
        if request.method != "INVITE" or media_type(request) != INVITATION_TYPE:
            return
        try:
            address = read_address(read_invitation(request.body).focus)
        except (Malformed, SchemaViolation):
            return
        if address is not None:
            self._rooms.ask(address.organizer, address.id, inbound.address, aor_of(request.uri))

    def _subscribe(self, inbound: Inbound) -> Awaitable[None] | None:
        """Ours are those to a focus, and those within a dialog with this server; clients have conferences too."""
        uri = inbound.request.uri
        if read_address(uri) is None and not _is_server(uri):
            self._side.proxy.handle(inbound)
            return None
        return self._subscriptions.handle(inbound, self._package)

    def _sweep(self, _: object) -> None:
        self._rooms.sweep()
        self._side.timers.after(SWEEP, self._sweep)


def personal_settings(person: Person) -> dict[str, str]:
    """What provisioning tells a person of conferences: where their focus factory is."""
    return {"focusFactoryUri": str(ConferenceAddress(person.sip.lower(), "focusfactory"))} if person.sip else {}


def _is_server(text: str) -> bool:
    try:
        return not parse_uri(text).user
    except BadUri:
        return False
