"""Bringing a mailbox here: folder by folder, each item once, however often it is begun again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from samband.exchange.actions.exchange import Exchange
from samband.exchange.actions.imports import Arrival
from samband.exchange.imports.ews_client import NoAnswer
from samband.exchange.imports.sign_in import SignInRefused
from samband.exchange.imports.source import Batch, Left, Source, SourceFolder
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.folders import FolderById, NamedFolder, NewFolder, Place, kind_of_class
from samband.model.items import CalendarProperties
from samband.wire.ews.client.answers import Refused
from samband.wire.xml.reading import Malformed

_MOST_LEFT = 1000
"""How many things left behind are named one by one."""
_TOP = "msgfolderroot"
_EMPTY = Place("", 0)
"""Where a folder would be that a dry run does not make."""


@dataclass(slots=True)
class Summary:
    """What came of it. ``came`` counts items, ``before`` those that had come earlier."""

    folders: int = 0
    came: int = 0
    before: int = 0
    refused: int = 0
    rules: int = 0
    left: list[tuple[str, Left]] = field(default_factory=list)
    """(folder, what and why), of the first thousand."""


Report = Callable[[SourceFolder, Summary], None]
"""Called whenever there is something new to say of a folder."""


class Importer:
    """Brings mailboxes into the one of ``caller``. With ``dry`` everything is read and nothing is kept."""

    def __init__(self, exchange: Exchange, caller: Caller, report: Report, *, dry: bool = False) -> None:
        self._exchange = exchange
        self._caller = caller
        self._mailbox = exchange.access.own(caller)
        self._report = report
        self._dry = dry
        self._places: dict[tuple[str, tuple[str, ...]], Place] = {}
        self.folders: dict[str, Place] = {}
        """Places here by the identifiers of folders there."""
        self.summary = Summary()

    async def bring(self, source: Source) -> None:
        """Everything of ``source``. Raises ``NoAnswer``, ``SignInRefused`` or ``OSError`` where it ends early.

        What came until then stays, and the next time it goes on from there.
        """
        try:
            async for folder in source.folders():
                await self._bring_folder(source, folder)
        except (Refused, Malformed) as error:
            raise NoAnswer(f"the other server's answer cannot be used: {error}") from None

    async def _bring_folder(self, source: Source, folder: SourceFolder) -> None:
        self.summary.folders += 1
        try:
            place = await self._place(folder)
        except Failure as failure:
            self._leave(folder, Left("the folder with all in it", failure.text))
            return

        if place is not _EMPTY:
            self.folders[folder.id] = place

        async def known(keys: Sequence[str]) -> set[str]:
            found = await self._exchange.imports.known(self._mailbox, source.name, keys)
            self.summary.before += len(found)
            return found

        self._report(folder, self.summary)
        try:
            async for batch in source.items(folder, known):
                await self._keep(source, folder, place, batch)
                self._report(folder, self.summary)
        except Refused as refused:
            self._leave(folder, Left("what is in the folder", str(refused)))

    async def _keep(self, source: Source, folder: SourceFolder, place: Place, batch: Batch) -> None:
        arrivals = [one for one in batch if isinstance(one, Arrival)]
        for one in batch:
            if isinstance(one, Left):
                self._leave(folder, one)
        work = [self._put(source, folder, place, one) for one in arrivals]
        self.summary.came += sum(await asyncio.gather(*work))

    async def _put(self, source: Source, folder: SourceFolder, place: Place, arrival: Arrival) -> bool:
        properties = arrival.draft.properties
        try:
            if isinstance(properties, CalendarProperties) and folder.default == "deleteditems":
                raise Failure("ErrorInvalidOperation", "It is deleted, and deleted appointments are not taken.")
            if self._dry:
                return True
            return await self._exchange.imports.put(place, source.name, arrival)
        except Failure as failure:
            self._leave(folder, Left(f"{arrival.draft.kind.value} {properties.subject[:60]!r}", failure.text))
            return False

    def _leave(self, folder: SourceFolder, left: Left) -> None:
        self.summary.refused += left.whole
        if len(self.summary.left) < _MOST_LEFT:
            self.summary.left.append((folder.label, left))

    async def _place(self, folder: SourceFolder) -> Place:
        """The folder here, made where it is missing. Raises ``Failure``."""
        here = self._places.get((folder.default, folder.path))
        if here is None:
            here = self._places[folder.default, folder.path] = await self._found(folder)
        return here

    async def _found(self, folder: SourceFolder) -> Place:
        if not folder.path:
            return await self._exchange.folders.resolve(self._caller, NamedFolder(folder.default))
        parent = await self._place(SourceFolder(folder.default, folder.path[:-1]))
        if parent is _EMPTY:
            return _EMPTY
        ref = FolderById(parent.mailbox, parent.folder)
        name = folder.path[-1].strip()
        same = name.casefold()
        below = await self._exchange.folders.find(
            self._caller, [ref], deep=False, test=lambda one: one.name.casefold() == same
        )
        if isinstance(below[0], Failure):
            raise below[0]
        if below[0]:
            return Place(parent.mailbox, below[0][0].id)
        if self._dry:
            return _EMPTY
        new = NewFolder(kind_of_class(folder.folder_class), name, folder.folder_class)
        made = (await self._exchange.folder_changes.create(self._caller, ref, [new]))[0]
        if isinstance(made, Failure):
            raise made
        return Place(made.mailbox, made.id)


STOPS = (NoAnswer, SignInRefused)
"""What ends an import early, with a sentence that says why."""
