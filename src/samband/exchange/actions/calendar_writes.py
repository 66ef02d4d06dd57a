"""Calendar items inside a write: one of them, or one occurrence of a series, read, kept and taken away.

Verbs decide outside of the write what an item shall be, because letters to attendees need routes; ``unchanged`` makes
sure inside of it that they decided on what is still there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple, TypeVar

import msgspec

from samband.model import calendar_items
from samband.model.failures import Failure
from samband.model.item_requests import DeleteType
from samband.model.item_values import CalendarItemType
from samband.model.items import CalendarProperties, Item
from samband.store import calendar as entries
from samband.store import item_places
from samband.store import items as rows
from samband.store.api import Blobs, Tx, WriteTx
from samband.store.items import Tally

T = TypeVar("T")
_TRIES = 20


class Stale(Exception):
    """Somebody else wrote the item since the verb read it: decide anew."""


async def until_fresh(attempt: Callable[[], Awaitable[T]]) -> T:
    """The result of ``attempt``, repeated while it finds itself ``Stale``."""
    for _ in range(_TRIES):
        try:
            return await attempt()
        except Stale:
            continue
    raise Failure("ErrorServerBusy", "The item changes too often.")


class Entry(NamedTuple):
    """An item of a calendar; with ``ordinal`` one occurrence of it. ``properties`` are its own, or the occurrence's."""

    item: Item
    ordinal: int
    properties: CalendarProperties

    @property
    def shown(self) -> Item:
        """The item as clients see it."""
        return msgspec.structs.replace(self.item, properties=self.properties, occurrence=self.ordinal)


def calendar_properties(item: Item) -> CalendarProperties:
    """The properties of a calendar item. Raises ``Failure`` for any other."""
    if not isinstance(item.properties, CalendarProperties):
        raise Failure("ErrorInvalidOperation", "The item is not a calendar item.")
    return item.properties


def entry(tx: Tx, item: Item, ordinal: int = 0) -> Entry:
    """``item``, or one occurrence of it. Raises ``Failure`` where it has no such occurrence."""
    properties = calendar_properties(item)
    if ordinal:
        exception = entries.exception(tx, item.id, ordinal)
        properties = calendar_items.occurrence_of(properties, ordinal, exception)
        if item.partial:
            properties = msgspec.structs.replace(properties, body=None, internet_headers=())
    return Entry(item, ordinal, properties)


def unchanged(tx: Tx, blobs: Blobs, known: Entry) -> None:
    """Raise ``Stale`` where the item of ``known`` was written, moved or deleted since."""
    now = rows.get_many(tx, blobs, [known.item.id], heavy=False, attachments=False).get(known.item.id)
    if now is None or now.change_key != known.item.change_key:
        raise Stale


def keep(
    tx: WriteTx, blobs: Blobs, tally: Tally, known: Entry, properties: CalendarProperties, item_class: str = ""
) -> Entry:
    """Write what the item, or the occurrence, of ``known`` is from now on."""
    item = known.item
    if known.ordinal:
        properties = msgspec.structs.replace(properties, calendar_item_type=CalendarItemType.EXCEPTION)
        master = calendar_items.with_modified(calendar_properties(item), known.ordinal, properties)
        entries.put_exception(tx, item.id, known.ordinal, properties)
        return Entry(rows.update(tx, blobs, tally, item, master), known.ordinal, properties)
    before = calendar_properties(item)
    if before.recurrence is not None and not calendar_items.same_series(before, properties):
        properties = calendar_items.without_exceptions(properties)
        entries.drop_exceptions(tx, item.id)
    for gone in set(properties.deleted_occurrences) - set(before.deleted_occurrences):
        entries.drop_exception(tx, item.id, gone.ordinal)
    return Entry(rows.update(tx, blobs, tally, item, properties, item_class=item_class, mime=b""), 0, properties)


def keep_all(
    tx: WriteTx,
    blobs: Blobs,
    tally: Tally,
    known: Entry,
    change: Callable[[CalendarProperties], CalendarProperties],
) -> Entry:
    """``keep`` what ``change`` makes of an item; of a series also what it makes of each of its exceptions."""
    if not known.ordinal and known.properties.recurrence is not None:
        for ordinal, exception in entries.exceptions_of(tx, known.item.id).items():
            entries.put_exception(tx, known.item.id, ordinal, change(exception))
    return keep(tx, blobs, tally, known, change(known.properties))


def take_occurrence(tx: WriteTx, blobs: Blobs, tally: Tally, known: Entry) -> Item | None:
    """Delete one occurrence; the series without it, None where it has no other and is gone."""
    master = calendar_items.without_occurrence(calendar_properties(known.item), known.ordinal)
    entries.drop_exception(tx, known.item.id, known.ordinal)
    if calendar_items.is_empty(master):
        item_places.remove(tx, tally, known.item)
        return None
    return rows.update(tx, blobs, tally, known.item, master)


class Bins(NamedTuple):
    """Folders of a mailbox that deleted items go to."""

    deleted: int
    recoverable: int


def dispose(tx: WriteTx, tally: Tally, item: Item, how: DeleteType, bins: Bins) -> Item | None:
    """Delete an item as ``how`` says; where it stands now, None where nowhere."""
    if how is DeleteType.HARD:
        item_places.remove(tx, tally, item)
        return None
    to_deleted = how is DeleteType.MOVE_TO_DELETED and item.folder != bins.deleted
    return item_places.move(tx, tally, item, bins.deleted if to_deleted else bins.recoverable)
