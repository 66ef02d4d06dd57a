"""Rows of what people wrote to each other, and of the copies that their mailboxes get; ``kept_texts`` adds to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from samband.model.conversation_history import Copy, Kind, Party, Text
from samband.store.api import Tx, Value, WriteTx

NEVER = 1 << 62
"""``due`` of a copy that has everything."""
WAITS = f"due < {NEVER}"
"""Spelled out, as the index has it."""
_SHORTEST, _LONGEST = 2000, 15
"""Milliseconds, and how many times as long at most."""
_PART = 200

_decode = msgspec.msgpack.Decoder(tuple[int, ...]).decode


def pause(number: int) -> int:
    """How many milliseconds after the text with this number its copies are due: what follows at once is written with
    it, and the longer a conversation, whose item is always written whole, the longer that is."""
    return _SHORTEST * min(1 + number // 10, _LONGEST)


def owners(tx: Tx) -> dict[str, int]:
    """Those with copies that wait, and when the first is due."""
    rows = tx.all(f"SELECT owner, min(due) FROM conversation_history_members WHERE {WAITS} GROUP BY owner")
    return {str(owner): int(str(due)) for owner, due in rows if owner}


def waiting(tx: Tx, owner: str, now: int, limit: int) -> list[Copy]:
    """Copies of ``owner`` that are due, the oldest first."""
    rows = tx.all(
        f"SELECT conversation, member FROM conversation_history_members WHERE owner = ? AND due <= ? AND {WAITS} "
        "ORDER BY conversation, member LIMIT ?",
        *(owner, now, limit),
    )
    return [_copy(tx, int(str(conversation)), int(str(member))) for conversation, member in rows]


def _copy(tx: Tx, conversation: int, member: int) -> Copy:
    head: Any = tx.one("SELECT kind, subject, started FROM conversation_history WHERE id = ?", conversation)
    own: Any = tx.one(
        "SELECT last, mark, item, tried, refusals, written FROM conversation_history_members "
        "WHERE conversation = ? AND member = ?",
        *(conversation, member),
    )
    names: dict[int, Party] = {
        int(str(row[0])): Party(str(row[1]), str(row[2]))
        for row in tx.all(
            "SELECT member, address, name FROM conversation_history_members WHERE conversation = ? ORDER BY member",
            conversation,
        )
    }
    heard: set[int] = set()
    shown: set[int] = set()
    texts = []
    rows: Any = tx.all(
        "SELECT number, sent, sender, html, content, audience FROM conversation_history_texts WHERE conversation = ? "
        "ORDER BY number",
        conversation,
    )
    for number, sent, sender, html, content, audience in rows:
        present = _decode(bytes(audience))
        if member in present:
            heard.update(present)
            shown.update(present if number <= own[5] else ())
            texts.append(Text(_moment(sent), names[sender], bool(html), content))
    return Copy(
        conversation=conversation,
        member=member,
        kind=Kind(head[0]),
        subject=head[1],
        started=texts[0].sent if texts else _moment(head[2]),
        owner=names[member],
        parties=tuple(party for one, party in names.items() if one in heard),
        texts=tuple(texts),
        last=own[0],
        mark=own[1],
        item=own[2],
        tried=bool(own[3]),
        refusals=own[4],
        grown=head[0] == Kind.CONFERENCE and shown != heard,
    )


def begin(tx: WriteTx, copy: Copy) -> None:
    """An item is about to be made for a copy."""
    _set(tx, copy, "tried = 1")


def written(tx: WriteTx, copy: Copy, item: str, now: int) -> None:
    """The item has everything that ``copy`` has; what came meanwhile is to be written later."""
    if copy.kind is Kind.MISSED:
        _drop(tx, [copy.conversation])
        return
    sets = "item = ?, written = ?, tried = 0, refusals = 0, due = CASE WHEN last > ? THEN ? ELSE ? END"
    _set(tx, copy, sets, item, copy.last, copy.last, now + pause(copy.last), NEVER)


def refused(tx: WriteTx, copy: Copy, due: int) -> None:
    """The mailbox did not take a copy: it is tried again at ``due``."""
    _set(tx, copy, "refusals = refusals + 1, due = ?", due)


def unmade(tx: WriteTx, copy: Copy) -> None:
    """The item of a copy is not there any more."""
    _set(tx, copy, "item = '', written = 0, tried = 1")


def give_up(tx: WriteTx, conversation: int, member: int) -> None:
    """Nobody gets a copy for this member any more."""
    tx.run(
        "UPDATE conversation_history_members SET owner = '', due = ? WHERE conversation = ? AND member = ?",
        *(NEVER, conversation, member),
    )


def give_up_all(tx: WriteTx, owner: str) -> int:
    """Like ``give_up`` for every copy of ``owner`` that waits; how many they were."""
    sql = f"UPDATE conversation_history_members SET owner = '', due = ? WHERE owner = ? AND {WAITS}"
    return tx.run(sql, NEVER, owner)


def forget(tx: WriteTx, quiet: int, expired: int) -> tuple[int, int]:
    """Drop some conversations that nothing was said in since ``quiet`` and whose copies have everything, or since
    ``expired``; how many, and how many copies still waited."""
    waits = f"SELECT 1 FROM conversation_history_members m WHERE m.conversation = conversation_history.id AND m.{WAITS}"
    rows = tx.all(
        f"SELECT id FROM conversation_history WHERE changed < ? AND (changed < ? OR NOT EXISTS ({waits})) LIMIT ?",
        *(quiet, expired, _PART),
    )
    ids = [int(str(row[0])) for row in rows]
    lost = 0
    for conversation in ids:
        sql = f"SELECT count(*) FROM conversation_history_members WHERE conversation = ? AND {WAITS}"
        found = tx.one(sql, conversation)
        lost += int(str(found[0])) if found else 0
    _drop(tx, ids)
    return len(ids), lost


def _drop(tx: WriteTx, conversations: Sequence[int]) -> None:
    rows: list[Sequence[Value]] = [(one,) for one in conversations]
    for table, key in (("_texts", "conversation"), ("_members", "conversation"), ("", "id")):
        tx.many(f"DELETE FROM conversation_history{table} WHERE {key} = ?", rows)


def _set(tx: WriteTx, copy: Copy, sets: str, *values: Value) -> None:
    sql = f"UPDATE conversation_history_members SET {sets} WHERE conversation = ? AND member = ?"
    tx.run(sql, *values, copy.conversation, copy.member)


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
