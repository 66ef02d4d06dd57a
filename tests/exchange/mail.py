"""Items put into mailboxes without a client: for tests of what reads them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from samband.model.item_values import Body, BodyKind, EmailAddress
from samband.model.items import CalendarProperties, Item, ItemKind, MessageProperties
from samband.model.people import Person
from samband.store import item_places, items
from samband.store.api import WriteTx
from samband.store.items import Tally
from tests.exchange.world import World

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def message(subject: str, number: int = 0, **more: Any) -> MessageProperties:
    """A message received ``number`` minutes after noon."""
    given: dict[str, Any] = {
        "subject": subject,
        "body": Body(BodyKind.TEXT, f"About {subject}."),
        "from_": EmailAddress("Bob", "bob@contoso.test"),
        "sender": EmailAddress("Bob", "bob@contoso.test"),
        "to_recipients": (EmailAddress("Alice", "alice@contoso.test"),),
        "date_time_received": NOON + timedelta(minutes=number),
        "date_time_sent": NOON + timedelta(minutes=number),
        "date_time_created": NOON + timedelta(minutes=number),
    }
    return MessageProperties(**(given | more))


class Post:
    """Puts items into the mailbox of one person, and does things to them."""

    def __init__(self, world: World, owner: Person) -> None:
        self.world = world
        self.mailbox = owner.msExchMailboxGuid
        self._blobs = world.store.blobs

    async def folder(self, name: str) -> int:
        """The row of a default folder."""
        return (await self.world.exchange.folders.ensure(self.mailbox))[name]

    async def put(self, folder: int, *messages: MessageProperties) -> list[Item]:
        """Put messages into a folder, in one write."""
        return await self._write(
            lambda tx, tally: [
                items.insert(
                    tx, self._blobs, tally, self.mailbox, folder, ItemKind.MESSAGE, "IPM.Note", one, new_mail=True
                )
                for one in messages
            ]
        )

    async def put_event(self, folder: int, properties: CalendarProperties) -> Item:
        """Put an appointment into a folder."""
        return await self._write(
            lambda tx, tally: items.insert(
                tx, self._blobs, tally, self.mailbox, folder, ItemKind.CALENDAR_ITEM, "IPM.Appointment", properties
            )
        )

    async def change(self, item: int, **properties: Any) -> None:
        """Write other properties of an item."""

        def work(tx: WriteTx, tally: Tally) -> None:
            found = self._get(tx, item)
            items.update(tx, self._blobs, tally, found, msgspec.structs.replace(found.properties, **properties))

        await self._write(work)

    async def read(self, item: int, is_read: bool) -> None:
        """Set nothing but the read flag."""
        await self._write(lambda tx, tally: items.set_read(tx, tally, self._get(tx, item), is_read))

    async def move(self, item: int, folder: int) -> Item:
        """Move an item; it gets a new row."""
        return await self._write(lambda tx, tally: item_places.move(tx, tally, self._get(tx, item), folder))

    async def copy(self, item: int, folder: int) -> Item:
        """Copy an item."""
        return await self._write(
            lambda tx, tally: item_places.copy(tx, tally, self._get(tx, item), self.mailbox, folder)
        )

    async def remove(self, item: int) -> None:
        """Delete an item for good."""
        await self._write(lambda tx, tally: item_places.remove(tx, tally, self._get(tx, item)))

    def _get(self, tx: WriteTx, item: int) -> Item:
        found = items.get(tx, self._blobs, item)
        assert found is not None
        return found

    async def _write(self, work: Any) -> Any:
        def settled(tx: WriteTx) -> Any:
            tally = Tally()
            result = work(tx, tally)
            tally.settle(tx)
            return result

        return await self.world.store.write(settled)
