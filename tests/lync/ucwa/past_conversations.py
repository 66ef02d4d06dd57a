"""Mailboxes in memory that have past conversations."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from samband.model.conversation_history import Party, Text
from samband.model.conversation_logs import ConversationLog, LogCounts
from samband.model.failures import Failure
from samband.model.people import Person

ALICE, BOB, CAROL, STRANGER = (
    Party(f"{name}@{domain}.test", name.title())
    for name, domain in (("alice", "contoso"), ("bob", "contoso"), ("carol", "contoso"), ("sue", "fabrikam"))
)
NOON = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


class PastConversations:
    """See ``lync.actions.conversation_logs.Mailboxes``. ``away``: none answers."""

    def __init__(self) -> None:
        self.logs: dict[str, list[ConversationLog]] = {}
        """By the name of whose they are, the newest first."""
        self.away = False
        self.asked = 0

    def put(self, name: str, *texts: tuple[Party, str], to: tuple[Party, ...] = (ALICE,), missed: bool = False) -> str:
        """A conversation that its first speaker began; its identifier."""
        own = self.logs.setdefault(name, [])
        identifier = f"AA+/{len(own)}=="
        said = tuple(
            Text(NOON + timedelta(seconds=n), who, "<" in words, words) for n, (who, words) in enumerate(texts)
        )
        log = ConversationLog(
            id=identifier,
            missed=missed,
            is_read=not missed,
            subject=f"About {len(own)}",
            importance="Normal",
            created=NOON,
            sender=texts[0][0],
            receivers=to,
            thread="thread",
            texts=said,
        )
        own.insert(0, log)
        return identifier

    def _own(self, person: Person) -> list[ConversationLog]:
        self.asked += 1
        if self.away:
            raise Failure("MailboxUnavailable", "The mailbox cannot be reached now")
        return self.logs.setdefault(person.sAMAccountName, [])

    async def counts(self, person: Person) -> LogCounts:
        own = self._own(person)
        missed = [one for one in own if one.missed]
        return LogCounts(len(own) - len(missed), len(missed), sum(not one.is_read for one in missed))

    async def newest(self, person: Person, limit: int) -> list[str]:
        return [one.id for one in self._own(person)][:limit]

    async def log(self, person: Person, identifier: str) -> ConversationLog:
        found = next((one for one in self._own(person) if one.id == identifier), None)
        if found is None:
            raise Failure("NotFound", "There is no such past conversation")
        return found

    async def mark_read(self, person: Person, identifier: str) -> None:
        found = await self.log(person, identifier)
        own = self._own(person)
        own[own.index(found)] = replace(found, is_read=True)

    async def remove(self, person: Person, identifier: str) -> None:
        self._own(person).remove(await self.log(person, identifier))
