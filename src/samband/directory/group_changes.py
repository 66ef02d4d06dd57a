"""Adding, changing and removing groups."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from samband.directory import names
from samband.directory.embedded import SCOPE, EmbeddedDirectory
from samband.directory.right_changes import forget_rights
from samband.directory.rules import invalid, is_address
from samband.model.changes import GroupChanged
from samband.model.failures import Failure
from samband.model.groups import DISTRIBUTION_GROUP, ROOM_LIST, Group
from samband.model.people import Person
from samband.store import groups, people
from samband.store.api import Store, Tx, WriteTx


class GroupChanges:
    """The verbs over groups. Each is one write; ``directory`` knows of the change when a verb returns.

    A group is named by its sAMAccountName, a member by login or by the name of a group. Raises ``Failure``:
    ``InvalidAttribute``, ``NameInUse``, ``NoSuchGroup``, ``NoSuchMember``.
    """

    def __init__(self, store: Store, directory: EmbeddedDirectory, domain: str, random: Callable[[int], bytes]) -> None:
        self._store = store
        self._directory = directory
        self._domain = domain
        self._random = random

    async def all(self) -> list[Group]:
        """All groups, by displayName."""
        found = await self._store.read(groups.everyone)
        return sorted(found, key=lambda group: (names.folded(group.displayName), group.objectGUID))

    async def find(self, name: str) -> Group:
        """The group of that name."""
        return await self._store.read(lambda tx: _find(tx, name))

    async def members(self, name: str) -> list[Person | Group]:
        """Who is in the group of that name, by displayName."""
        return self._directory.group_members(await self.find(name))

    async def add(self, name: str, display_name: str = "", mail: str = "", *, rooms: bool = False) -> Group:
        """A new group without members; ``mail`` is by default ``name`` at the organisation's domain.

        ``rooms``: it is a list of rooms.
        """
        group = Group(
            objectGUID=str(uuid.UUID(bytes=self._random(16), version=4)),
            sAMAccountName=name.strip(),
            displayName=display_name.strip() or name.strip(),
            mail=mail.strip() or f"{name.strip()}@{self._domain}",
            msExchRecipientTypeDetails=ROOM_LIST if rooms else DISTRIBUTION_GROUP,
        )
        _check(group)

        def work(tx: WriteTx) -> None:
            login, address = names.folded(group.sAMAccountName), names.folded(group.mail)
            if people.owner(tx, (names.LOGIN, login)) or groups.by_login(tx, login):
                raise Failure("NameInUse", f"the name {group.sAMAccountName} is taken", path="sAMAccountName")
            if people.owner(tx, (names.SMTP, address)) or groups.by_mail(tx, address):
                raise Failure("NameInUse", f"the mail address {group.mail} is taken", path="mail")
            groups.insert(tx, group, login, address)
            _told(tx, group)

        await self._store.write(work)
        await self._directory.reload_groups()
        return group

    async def remove(self, name: str) -> Group:
        """Remove a group; its members stay."""

        def work(tx: WriteTx) -> Group:
            group = _find(tx, name)
            groups.remove(tx, group.objectGUID)
            forget_rights(tx, group.objectGUID)
            return _told(tx, group)

        return await self._changed(work)

    async def change_members(self, name: str, *, add: Sequence[str] = (), remove: Sequence[str] = ()) -> Group:
        """Put some in, take others out: all of it or nothing; the group as kept."""

        def work(tx: WriteTx) -> Group:
            group = _find(tx, name)
            for member in add:
                guid = _member(tx, member)
                if guid == group.objectGUID:
                    raise Failure("NoSuchMember", f"{name} cannot be a member of itself")
                groups.add_member(tx, group.objectGUID, guid)
            for member in remove:
                if not groups.remove_member(tx, group.objectGUID, _member(tx, member)):
                    raise Failure("NoSuchMember", f"{member} is not a member of {name}")
            return _told(tx, _find(tx, name))

        return await self._changed(work)

    async def _changed(self, work: Callable[[WriteTx], Group]) -> Group:
        group = await self._store.write(work)
        await self._directory.reload_groups()
        return group


def _find(tx: Tx, name: str) -> Group:
    found = groups.by_login(tx, names.folded(name))
    if found is None:
        raise Failure("NoSuchGroup", f"there is no group {name}")
    return found


def _member(tx: Tx, name: str) -> str:
    for kind in names.login_names(name, frozenset()):
        if person := people.owner(tx, kind):
            return person.objectGUID
    if group := groups.by_login(tx, names.folded(name)):
        return group.objectGUID
    raise Failure("NoSuchMember", f"there is no person or group {name}")


def _check(group: Group) -> None:
    if not is_address(group.mail):
        raise invalid("mail", f"mail must be user@domain, not {group.mail!r}")
    if len(group.sAMAccountName) > 64 or any(letter in '"/\\[]:;|=,+*?<>@' for letter in group.sAMAccountName):
        raise invalid("sAMAccountName", f"{group.sAMAccountName!r} cannot be the name of a group")
    if len(group.displayName) > 256 or not group.displayName.isprintable():
        raise invalid("displayName", "displayName must be one line of at most 256 characters")


def _told(tx: WriteTx, group: Group) -> Group:
    tx.append(GroupChanged(scope=SCOPE, guid=group.objectGUID))
    return group
