"""The address book: people found by what is known of them, their small photos, and groups with their members."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from samband.directory.api import Directory
from samband.model.address_book import ADDRESS, Query, find, shows
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
class Members:
    """Who is in a group itself: people of the address book, and groups that can be expanded in their turn."""

    people: tuple[Person, ...]
    groups: tuple[Group, ...]


class AddressBook:
    """One for a Lync side. ``largest_photo``: bytes of the largest photo that is shown; 0: none is."""

    def __init__(self, directory: Directory, largest_photo: int = LARGEST_PHOTO) -> None:
        self._directory = directory
        self._largest_photo = largest_photo

    async def find(self, queries: Sequence[Query], limit: int = MOST) -> Found:
        """People who are what every one of ``queries`` asks for: whom one names in full first, then by displayName."""
        whole = self._named_in_full(queries)
        if whole is not None:
            return _cut(find([whole], queries), limit)
        # Everybody is looked at, so not on the loop.
        return _cut(await asyncio.to_thread(lambda: find(self._directory.people(), queries)), limit)

    def search(self, text: str, limit: int = MOST) -> Found:
        """People whose names, addresses or login have words that begin with each word of ``text``, by displayName."""
        wanted = min(limit, MOST)
        return _cut([one for one in self._directory.search(text, 4 * wanted + 1) if shows(one)], wanted)

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

    def photo(self, person: Person) -> bytes:
        """The photo that is shown of ``person``, a JPEG picture; empty where none is."""
        return person.thumbnailPhoto if len(person.thumbnailPhoto) <= self._largest_photo else b""

    def photo_of(self, guid: str) -> tuple[Person, bytes] | None:
        """Somebody in the book by objectGUID, with the photo that is shown; None where there is none to show."""
        person = self._directory.by_guid(guid)
        photo = self.photo(person) if person is not None and shows(person) else b""
        return (person, photo) if person is not None and photo else None

    def _named_in_full(self, queries: Sequence[Query]) -> Person | None:
        """Whom a query for an address means: clients ask so for each contact they have."""
        for query in queries:
            if ADDRESS.lower() in (name.lower() for name in query.attributes):
                person = self._directory.by_sip(query.value.strip().lower().removeprefix("sip:"))
                if person is not None:
                    return person
        return None


def _cut(found: list[Person], limit: int) -> Found:
    wanted = max(0, min(limit, MOST))
    return Found(tuple(found[:wanted]), len(found) > wanted)
