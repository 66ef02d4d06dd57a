"""One owner's presence in memory: what is published, what follows from it, who is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from samband.lync.actions.audience import Audience, Document, Following, Group, OwnUpdate, Watching
from samband.lync.actions.derived import Derived, Touched
from samband.lync.actions.drafts import Stale, check, made
from samband.model.aggregation import Source
from samband.model.containers import (
    DEFAULT,
    HIGHEST,
    INITIAL_READERS,
    Container,
    MemberChange,
    Readers,
    changed,
    initial,
)
from samband.model.failures import Failure
from samband.model.presence import Card, Conflict, Draft, ExpireType, Instance, Key, StateKind, Subscriber

MAX_INSTANCES = 1024
MAX_MEMBERS = 4096
LASTING = frozenset((ExpireType.STATIC, ExpireType.TIME))
"""Expire types of what survives a restart."""

_AGGREGATES = frozenset((StateKind.AGGREGATE, StateKind.AGGREGATE_MACHINE))


@dataclass(slots=True)
class Hosted:
    """Publications from elsewhere than the owner's own SERVICE requests: a mailbox, a plain SIP client.

    ``lives_alone`` ones count also while the owner has no device.
    """

    instances: dict[Key, Instance] = field(default_factory=dict)
    lives_alone: bool = False


class Presentity:
    """An owner. Every method is synchronous and leaves watchers told."""

    def __init__(self, guid: str, address: str, clock: Callable[[], datetime]) -> None:
        self.guid = guid
        self.address = address
        """``user@domain`` in lower case."""
        self.containers: dict[int, Container] = initial()
        self._readers = INITIAL_READERS
        self.subscribers: dict[str, Subscriber] = {}
        self.endpoints: set[str] = set()
        self.audience = Audience()
        self._clock = clock
        self._published: dict[Key, Instance] = {}
        self._holders: dict[Key, str] = {}
        self._hosted: dict[str, Hosted] = {}
        self._derived = Derived(clock)
        self._all: dict[Key, Instance] | None = None
        self._documents: dict[Group, Document] = {}
        self._derived.aggregate(self._sources)

    def restore(
        self, instances: Iterable[Instance], containers: Iterable[Container], subscribers: Iterable[Subscriber]
    ) -> None:
        """Take up what was kept of this owner; nobody watches yet."""
        self._published.update((instance.key, instance) for instance in instances)
        self.containers.update((container.number, container) for container in containers)
        self._readers = Readers(self.containers)
        self.subscribers.update((subscriber.address, subscriber) for subscriber in subscribers)
        self._forget()
        self._derived.aggregate(self._sources)

    # --- what is there

    @property
    def instances(self) -> dict[Key, Instance]:
        """Everything there is, whoever published it."""
        if self._all is None:
            everything = dict(self._derived.instances)
            for hosted in self._hosted.values():
                everything.update(hosted.instances)
            everything.update(self._published)
            self._all = everything
        return self._all

    def document(self, group: Group, changed: frozenset[str] | None = None) -> Document:
        """What a group sees now. Whole documents are kept until something changes: those who sign in share them."""
        if changed is None and group in self._documents:
            return self._documents[group]
        container, categories = group
        found = Document(
            owner=self.address,
            container=container,
            categories=categories,
            changed=categories if changed is None else changed,
            instances=tuple(
                instance
                for _, instance in sorted(
                    [one for one in self.instances.items() if one[0][2] == container and one[0][0] in categories]
                )
            ),
        )
        if changed is None:
            self._documents[group] = found
        return found

    def own(self, categories: Iterable[str] | None = None) -> dict[str, tuple[Instance, ...]]:
        """The owner's view: all instances of ``categories`` (None: of every category there is)."""
        instances = self.instances
        names = {category for category, _, _ in instances} if categories is None else set(categories)
        found: dict[str, list[Instance]] = {name: [] for name in sorted(names)}
        for key in sorted(instances):
            if key[0] in found:
                found[key[0]].append(instances[key])
        return {name: tuple(group) for name, group in found.items()}

    # --- publishing

    def publish(self, drafts: Sequence[Draft], endpoint: str) -> list[Instance | Key]:
        """Publish all of ``drafts`` or nothing; what must be kept (instances) and forgotten (keys) on disk.

        Raises ``Stale`` and ``Failure``.
        """
        check(drafts, self.instances, signed_in=endpoint in self.endpoints)
        if len(self._published) + len(drafts) > MAX_INSTANCES:
            raise Failure("LimitExceeded", f"There are at most {MAX_INSTANCES} publications")
        now = self._clock()
        lasting: list[Instance | Key] = []
        touched: Touched = set()
        for draft in drafts:
            before = self.instances.get(draft.key)
            was_lasting = before is not None and before.expire_type in LASTING and draft.key in self._published
            if draft.removes:
                after = None
                self._drop(draft.key)
            else:
                after = made(draft, (before.version if before else 0) + 1, now)
                self._put(after, endpoint)
            if after is not None and after.expire_type in LASTING:
                lasting.append(after)
            elif was_lasting:
                lasting.append(draft.key)
            if before is not None or after is not None:
                touched.add((draft.category, draft.container))
        self._settle(touched, but=endpoint, also={draft.category for draft in drafts})
        return lasting

    def host(self, source: str, drafts: Sequence[Draft], lives_alone: bool) -> None:
        """Have exactly ``drafts`` published from ``source``, in place of what it published before."""
        if not drafts and source not in self._hosted:
            return
        now = self._clock()
        was = self._hosted.get(source, Hosted())
        before = was.instances
        self._forget()
        after: dict[Key, Instance] = {}
        kept = {draft.key for draft in drafts} if was.lives_alone is lives_alone else set()
        touched = {key[::2] for key in before.keys() - kept}
        for draft in drafts:
            known = before.get(draft.key)
            if known is not None and _says(known, draft):
                after[draft.key] = made(draft, known.version, known.published)
                continue
            after[draft.key] = made(draft, known.version + 1 if known else 1, now)
            touched.add((draft.category, draft.container))
        if after:
            self._hosted[source] = Hosted(after, lives_alone)
        else:
            self._hosted.pop(source, None)
        self._settle(touched)

    def expire(self, key: Key, version: int) -> bool:
        """End a time-bound publication, unless it was renewed meanwhile; whether it ended."""
        instance = self._published.get(key)
        if instance is None or instance.version != version or instance.expires is None:
            return False
        if instance.expires > self._clock():
            return False
        self._drop(key)
        self._settle({key[::2]})
        return True

    def set_card(self, card: Card) -> None:
        """Publish who the owner is, as the directory has it."""
        touched = self._derived.card(card)
        self._forget()
        self._settle(touched)

    def wipe(self) -> None:
        """Take back everything: the owner is no more."""
        touched = {key[::2] for key in self.instances}
        self._published.clear()
        self._holders.clear()
        self._hosted.clear()
        self.endpoints.clear()
        self.subscribers.clear()
        self.containers = initial()
        self._readers = INITIAL_READERS
        self._forget()
        self._settle(touched)

    # --- endpoints

    def enter(self, endpoint: str) -> None:
        """The owner signed in somewhere."""
        self.endpoints.add(endpoint)

    def leave(self, endpoint: str) -> None:
        """An endpoint is gone, and with it what it published for its own life."""
        self.endpoints.discard(endpoint)
        gone = [
            key
            for key, instance in self._published.items()
            if (instance.expire_type is ExpireType.ENDPOINT and self._holders.get(key) == endpoint)
            or (instance.expire_type is ExpireType.USER and not self.endpoints)
        ]
        for key in gone:
            self._drop(key)
        self._settle({key[::2] for key in gone})

    # --- containers and subscribers

    def set_members(self, wishes: Sequence[tuple[int, int, Sequence[MemberChange]]]) -> list[Container]:
        """Change members of containers, given as (number, known version, changes). Raises ``Stale`` and ``Failure``."""
        conflicts = []
        for index, (number, version, _) in enumerate(wishes, 1):
            current = self.containers[number].version if number in self.containers else 0
            if version != current:
                conflicts.append(Conflict(index, version, current))
        if conflicts:
            raise Stale(conflicts)
        fresh = []
        for number, _, wanted in wishes:
            if not DEFAULT < number <= HIGHEST:
                raise Failure("BadRequest", "The members of this container cannot be changed")
            after = changed(self.containers.get(number, Container(number)), wanted)
            if len(after.members) > MAX_MEMBERS:
                raise Failure("LimitExceeded", f"A container has at most {MAX_MEMBERS} members")
            fresh.append(after)
        self.containers.update((container.number, container) for container in fresh)
        self._readers = Readers(self.containers)
        self.audience.tell_own(OwnUpdate(owner=self.address, containers=self.listed_containers()))
        self._regroup()
        return fresh

    def listed_containers(self) -> tuple[Container, ...]:
        """Every container, in the order of their numbers."""
        return tuple(self.containers[number] for number in sorted(self.containers))

    def listed_subscribers(self) -> tuple[Subscriber, ...]:
        """Everyone who added the owner, by address."""
        return tuple(self.subscribers[address] for address in sorted(self.subscribers))

    def set_subscriber(self, subscriber: Subscriber) -> bool:
        """Note that somebody added the owner, or that the owner knows; whether that is new."""
        if self.subscribers.get(subscriber.address) == subscriber:
            return False
        self.subscribers[subscriber.address] = subscriber
        self.audience.tell_own(OwnUpdate(owner=self.address, subscribers=self.listed_subscribers()))
        return True

    # --- watchers

    def join(self, watching: Watching) -> Document:
        """Begin to tell a watcher; what they see now. Nothing falls between."""
        container = self._readers.container(watching.address, watching.source)
        self.audience.place(watching, container)
        return self.document((container, watching.categories))

    def follow(self, following: Following) -> None:
        """Begin to tell an endpoint of the owner."""
        self.audience.followers[following] = None

    def _regroup(self) -> None:
        """Give those who read another container now all that is in it."""
        shared: dict[Group, Document] = {}
        for watching in self.audience.watchers():
            container = self._readers.container(watching.address, watching.source)
            if container == watching.container:
                continue
            self.audience.place(watching, container)
            group = (container, watching.categories)
            if group not in shared:
                shared[group] = self.document(group)
            watching.hear(shared[group])

    # --- within

    def _forget(self) -> None:
        """Something changed: what was put together of it is worth nothing."""
        self._all = None
        self._documents.clear()

    def _put(self, instance: Instance, endpoint: str) -> None:
        self._published[instance.key] = instance
        self._holders[instance.key] = endpoint
        self._forget()

    def _drop(self, key: Key) -> None:
        self._published.pop(key, None)
        self._holders.pop(key, None)
        self._forget()

    def _settle(self, touched: Touched, but: str = "", also: Iterable[str] = ()) -> None:
        """Draw the conclusions of a change and tell everyone concerned."""
        if any(category == "state" for category, _ in touched):
            touched = touched | self._derived.aggregate(self._sources)
            self._forget()
        if touched:
            self.audience.tell(touched, self.document)
        names = {category for category, _ in touched}.union(also)
        if names and self.audience.followers:
            self.audience.tell_own(OwnUpdate(owner=self.address, categories=self.own(names)), but)

    def _sources(self, origin: int) -> list[Source]:
        found = [
            Source(instance.state, instance.published)
            for (category, _, container), instance in self._published.items()
            if category == "state" and container == origin and instance.state
        ]
        for hosted in self._hosted.values():
            found += [
                Source(instance.state, instance.published, hosted.lives_alone)
                for (category, _, container), instance in hosted.instances.items()
                if category == "state" and container == origin and instance.state
            ]
        return [source for source in found if source.state.kind not in _AGGREGATES]


def _says(instance: Instance, draft: Draft) -> bool:
    """Whether publishing ``draft`` would change nothing that anybody sees of ``instance``."""
    return (
        instance.value == draft.value
        and instance.content == draft.content
        and instance.expire_type is draft.expire_type
    )
