"""The address book in memory, found by the beginnings of its attributes."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from samband.model.address_book import ATTRIBUTES, Query, folded, shows
from samband.model.people import Person

_AFTER_ALL = "\U0010ffff"
_Entry = tuple[str, str]
"""A key, and the objectGUID of whose it is."""


@dataclass(slots=True)
class Matches:
    """objectGUIDs of those found; ``named`` are those of them whom a query names in full."""

    found: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)


class AddressIndex:
    """Lookups over the people of the address book, who change one by one. Made on any thread, used on one."""

    def __init__(self, people: Iterable[Person]) -> None:
        self._keys: dict[str, tuple[tuple[str, str], ...]] = {}
        """objectGUID -> (attribute, key) of everybody who is in the book."""
        self._sorted: dict[str, list[_Entry]] = {row.name.lower(): [] for row in ATTRIBUTES}
        for person in people:
            if shows(person):
                self._keys[person.objectGUID] = _keys(person)
        for guid, keys in self._keys.items():
            for name, key in keys:
                self._sorted[name].append((key, guid))
        for entries in self._sorted.values():
            entries.sort()

    def put(self, guid: str, person: Person | None) -> None:
        """Take somebody as they are now; None: they are gone."""
        for name, key in self._keys.pop(guid, ()):
            _discard(self._sorted[name], (key, guid))
        if person is not None and shows(person):
            self._keys[guid] = _keys(person)
            for name, key in self._keys[guid]:
                insort(self._sorted[name], (key, guid))

    def find(self, queries: Sequence[Query]) -> Matches:
        """Who is what every one of ``queries`` asks for.

        A query without a value asks for nothing; where there is no other, nobody is found.
        """
        each = [self._one(query.attributes, value) for query in queries if (value := folded(query.value))]
        if not each:
            return Matches()
        found = set.intersection(*(one.found for one in each))
        return Matches(found, {guid for one in each for guid in one.named if guid in found})

    def _one(self, attributes: Iterable[str], value: str) -> Matches:
        matches, asked = Matches(), {name.lower() for name in attributes}
        for row in ATTRIBUTES:
            if row.name.lower() not in asked:
                continue
            entries = self._sorted[row.name.lower()]
            for beginning in row.asked(value):
                for key, guid in _beginning(entries, beginning):
                    matches.found.add(guid)
                    if key == beginning:
                        matches.named.add(guid)
        return matches


def _keys(person: Person) -> tuple[tuple[str, str], ...]:
    return tuple((row.name.lower(), key) for row in ATTRIBUTES for key in row.keys(person))


def _beginning(entries: list[_Entry], beginning: str) -> list[_Entry]:
    return entries[bisect_left(entries, (beginning,)) : bisect_left(entries, (beginning + _AFTER_ALL,))]


def _discard(entries: list[_Entry], entry: _Entry) -> None:
    place = bisect_left(entries, entry)
    if place < len(entries) and entries[place] == entry:
        del entries[place]
