"""Groups in memory, found by their addresses and names."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from samband.directory.names import folded
from samband.model.groups import Group
from samband.model.people import Person


class GroupIndex:
    """Lookups over all groups; made anew when one changes."""

    def __init__(self, groups: Iterable[Group] = ()) -> None:
        self._groups = sorted(groups, key=lambda group: (folded(group.displayName), group.objectGUID))
        self._by_guid = {group.objectGUID: group for group in self._groups}
        self._by_mail = {folded(group.mail): group for group in self._groups}
        self._holding: dict[str, list[str]] = {}
        for group in self._groups:
            for member in group.member:
                self._holding.setdefault(member, []).append(group.objectGUID)

    def by_mail(self, address: str) -> Group | None:
        """By mail address, whatever its case."""
        return self._by_mail.get(folded(address))

    def around(self, guid: str) -> list[Group]:
        """The groups that a person or group with this objectGUID is in, directly or through other groups."""
        found: set[str] = set()
        waiting = list(self._holding.get(guid, ()))
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.add(one)
                waiting.extend(self._holding.get(one, ()))
        return [self._by_guid[one] for one in sorted(found)]

    def search(self, text: str) -> list[Group]:
        """Groups with words of name or address that begin with each word of ``text``, by displayName."""
        asked = folded(text).split()
        return [group for group in self._groups if asked and _fits(group, asked)]

    def everything(self) -> list[Group]:
        """All groups, by displayName."""
        return list(self._groups)

    def room_lists(self) -> list[Group]:
        """Lists of rooms, by displayName."""
        return [group for group in self._groups if group.is_room_list]

    def direct(self, group: Group, person: Callable[[str], Person | None]) -> list[Person | Group]:
        """The members of ``group`` that are there, each by displayName; ``person`` finds one by objectGUID."""
        found = [person(guid) or self._by_guid.get(guid) for guid in group.member]
        there = [one for one in found if one is not None]
        return sorted(there, key=lambda one: (folded(one.displayName), one.objectGUID))

    def people(self, group: Group, person: Callable[[str], Person | None]) -> list[Person]:
        """Everyone in ``group`` and in the groups within it, each once, also where groups hold each other."""
        seen: set[str] = set()
        found: list[Person] = []
        waiting: list[Person | Group] = [group]
        while waiting:
            one = waiting.pop()
            if one.objectGUID in seen:
                continue
            seen.add(one.objectGUID)
            if isinstance(one, Group):
                waiting.extend(reversed(self.direct(one, person)))
            else:
                found.append(one)
        return found


def _fits(group: Group, asked: list[str]) -> bool:
    name = folded(group.displayName)
    words = {*name.split(), name, folded(group.sAMAccountName), folded(group.mail)}
    return all(any(word.startswith(one) for word in words) for one in asked)
