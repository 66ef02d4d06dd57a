"""People in memory, found by any of their names."""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator

from samband.directory.names import Name, folded, lookup_names
from samband.model.people import Person

_AFTER_ALL = "\U0010ffff"


class PeopleIndex:
    """Lookups over a set of people that changes one by one, on one thread.

    ``get``, ``find`` and iteration may be asked on any: delivery asks on the store's.
    """

    def __init__(self, people: Iterable[Person] = ()) -> None:
        self._by_guid = {person.objectGUID: person for person in people}
        self._by_name = {name: guid for guid, person in self._by_guid.items() for name in lookup_names(person)}
        self._by_display = sorted((_display(person), guid) for guid, person in self._by_guid.items())
        self._by_word = sorted((word, guid) for guid, person in self._by_guid.items() for word in _words(person))

    def put(self, person: Person) -> None:
        """Add a person, or replace the one with the same objectGUID."""
        self.remove(person.objectGUID)
        guid = person.objectGUID
        self._by_guid[guid] = person
        self._by_name.update((name, guid) for name in lookup_names(person))
        insort(self._by_display, (_display(person), guid))
        for word in _words(person):
            insort(self._by_word, (word, guid))

    def remove(self, guid: str) -> None:
        """Forget a person, if known."""
        person = self._by_guid.pop(guid, None)
        if person is None:
            return
        for name in lookup_names(person):
            # A name may have passed to somebody else who was put first.
            if self._by_name.get(name) == guid:
                del self._by_name[name]
        _discard(self._by_display, (_display(person), guid))
        for word in _words(person):
            _discard(self._by_word, (word, guid))

    def get(self, guid: str) -> Person | None:
        """By objectGUID in lower case."""
        return self._by_guid.get(guid)

    def find(self, name: Name) -> Person | None:
        """By a name in the form in which it compares."""
        guid = self._by_name.get(name)
        return self._by_guid.get(guid) if guid is not None else None

    def search(self, text: str, limit: int, *, hidden: bool = False) -> list[Person]:
        """People with words that begin with each word of ``text``, by displayName; see ``Directory``."""
        asked = folded(text).split()
        if not asked:
            return []
        guids = set.intersection(*(self._beginning(word) for word in asked))
        people = [self._by_guid[guid] for guid in guids]
        shown = [person for person in people if hidden or not person.msExchHideFromAddressLists]
        return sorted(shown, key=lambda person: (_display(person), person.objectGUID))[:limit]

    def _beginning(self, prefix: str) -> set[str]:
        start = bisect_left(self._by_word, (prefix,))
        end = bisect_left(self._by_word, (prefix + _AFTER_ALL,))
        return {guid for _, guid in self._by_word[start:end]}

    def __iter__(self) -> Iterator[Person]:
        found = [self._by_guid.get(guid) for _, guid in self._by_display]
        return iter([person for person in found if person is not None])


def _display(person: Person) -> str:
    return folded(person.displayName)


def _words(person: Person) -> set[str]:
    names = (person.displayName, person.givenName, person.sn, person.sAMAccountName)
    words = {word for name in names for word in folded(name).replace(",", " ").split()}
    parts = {part for word in words for part in re.split(r"[\W_]+", word) if part}
    addresses = {folded(address) for address in (*person.smtp_addresses, person.mail, person.sip) if address}
    return words | parts | addresses | {folded(person.userPrincipalName)}


def _discard(ordered: list[tuple[str, str]], entry: tuple[str, str]) -> None:
    place = bisect_left(ordered, entry)
    if place < len(ordered) and ordered[place] == entry:
        del ordered[place]
