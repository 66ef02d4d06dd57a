"""Settings that clients keep in folders: made, read, changed, removed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.items import not_found
from samband.exchange.actions.mailboxes import Mailboxes, require
from samband.exchange.actions.making import Maker
from samband.model import timezones
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.folders import FolderRef, Place
from samband.model.items import Item, ItemKind, ItemProperties
from samband.model.people import Person
from samband.model.permissions import Need
from samband.model.user_configurations import CLASS_PREFIX, Entry, TypedValue, UserConfiguration
from samband.store import item_places
from samband.store import items as rows
from samband.store import user_configurations as configurations
from samband.store.api import WriteTx
from samband.store.items import Tally

R = TypeVar("R")

MAX_BYTES = 1024 * 1024
"""How much one configuration holds."""
_CATEGORIES = """<?xml version="1.0"?>
<categories default="Red Category" lastSavedSession="0" lastSavedTime="2013-01-01T00:00:00.000" \
xmlns="CategoryList.xsd">
"""
_COLORS = (("Red", 0), ("Orange", 1), ("Yellow", 3), ("Green", 4), ("Blue", 7), ("Purple", 8))


class UserConfigurations:
    """Verbs on configurations. Those that every mailbox has are made when they are first asked for."""

    def __init__(self, base: Foundation, mailboxes: Mailboxes, maker: Maker) -> None:
        self._base = base
        self._store = base.store
        self._mailboxes = mailboxes
        self._maker = maker

    async def create(
        self, caller: Caller, folder: FolderRef | Failure, name: str, configuration: UserConfiguration
    ) -> Item:
        """Make the configuration ``name``. Raises ``Failure`` ErrorItemSave where there is one."""
        place, person = await self._resolve(caller, folder)
        _check(configuration)

        def work(tx: WriteTx, tally: Tally) -> Item:
            require(tx, place)
            if configurations.get(tx, self._store.blobs, place.folder, name) is not None:
                raise Failure("ErrorItemSave", "The item could not be saved: there is a configuration of this name.")
            return self._insert(tx, tally, place, name, configuration, person)

        return await self._write(work)

    async def get(self, caller: Caller, folder: FolderRef | Failure, name: str) -> Item:
        """The item that holds the configuration ``name``. Raises ``Failure`` ErrorItemNotFound."""
        place, person = await self._resolve(caller, folder, visit=True)
        blobs = self._store.blobs
        found = await self._store.read(
            lambda tx: configurations.get(tx, blobs, require(tx, place, need=Need.READ).id, name),
        )
        if found is not None:
            return found
        default = await self._default(place, name)
        if default is None:
            raise not_found()
        return await self._write(
            lambda tx, tally: (
                configurations.get(tx, blobs, place.folder, name)
                or self._insert(tx, tally, place, name, default, person)
            )
        )

    async def update(
        self, caller: Caller, folder: FolderRef | Failure, name: str, configuration: UserConfiguration
    ) -> Item:
        """Replace the parts of the configuration that ``configuration`` has. Raises ``Failure``."""
        place, person = await self._resolve(caller, folder)
        default = await self._default(place, name)

        def work(tx: WriteTx, tally: Tally) -> Item:
            require(tx, place)
            found = configurations.get(tx, self._store.blobs, place.folder, name)
            if found is None:
                if default is None:
                    raise not_found()
                return self._insert(tx, tally, place, name, _check(default.changed_by(configuration)), person)
            changed = _check((found.properties.configuration or UserConfiguration()).changed_by(configuration))
            properties = msgspec.structs.replace(
                found.properties,
                configuration=changed,
                last_modified_name=person.displayName,
                last_modified_time=self._maker.now(),
            )
            return rows.update(tx, self._store.blobs, tally, found, properties)

        return await self._write(work)

    async def delete(self, caller: Caller, folder: FolderRef | Failure, name: str) -> None:
        """Remove the configuration ``name`` for good. Raises ``Failure`` ErrorItemNotFound."""
        place, _ = await self._resolve(caller, folder)

        def work(tx: WriteTx, tally: Tally) -> None:
            require(tx, place)
            found = configurations.get(tx, self._store.blobs, place.folder, name)
            if found is None:
                raise not_found()
            item_places.remove(tx, tally, found)

        await self._write(work)

    async def _resolve(
        self, caller: Caller, folder: FolderRef | Failure, *, visit: bool = False
    ) -> tuple[Place, Person]:
        """The folder and who asks; ``visit``: of any mailbox, where its permissions let them."""
        if isinstance(folder, Failure):
            raise folder
        place = await (self._mailboxes.visit if visit else self._mailboxes.resolve)(caller, folder)
        person = caller.person or self._base.directory.by_mailbox(place.mailbox)
        if person is None:
            raise not_found()
        return place, person

    async def _default(self, place: Place, name: str) -> UserConfiguration | None:
        folders = await self._mailboxes.ensure(place.mailbox)
        if place.folder == folders.get("calendar") and name.lower() == "categorylist":
            return UserConfiguration(xml_data=_category_list())
        if place.folder == folders.get("root") and name.lower() == "owa.useroptions":
            return UserConfiguration(dictionary=self._user_options())
        return None

    def _user_options(self) -> tuple[Entry, ...]:
        said = self._base.settings.time_zone
        zone = timezones.known_id(said) or timezones.windows_id(said) or timezones.UTC_ID
        return (Entry(TypedValue("String", ("timezone",)), TypedValue("String", (zone,))),)

    def _insert(
        self, tx: WriteTx, tally: Tally, place: Place, name: str, configuration: UserConfiguration, person: Person
    ) -> Item:
        properties = ItemProperties(subject=CLASS_PREFIX + name, is_associated=True, configuration=configuration)
        made = self._maker.made(properties, person, self._maker.now())
        return rows.insert(
            tx, self._store.blobs, tally, place.mailbox, place.folder, ItemKind.ITEM, CLASS_PREFIX + name, made
        )

    async def _write(self, work: Callable[[WriteTx, Tally], R]) -> R:
        def settled(tx: WriteTx) -> R:
            tally = Tally()
            result = work(tx, tally)
            tally.settle(tx)
            return result

        return await self._store.write(settled)


def _check(configuration: UserConfiguration) -> UserConfiguration:
    if len(msgspec.msgpack.encode(configuration)) > MAX_BYTES:
        raise Failure("ErrorMessageSizeExceeded", "The configuration is too large.")
    return configuration


def _category_list() -> bytes:
    written = "".join(
        f'<category name="{name} Category" color="{color}" keyboardShortcut="0" usageCount="0" '
        'lastTimeUsedNotes="1601-01-01T00:00:00.000" lastTimeUsedJournal="1601-01-01T00:00:00.000" '
        'lastTimeUsedContacts="1601-01-01T00:00:00.000" lastTimeUsedTasks="1601-01-01T00:00:00.000" '
        'lastTimeUsedCalendar="1601-01-01T00:00:00.000" lastTimeUsedMail="1601-01-01T00:00:00.000" '
        'lastTimeUsed="1601-01-01T00:00:00.000" lastSessionUsed="0" '
        f'guid="{{{color:08X}-5A4D-4E8C-9B5E-53414D42414E}}"/>\n'
        for name, color in _COLORS
    )
    return (_CATEGORIES + written + "</categories>").encode()
