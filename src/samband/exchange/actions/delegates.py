"""Who acts for the owner of a mailbox: added, told of, changed, removed [MS-OXWSDLGM].

A delegate's levels are nothing but the permissions on the owner's default folders. What else a delegate may do, send on
behalf of the owner, follows from being one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from samband.exchange.actions.access import Access
from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.mailboxes import Mailboxes
from samband.model.caller import Caller
from samband.model.delegates import Delegate, DeliverMeetingRequests
from samband.model.failures import Failure
from samband.model.folders import Folder
from samband.model.people import Person, guid_of_sid
from samband.model.permissions import LEVELS, FolderPermission, Visitor, given
from samband.store import delegates as rows
from samband.store import folders as folder_rows
from samband.store.api import Tx, WriteTx

R = TypeVar("R")


class UserRef(msgspec.Struct, frozen=True):
    """A person as somebody names them: by SID or address."""

    sid: str = ""
    address: str = ""


class DelegateChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a delegate: levels by the name of a default folder; None is not said."""

    user: UserRef
    levels: Mapping[str, str] = {}
    receive_copies: bool | None = None
    view_private_items: bool | None = None


class DelegateView(msgspec.Struct, frozen=True, kw_only=True):
    """A delegate as they are: ``levels`` are ``Custom`` where permissions are none of the named levels."""

    person: Person
    delegate: Delegate
    levels: Mapping[str, str]


class DelegateList(msgspec.Struct, frozen=True):
    """Delegates, failures in their places, and who gets messages about the owner's meetings."""

    delegates: list[DelegateView | Failure]
    deliver: DeliverMeetingRequests


FOLDERS = ("calendar", "tasks", "inbox", "contacts", "notes", "journal")
"""The default folders that delegates have levels on."""


