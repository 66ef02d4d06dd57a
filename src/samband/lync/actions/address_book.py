"""The address book: people found by what is known of them, their small photos, and groups with their members."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from samband.directory.api import Directory
from samband.model.address_book import Query, shows
from samband.model.address_index import AddressIndex
from samband.model.groups import Group
from samband.model.people import Person

MOST = 100
"""How many are found at once at most."""
MOST_MEMBERS = 1000
"""A group of more is not expanded."""
LARGEST_PHOTO = 100 * 1024
"""The directory takes none larger."""


@dataclass(frozen=True, slots=True)
class Found:
    """People of the address book; ``more``: there are others whom the same question finds."""

    people: tuple[Person, ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class Everything:
    """The whole book, each by displayName. ``number`` is another whenever it may have changed."""

    people: tuple[Person, ...]
    groups: tuple[Group, ...]
    number: int


@dataclass(frozen=True, slots=True)
class Members:
    """Who is in a group itself: people of the address book, and groups that can be expanded in their turn."""

    people: tuple[Person, ...]
    groups: tuple[Group, ...]


class AddressBook:
    """One for a Lync side. ``largest_photo``: bytes of the largest photo that is shown; 0: none is."""

    def __init__(self, directory: Directory, largest_photo: int = LARGEST_PHOTO) -> None:
        self._directory = directory
        self._largest_photo = largest_photo
        self._index: AddressIndex | None = None
        self._making = asyncio.Lock()
        self._changed: frozenset[str] | None = frozenset()
        """Who changed while the index was made; None: anybody may have."""
        self._number = 0
        self._deaf: list[Callable[[], None]] = []
        self._hearers: dict[Callable[[], None], None] = {}
        self._opened: dict[Group, tuple[Person, ...] | None] = {}
        """What ``everybody`` found since the last change: everyone who watches a group asks for the same at once."""

    def close(self) -> None:
        """Hear no more of changes."""
        while self._deaf:
            self._deaf.pop()()

    async def find(self, queries: Sequence[Query], limit: int = MOST) -> Found:
        """People who are what every one of ``queries`` asks for: whom one names in full first, then by displayName."""
        index = await self._ready()
        matches, wanted = index.find(queries), max(0, min(limit, MOST))
        named = (one for one in map(self._directory.by_guid, matches.named) if one is not None)
        people = sorted(named, key=lambda one: (one.displayName.casefold(), one.objectGUID))
        rest = matches.found - matches.named
        if rest and len(people) <= wanted:
            others = (one for one in self._directory.people() if one.objectGUID in rest)
            people += itertools.islice(others, wanted + 1 - len(people))
        return Found(tuple(people[:wanted]), len(people) > wanted)

    async def _ready(self) -> AddressIndex:
        """The index, which is made when somebody asks, and again after everybody was read anew."""
        self._follow()
        async with self._making:
            while self._index is None:
                self._changed = frozenset()
                people = list(self._directory.people())
                index = await asyncio.to_thread(AddressIndex, people)
                if self._changed is not None:
                    self._index = index
                    self._take(self._changed)
            return self._index

    def _follow(self) -> None:
        if not self._deaf:
            self._deaf = [self._directory.listen(self._hear), self._directory.listen_to_groups(self._note_change)]

    def listen(self, hear: Callable[[], None]) -> Callable[[], None]:
        """Call ``hear`` whenever ``number`` changes. Returns what stops it."""
        self._follow()
        self._hearers[hear] = None
        return lambda: self._hearers.pop(hear, None)

    def _note_change(self) -> None:
        self._number += 1
        self._opened.clear()
        for hear in list(self._hearers):
            hear()

    def _hear(self, guids: frozenset[str]) -> None:
        self._note_change()
        if not guids:
            self._index = self._changed = None
        elif self._index is None:
            self._changed = None if self._changed is None else self._changed | guids
        else:
            self._take(guids)

    def _take(self, guids: frozenset[str]) -> None:
        assert self._index is not None
        for guid in guids:
            self._index.put(guid, self._directory.by_guid(guid))

    def search(self, text: str, limit: int = MOST) -> Found:
        """People whose names, addresses or login have words that begin with each word of ``text``, by displayName."""
        wanted = min(limit, MOST)
        found = [one for one in self._directory.search(text, 4 * wanted + 1) if shows(one)]
        return Found(tuple(found[:wanted]), len(found) > wanted)

    def groups(self, text: str, limit: int = MOST) -> list[Group]:
        """Distribution groups whose names or addresses have words that begin with each word of ``text``."""
        return self._directory.search_groups(text)[: min(limit, MOST)]

    def group(self, address: str) -> Group | None:
        """A distribution group by its mail address."""
        return self._directory.group_by_smtp(address)

    def members(self, group: Group) -> Members | None:
        """A group expanded by one step; None where it has too many members for that."""
        if len(group.member) > MOST_MEMBERS:
            return None
        found = self._directory.group_members(group)
        return Members(
            tuple(one for one in found if isinstance(one, Person) and shows(one)),
            tuple(one for one in found if isinstance(one, Group)),
        )

    def everybody(self, group: Group) -> tuple[Person, ...] | None:
        """The people of the address book in a group and in the groups within it, each once, also where groups hold
        each other; None where there are too many for that."""
        self._follow()
        if group not in self._opened:
            self._opened[group] = self._open(group)
        return self._opened[group]

    def _open(self, group: Group) -> tuple[Person, ...] | None:
        found: dict[str, Person] = {}
        opened: set[str] = set()
        waiting = [group]
        while waiting:
            one = waiting.pop()
            if one.objectGUID in opened:
                continue
            opened.add(one.objectGUID)
            members = self.members(one)
            if members is None or len(opened) > MOST_MEMBERS:
                return None
            found |= {person.objectGUID: person for person in members.people}
            if len(found) > MOST_MEMBERS:
                return None
            waiting += reversed(members.groups)
        return tuple(found.values())

    @property
    def number(self) -> int:
        """Another whenever what ``everything`` tells may have changed."""
        self._follow()
        return self._number

    def everything(self) -> Everything:
        """All that the book shows, as it is now."""
        number = self.number
        people = tuple(one for one in self._directory.people() if shows(one))
        return Everything(people, tuple(self._directory.all_groups()), number)

    def photo(self, person: Person) -> bytes:
        """The photo that is shown of ``person``, a JPEG picture; empty where none is."""
        return person.thumbnailPhoto if len(person.thumbnailPhoto) <= self._largest_photo else b""

    def photo_at(self, address: str) -> bytes:
        """The same of whoever has this SIP address (``user@domain``)."""
        person = self._directory.by_sip(address)
        return self.photo(person) if person is not None else b""

    def photo_of(self, guid: str) -> tuple[Person, bytes] | None:
        """Somebody in the book by objectGUID, with the photo that is shown; None where there is none to show."""
        person = self._directory.by_guid(guid)
        photo = self.photo(person) if person is not None and shows(person) else b""
        return (person, photo) if person is not None and photo else None
