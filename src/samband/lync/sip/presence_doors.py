"""Every door of presence and contacts, built over a Lync side."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from samband.lync.actions.address_book import AddressBook
from samband.lync.actions.contacts import Contacts
from samband.lync.actions.dialogs import Dialogs
from samband.lync.actions.kept_subscriptions import KeptSubscriptions
from samband.lync.actions.plain import PlainPublications
from samband.lync.actions.presence import Presence
from samband.lync.actions.registration import End, Endpoint
from samband.lync.actions.unified_contacts import UnifiedContacts
from samband.lync.sip.contacts_door import ContactsDoor, RoamingContacts
from samband.lync.sip.dialog_package import DialogPackage
from samband.lync.sip.dialog_watch import DialogWatch
from samband.lync.sip.directory_search_door import DirectorySearchDoor
from samband.lync.sip.group_list_door import GroupLists
from samband.lync.sip.inbound import Handlers, Inbound
from samband.lync.sip.lasting_subscriptions import LastingSubscriptions
from samband.lync.sip.lync_side import LyncSide
from samband.lync.sip.own_presence_door import AccessEntries, PendingWatchers, RoamingSelf
from samband.lync.sip.pidf_door import PublishDoor
from samband.lync.sip.places import Way
from samband.lync.sip.presence_door import PresencePackage
from samband.lync.sip.provisioning_door import OldProvisioningPackage, Provisioning, ProvisioningPackage
from samband.lync.sip.publishing_door import PublishingDoor
from samband.lync.sip.registrar import LYNC_EVENTS
from samband.lync.sip.registration_package import RegistrationPackage
from samband.lync.sip.services import Services
from samband.lync.sip.subscriptions import Package, Subscriptions, event_of
from samband.lync.sip.watcher_info_door import WatcherInfo
from samband.model.subscriptions import KeptSubscription
from samband.wire.sip.address import tag_in
from samband.wire.sip.uri import BadUri, parse_uri

WINFO = "presence.winfo"
DIALOG = "dialog"
SWEEP = 1.0
"""Seconds between two looks at what is over."""


class PresenceDoors:
    """Adds its handlers to ``side`` and keeps presence told of who signs in and out."""

    def __init__(
        self,
        side: LyncSide,
        presence: Presence,
        contacts: Contacts,
        clock: Callable[[], datetime],
        provisioning: Provisioning | None = None,
        ucs: UnifiedContacts | None = None,
        refuses_migrated: bool = False,
        book: AddressBook | None = None,
        kept: KeptSubscriptions | None = None,
        before: Sequence[KeptSubscription] = (),
    ) -> None:
        """``clock``: aware time. ``presence`` and ``ucs`` must have been started.

        ``refuses_migrated``: subscriptions to lists that live in mailboxes are refused, not accepted. ``kept`` keeps
        the subscriptions that no connection ends, ``before`` are those of the server before.
        """
        self._side = side
        self._presence = presence
        self._lync: set[Endpoint[Way]] = set()
        """Endpoints that publish categories; the others are plain SIP clients."""
        self._dialogs = Dialogs(side.now)
        watch = DialogWatch(self._dialogs, side.registrar)
        side.proxy.invited, side.proxy.ended = watch.invited, watch.ended
        token = side.router.token
        self.subscriptions = Subscriptions(side.router, side.registrar, side.places, side.timers, side.routing)
        refusals = self.subscriptions.refusals
        self._refusals = refusals
        self._plain = PlainPublications(presence, clock, token)
        self.services = Services(refusals, token, side.proxy.handle, side.places.is_own)
        """Other doors add the content types they serve."""
        PublishingDoor(self.services, presence, self.subscriptions, clock)
        ContactsDoor(self.services, contacts)
        book = book or AddressBook(side.directory)
        DirectorySearchDoor(self.services, book)
        groups = GroupLists(book, side.timers, self.subscriptions.terminate)
        self.packages: dict[str, Package] = {
            "presence": PresencePackage(presence, token, groups, side.routing.is_partner),
            "presence.wpending": PendingWatchers(presence),
            "reg": RegistrationPackage(side.registrar, clock, side.now),
            WINFO: WatcherInfo(presence, side.timers),
            DIALOG: DialogPackage(self._dialogs, presence, side.timers),
            "vnd-microsoft-roaming-self": RoamingSelf(presence, clock),
            "vnd-microsoft-roaming-contacts": RoamingContacts(
                contacts, ucs, side.places.host if refuses_migrated else ""
            ),
            "vnd-microsoft-roaming-acl": AccessEntries(presence),
            "vnd-microsoft-provisioning": OldProvisioningPackage(),
            "vnd-microsoft-provisioning-v2": ProvisioningPackage(provisioning or Provisioning()),
        }
        if kept is not None:
            self._restore(kept, before)
        side.add(self._handlers(PublishDoor(self._plain, refusals, token, self.subscriptions.endpoint_of)))
        side.proxy.turns_away = presence.turns_away
        side.registrar.listen(self._signed_in, self._signed_out)
        side.timers.after(SWEEP, self._sweep)

    def _restore(self, kept: KeptSubscriptions, before: Sequence[KeptSubscription]) -> None:
        """Keep the subscriptions that no connection ends, and take up those of the server before."""
        side = self._side
        lasting = LastingSubscriptions(
            kept, before, self.subscriptions, self.packages, side.router, side.directory, side.timers
        )
        side.on_datagrams(lasting.restore)

    def _handlers(self, publish: PublishDoor) -> Handlers:
        handlers: Handlers = {("SUBSCRIBE", event): self._subscribe for event in self.packages}
        return handlers | {
            ("SUBSCRIBE", DIALOG): self._subscribe_to_calls,
            ("SUBSCRIBE", "*"): self._other_event,
            ("PUBLISH", "presence"): publish.handle,
            ("PUBLISH", "*"): self._other_event,
            ("SERVICE", "*"): self.services.handle,
        }

    def _subscribe(self, inbound: Inbound) -> Awaitable[None] | None:
        return self.subscriptions.handle(inbound, self.packages[event_of(inbound.request)])

    def _subscribe_to_calls(self, inbound: Inbound) -> Awaitable[None] | None:
        """Ours are those to a person, and those within a dialog with this server; clients tell of theirs too."""
        request = inbound.request
        try:
            uri = parse_uri(request.uri)
        except BadUri:
            return self._subscribe(inbound)
        of_client = "gruu" in uri.params or "gr" in uri.params or bool(tag_in(request.headers["To"][0]))
        if uri.user and (of_client or uri.host not in self._side.places.domains):
            self._side.proxy.handle(inbound)
            return None
        return self._subscribe(inbound)

    def _other_event(self, inbound: Inbound) -> Awaitable[None] | None:
        """What is within a dialog of two clients, or for one endpoint, passes; the rest is asked of us in vain."""
        request = inbound.request
        if ";gruu" in request.uri or tag_in(request.headers["To"][0]):
            self._side.proxy.handle(inbound)
            return None
        self._refusals.refuse(
            inbound, 489, "Nothing is told of this event", Allow_Events=f"{LYNC_EVENTS},{WINFO},{DIALOG}"
        )
        return None

    def _signed_in(self, endpoint: Endpoint[Way]) -> None:
        if "msrtc-event-categories" in endpoint.supported:
            self._lync.add(endpoint)
            self._presence.endpoint_added(endpoint.person, endpoint.key)
        else:
            self._plain.endpoint_added(endpoint.person, endpoint.key)

    def _signed_out(self, endpoint: Endpoint[Way], end: End) -> None:
        if endpoint in self._lync:
            self._lync.discard(endpoint)
            self._presence.endpoint_removed(endpoint.person, endpoint.key)
        # A Lync client may have published as plain ones do, too.
        self._plain.endpoint_removed(endpoint.person, endpoint.key, back=end == "replaced")

    def _sweep(self, _: object) -> None:
        self._presence.sweep()
        self._plain.sweep()
        self._dialogs.sweep()
        self._side.timers.after(SWEEP, self._sweep)
