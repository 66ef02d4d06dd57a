"""Presence of everyone here: publish it, watch it, keep what must outlive a restart.

All of it lives in memory and is changed at once on the event loop; watchers are told before a verb returns. What
lasts is written in the background, in order; whoever must not answer before it is on disk awaits ``Published.saved``.
"""

from __future__ import annotations

import asyncio
import functools
import heapq
import logging
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from samband.directory.api import Directory
from samband.feed.api import Feed
from samband.lync.actions.audience import Following, Hear, HearOwn, Overseeing, Watching
from samband.lync.actions.presentity import Presentity
from samband.lync.actions.watches import Oversight, OwnWatch, Watch
from samband.model.changes import Change, PersonChanged
from samband.model.containers import Container, MemberChange, MemberKind, blocks_by_name, turned_away
from samband.model.failures import Failure
from samband.model.people import Person
from samband.model.presence import Card, Draft, Instance, Key, Subscriber
from samband.store import presence as kept
from samband.store.api import Store, WriteTx

log = logging.getLogger(__name__)


class Saved:
    """Await it to know that a change is on disk; raises what the store raised."""

    __slots__ = ("_task",)

    def __init__(self, task: asyncio.Future[None]) -> None:
        self._task = task

    def __await__(self) -> Generator[object, None, None]:
        return asyncio.shield(self._task).__await__()


@dataclass(frozen=True, slots=True)
class Published:
    """``categories`` are those the owner must be told of; ``saved`` is None where nothing lasts."""

    categories: frozenset[str]
    saved: Saved | None


