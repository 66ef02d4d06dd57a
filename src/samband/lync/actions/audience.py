"""Who hears of an owner's presence: watchers by the container they read, and the owner's own endpoints."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from samband.model.containers import Container, MemberKind
from samband.model.presence import Instance, Subscriber

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False, kw_only=True)
class Document:
    """What the readers of one container see of one owner in some categories.

    All who read the same are handed the same object, so a door writes it once and keeps it in ``rendered``.
    """

    owner: str
    """``user@domain``."""
    container: int
    categories: frozenset[str]
    changed: frozenset[str]
    """The categories that are not as they were; all of them in a first document."""
    instances: tuple[Instance, ...]
    """Everything there is to see in ``categories``, changed or not."""
    rendered: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, eq=False, kw_only=True)
class OwnUpdate:
    """What an owner's endpoints are told; None where nothing of a kind changed. ``categories`` hold all containers."""

    owner: str
    categories: Mapping[str, tuple[Instance, ...]] | None = None
    containers: tuple[Container, ...] | None = None
    subscribers: tuple[Subscriber, ...] | None = None
    rendered: dict[str, Any] = field(default_factory=dict)


Hear = Callable[[Document], None]
HearOwn = Callable[[OwnUpdate], None]


class Watching:
    """One watcher of one owner. There are more of them than of anything else."""

    __slots__ = ("address", "audience", "categories", "container", "source")

    def __init__(self, address: str, source: MemberKind, categories: frozenset[str]) -> None:
        self.address = address
        self.source = source
        self.categories = categories
        self.container = -1
        self.audience: Audience | None = None
        """Where it was placed: that of whom it watches."""

    def hear(self, document: Document) -> None:
        """Take what changed."""
        raise NotImplementedError

    def leave(self) -> None:
        """Watch no more, and have that told."""
        audience, self.audience = self.audience, None
        if audience is not None:
            audience.leave(self)
            audience.tell_overseers(self, False)


@dataclass(slots=True, eq=False)
class Following:
    """One endpoint of the owner that follows its own presence."""

    endpoint: str
    hear: HearOwn


@dataclass(slots=True, eq=False)
class Overseeing:
    """Somebody who hears who begins (True) and ends (False) to watch an owner."""

    hear: Callable[[Watching, bool], None]


Group = tuple[int, frozenset[str]]
"""Container and categories: everyone in it gets the same document."""


class Audience:
    """Watchers of one owner, in groups that share documents."""

    __slots__ = ("followers", "groups", "overseers")

    def __init__(self) -> None:
        self.groups: dict[Group, dict[Watching, None]] = {}
        self.followers: dict[Following, None] = {}
        self.overseers: dict[Overseeing, None] = {}

    def __len__(self) -> int:
        return sum(len(group) for group in self.groups.values())

    def place(self, watching: Watching, container: int) -> None:
        """Put a watcher, new or known, where ``container`` is read."""
        if watching.audience is not None:
            watching.audience.leave(watching)
        watching.container, watching.audience = container, self
        key = (container, watching.categories)
        group = self.groups.get(key)
        if group is None:
            self.groups[key] = {watching: None}
        else:
            group[watching] = None

    def leave(self, watching: Watching) -> None:
        """Tell this watcher nothing more."""
        key = (watching.container, watching.categories)
        group = self.groups.get(key)
        if group is not None and watching in group:
            del group[watching]
            if not group:
                del self.groups[key]

    def tell_overseers(self, watching: Watching, there: bool) -> None:
        """Say that somebody watches now, or does no more."""
        for overseeing in list(self.overseers):
            overseeing.hear(watching, there)

    def watchers(self) -> list[Watching]:
        """Everyone who watches."""
        return [watching for group in self.groups.values() for watching in group]

    def tell(self, changed: Collection[tuple[str, int]], document: Callable[[Group, frozenset[str]], Document]) -> None:
        """Give every group concerned its document of the ``changed`` (category, container) pairs."""
        for group, members in list(self.groups.items()):
            container, categories = group
            seen = frozenset(category for category, where in changed if where == container and category in categories)
            if not seen:
                continue
            news = document(group, seen)
            for watching in list(members):
                if watching in members:
                    try:
                        watching.hear(news)
                    except Exception:  # one watcher's trouble is not the others'
                        log.exception("A watcher of presence could not be told")

    def tell_own(self, update: OwnUpdate, but: str = "") -> None:
        """Tell the owner's endpoints, except the one that made the change and is answered itself."""
        for following in list(self.followers):
            if following in self.followers and (not but or following.endpoint != but):
                try:
                    following.hear(update)
                except Exception:
                    log.exception("An endpoint could not be told of its owner's presence")
