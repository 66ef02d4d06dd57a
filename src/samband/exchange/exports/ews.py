"""A mailbox here copied into one on another Exchange server, each item once."""

from __future__ import annotations

import hashlib

import msgspec

from samband.exchange.actions.attachments import unpacked
from samband.exchange.actions.exchange import Exchange
from samband.exchange.exports.contents import Contents, Whole
from samband.exchange.exports.run import Report, Summary
from samband.exchange.imports.ews_client import EwsClient
from samband.exchange.imports.ews_source import DEFAULTS
from samband.exchange.messages import mime_of
from samband.model.failures import Failure
from samband.model.folders import Folder
from samband.model.items import CalendarProperties, Item, MessageProperties
from samband.wire.ews.client import filling, mailboxes
from samband.wire.ews.client.answers import Refused
from samband.wire.xml.reading import Malformed

_READ, _UNSENT = 1, 8


class EwsTarget:
    """Copies what ``contents`` holds into the mailbox that ``client`` may open."""

    def __init__(self, contents: Contents, client: EwsClient, report: Report, account: str, mailbox: str = "") -> None:
        self._contents = contents
        self._exchange: Exchange = contents.exchange
        self._own = contents.exchange.access.own(contents.caller)
        self._client = client
        self._report = report
        self._mailbox = mailbox
        self._place = f"to ews {client.url.lower()} {(mailbox or account).lower()}"
        self._folders: dict[tuple[str, ...], str] = {}
        self.summary = Summary()

    async def fill(self) -> None:
        """Copy everything. Raises ``NoAnswer``, ``SignInRefused``, ``Refused`` or ``Malformed`` where it ends early."""
        answer = await self._client.ask(mailboxes.default_folders(DEFAULTS, self._mailbox))
        defaults = mailboxes.read_default_folders(answer, DEFAULTS)
        if DEFAULTS[0] not in defaults:
            raise Refused("ErrorFolderNotFound", "the mailbox cannot be opened")
        self._folders[()] = defaults[DEFAULTS[0]]
        for names, folder in await self._contents.folders():
            label = "/".join(names)
            self.summary.folders += 1
            self._report(label, self.summary)
            try:
                there = await self._folder(names, folder, defaults)
            except Refused as refused:
                self.summary.leave(label, f"the folder with all in it: {refused}")
                continue
            async for item in self._contents.items(folder):
                await self._copy(label, item, there)
                self._report(label, self.summary)

    async def _folder(self, names: tuple[str, ...], folder: Folder, defaults: dict[str, str]) -> str:
        """The folder there, made where it is missing. Raises ``Refused`` or ``Malformed``."""
        if folder.distinguished in defaults:
            self._folders[names] = defaults[folder.distinguished]
            return self._folders[names]
        parent = self._folders.get(names[:-1])
        if parent is None:
            raise Refused("ErrorParentFolderNotFound", "the folder above it could not be made")
        found, _ = mailboxes.read_folders(await self._client.ask(filling.folders_in(parent)))
        same = next((one.id for one in found if one.name.casefold() == names[-1].casefold()), "")
        if not same:
            body = filling.create_folder(parent, folder.kind.value, names[-1], folder.folder_class)
            same = filling.read_folder_id(await self._client.ask(body))
        self._folders[names] = same
        return same

    async def _copy(self, label: str, item: Item, there: str) -> None:
        mark = hashlib.sha256(f"{item.mailbox} {item.id}".encode()).hexdigest()[:40]
        imports, begun = self._exchange.imports, f"begun {self._place}"
        if await imports.known(self._own, self._place, [mark]):
            self.summary.before += 1
            return
        try:
            whole = await self._contents.whole(item)
            if await imports.known(self._own, begun, [mark]):
                await self._take_back(there, mark)
            await imports.note(self._own, begun, mark)
            await self._put(whole, there, mark)
        except (Refused, Malformed, Failure) as error:
            why = error.text if isinstance(error, Failure) else str(error)
            self.summary.leave(label, f"{item.kind.value} {item.properties.subject[:60]!r}: {why}")
            return
        await imports.note(self._own, self._place, mark)
        self.summary.went += 1

    async def _take_back(self, there: str, mark: str) -> None:
        """Delete what a copy left that was not finished."""
        found = filling.read_item_ids(await self._client.ask(filling.marked_items(there, mark)))
        if found:
            filling.read_done(await self._client.ask(filling.delete_items(found)))

    async def _put(self, whole: Whole, there: str, mark: str) -> None:
        item = whole.item
        own = item.properties
        extended = {**own.extended, filling.MARK.key: mark}
        if isinstance(own, MessageProperties):
            flags = (_READ if own.is_read else 0) | (_UNSENT if own.is_draft else 0)
            extended[filling.FLAGS.key] = str(flags)
        item = msgspec.structs.replace(item, properties=msgspec.structs.replace(own, extended=extended))
        if isinstance(own, MessageProperties) and not own.is_draft:
            written = filling.mail_element(item, mime_of(item, whole.files, whole.mime, unpacked))
        else:
            written = filling.item_element(item, [one for one in whole.files if one[0].kind is None])
        made = filling.read_item_id(await self._client.ask(filling.create_item(there, written), "Exchange2013"))
        if isinstance(own, CalendarProperties) and own.recurrence is not None:
            await self._occurrences(made, own, whole)

    async def _occurrences(self, series: str, own: CalendarProperties, whole: Whole) -> None:
        for gone in own.deleted_occurrences:
            filling.read_done(await self._client.ask(filling.delete_occurrence(series, gone.ordinal)))
        for ordinal, exception in whole.exceptions.items():
            occurrence = msgspec.structs.replace(whole.item, properties=exception)
            body = filling.update_occurrence(series, ordinal, occurrence)
            filling.read_done(await self._client.ask(body, "Exchange2013"))
