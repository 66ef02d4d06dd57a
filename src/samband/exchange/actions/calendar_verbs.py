"""What the items family asks of the calendar family, whose items, occurrences and meetings have rules of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from samband.model.caller import Caller
from samband.model.folders import Place
from samband.model.item_requests import (
    ConflictResolution,
    DeleteType,
    Disposition,
    Draft,
    Edit,
    ItemRef,
    Response,
    SendInvitations,
)
from samband.model.items import Item
from samband.store.api import Tx, WriteTx
from samband.store.items import Tally


class CalendarVerbs(Protocol):
    """Implemented by ``exchange.calendar``. Every method raises ``Failure``."""

    async def create(self, caller: Caller, draft: Draft, place: Place, send: SendInvitations) -> Item:
        """Make a calendar item in ``place`` and invite its attendees as ``send`` says."""
        ...

    async def update(
        self,
        caller: Caller,
        ref: ItemRef,
        edits: Sequence[Edit],
        conflict: ConflictResolution,
        send: SendInvitations,
    ) -> Item:
        """Change a calendar item, a series or one occurrence, and tell its attendees as ``send`` says."""
        ...

    async def delete(self, caller: Caller, ref: ItemRef, how: DeleteType, send: SendInvitations) -> None:
        """Delete a calendar item, a series or one occurrence, and tell its attendees as ``send`` says."""
        ...

    async def respond(
        self, caller: Caller, response: Response, place: Place | None, disposition: Disposition
    ) -> list[Item]:
        """Accept, decline, cancel ... a meeting; the items that came of it, for the answer."""
        ...

    def occurrence(self, tx: Tx, master: Item, ordinal: int) -> Item:
        """One occurrence of the series ``master``, as an item with ``occurrence`` set."""
        ...

    def delivered(self, tx: WriteTx, tally: Tally, message: Item) -> None:
        """A message about a meeting just came into a mailbox, in the same write."""
        ...