class Delegates:
    """Verbs on the delegates of a mailbox, for its owner and who has full access to it. All raise ``Failure``."""

    def __init__(self, base: Foundation, mailboxes: Mailboxes, access: Access) -> None:
        self._store = base.store
        self._directory = base.directory
        self._mailboxes = mailboxes
        self._access = access

    async def get(self, caller: Caller, address: str, users: Sequence[UserRef]) -> DelegateList:
        """The delegates of a mailbox: those of ``users``, or all of them."""
        mailbox = self._access.mailbox(caller, address)
        folders = await self._mailboxes.ensure(mailbox)

        def work(tx: Tx) -> DelegateList:
            if users:
                found = [
                    self._attempt(user, lambda person: self._known(tx, mailbox, folders, person)) for user in users
                ]
            else:
                found = [
                    self._view(tx, folders, person, one)
                    for one in rows.of_mailbox(tx, mailbox)
                    if (person := self._directory.by_guid(one.guid)) is not None
                ]
            return DelegateList(found, rows.delivery(tx, mailbox))

        return await self._store.read(work)

    async def add(
        self, caller: Caller, address: str, changes: Sequence[DelegateChange], deliver: DeliverMeetingRequests | None
    ) -> DelegateList:
        """Make people delegates; on folders that nothing is said of they get nothing."""

        def one(tx: WriteTx, mailbox: str, folders: Mapping[str, int], person: Person, change: DelegateChange) -> None:
            if person.msExchMailboxGuid == mailbox:
                raise Failure("ErrorDelegateCannotAddOwner", "The owner of a mailbox cannot be its delegate.")
            if rows.get(tx, mailbox, person.objectGUID) is not None:
                raise Failure("ErrorDelegateAlreadyExists", "The user is already a delegate for the mailbox.")
            before = Delegate(guid=person.objectGUID)
            self._keep(tx, mailbox, folders, person, before, change)

        return await self._change(caller, address, changes, deliver, one)

    async def update(
        self, caller: Caller, address: str, changes: Sequence[DelegateChange], deliver: DeliverMeetingRequests | None
    ) -> DelegateList:
        """Change what delegates have; what is not said stays."""

        def one(tx: WriteTx, mailbox: str, folders: Mapping[str, int], person: Person, change: DelegateChange) -> None:
            self._keep(tx, mailbox, folders, person, _there(tx, mailbox, person), change)

        return await self._change(caller, address, changes, deliver, one)

    async def remove(self, caller: Caller, address: str, users: Sequence[UserRef]) -> list[Failure | None]:
        """Make people delegates no more; what they were given on the folders of delegates goes too."""
        mailbox = self._access.mailbox(caller, address)
        folders = await self._mailboxes.ensure(mailbox)

        def work(tx: WriteTx) -> list[Failure | None]:
            def one(person: Person) -> None:
                _there(tx, mailbox, person)
                rows.remove(tx, mailbox, person.objectGUID)
                for name in FOLDERS:
                    _set_level(tx, folders[name], person, None)

            return [self._attempt(user, one) for user in users]

        return await self._store.write(work)

    async def _change(
        self,
        caller: Caller,
        address: str,
        changes: Sequence[DelegateChange],
        deliver: DeliverMeetingRequests | None,
        one: Callable[[WriteTx, str, Mapping[str, int], Person, DelegateChange], None],
    ) -> DelegateList:
        mailbox = self._access.mailbox(caller, address)
        folders = await self._mailboxes.ensure(mailbox)

        def work(tx: WriteTx) -> DelegateList:
            if deliver is not None:
                rows.set_delivery(tx, mailbox, deliver)
            found: list[DelegateView | Failure] = []
            for change in changes:

                def kept(person: Person, change: DelegateChange = change) -> DelegateView:
                    _check_levels(change.levels)
                    one(tx, mailbox, folders, person, change)
                    return self._known(tx, mailbox, folders, person)

                found.append(self._attempt(change.user, kept))
            return DelegateList(found, rows.delivery(tx, mailbox))

        return await self._store.write(work)

    def _attempt(self, user: UserRef, work: Callable[[Person], R]) -> R | Failure:
        try:
            return work(self._person(user))
        except Failure as failure:
            return failure

    def _person(self, user: UserRef) -> Person:
        if user.sid:
            person = self._directory.by_guid(guid_of_sid(user.sid))
            if person is None:
                raise Failure("ErrorInvalidUserSid", "The user's SID is invalid.")
            return person
        person = self._directory.by_smtp(user.address)
        if person is None:
            raise Failure("ErrorDelegateNoUser", "Delegate does not map to a user in the Active Directory.")
        return person

    def _keep(
        self,
        tx: WriteTx,
        mailbox: str,
        folders: Mapping[str, int],
        person: Person,
        before: Delegate,
        change: DelegateChange,
    ) -> None:
        said = {"receive_copies": change.receive_copies, "view_private_items": change.view_private_items}
        rows.put(tx, mailbox, replace(before, **{name: value for name, value in said.items() if value is not None}))
        for name, level in change.levels.items():
            _set_level(tx, folders[name], person, level)

    def _known(self, tx: Tx, mailbox: str, folders: Mapping[str, int], person: Person) -> DelegateView:
        return self._view(tx, folders, person, _there(tx, mailbox, person))

    def _view(self, tx: Tx, folders: Mapping[str, int], person: Person, delegate: Delegate) -> DelegateView:
        levels = {name: _level(folder_rows.get(tx, folders[name]), person) for name in FOLDERS}
        return DelegateView(person=person, delegate=delegate, levels=levels)


def _there(tx: Tx, mailbox: str, person: Person) -> Delegate:
    found = rows.get(tx, mailbox, person.objectGUID)
    if found is None:
        raise Failure("ErrorNotDelegate", "The user is not a delegate for the mailbox.")
    return found


def _check_levels(levels: Mapping[str, str]) -> None:
    if "Custom" in levels.values():
        raise Failure("ErrorInvalidDelegatePermission", "A delegate cannot be given custom permissions this way.")


def _names(person: Person) -> Visitor:
    return Visitor(person.objectGUID, person.objectSid, frozenset(one.lower() for one in person.smtp_addresses))


def _set_level(tx: WriteTx, row: int, person: Person, level: str | None) -> None:
    """Give a person a level on a folder; None takes away what they had."""
    folder = folder_rows.get(tx, row)
    if folder is None:
        return
    who = _names(person)
    kept = [one for one in folder.permissions if not who.is_meant(one)]
    if level is not None:
        named = {"address": person.primary_smtp, "display_name": person.displayName, "sid": person.objectSid}
        kept.append(given(level, **named))
    if tuple(kept) != folder.permissions:
        properties = replace(folder.properties, permissions=tuple(kept))
        folder_rows.update(tx, replace(folder, properties=properties))


def _level(folder: Folder | None, person: Person) -> str:
    who = _names(person)
    found = next((one for one in folder.permissions if who.is_meant(one)), None) if folder is not None else None
    if found is None:
        return "None"
    return _named(found)


def _named(permission: FolderPermission) -> str:
    for name in ("None", "Reviewer", "Author", "Editor"):
        level = LEVELS[name]
        bare = replace(permission, level=name, address="", display_name="", sid="", user="")
        if bare == level:
            return name
    return "Custom"
