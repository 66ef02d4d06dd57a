"""What users write to each other, kept until their mailboxes have it.

A text is on disk before its sender hears that it arrived: a crash loses at most what nobody was told of. It waits here
for as long as a mailbox cannot be reached, within bounds.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

from samband.directory.api import Directory
from samband.model.conversation_history import MOST_TEXT, Copy, Kind, Said
from samband.model.people import Person
from samband.store import conversation_history as rows
from samband.store import kept_texts
from samband.store.api import Store, StoreUnavailable, Tx, WriteTx

log = logging.getLogger(__name__)

QUIET = timedelta(hours=24)
"""How long after its last text a conversation can go on as the same one."""
LONGEST = timedelta(days=30)
"""How long a conversation waits for a mailbox."""
MOST_AT_ONCE = 20
"""Most copies of one owner that are handed out together."""

TOGETHER = 200
"""Most texts that are written together."""

T = TypeVar("T")
Hear = Callable[[], None]


@dataclass(frozen=True, slots=True)
class _Batch:
    """Texts that are written together."""

    kept: asyncio.Future[None]
    texts: list[kept_texts.Keeping] = field(default_factory=list)


class ConversationHistory:
    """One for a Lync side. ``mark`` gives a fresh word that cannot be guessed.

    Every asynchronous method raises ``OSError`` where the store cannot do it now.
    """

    def __init__(
        self, store: Store, directory: Directory, clock: Callable[[], datetime], mark: Callable[[], str]
    ) -> None:
        self._store = store
        self._directory = directory
        self._clock = clock
        self._mark = mark
        self._hearers: list[Hear] = []
        self._batches: deque[_Batch] = deque()
        """What waits to be written: as much as there are answers that wait for it."""
        self._writing: asyncio.Task[None] | None = None
        self._without: set[str] = set()
        """objectGUIDs of people without a mailbox of whom that was said."""

    def listen(self, hear: Hear) -> None:
        """Call ``hear`` whenever there is something new to be written."""
        self._hearers.append(hear)

    def keep(self, said: Said) -> asyncio.Future[None]:
        """Keep one text for those of its people who have a mailbox; on disk when what is given back is done.

        What comes while something is being written is written together afterwards. The future is that of all of them:
        whoever may be cancelled has to shield it.
        """
        loop = asyncio.get_running_loop()
        keeping = self._keeping(said)
        if keeping is None:
            nothing = loop.create_future()
            nothing.set_result(None)
            return nothing
        batches = self._batches
        if not batches or len(batches[-1].texts) >= TOGETHER:
            batches.append(_Batch(loop.create_future()))
        batch = batches[-1]
        batch.texts.append(keeping)
        if self._writing is None:
            self._writing = loop.create_task(self._write_texts())
        return batch.kept

    def _keeping(self, said: Said) -> kept_texts.Keeping | None:
        """A text with everything it is kept with; None where nobody gets a copy."""
        people = {one: self._directory.by_sip(one) for one in (said.sender, *said.receivers)}
        wanted = said.receivers if said.kind is Kind.MISSED else people
        owners = {address: guid for address in wanted if (guid := self._owner(people[address]))}
        if not owners or not said.content.strip():
            return None
        names = dict(said.names) | {one: person.displayName for one, person in people.items() if person is not None}
        short = said if len(said.content) <= MOST_TEXT else replace(said, content=said.content[:MOST_TEXT])
        return kept_texts.Keeping(short, names, owners, self._mark, self._now())

    async def _write_texts(self) -> None:
        """Write what waits, and what comes meanwhile."""
        try:
            while self._batches:
                batch = self._batches.popleft()
                try:
                    await self._record(batch.texts)
                except Exception as error:
                    batch.kept.set_exception(error)
                else:
                    batch.kept.set_result(None)
        finally:
            self._writing = None

    async def _record(self, texts: list[kept_texts.Keeping]) -> None:
        try:
            lost = await self._write(partial(kept_texts.record, texts=texts))
        except OSError:
            raise
        except Exception:
            if len(texts) == 1:
                raise
            # One of them cannot be kept, and took the others with it.
            log.exception("some texts cannot be kept together")
            await self._record_each(texts)
            return
        for guid in lost:
            log.warning("too many conversations wait for a mailbox: the oldest is given up", extra={"owner": guid})
        for hear in self._hearers:
            hear()

    async def _record_each(self, texts: list[kept_texts.Keeping]) -> None:
        for one in texts:
            try:
                await self._record([one])
            except OSError:
                raise
            except Exception:
                log.exception("a text cannot be kept")

    def _owner(self, person: Person | None) -> str:
        """Whose mailbox gets a copy; empty where there is none."""
        if person is None:
            return ""
        if person.msExchMailboxGuid:
            return person.objectGUID
        if person.objectGUID not in self._without:
            self._without.add(person.objectGUID)
            log.info("no conversation history for somebody without a mailbox", extra={"person": person.sip})
        return ""

    # --- for whoever writes it into mailboxes

    async def owners(self) -> Mapping[str, datetime]:
        """objectGUIDs of those with something to be written, and from when on."""
        found = await self._read(rows.owners)
        return {guid: datetime.fromtimestamp(due / 1000, UTC) for guid, due in found.items()}

    async def waiting(self, guid: str) -> list[Copy]:
        """Some of what is to be written into a mailbox now, the oldest first."""
        now = self._now()
        return await self._read(lambda tx: rows.waiting(tx, guid, now, MOST_AT_ONCE))

    async def begin(self, copy: Copy) -> None:
        """An item is about to be made for it."""
        await self._write(partial(rows.begin, copy=copy))

    async def written(self, copy: Copy, item: str) -> None:
        """The mailbox has it."""
        await self._write(partial(rows.written, copy=copy, item=item, now=self._now()))

    async def unmade(self, copy: Copy) -> None:
        """Its item is not there any more."""
        await self._write(partial(rows.unmade, copy=copy))

    async def refused(self, copy: Copy, wait: timedelta) -> None:
        """The mailbox did not take it: again after ``wait``."""
        await self._write(partial(rows.refused, copy=copy, due=self._now() + _milliseconds(wait)))

    async def drop(self, guid: str) -> int:
        """Give up everything that waits for somebody; how much that was."""
        return await self._write(partial(rows.give_up_all, owner=guid))

    async def sweep(self) -> None:
        """Forget what is over, and what has waited too long."""
        now = self._now()
        quiet, expired = now - _milliseconds(QUIET), now - _milliseconds(LONGEST)
        dropped, lost = 1, 0
        while dropped:
            dropped, more = await self._write(partial(rows.forget, quiet=quiet, expired=expired))
            lost += more
        if lost:
            log.warning("conversations waited too long for a mailbox and are given up", extra={"copies": lost})

    async def _read(self, work: Callable[[Tx], T]) -> T:
        try:
            return await self._store.read(work)
        except StoreUnavailable as error:
            raise OSError(str(error)) from None

    async def _write(self, work: Callable[[WriteTx], T]) -> T:
        try:
            return await self._store.write(work)
        except StoreUnavailable as error:
            raise OSError(str(error)) from None

    def _now(self) -> int:
        return int(self._clock().timestamp() * 1000)


def _milliseconds(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)