class Presence:
    """One for a Lync side. Call ``start`` before anything else."""

    def __init__(
        self,
        store: Store,
        feed: Feed,
        directory: Directory,
        clock: Callable[[], datetime],
        public_domains: frozenset[str] = frozenset(),
    ) -> None:
        """``public_domains``: domains of public clouds, whose people are not federated enterprises."""
        self._store = store
        self._feed = feed
        self._directory = directory
        self._clock = clock
        self._public_domains = public_domains
        self._owners: dict[str, Presentity] = {}
        self._due: list[tuple[datetime, str, Key, int]] = []
        self._writes: set[asyncio.Future[None]] = set()
        self._deaf: Callable[[], None] | None = None

    async def start(self) -> None:
        """Read what was kept, and listen to the directory."""
        self._deaf = self._feed.listen({"directory"}, self._hear)
        instances, containers, subscribers = await asyncio.gather(
            self._store.read(kept.publications), self._store.read(kept.containers), self._store.read(kept.subscribers)
        )
        for guid in instances.keys() | containers.keys() | subscribers.keys():
            person = self._directory.by_guid(guid)
            if person is None or not person.sip:
                continue
            owner = self._owner(person)
            owner.restore(instances.get(guid, ()), containers.get(guid, ()), subscribers.get(guid, ()))
            for instance in instances.get(guid, ()):
                self._schedule(guid, instance)

    async def stop(self) -> None:
        """Listen to nothing more, and wait until everything is on disk."""
        if self._deaf is not None:
            self._deaf()
        await asyncio.gather(*self._writes, return_exceptions=True)

    # --- owners

    def publish(self, person: Person, endpoint: str, drafts: Sequence[Draft]) -> Published:
        """Publish for an owner from one of its endpoints. Raises ``presentity.Stale`` and ``Failure``."""
        owner = self._owner(person)
        lasting = owner.publish(drafts, endpoint)
        for instance in lasting:
            if isinstance(instance, Instance):
                self._schedule(owner.guid, instance)
        saved = self._keep(lambda tx: _keep_instances(tx, owner.guid, lasting)) if lasting else None
        return Published(frozenset(draft.category for draft in drafts) | {"state"}, saved)

    def own(self, person: Person, categories: Iterable[str] | None = None) -> dict[str, tuple[Instance, ...]]:
        """All instances the owner has in ``categories`` (None: in all), with the versions to publish against."""
        return self._owner(person).own(categories)

    def set_members(self, person: Person, wishes: Sequence[tuple[int, int, Sequence[MemberChange]]]) -> Saved:
        """Change members of containers: (number, known version, changes). Raises ``presentity.Stale``, ``Failure``."""
        owner = self._owner(person)
        changed = owner.set_members(wishes)
        return self._keep(lambda tx: _keep_containers(tx, owner.guid, changed))

    def acknowledge(self, person: Person, addresses: Iterable[str]) -> Saved:
        """Note that the owner knows of people who added it; others are left alone."""
        owner = self._owner(person)
        known = [
            Subscriber(found.address, found.display_name, True, found.source)
            for address in addresses
            if (found := owner.subscribers.get(address)) is not None
        ]
        changed = [subscriber for subscriber in known if owner.set_subscriber(subscriber)]
        return self._keep(lambda tx: _keep_subscribers(tx, owner.guid, changed))

    def follow(self, person: Person, endpoint: str, hear: HearOwn) -> OwnWatch:
        """Tell ``hear`` of every change of the owner's own presence from now on."""
        owner = self._owner(person)
        following = Following(endpoint, hear)
        owner.follow(following)
        return OwnWatch(owner, following)

    def endpoint_added(self, person: Person, endpoint: str) -> None:
        """An endpoint of the owner signed in."""
        self._owner(person).enter(endpoint)

    def endpoint_removed(self, person: Person, endpoint: str) -> None:
        """An endpoint of the owner is gone, and with it what it published for its own life."""
        self._owner(person).leave(endpoint)

    # --- publications of servers

    def publish_for(
        self, person_guid: str, source: str, publications: Sequence[Draft], lives_alone: bool = True
    ) -> None:
        """Have exactly ``publications`` published for a person from ``source``; versions and lifetimes are not asked.

        With ``lives_alone`` they count also while the person has no client: a busy calendar shows then. They are not
        kept on disk. Raises ``Failure("NotFound")`` for somebody who is not enabled here.
        """
        person = self._directory.by_guid(person_guid)
        if person is None or not person.sip:
            raise Failure("NotFound", "The person is not enabled for presence")
        self._owner(person).host(source, publications, lives_alone)

    def withdraw(self, person_guid: str, source: str) -> None:
        """Take back all that ``source`` published for a person."""
        owner = self._owners.get(person_guid)
        if owner is not None:
            owner.host(source, (), lives_alone=False)

    # --- watchers

    def watch(self, address: str, hear: Hear) -> Watch:
        """A subscription of ``address`` (``user@domain`` in lower case) to many people, empty at first."""
        return Watch(self, address, self.source_of(address), hear)

    def oversee(self, person: Person, hear: Callable[[Watching, bool], None]) -> Oversight:
        """Tell ``hear`` who begins (True) and ends (False) to watch an owner from now on."""
        return Oversight(self._owner(person), Overseeing(hear))

    def source_of(self, address: str) -> MemberKind:
        """The kind of network somebody comes from."""
        if self._directory.by_sip(address) is not None:
            return MemberKind.SAME_ENTERPRISE
        public = address.rpartition("@")[2] in self._public_domains
        return MemberKind.PUBLIC_CLOUD if public else MemberKind.FEDERATED

    def find(self, address: str, source: MemberKind = MemberKind.SAME_ENTERPRISE) -> Presentity | None:
        """The owner with this address, None where nobody here has it.

        For watchers from elsewhere (``source``) there are only people who speak with other organisations.
        """
        person = self._directory.by_sip(address)
        if person is None:
            return None
        if source is not MemberKind.SAME_ENTERPRISE and not person.msRTCSIP_FederationEnabled:
            return None
        return self._owners.get(person.objectGUID) or self._owner(person)

    def turns_away(self, address: str, sender: str) -> bool:
        """Whether the owner with this address blocked ``sender`` (both ``user@domain`` in lower case)."""
        person = self._directory.by_sip(address)
        owner = self._owners.get(person.objectGUID) if person is not None else None
        if owner is None or not blocks_by_name(owner.containers):
            return False  # nearly everybody, and this is asked of every message
        return turned_away(owner.containers, sender, self.source_of(sender))

    def note_subscriber(self, owner: Presentity, address: str, source: MemberKind) -> None:
        """Somebody put ``owner`` on a contact list: the owner is asked once."""
        if address == owner.address or address in owner.subscribers:
            return
        person = self._directory.by_sip(address)
        subscriber = Subscriber(address, person.displayName if person else "", False, source.value)
        owner.set_subscriber(subscriber)
        self._keep(lambda tx: kept.put_subscriber(tx, owner.guid, subscriber))

    # --- time

    def sweep(self) -> None:
        """End time-bound publications that are due: to be called every second or so."""
        now = self._clock()
        while self._due and self._due[0][0] <= now:
            _, guid, key, version = heapq.heappop(self._due)
            owner = self._owners.get(guid)
            if owner is not None and owner.expire(key, version):
                self._forget(guid, key)

    # --- within

    def _owner(self, person: Person) -> Presentity:
        owner = self._owners.get(person.objectGUID)
        if owner is None:
            owner = self._owners[person.objectGUID] = Presentity(person.objectGUID, person.sip.lower(), self._clock)
            owner.set_card(_card(person))
        return owner

    def _schedule(self, guid: str, instance: Instance) -> None:
        if instance.expires is not None:
            heapq.heappush(self._due, (instance.expires, guid, instance.key, instance.version))

    def _forget(self, guid: str, key: Key) -> None:
        self._keep(lambda tx: kept.drop_publication(tx, guid, key))

    def _keep(self, work: Callable[[WriteTx], object]) -> Saved:
        """Write in the order of the calls."""

        async def write() -> None:
            await self._store.write(work)

        task = asyncio.ensure_future(write())
        self._writes.add(task)
        task.add_done_callback(self._written)
        return Saved(task)

    def _written(self, task: asyncio.Future[None]) -> None:
        self._writes.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("Presence could not be kept", exc_info=task.exception())

    def _hear(self, changes: Sequence[Change]) -> None:
        named = frozenset(change.guid for change in changes if isinstance(change, PersonChanged))
        if named:
            self.people_changed(named)

    def people_changed(self, guids: frozenset[str]) -> None:
        """Take over what the directory says now of these people; none named: of everyone."""
        for guid in guids or frozenset(self._owners):
            owner = self._owners.get(guid)
            person = self._directory.by_guid(guid)
            if owner is None:
                continue
            if person is None:
                owner.wipe()
                self._keep(functools.partial(kept.forget, owner=owner.guid))
            elif person.sip:
                owner.address = person.sip.lower()
                owner.set_card(_card(person))


def _card(person: Person) -> Card:
    return Card(
        display_name=person.displayName,
        email=person.mail,
        company=person.company,
        title=person.title,
        office=person.physicalDeliveryOfficeName,
        phone=person.telephoneNumber,
        mobile="",
    )


def _keep_instances(tx: WriteTx, guid: str, lasting: Sequence[Instance | Key]) -> None:
    for one in lasting:
        if isinstance(one, Instance):
            kept.put_publication(tx, guid, one)
        else:
            kept.drop_publication(tx, guid, one)


def _keep_containers(tx: WriteTx, guid: str, containers: Iterable[Container]) -> None:
    for container in containers:
        kept.put_container(tx, guid, container)


def _keep_subscribers(tx: WriteTx, guid: str, subscribers: Iterable[Subscriber]) -> None:
    for subscriber in subscribers:
        kept.put_subscriber(tx, guid, subscriber)
