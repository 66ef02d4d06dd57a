"""Reading folders: one or many, below others, and the hierarchy since a state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.mailboxes import Mailboxes, require
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.folders import Folder, FolderRef, Place
from samband.store.api import Tx


class Folders:
    """Verbs that read folders."""

    def __init__(self, base: Foundation, mailboxes: Mailboxes) -> None:
        self._store = base.store
        self._mailboxes = mailboxes

    async def ensure(self, mailbox: str) -> Mapping[str, int]:
        """Rows of the default folders of ``mailbox`` by EWS's names for them; the tree is made at the first touch.

        Raises ``Failure`` ErrorNonExistentMailbox where the directory knows no such mailbox.
        """
        return await self._mailboxes.ensure(mailbox)

    async def resolve(self, caller: Caller, ref: FolderRef | Failure) -> Place:
        """The place ``ref`` names, once the caller may open it. Raises ``Failure``; a failed ``ref`` raises itself."""
        if isinstance(ref, Failure):
            raise ref
        return await self._mailboxes.resolve(caller, ref)

    async def places(self, caller: Caller, refs: Sequence[FolderRef | Failure]) -> list[Place | Failure]:
        """``resolve`` for each of ``refs``, failures in their places."""
        return [await self._place(caller, ref) for ref in refs]

    async def _place(self, caller: Caller, ref: FolderRef | Failure) -> Place | Failure:
        try:
            return await self.resolve(caller, ref)
        except Failure as failure:
            return failure

    async def get(self, caller: Caller, refs: Sequence[FolderRef | Failure]) -> list[Folder | Failure]:
        """The folders that ``refs`` name, in order."""
        places = await self.places(caller, refs)
        return await self._store.read(lambda tx: [_get(tx, place) for place in places])


def _get(tx: Tx, place: Place | Failure) -> Folder | Failure:
    if isinstance(place, Failure):
        return place
    try:
        return require(tx, place)
    except Failure as failure:
        return failure
