"""What users write to each other, kept until their mailboxes have it.

A text is on disk before its sender hears that it arrived (``spooled_texts``): a crash loses at most what nobody was
told of. It waits here for as long as a mailbox cannot be reached, within bounds.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

from msgspec.structs import replace

from samband.directory.api import Directory
from samband.lync.actions.spooled_texts import Spool, SpooledText, Waiting
from samband.model.conversation_history import MOST_TEXT, Copy, Kind, Said
from samband.model.people import Person
from samband.store import conversation_history as rows
from samband.store import kept_texts, spooled_texts
from samband.store.api import Store, StoreUnavailable, Tx, WriteTx

log = logging.getLogger(__name__)

QUIET = timedelta(hours=24)
"""How long after its last text a conversation can go on as the same one."""
LONGEST = timedelta(days=30)
"""How long a conversation waits for a mailbox."""
MOST_AT_ONCE = 20
"""Most copies of one owner that are handed out together."""

T = TypeVar("T")
Hear = Callable[[], None]


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
        self._spool = Spool(store, self._now, self._file, mark())
        self._without: set[str] = set()
        """objectGUIDs of people without a mailbox of whom that was said."""

    def listen(self, hear: Hear) -> None:
        """Call ``hear`` whenever there is something new to be written."""
        self._hearers.append(hear)

    async def start(self) -> None:
        """Go on with what the process before this one left; before the first text."""
        await self._spool.recover()

    async def close(self) -> None:
        """Put everything where it belongs; after the last text."""
        await self._spool.close()

    def keep(self, said: Said) -> Waiting | None:
        """Keep one text for those of its people who have a mailbox. It is on disk when what is given back is done, or
        has nothing to wait for where that is None."""
        text = self.keep_ahead(said)
        return text.taken() if text is not None else None

    def keep_ahead(self, said: Said) -> SpooledText | None:
        """Keep one text of which it is not known yet whether its receiver takes it: it has to be told. None where
        nobody gets a copy."""
        wanted = said.receivers if said.kind is Kind.MISSED else (said.sender, *said.receivers)
        by_sip = self._directory.by_sip
        for one in wanted:
            if self._owner(by_sip(one)):
                break
        else:
            return None
        if not said.content.strip():
            return None
        if len(said.content) > MOST_TEXT:
            said = replace(said, content=said.content[:MOST_TEXT])
        return self._spool.add(said)

    async def _file(self, texts: Sequence[SpooledText]) -> None:
        """Put texts into their conversations and out of the spool."""
        addresses = {one for text in texts for one in (text.said.sender, *text.said.receivers)}
        people = {one: person for one in addresses if (person := self._directory.by_sip(one)) is not None}
        names = {one: person.displayName for one, person in people.items()}
        owners = {one: guid for one, person in people.items() if (guid := self._owner(person))}

        def keeping(text: SpooledText) -> kept_texts.Keeping:
            own = dict(text.said.names) | names if text.said.names else names
            return kept_texts.Keeping(text.said, own, owners, self._mark, text.sent)

        def work(tx: WriteTx) -> list[str]:
            there = spooled_texts.drop(tx, [text.id for text in texts])
            # What is not, another process has filed.
            return kept_texts.record(tx, [keeping(text) for text in texts if text.id in there])

        try:
            lost = await self._write(work)
        except OSError:
            raise
        except Exception:
            await self._file_each(texts)
            return
        for guid in lost:
            log.warning("too many conversations wait for a mailbox: the oldest is given up", extra={"owner": guid})
        for hear in self._hearers:
            hear()

    async def _file_each(self, texts: Sequence[SpooledText]) -> None:
        """One of them cannot be kept, and took the others with it."""
        if len(texts) > 1:
            log.exception("some texts cannot be kept together")
            for one in texts:
                await self._file([one])
            return
        log.exception("a text cannot be kept")
        await self._write(partial(spooled_texts.drop, ids=[texts[0].id]))

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
