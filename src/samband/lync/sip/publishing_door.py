"""SERVICE requests about one's own presence: publish, change containers, acknowledge subscribers [MS-PRES]."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from samband.lync.actions.audience import OwnUpdate
from samband.lync.actions.drafts import Stale
from samband.lync.actions.presence import Presence, Published, Saved
from samband.lync.sip.inbound import Inbound
from samband.lync.sip.presence_documents import draft_of, member_of, own_of
from samband.lync.sip.services import Services
from samband.lync.sip.subscriptions import Subscriptions
from samband.model.containers import MemberChange
from samband.model.failures import Failure
from samband.model.people import Person
from samband.wire.presence.containers import read_set_members
from samband.wire.presence.fault import WRONG_DELTA, StaleOperation, write_fault
from samband.wire.presence.names import (
    FAULT_TYPE,
    PUBLISH_TYPE,
    ROAMING_SELF_TYPE,
    SET_MEMBERS_TYPE,
    SET_SUBSCRIBERS_TYPE,
)
from samband.wire.presence.publish import read_publish
from samband.wire.presence.subscribers import read_set_subscribers
from samband.wire.sip.uri import aor_of

MAX_PUBLICATIONS = 512
"""Most publications, or containers, of one request."""


class PublishingDoor:
    """Adds its content types to ``services``."""

    def __init__(
        self,
        services: Services,
        presence: Presence,
        subscriptions: Subscriptions,
        clock: Callable[[], datetime],
    ) -> None:
        self._services = services
        self._presence = presence
        self._subscriptions = subscriptions
        self._clock = clock
        services.by_type[PUBLISH_TYPE.lower()] = self.publish
        services.by_type[SET_MEMBERS_TYPE.lower()] = self.set_members
        services.by_type[SET_SUBSCRIBERS_TYPE.lower()] = self.set_subscribers

    def publish(self, inbound: Inbound, person: Person) -> Awaitable[None] | None:
        """Publish categories; the answer tells the new versions, once what lasts is on disk."""
        document = read_publish(inbound.request.body)
        if aor_of(document.uri) != person.sip.lower():
            raise Failure("Forbidden", "Presence is published for oneself only")
        if len(document.publications) > MAX_PUBLICATIONS:
            raise Failure("LimitExceeded", f"A request holds at most {MAX_PUBLICATIONS} publications")
        endpoint = self._subscriptions.endpoint_of(inbound)
        drafts = [draft_of(publication) for publication in document.publications]
        try:
            published = self._presence.publish(person, endpoint.key if endpoint else "", drafts)
        except Stale as stale:
            self._stale(inbound, stale)
            return None
        if published.saved is not None:
            return self._answer_later(inbound, person, published, published.saved)
        self._answer(inbound, person, published)
        return None

    async def _answer_later(self, inbound: Inbound, person: Person, published: Published, saved: Saved) -> None:
        await saved
        self._answer(inbound, person, published)

    def _answer(self, inbound: Inbound, person: Person, published: Published) -> None:
        """Tell what is there at the moment of the answer: notifications of other changes may have gone before it."""
        categories = self._presence.own(person, published.categories)
        update = OwnUpdate(owner=person.sip.lower(), categories=categories)
        body = own_of(update, self._clock()).body.decode()
        self._services.answer(inbound, 200, ROAMING_SELF_TYPE, body)

    def set_members(self, inbound: Inbound, person: Person) -> Awaitable[None] | None:
        """Change the members of containers."""
        changes = read_set_members(inbound.request.body)
        if len(changes) > MAX_PUBLICATIONS:
            raise Failure("LimitExceeded", f"A request changes at most {MAX_PUBLICATIONS} containers")
        wishes = [
            (change.number, change.version, [MemberChange(add, member_of(member)) for add, member in change.members])
            for change in changes
        ]
        try:
            saved = self._presence.set_members(person, wishes)
        except Stale as stale:
            self._stale(inbound, stale)
            return None
        return self._answer_saved(inbound, saved)

    def set_subscribers(self, inbound: Inbound, person: Person) -> Awaitable[None]:
        """Note whom the owner knows of."""
        found = read_set_subscribers(inbound.request.body)
        return self._answer_saved(
            inbound, self._presence.acknowledge(person, [one.user for one in found if one.acknowledged])
        )

    async def _answer_saved(self, inbound: Inbound, saved: Saved) -> None:
        await saved
        self._services.answer(inbound, 200)

    def _stale(self, inbound: Inbound, stale: Stale) -> None:
        operations = [StaleOperation(one.index, one.version, one.current) for one in stale.conflicts]
        self._services.answer(inbound, 409, FAULT_TYPE, write_fault(WRONG_DELTA, operations))
