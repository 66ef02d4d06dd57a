"""Reminders of a mailbox: what reminds of itself, dismissed and snoozed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from samband.exchange.actions.access import Access
from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.items import Items
from samband.exchange.actions.mailboxes import Mailboxes
from samband.model import reminders as rules
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.folders import CALENDAR, TASKS
from samband.model.item_requests import ItemRef
from samband.model.items import CalendarProperties, Item, TaskProperties
from samband.model.reminders import Due
from samband.store import calendar as entries
from samband.store import item_lists
from samband.store import items as rows
from samband.store.api import Tx, WriteTx
from samband.store.items import Tally

MOST = 200
"""So many reminders one answer holds at most."""


class Reminder(NamedTuple):
    """One reminder of ``item``."""

    item: Item
    due: Due


class Action(NamedTuple):
    """What is to become of the reminder of ``ref``: seen, or with ``until`` shown again then."""

    ref: ItemRef
    until: datetime | None = None


class Reminders:
    """Verbs about the reminders of the caller's own mailbox."""

    def __init__(self, base: Foundation, mailboxes: Mailboxes, access: Access, items: Items) -> None:
        self._base = base
        self._mailboxes = mailboxes
        self._access = access
        self._items = items

    async def get(
        self, caller: Caller, begin: datetime | None, end: datetime | None, kind: str, limit: int
    ) -> list[Reminder]:
        """The reminders that come in [``begin``, ``end``], by time, at most ``limit``.

        ``kind``: ``Current`` of what is not over yet, ``Old`` of what is, ``All``.
        """
        folders = await self._mailboxes.ensure(self._access.own(caller))
        now = self._base.clock()
        found = await self._base.store.read(lambda tx: self._found(tx, folders[CALENDAR], folders[TASKS], now))
        chosen = [
            one
            for one in found
            if (begin is None or one.due.at >= begin)
            and (end is None or one.due.at <= end)
            and (kind == "All" or (one.due.end < now) == (kind == "Old"))
        ]
        return sorted(chosen, key=lambda one: (one.due.at, one.item.id))[: min(limit, MOST)]

    def _found(self, tx: Tx, calendar: int, tasks: int, now: datetime) -> list[Reminder]:
        found = rows.get_many(tx, self._base.store.blobs, entries.reminding(tx, calendar), attachments=False)
        items: Iterable[Item] = [*found.values(), *item_lists.in_folder(tx, self._base.store.blobs, tasks)]
        dues = ((item, self._due(tx, item, now)) for item in items)
        return [Reminder(item, due) for item, due in dues if due is not None]

    def _due(self, tx: Tx, item: Item, now: datetime) -> Due | None:
        properties = item.properties
        if isinstance(properties, TaskProperties):
            return rules.of_task(properties)
        if isinstance(properties, CalendarProperties) and properties.reminder_is_set:
            return rules.current(properties, self._exceptions(tx, item), now)
        return None

    def _exceptions(self, tx: Tx, item: Item) -> dict[int, CalendarProperties]:
        series = isinstance(item.properties, CalendarProperties) and item.properties.modified_occurrences
        return entries.exceptions_of(tx, item.id) if series else {}

    async def perform(self, caller: Caller, actions: Sequence[Action | Failure]) -> list[Item | Failure]:
        """Dismiss or snooze; each item as it is then, in order, failures in their places."""
        return [one if isinstance(one, Failure) else await self._perform(caller, one) for one in actions]

    async def _perform(self, caller: Caller, action: Action) -> Item | Failure:
        try:
            ref = self._items.check(caller, action.ref)

            def work(tx: WriteTx) -> Item:
                tally = Tally()
                item = self._items.load(tx, ItemRef(ref.mailbox, ref.item))
                properties = item.properties
                due = self._due(tx, item, self._base.clock())
                if due is None or not isinstance(properties, CalendarProperties | TaskProperties):
                    raise Failure("ErrorInvalidOperation", "The item has no reminder.")
                if action.until is not None:
                    changed = rules.snoozed(properties, due, action.until)
                else:
                    changed = rules.dismissed(properties, due, self._exceptions(tx, item))
                kept = rows.update(tx, self._base.store.blobs, tally, item, changed)
                tally.settle(tx)
                return kept

            return await self._base.store.write(work)
        except Failure as failure:
            return failure
