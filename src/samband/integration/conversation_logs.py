"""Past conversations read from the mailboxes that have them, for the Lync side's clients: over EWS, as their owner.

What is there belongs to the mailbox: whatever else its owner reads and deletes conversations with sees the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol, TypeVar

from samband.integration.exchange_client import ExchangeClient, Unauthorized, Unreachable
from samband.integration.transcripts import read_texts
from samband.model.conversation_history import Party, Text
from samband.model.conversation_logs import ConversationLog, LogCounts
from samband.model.failures import Failure
from samband.model.people import Person
from samband.wire.ews.client import conversation_history as history
from samband.wire.ews.client import conversation_logs as wire
from samband.wire.ews.client.answers import Refused
from samband.wire.ews.client.filling import read_done
from samband.wire.xml.reading import Malformed

MOST_KNOWN = 10_000
"""Most mailboxes whose place is remembered."""
_INBOX = history.Folder(history.INBOX)
_GONE = frozenset({"ErrorItemNotFound", "ErrorInvalidIdMalformed", "ErrorInvalidId", "ErrorInvalidIdEmpty"})

T = TypeVar("T")


class People(Protocol):
    """The directory, as far as this feature reads it."""

    def by_smtp(self, address: str) -> Person | None: ...


class MailboxLogs:
    """See ``lync.actions.conversation_logs.Mailboxes``.

    Every method raises ``Failure``: ``MailboxUnavailable`` where the mailbox cannot be asked, ``NotFound`` where what
    is asked for is no past conversation of it.
    """

    def __init__(self, client: ExchangeClient, people: People) -> None:
        self._client = client
        self._people = people
        self._urls: dict[str, str] = {}
        """objectGUID -> where the mailbox is served, while that is true."""

    async def counts(self, person: Person) -> LogCounts:
        """How many conversations there are, those not answered among them."""
        kept = await self._kept(person, 1)
        missed = await self._ask(person, wire.find_logs(_INBOX, history.MISSED_CLASS, 1), wire.read_found)
        unread = wire.find_logs(_INBOX, history.MISSED_CLASS, 1, unread=True)
        return LogCounts(kept.total, missed.total, (await self._ask(person, unread, wire.read_found)).total)

    async def newest(self, person: Person, limit: int) -> list[str]:
        """Identifiers of the newest conversations, missed ones too, the newest first."""
        kept = await self._kept(person, limit)
        missed = await self._ask(person, wire.find_logs(_INBOX, history.MISSED_CLASS, limit), wire.read_found)
        both = sorted((*kept.items, *missed.items), key=lambda one: one[0], reverse=True)
        return [identifier for _, identifier in both[:limit]]

    async def log(self, person: Person, identifier: str) -> ConversationLog:
        """One conversation with everything that was said."""
        item = await self._item(person, identifier)
        return await asyncio.to_thread(self._log, identifier, item)

    async def mark_read(self, person: Person, identifier: str) -> None:
        """Its owner has seen it."""
        await self._item(person, identifier)
        await self._ask(person, wire.mark_read(identifier), read_done)

    async def remove(self, person: Person, identifier: str) -> None:
        """Put it where its owner's mailbox puts what is deleted."""
        await self._item(person, identifier)
        await self._ask(person, wire.remove_log(identifier), read_done)

    async def _kept(self, person: Person, limit: int) -> wire.Found:
        """What the history folder has; a mailbox may have none, or one by its name alone."""
        found = await self._ask_for(person, history.Folder(history.HISTORY), limit)
        if found is None:
            other = await self._ask(person, history.find_folder(), history.read_found_folder)
            found = await self._ask_for(person, history.Folder(id=other), limit) if other else None
        return found or wire.Found((), 0)

    async def _ask_for(self, person: Person, folder: history.Folder, limit: int) -> wire.Found | None:
        def read(body: bytes) -> wire.Found | None:
            try:
                return wire.read_found(body)
            except Refused as refused:
                if refused.code != "ErrorFolderNotFound":
                    raise
                return None

        return await self._ask(person, wire.find_logs(folder, history.CONVERSATION_CLASS, limit), read)

    async def _item(self, person: Person, identifier: str) -> wire.LoggedItem:
        item = await self._ask(person, wire.get_log(identifier), wire.read_log)
        if item.item_class not in wire.CLASSES:
            raise Failure("NotFound", "There is no such past conversation")
        return item

    async def _ask(self, person: Person, body: bytes, read: Callable[[bytes], T]) -> T:
        guid = person.objectGUID
        try:
            url = self._urls.get(guid) or await self._client.ews_url(person)
            answer = await self._client.ask(url, person, body)
            if len(self._urls) >= MOST_KNOWN:
                self._urls.clear()
            self._urls[guid] = url
            return await asyncio.to_thread(read, answer)
        except Refused as refused:
            if refused.code in _GONE:
                raise Failure("NotFound", "There is no such past conversation") from None
            raise Failure("MailboxUnavailable", f"The mailbox refuses: {refused.code}") from None
        except (Unauthorized, Unreachable, Malformed):
            self._urls.pop(guid, None)
            raise Failure("MailboxUnavailable", "The mailbox cannot be reached now") from None

    def _log(self, identifier: str, item: wire.LoggedItem) -> ConversationLog:
        sender = self._party(*item.sender)
        return ConversationLog(
            id=identifier,
            missed=item.item_class == history.MISSED_CLASS,
            is_read=item.is_read,
            subject=item.subject,
            importance=item.importance,
            created=item.received,
            sender=sender,
            receivers=tuple(self._party(*one) for one in item.receivers),
            thread=item.mark,
            texts=read_texts(item.body) or (Text(item.received, sender, True, item.body),),
        )

    def _party(self, name: str, mail: str) -> Party:
        person = self._people.by_smtp(mail)
        if person is None or not person.sip:
            return Party(mail.lower(), name or mail)
        return Party(person.sip.lower(), person.displayName)
