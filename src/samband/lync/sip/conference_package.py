"""SUBSCRIBE for ``conference``: who is in, and every change of it [RFC4575; MS-CONFBAS]."""

from __future__ import annotations

from samband.lync.actions.registration import Endpoint
from samband.lync.actions.rooms import Room, Rooms
from samband.lync.sip.conference_documents import from_the_lobby, partial, whole
from samband.lync.sip.inbound import Inbound
from samband.lync.sip.media import check_accepted
from samband.lync.sip.notifier import NOTHING, Content, Subscription
from samband.lync.sip.places import Way
from samband.lync.sip.subscriptions import Subscriptions
from samband.model.conferences import RosterChange
from samband.model.failures import Failure
from samband.wire.conference.addresses import read_address
from samband.wire.conference.conference_info import ConferenceDocument, write_conference
from samband.wire.conference.join_links import JoinLinks
from samband.wire.conference.names import CONFERENCE_INFO_TYPE


class ConferencePackage:
    """Tells members of a conference who is in it and who waits; those who wait hear of themselves alone."""

    def __init__(self, rooms: Rooms, subscriptions: Subscriptions, links: JoinLinks) -> None:
        self._rooms = rooms
        self._subscriptions = subscriptions
        self._links = links
        self._watchers: dict[Room, dict[Subscription, None]] = {}
        rooms.listen(self._changed, self._ended)

    def subscribe(self, subscription: Subscription, inbound: Inbound) -> Content:
        """See ``Package``. A new dialog without life ends what the same Lync client has; a plain one looks once."""
        check_accepted(inbound.request, CONFERENCE_INFO_TYPE, "Conferences come as conference-info")
        room = subscription.state
        if not isinstance(room, Room):
            address = read_address(inbound.request.uri)
            if address is None:
                raise Failure("NotFound", "This is no conference")
            endpoint = subscription.endpoint
            once = (inbound.request.get("Expires") or "").strip() == "0"
            if once and (endpoint is None or endpoint.lync):
                self._forget(address.organizer, address.id, endpoint)
                return NOTHING
            room = self._rooms.find(address.organizer, address.id)
            if subscription.address not in room.roster.members and subscription.address not in room.roster.lobby:
                raise Failure("Forbidden", "Join the conference first")
            self._add(room, subscription)
        return _content(self._whole(room, subscription.address))

    def _whole(self, room: Room, address: str) -> ConferenceDocument:
        return from_the_lobby(room, address) if address in room.roster.lobby else whole(room, self._links)

    def watches(self, room: Room, endpoint: Endpoint[Way]) -> bool:
        """Whether a client is told of who is in."""
        return any(watcher.endpoint is endpoint for watcher in self._watchers.get(room, ()))

    def leave(self, room: Room, endpoint: Endpoint[Way]) -> None:
        """A client has left: tell it nothing more."""
        for watcher in list(self._watchers.get(room, ())):
            if watcher.endpoint is endpoint:
                self._subscriptions.terminate(watcher, "noresource")

    def _add(self, room: Room, subscription: Subscription) -> None:
        subscription.state = room
        self._watchers.setdefault(room, {})[subscription] = None

        def close() -> None:
            watchers = self._watchers.get(room, {})
            watchers.pop(subscription, None)
            if not watchers:
                self._watchers.pop(room, None)

        subscription.closing = close

    def _forget(self, organizer: str, conference: str, endpoint: Endpoint[Way] | None) -> None:
        for room in list(self._watchers):
            if room.conference.id == conference and room.address == organizer and endpoint is not None:
                self.leave(room, endpoint)

    def _changed(self, room: Room, change: RosterChange) -> None:
        watchers = list(self._watchers.get(room, ()))
        if not watchers:
            return
        content = _content(partial(room, change, self._links))
        for watcher in watchers:
            if watcher.address in change.left:
                self._subscriptions.terminate(watcher, "noresource", content)
            elif watcher.address in change.entered:
                watcher.notify(_content(whole(room, self._links)))
            elif watcher.address not in room.roster.lobby:
                watcher.notify(content)

    def _ended(self, room: Room) -> None:
        for watcher in list(self._watchers.get(room, ())):
            self._subscriptions.terminate(watcher, "noresource")


def _content(document: ConferenceDocument) -> Content:
    return Content(CONFERENCE_INFO_TYPE, write_conference(document).encode("utf-8", "replace"))
