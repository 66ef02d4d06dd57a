"""Mailboxes come to life when they are first touched: the tree of default folders is made in one write."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from samband.exchange.actions.access import Access
from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.gate import admit, denied
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.folder_names import name_in
from samband.model.folders import (
    ARCHIVE,
    ARCHIVE_FOLDERS,
    ARCHIVE_NAMES,
    DEFAULT_FOLDERS,
    Folder,
    FolderRef,
    NamedFolder,
    Place,
)
from samband.model.permissions import Need
from samband.store import folders as rows
from samband.store.api import Tx, WriteTx

_KEPT = 4096
_PUBLIC_ROOT = "publicfoldersroot"
_KEYS = {default.key: default.key for default in DEFAULT_FOLDERS}


class Mailboxes:
    """Knows the rows of default folders, and turns references into places."""

    def __init__(self, base: Foundation, access: Access) -> None:
        self._base = base
        self._access = access
        self._known: dict[str, Mapping[str, int]] = {}

    async def ensure(self, mailbox: str) -> Mapping[str, int]:
        """Rows of the default folders of ``mailbox`` (a guid the directory knows) by key; made where missing."""
        known = self._known.get(mailbox)
        if known is not None:
            return known
        person = self._base.directory.by_mailbox(mailbox)
        if person is None:
            raise Failure("ErrorNonExistentMailbox", "No mailbox with such guid.")
        archive = person.msExchArchiveGUID == mailbox
        found = await self._base.store.read(lambda tx: rows.defaults(tx, mailbox))
        if not {default.key for default in (ARCHIVE_FOLDERS if archive else DEFAULT_FOLDERS)} <= found.keys():
            now, language = self._base.clock(), self._base.settings.language
            found = await self._base.store.write(
                lambda tx: make_default_folders(tx, mailbox, now, language, archive=archive)
            )
        return self._remember(mailbox, found)

    def default(self, tx: Tx, mailbox: str, key: str) -> int:
        """The row of one default folder of ``mailbox``, inside a transaction; 0 where there is none yet."""
        known = self._known.get(mailbox)
        return (rows.defaults(tx, mailbox) if known is None else known).get(key, 0)

    def _remember(self, mailbox: str, found: dict[str, int]) -> Mapping[str, int]:
        if len(self._known) >= _KEPT:
            del self._known[next(iter(self._known))]
        shared = {_KEYS.get(key, key): row for key, row in found.items()}
        self._known[mailbox] = shared
        return shared

    async def resolve(self, caller: Caller, ref: FolderRef) -> Place:
        """The place a reference names in a mailbox that is open to the caller as a whole. Raises ``Failure``."""
        place = await self.visit(caller, ref)
        if place.visitor is not None:
            raise denied()
        return place

    async def visit(self, caller: Caller, ref: FolderRef) -> Place:
        """The place a reference names in any mailbox; what a visitor may do there ``require`` decides. May fail."""
        if not isinstance(ref, NamedFolder):
            return Place(ref.mailbox, ref.folder, self._access.visitor(caller, ref.mailbox))
        mailbox = self._access.owner(ref.address) if ref.address else self._access.own(caller)
        visitor, key = self._access.visitor(caller, mailbox), ref.name
        if key in ARCHIVE_NAMES:
            person = self._base.directory.by_mailbox(mailbox)
            if person is None or not person.msExchArchiveGUID:
                raise _absent(key)
            mailbox, key = person.msExchArchiveGUID, ARCHIVE_NAMES[key]
        row = (await self.ensure(mailbox)).get(key)
        if row is None:
            raise _absent(ref.name)
        return Place(mailbox, row, visitor)


def _absent(name: str) -> Failure:
    if name == _PUBLIC_ROOT:
        return Failure("ErrorNoPublicFolderReplicaAvailable", "There is no public folder server.")
    return Failure("ErrorFolderNotFound", "The specified folder could not be found in the store.")


def make_default_folders(
    tx: WriteTx, mailbox: str, now: datetime, language: str = "en", *, archive: bool = False
) -> dict[str, int]:
    """Make what is missing of the default tree inside a write, named in ``language``; every row by its key.

    ``archive``: it is the smaller tree of an archive, whose folders have names of their own in EWS.
    """
    found, prefix = rows.defaults(tx, mailbox), ARCHIVE if archive else ""
    for default in ARCHIVE_FOLDERS if archive else DEFAULT_FOLDERS:
        if default.key not in found:
            parent = found[default.parent] if default.parent else 0
            found[default.key] = rows.insert(
                tx,
                mailbox,
                parent,
                free_name(tx, mailbox, parent, name_in(language, default.key, default.name)),
                default.folder_class,
                now,
                distinguished=prefix + default.key if default.distinguished else "",
                default_key=default.key,
            )
    return found


def free_name(tx: Tx, mailbox: str, parent: int, name: str) -> str:
    """``name``, or it with a number after it where ``parent`` has a folder of that name."""
    candidate, number = name, 0
    while rows.child_by_name(tx, mailbox, parent, candidate) is not None:
        number += 1
        candidate = f"{name}{number}"
    return candidate


def require(tx: Tx, place: Place, code: str = "ErrorItemNotFound", need: Need | None = None) -> Folder:
    """The folder at ``place``, to do with it what a visitor says they ``need``.

    Raises ``Failure``: ``code`` where it is gone or a visitor must not know of it, ErrorAccessDenied.
    """
    folder = rows.get(tx, place.folder)
    if folder is None or folder.mailbox != place.mailbox or not admit(tx, folder, place.visitor, need):
        raise Failure(code, _GONE.get(code, "The specified object was not found in the store."))
    return folder


_GONE = {
    "ErrorFolderNotFound": "The specified folder could not be found in the store.",
    "ErrorSyncFolderNotFound": "The folder to synchronize could not be found.",
    "ErrorToFolderNotFound": "The destination folder could not be found.",
    "ErrorParentFolderNotFound": "The parent folder could not be found.",
    "ErrorSavedItemFolderNotFound": "The folder to save the item in could not be found.",
}
