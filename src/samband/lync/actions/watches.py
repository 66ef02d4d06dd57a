"""Subscriptions: of a watcher to many owners, of an endpoint to its own owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samband.lync.actions.audience import Document, Following, Hear, Overseeing, Watching
from samband.lync.actions.presentity import Presentity
from samband.model.containers import MemberKind
from samband.model.failures import Failure

if TYPE_CHECKING:
    from samband.lync.actions.presence import Presence

MAX_WATCHED = 3000
"""Most people one subscription may watch."""


class OwnWatch:
    """An endpoint's view of its owner's presence."""

    __slots__ = ("_following", "_owner")

    def __init__(self, owner: Presentity, following: Following) -> None:
        self._owner = owner
        self._following = following

    @property
    def owner(self) -> Presentity:
        return self._owner

    def close(self) -> None:
        """Hear nothing more."""
        self._owner.audience.followers.pop(self._following, None)


class Oversight:
    """An owner's view of its watchers."""

    __slots__ = ("_overseeing", "_owner")

    def __init__(self, owner: Presentity, overseeing: Overseeing) -> None:
        self._owner = owner
        self._overseeing = overseeing
        owner.audience.overseers[overseeing] = None

    def watchers(self) -> list[Watching]:
        """Everyone who watches now."""
        return self._owner.audience.watchers()

    def close(self) -> None:
        """Hear nothing more."""
        self._owner.audience.overseers.pop(self._overseeing, None)


class LoneWatch(Watching):
    """Somebody's subscription to one owner. Whoever makes one says how it hears."""

    __slots__ = ("_presence",)

    def __init__(self, presence: Presence, address: str, source: MemberKind, categories: frozenset[str]) -> None:
        super().__init__(address, source, categories)
        self._presence = presence

    def look(self, address: str) -> Document | None:
        """Watch the owner with this address, also anew: what there is to see now. None where nobody has it."""
        owner = self._presence.find(address, self.source)
        if owner is None:
            return None
        known = self.audience is owner.audience
        document = owner.join(self)
        if not known:
            owner.audience.tell_overseers(self, True)
        return document

    def close(self) -> None:
        """Watch nobody."""
        self.leave()


class OneOfMany(Watching):
    """What a ``Watch`` has of one owner."""

    __slots__ = ("_hear",)

    def __init__(self, address: str, source: MemberKind, categories: frozenset[str], hear: Hear) -> None:
        super().__init__(address, source, categories)
        self._hear = hear

    def hear(self, document: Document) -> None:
        """Take what changed."""
        self._hear(document)


class Watch:
    """Somebody's subscription to many people."""

    __slots__ = ("_hear", "_presence", "_watched", "address", "source")

    def __init__(self, presence: Presence, address: str, source: MemberKind, hear: Hear) -> None:
        self._presence = presence
        self.address = address
        self.source = source
        self._hear = hear
        self._watched: dict[str, OneOfMany] = {}

    def add(self, address: str, categories: frozenset[str], added: bool = False) -> Document | None:
        """Watch one more, or the same anew: what there is to see now. None where nobody has that address.

        ``added``: the watcher has just put the person on a contact list. Raises ``Failure`` beyond ``MAX_WATCHED``.
        """
        owner = self._presence.find(address, self.source)
        if owner is None:
            return None
        known = self._watched.get(owner.guid)
        if known is None:
            if len(self._watched) >= MAX_WATCHED:
                raise Failure("LimitExceeded", f"A subscription watches at most {MAX_WATCHED} people")
            watching = OneOfMany(self.address, self.source, categories, self._hear)
            self._watched[owner.guid] = watching
        else:
            watching = known
            owner.audience.leave(watching)
            watching.categories = categories
        if added:
            self._presence.note_subscriber(owner, self.address, self.source)
        document = owner.join(watching)
        if known is None and owner.audience.overseers:
            owner.audience.tell_overseers(watching, True)
        return document

    def remove(self, address: str) -> None:
        """Watch one less."""
        owner = self._presence.find(address)
        known = self._watched.pop(owner.guid, None) if owner is not None else None
        if known is not None:
            known.leave()

    def close(self) -> None:
        """Watch nobody."""
        watched = list(self._watched.values())
        self._watched.clear()
        for watching in watched:
            watching.leave()

    def __len__(self) -> int:
        return len(self._watched)
