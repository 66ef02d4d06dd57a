"""A mailbox here, folder by folder and piece by piece, as its owner has it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from samband.exchange.actions.exchange import Exchange
from samband.exchange.actions.sync import Wanted
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.folders import Folder, FolderById, NamedFolder
from samband.model.item_requests import ItemRef
from samband.model.item_sync import ItemArrived
from samband.model.items import Attachment, CalendarProperties, Item, ItemKind

_PIECE = 20
"""Items in memory at a time."""
_TOP = NamedFolder("msgfolderroot")


class Whole(NamedTuple):
    """An item with everything that belongs to it. ``mime`` is empty where it did not come as a message."""

    item: Item
    files: Sequence[tuple[Attachment, bytes]] = ()
    mime: bytes = b""
    exceptions: Mapping[int, CalendarProperties] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Contents:
    """The mailbox of ``caller``."""

    exchange: Exchange
    caller: Caller

    async def folders(self) -> list[tuple[tuple[str, ...], Folder]]:
        """Every folder that the owner sees, with its names from the top. Raises ``Failure``."""
        found = (await self.exchange.folders.find(self.caller, [_TOP], deep=True, test=lambda _: True))[0]
        if isinstance(found, Failure):
            raise found
        names: dict[int, tuple[str, ...]] = {}
        for folder in found:
            names[folder.id] = (*names.get(folder.parent, ()), folder.name)
        return [(names[folder.id], folder) for folder in found]

    async def items(self, folder: Folder) -> AsyncIterator[Item]:
        """What is in a folder, bodies and heads of attachments included; associated items are settings of clients."""
        ref, state, complete = FolderById(folder.mailbox, folder.id), None, False
        while not complete:
            wanted = Wanted(limit=_PIECE, properties=True, heavy=True, attachments=True)
            step = await self.exchange.sync.items(self.caller, ref, state, wanted)
            state, complete = step.state, step.complete
            for change in step.changes:
                if isinstance(change, ItemArrived) and isinstance(change.item, Item):
                    yield change.item

    async def whole(self, item: Item) -> Whole:
        """``item`` with its content. Raises ``Failure`` where it is gone by now."""
        found = (await self.exchange.items.get(self.caller, [ItemRef(item.mailbox, item.id)], mime=True))[0]
        if isinstance(found, Failure):
            raise found
        files = await self.exchange.attachments.files(found.item) if found.item.attachments else ()
        exceptions: Mapping[int, CalendarProperties] = {}
        if item.kind is ItemKind.CALENDAR_ITEM:
            exceptions = await self.exchange.calendar.exceptions(found.item)
        return Whole(found.item, files, found.mime, exceptions)
