"""Adding, changing and removing people."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from samband.directory import names
from samband.directory.attributes import ReadFile, parsed, read_local_file
from samband.directory.embedded import SCOPE, EmbeddedDirectory
from samband.directory.right_changes import forget_rights
from samband.directory.rules import check
from samband.model.changes import GroupChanged, PersonChanged
from samband.model.failures import Failure
from samband.model.people import Person
from samband.store import delegates, groups, people
from samband.store.api import Store, Tx, WriteTx

_SAYS = {
    names.LOGIN: "the login {}",
    names.UPN: "the userPrincipalName {}",
    names.SMTP: "the mail address {}",
    names.PROXY_SIP: "the SIP address {} in proxyAddresses",
    names.SIP: "the SIP address {}",
    names.MAILBOX: "the mailbox {}",
    names.LEGACY_DN: "the legacyExchangeDN {}",
}

_GROUPS = {names.LOGIN: groups.by_login, names.SMTP: groups.by_mail}


class PeopleChanges:
    """The verbs over people. Each is one write; with ``directory`` given, it knows of the change when a verb returns.

    Raises ``Failure``: ``InvalidAttribute`` (``path`` names it), ``NameInUse``, ``NoSuchPerson``.
    """

    def __init__(
        self, store: Store, directory: EmbeddedDirectory | None = None, logon_domains: Collection[str] = ()
    ) -> None:
        self._store = store
        self._directory = directory
        self._logon_domains = frozenset(map(names.folded, logon_domains))

    async def find(self, login: str) -> Person:
        """The person with this login, read from the store."""
        return await self._store.read(lambda tx: self._find(tx, login))

    async def list(self) -> list[Person]:
        """Everyone, by displayName, read from the store."""
        found = await self._store.read(people.everyone)
        return sorted(found, key=lambda person: (names.folded(person.displayName), person.objectGUID))

    async def add(self, person: Person) -> Person:
        """Add a new person; the person as kept."""

        def work(tx: WriteTx) -> Person:
            kept = _normal(person)
            if people.get(tx, kept.objectGUID) is not None:
                raise Failure("NameInUse", f"there is a person with objectGUID {kept.objectGUID}", path="objectGUID")
            return _keep(tx, kept)

        return await self._known(await self._store.write(work))

    async def set(
        self, login: str, values: Mapping[str, Sequence[str]], read_file: ReadFile = read_local_file
    ) -> Person:
        """Replace attributes by their AD names as typed; ``[]`` clears one. The person as kept."""
        fields = await asyncio.to_thread(parsed, values, read_file)

        def work(tx: WriteTx) -> Person:
            return _keep(tx, _normal(replace(self._find(tx, login), **fields)))

        return await self._known(await self._store.write(work))

    async def remove(self, login: str) -> Person:
        """Remove a person from the directory; the person as was. A mailbox keeps its rows."""

        def work(tx: WriteTx) -> Person:
            person = self._find(tx, login)
            people.remove(tx, person.objectGUID)
            tx.append(PersonChanged(scope=SCOPE, guid=person.objectGUID, removed=True))
            if groups.leave_all(tx, person.objectGUID):
                tx.append(GroupChanged(scope=SCOPE, guid=person.objectGUID))
            forget_rights(tx, person.objectGUID)
            delegates.forget(tx, person.objectGUID)
            return person

        return await self._known(await self._store.write(work))

    def _find(self, tx: Tx, login: str) -> Person:
        for name in names.login_names(login, self._logon_domains):
            if person := people.owner(tx, name):
                return person
        raise Failure("NoSuchPerson", f"there is no person with the login {login}")

    async def _known(self, person: Person) -> Person:
        if self._directory is not None:
            await self._directory.reload([person.objectGUID])
        return person


def _normal(person: Person) -> Person:
    """GUIDs are kept in lower case, the form in which they are looked up."""
    names_of_guids = ("objectGUID", "msExchMailboxGuid", "msExchArchiveGUID", "msExchDisabledArchiveGUID")
    return replace(person, **{name: getattr(person, name).lower() for name in names_of_guids})


def _keep(tx: WriteTx, person: Person) -> Person:
    check(person)
    claims = names.claimed_names(person)
    for kind, name in sorted(claims):
        holder = people.owner(tx, (kind, name))
        if holder is not None and holder.objectGUID != person.objectGUID:
            raise Failure("NameInUse", f"{_SAYS[kind].format(name)} belongs to {holder.displayName}", path=kind)
        group = _GROUPS[kind](tx, name) if kind in _GROUPS else None
        if group is not None:
            raise Failure(
                "NameInUse", f"{_SAYS[kind].format(name)} belongs to the group {group.displayName}", path=kind
            )
    people.put(tx, person, claims)
    tx.append(PersonChanged(scope=SCOPE, guid=person.objectGUID))
    return person
