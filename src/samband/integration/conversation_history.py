"""Conversation history: what people wrote to each other by IM, put into their mailboxes over EWS.

The Lync side keeps it until the mailbox has it; this feature writes it, one item a conversation, changed while the
conversation lasts. A mailbox that cannot be reached now gets everything later.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from samband.integration.exchange_client import ExchangeClient, Unauthorized, Unreachable, UserRefused
from samband.integration.transcripts import history_item
from samband.model.conversation_history import Copy, Kind, Party
from samband.model.people import Person
from samband.wire.ews.client import conversation_history as wire
from samband.wire.ews.client.answers import Refused
from samband.wire.ews.client.filling import read_done, read_folder_id, read_item_id, read_item_ids
from samband.wire.xml.reading import Malformed

log = logging.getLogger(__name__)

AT_ONCE = 8
"""Mailboxes written to at one time."""
SHORTEST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(seconds=60)
"""Between two attempts at a mailbox that cannot be reached."""
FIRST_REFUSAL, LAST_REFUSAL = timedelta(minutes=1), timedelta(hours=1)
"""Between two attempts at a conversation that a mailbox refuses."""
GATHERING = 0.5
"""Seconds from the first of what is new to the look for what is due."""
SWEEP = timedelta(minutes=10)
_GONE = frozenset({"ErrorItemNotFound", "ErrorInvalidIdMalformed", "ErrorInvalidId", "ErrorInvalidIdEmpty"})


class People(Protocol):
    """The directory, as far as this feature reads it."""

    def by_guid(self, guid: str) -> Person | None: ...

    def by_sip(self, address: str) -> Person | None: ...


class Records(Protocol):
    """The Lync side: what waits to be written, by the objectGUID of whose mailbox it is for.

    Every method raises ``OSError`` where it cannot do it now.
    """

    async def owners(self) -> Mapping[str, datetime]: ...

    async def waiting(self, guid: str) -> Sequence[Copy]: ...

    async def begin(self, copy: Copy) -> None: ...

    async def written(self, copy: Copy, item: str) -> None: ...

    async def unmade(self, copy: Copy) -> None: ...

    async def refused(self, copy: Copy, wait: timedelta) -> None: ...

    async def drop(self, guid: str) -> int: ...

    async def sweep(self) -> None: ...


Hear = Callable[[str, str, bool], None]
"""Told of an item that was written: the objectGUID of whose mailbox it is in, its identifier, and whether it is new."""


class ConversationHistoryWriter:
    """One task that writes what waits."""

    def __init__(
        self, client: ExchangeClient, people: People, records: Records, clock: Callable[[], datetime], zone: ZoneInfo
    ) -> None:
        """``zone``: of the times in what is written."""
        self._client = client
        self._people = people
        self._records = records
        self._clock = clock
        self._zone = zone
        self._changed = asyncio.Event()
        self._rest: dict[str, tuple[datetime, timedelta]] = {}
        """objectGUID -> until when a mailbox is left alone, and how long that was this time."""
        self._silent: dict[str, str] = {}
        """objectGUID -> why nothing is written, as it was logged."""
        self._hearers: list[Hear] = []

    def listen(self, hear: Hear) -> None:
        """Call ``hear`` of every item that was written."""
        self._hearers.append(hear)

    def changed(self) -> None:
        """Tell that there is something new to be written."""
        self._changed.set()

    def try_again(self) -> None:
        """Tell that people or partners changed: what could not be reached may be now."""
        self._rest.clear()
        self._changed.set()

    async def run(self) -> None:
        """Write what waits, until cancelled."""
        swept: datetime | None = None
        while True:
            self._changed.clear()
            try:
                if swept is None or swept + SWEEP <= self._clock():
                    await self._records.sweep()
                    swept = self._clock()
                wait = await self._round()
            except OSError as error:
                log.warning("conversations cannot be read", extra={"why": str(error)})
                wait = LONGEST_WAIT
            await self._pause(min(wait, SWEEP).total_seconds())

    async def _pause(self, seconds: float) -> None:
        """Wait so long, or until something changed. What is new is not due at once: to look for it at every text, among
        all that waits, would cost more than to keep it."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(end):
                await self._changed.wait()
                await asyncio.sleep(GATHERING)

    async def _round(self) -> timedelta:
        """Write what is due; how long until there is something more."""
        due = await self._moments()
        now = self._clock()
        ready = [guid for guid, moment in sorted(due.items(), key=lambda one: one[1]) if moment <= now]
        for start in range(0, len(ready), AT_ONCE):
            done = await asyncio.gather(*(self._serve(guid) for guid in ready[start : start + AT_ONCE]))
            if not any(done):
                # Nobody's mailbox could be reached: most likely no other's can.
                for guid in ready[start + AT_ONCE :]:
                    self._rest.setdefault(guid, (self._clock() + SHORTEST_WAIT, SHORTEST_WAIT))
                break
        nearest = min((await self._moments()).values(), default=None)
        return SWEEP if nearest is None else max(nearest - self._clock(), timedelta(milliseconds=20))

    async def _moments(self) -> dict[str, datetime]:
        """When each mailbox has its turn."""
        due = await self._records.owners()
        for guid in self._rest.keys() - due.keys():
            del self._rest[guid]
        return {guid: max(moment, self._rest.get(guid, (moment,))[0]) for guid, moment in due.items()}

    async def _serve(self, guid: str) -> bool:
        """Write what is due for one mailbox; False where it could not be reached."""
        person = self._people.by_guid(guid)
        if person is None or not person.msExchMailboxGuid:
            return await self._give_up(guid)
        if not person.mail:
            self._leave_alone(person, "mail is empty: the mailbox cannot be found")
            return True
        try:
            url = await self._client.ews_url(person)
            for copy in await self._records.waiting(guid):
                await self._put(url, person, copy)
        except (Unauthorized, Unreachable, Malformed, OSError) as error:
            self._leave_alone(person, str(error))
            return isinstance(error, UserRefused)
        self._rest.pop(guid, None)
        if self._silent.pop(guid, ""):
            log.info("conversations are written into a mailbox again", extra={"mail": person.mail})
        return True

    async def _give_up(self, guid: str) -> bool:
        """Drop what waits for somebody without a mailbox; False where that cannot be done now."""
        try:
            lost = await self._records.drop(guid)
        except OSError as error:
            log.warning("conversations cannot be dropped", extra={"why": str(error)})
            self._rest[guid] = (self._clock() + LONGEST_WAIT, LONGEST_WAIT)
            return False
        log.info("conversations of somebody without a mailbox are given up", extra={"owner": guid, "copies": lost})
        return True

    def _leave_alone(self, person: Person, why: str) -> None:
        guid = person.objectGUID
        _, before = self._rest.get(guid, (None, SHORTEST_WAIT / 2))
        wait = min(before * 2, LONGEST_WAIT)
        self._rest[guid] = (self._clock() + wait, wait)
        if self._silent.get(guid) != why:
            self._silent[guid] = why
            log.warning("conversations wait for a mailbox", extra={"person": person.sip, "why": why})

    async def _put(self, url: str, person: Person, copy: Copy) -> None:
        try:
            item = await self._write(url, person, copy)
            await self._records.written(copy, item)
            for hear in self._hearers:
                hear(person.objectGUID, item, item != copy.item)
        except Refused as refused:
            wait = min(FIRST_REFUSAL * 2 ** min(copy.refusals, 10), LAST_REFUSAL)
            await self._records.refused(copy, wait)
            log.warning("a mailbox refused a conversation", extra={"mail": person.mail, "why": str(refused)})

    async def _write(self, url: str, person: Person, copy: Copy) -> str:
        """Make the item of a copy say everything; its identifier. Raises ``Refused`` and what cannot be reached."""
        item = history_item(copy, self._mail, self._zone)
        folder = wire.Folder(wire.INBOX if copy.kind is Kind.MISSED else wire.HISTORY)
        try:
            return await self._write_in(folder, url, person, copy, item)
        except Refused as refused:
            if refused.code != "ErrorFolderNotFound":
                raise
        return await self._write_in(wire.Folder(id=await self._folder(url, person)), url, person, copy, item)

    async def _write_in(self, folder: wire.Folder, url: str, person: Person, copy: Copy, item: wire.HistoryItem) -> str:
        known = copy.item
        if not known and copy.tried:
            found = read_item_ids(await self._client.ask(url, person, wire.find_item(folder, copy.mark)))
            known = found[0] if found else ""
        if known:
            try:
                if not copy.grown:
                    return read_item_id(await self._client.ask(url, person, wire.update_item(known, item)))
                # Whom a message went to cannot be changed: another one takes its place.
                read_done(await self._client.ask(url, person, wire.delete_item(known)))
            except Refused as refused:
                # Else its owner threw it away or put it elsewhere: what is said from now on must not be lost.
                if refused.code not in _GONE:
                    raise
            await self._records.unmade(copy)
        await self._records.begin(copy)
        return read_item_id(await self._client.ask(url, person, wire.create_item(folder, item)))

    async def _folder(self, url: str, person: Person) -> str:
        """A folder for conversations where the mailbox has none, the one made before or a new one."""
        found = wire.read_found_folder(await self._client.ask(url, person, wire.find_folder()))
        if found:
            return found
        return read_folder_id(await self._client.ask(url, person, wire.create_folder()))

    def _mail(self, party: Party) -> str:
        person = self._people.by_sip(party.address)
        return (person.mail or person.primary_smtp or party.address) if person is not None else party.address
