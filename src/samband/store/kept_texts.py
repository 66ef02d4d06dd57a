"""Texts that people wrote, on their way into the rows of ``conversation_history``: many at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from samband.model.conversation_history import Kind, Said
from samband.store.api import Value, WriteTx
from samband.store.conversation_history import NEVER, WAITS, give_up, pause
from samband.store.counters import next_id

MOST_TEXTS = 1000
MOST_SIZE = 1 << 20
"""A conversation of so many texts or characters goes on as another one."""
MOST_WAITING = 1000
"""Most copies of one owner that wait; of more, the oldest is given up."""
_SILENCE = {Kind.TWO: 600_000, Kind.CONFERENCE: 3_600_000}
"""Milliseconds of silence after which a conversation without a session of its own is another one."""

_encode = msgspec.msgpack.Encoder().encode
Row = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Keeping:
    """One text and what it is kept with: what addresses are called and who of them gets copies (of what was missed,
    those whom it was for), marks for new copies, and when (in milliseconds) it was sent."""

    said: Said
    names: Mapping[str, str]
    owners: Mapping[str, str]
    """Address -> objectGUID of those with a mailbox."""
    mark: Callable[[], str]
    now: int


def record(tx: WriteTx, texts: Sequence[Keeping]) -> list[str]:
    """Keep texts; the owners of copies that were given up for it."""
    recording = _Recording(tx)
    for one in texts:
        recording.add(one)
    recording.write()
    return recording.lost


@dataclass(slots=True)
class _Conversation:
    id: int
    session: str
    last: int
    size: int
    members: dict[str, int]
    """By address."""
    changed: int = 0


class _Recording:
    """What several texts change: asked of the rows as they are added, put into them all together."""

    def __init__(self, tx: WriteTx) -> None:
        self._tx = tx
        self._latest: dict[tuple[str, Kind], _Conversation] = {}
        """The conversation that the latest text of this recording went into, by place and kind."""
        self._begun: list[tuple[_Conversation, Said, int]] = []
        self._joined: list[tuple[int, int, str, str, str, str]] = []
        """Conversation, member, address, name, owner, mark."""
        self._texts: list[Row] = []
        self._changed: dict[int, _Conversation] = {}
        self._due: dict[tuple[int, int], tuple[int, int]] = {}
        """(Conversation, member) -> the number of the latest text for the copy, and when it is due."""
        self._waiting: dict[str, int] = {}
        """How many copies of an owner wait, where that was counted."""
        self.lost: list[str] = []

    def add(self, one: Keeping) -> None:
        said = one.said
        head = self._find(said, one.now)
        if head is None or head.last >= MOST_TEXTS or head.size >= MOST_SIZE:
            head = _Conversation(next_id(self._tx, "conversation_history"), said.session, 0, 0, {})
            self._begun.append((head, said, one.now))
        self._latest[said.place, said.kind] = head
        addresses = tuple(dict.fromkeys((said.sender, *said.receivers)))
        for address in addresses:
            if address not in head.members:
                self._join(head, address, one)
        members = head.members
        head.last = number = head.last + 1
        head.size += len(said.content)
        head.changed = one.now
        self._changed[head.id] = head
        audience = _encode([members[address] for address in addresses])
        self._texts.append((head.id, number, one.now, members[said.sender], int(said.html), said.content, audience))
        # Who was not reached has a copy with what was missed, whoever missed it; who wrote it has none.
        for address in said.receivers if said.kind is Kind.MISSED else addresses:
            key = (head.id, members[address])
            before = self._due.get(key)
            self._due[key] = (number, one.now + pause(number) if before is None else before[1])

    def write(self) -> None:
        """Put everything so far into the rows."""
        if not self._texts:
            return
        self._put(
            "INSERT INTO conversation_history (id, place, session, kind, subject, started, changed, last, size) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [self._begun_row(*begun) for begun in self._begun],
        )
        self._put(
            "INSERT INTO conversation_history_members (conversation, member, address, name, owner, mark, item, last, "
            "written, tried, refusals, due) VALUES (?, ?, ?, ?, ?, ?, '', ?, 0, 0, 0, ?)",
            [(*joined, *self._first_due(*joined[:2], joined[4])) for joined in self._joined],
        )
        self._put(
            "INSERT INTO conversation_history_texts (conversation, number, sent, sender, html, content, audience) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            self._texts,
        )
        self._put(
            "UPDATE conversation_history SET changed = ?, last = ?, size = ? WHERE id = ?",
            [(head.changed, head.last, head.size, head.id) for head in self._changed.values()],
        )
        self._put(
            "UPDATE conversation_history_members SET last = ?, due = CASE WHEN due > ? THEN ? ELSE due END "
            "WHERE conversation = ? AND member = ? AND owner <> ''",
            [(number, due, due, *key) for key, (number, due) in self._due.items()],
        )
        self._begun, self._joined, self._texts, self._changed, self._due = [], [], [], {}, {}

    def _put(self, sql: str, rows: Sequence[Row]) -> None:
        """Run a statement once a row: not at all where there is none, as that is a round trip all the same."""
        if rows:
            self._tx.many(sql, rows)

    def _begun_row(self, head: _Conversation, said: Said, started: int) -> Row:
        self._changed.pop(head.id, None)
        names = (said.place, said.session, said.kind, said.subject)
        return (head.id, *names, started, head.changed, head.last, head.size)

    def _first_due(self, conversation: int, member: int, owner: str) -> tuple[int, int]:
        number, due = self._due.pop((conversation, member), (0, NEVER))
        return (number, due) if owner else (0, NEVER)

    def _find(self, said: Said, now: int) -> _Conversation | None:
        """The conversation that a text goes on with."""
        if said.kind is Kind.MISSED:
            return None
        latest = self._latest.get((said.place, said.kind))
        if latest is not None:
            if not said.session or latest.session == said.session:
                return latest
            self.write()
        where, values = "AND changed >= ?", (now - _SILENCE[said.kind],)
        if said.session:
            where, values = "AND session = ?", (said.session,)  # type: ignore[assignment]
        row: Any = self._tx.one(
            "SELECT id, session, last, size FROM conversation_history "
            f"WHERE place = ? AND kind = ? {where} ORDER BY changed DESC, id DESC LIMIT 1",
            *(said.place, said.kind, *values),
        )
        if row is None:
            return None
        conversation, session, last, size = row
        sql = "SELECT address, member FROM conversation_history_members WHERE conversation = ?"
        members: Any = self._tx.all(sql, conversation)
        return _Conversation(conversation, session, last, size, dict(members))

    def _join(self, head: _Conversation, address: str, one: Keeping) -> None:
        """Make somebody a member."""
        wanted = one.said.kind is not Kind.MISSED or address in one.said.receivers
        owner = one.owners.get(address, "") if wanted else ""
        if owner:
            self._make_room(owner)
        member = head.members[address] = len(head.members)
        self._joined.append((head.id, member, address, one.names.get(address) or address, owner, one.mark()))

    def _make_room(self, owner: str) -> None:
        """Give up the oldest of too many copies that wait; one more waits then."""
        count = self._waiting.get(owner)
        if count is None:
            sql = f"SELECT count(*) FROM conversation_history_members WHERE owner = ? AND {WAITS}"
            found: Any = self._tx.one(sql, owner)
            count = int(found[0])
        self._waiting[owner] = count + 1
        if count < MOST_WAITING:
            return
        sql = f"SELECT conversation, member FROM conversation_history_members WHERE owner = ? AND {WAITS} "
        oldest: Any = self._tx.all(f"{sql}ORDER BY conversation, member LIMIT 1", owner)
        for conversation, member in oldest:
            give_up(self._tx, conversation, member)
            self._waiting[owner] = count
        self.lost.append(owner)
