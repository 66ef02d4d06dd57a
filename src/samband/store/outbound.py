"""Rows of mail on its way out of the organisation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from samband.model.changes import MailQueued
from samband.model.outbound import SCOPE, Queued, Waiting, WayOut
from samband.store.api import Blobs, Row, Tx, Value, WriteTx
from samband.store.attachments import keep, kept
from samband.store.counters import next_id

_RECIPIENT = (
    "message, place, address, domain, notify, original, attempts, next_attempt, delay_told, last_reply, created"
)
_PART = 200
"""How many messages one statement asks for."""


def insert(tx: WriteTx, blobs: Blobs, way: WayOut, subject: str, content: bytes, now: int) -> int:
    """Queue a message, packed as ``content``, to be sent at once; its number."""
    message = next_id(tx, "outbound")
    row, blob = keep(blobs, content)
    tx.run(
        "INSERT INTO outbound_messages (id, sender, envelope_id, ret, subject, created, blob, content) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        *(message, way.sender, way.envelope_id, way.ret, subject, now, blob, row),
    )
    tx.many(
        "INSERT INTO outbound_recipients (message, place, address, domain, notify, original, created, attempts, "
        "next_attempt, delay_told, last_reply, claimed_by, claimed_until) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, 0, '', "
        "'', 0)",
        [
            (message, place, one.recipient.address, one.domain, one.notify, one.original, now, now)
            for place, one in enumerate(way.recipients)
        ],
    )
    tx.append(MailQueued(scope=SCOPE))
    return message


def due_domains(tx: Tx, now: int, busy: Sequence[str], limit: int) -> list[str]:
    """Domains with mail to be sent now, those that have waited longest first, without ``busy`` ones."""
    marks = f"AND domain NOT IN ({', '.join('?' * len(busy))}) " if busy else ""
    values: tuple[Value, ...] = (now, now, *busy, limit)
    found = tx.all(
        f"SELECT domain FROM outbound_recipients WHERE next_attempt <= ? AND claimed_until <= ? {marks}"
        "GROUP BY domain ORDER BY min(next_attempt) LIMIT ?",
        *values,
    )
    return [str(row[0]) for row in found]


def next_time(tx: Tx, now: int) -> int | None:
    """When the next recipient's turn is who is nobody's yet; None where there is none."""
    row = tx.one("SELECT min(next_attempt) FROM outbound_recipients WHERE claimed_until <= ?", now)
    return None if row is None or row[0] is None else int(str(row[0]))


def claim(tx: WriteTx, domain: str | None, owner: str, now: int, until: int, most: int) -> Queued | None:
    """Take the message that has waited longest (for ``domain``, None: for any), with at most ``most`` of its
    recipients there, for ``owner`` until the second ``until``."""
    there, values = ("AND domain = ? ", (domain,)) if domain is not None else ("", ())
    first = tx.one(
        f"SELECT message FROM outbound_recipients WHERE next_attempt <= ? AND claimed_until <= ? {there}"
        "ORDER BY next_attempt, message LIMIT 1",
        *(now, now, *values),
    )
    if first is None:
        return None
    rows = tx.all(
        f"SELECT {_RECIPIENT} FROM outbound_recipients WHERE message = ? AND next_attempt <= ? AND claimed_until <= ? "
        f"{there}ORDER BY place LIMIT ?",
        *(first[0], now, now, *values, most),
    )
    found = _queued(tx, [(int(str(first[0])), [_waiting(row) for row in rows])])[0]
    _change(tx, found.id, "claimed_by = ?, claimed_until = ?", (owner, until), found.recipients)
    return found


def overdue(tx: Tx, expired: int, slow: int, now: int, limit: int) -> list[Queued]:
    """Messages that came before ``expired``, or before ``slow`` with nobody told of it: those of their recipients who
    are nobody's yet."""
    rows = tx.all(
        f"SELECT {_RECIPIENT} FROM outbound_recipients WHERE claimed_until <= ? AND (created <= ? OR (created <= ? "
        "AND delay_told = 0 AND attempts > 0)) ORDER BY message, place LIMIT ?",
        *(now, expired, slow, limit),
    )
    return _together(tx, rows)


def every(tx: Tx) -> list[Queued]:
    """Everything that waits, the oldest first."""
    return _together(tx, tx.all(f"SELECT {_RECIPIENT} FROM outbound_recipients ORDER BY message, place"))


def content(tx: Tx, blobs: Blobs, message: int) -> bytes | None:
    """The packed message; None where it is not there any more."""
    row = tx.one("SELECT content, blob FROM outbound_messages WHERE id = ?", message)
    return None if row is None else kept(blobs, row[0], row[1])


def done(tx: WriteTx, message: int, recipients: Iterable[Waiting]) -> list[int]:
    """``recipients`` are not waited for any more; the places of those who were there. The last one takes the message
    along."""
    gone = [
        one.place
        for one in recipients
        if tx.run("DELETE FROM outbound_recipients WHERE message = ? AND place = ?", message, one.place)
    ]
    if tx.one("SELECT place FROM outbound_recipients WHERE message = ? LIMIT 1", message) is None:
        tx.run("DELETE FROM outbound_messages WHERE id = ?", message)
    return gone


def defer(tx: WriteTx, message: int, recipient: Waiting, next_attempt: int, reply: str) -> None:
    """An attempt failed: the next one is at ``next_attempt``."""
    sets = "attempts = ?, next_attempt = ?, last_reply = ?, claimed_by = '', claimed_until = 0"
    _change(tx, message, sets, (recipient.attempts + 1, next_attempt, reply), (recipient,))


def due(tx: Tx, domain: str | None, now: int, limit: int) -> list[tuple[int, Waiting]]:
    """Recipients (in ``domain``, None: anywhere) whose turn it is and who are nobody's, by message."""
    there, values = ("AND domain = ? ", (domain,)) if domain is not None else ("", ())
    sql = f"SELECT {_RECIPIENT} FROM outbound_recipients WHERE next_attempt <= ? AND claimed_until <= ? {there}LIMIT ?"
    return [(int(str(row[0])), _waiting(row)) for row in tx.all(sql, now, now, *values, limit)]


def release(tx: WriteTx, message: int, recipients: Sequence[Waiting]) -> None:
    """They are nobody's again, and as if there had been no attempt."""
    _change(tx, message, "claimed_by = '', claimed_until = 0", (), recipients)


def release_all(tx: WriteTx, owner: str) -> None:
    """What ``owner`` took and did not come to the end of is nobody's again."""
    tx.run("UPDATE outbound_recipients SET claimed_by = '', claimed_until = 0 WHERE claimed_by = ?", owner)


def told(tx: WriteTx, message: int, recipients: Iterable[Waiting]) -> list[int]:
    """The sender knows that it takes longer; the places of those of whom that was new."""
    sql = "UPDATE outbound_recipients SET delay_told = 1 WHERE message = ? AND place = ? AND delay_told = 0"
    return [one.place for one in recipients if tx.run(sql, message, one.place)]


def retry(tx: WriteTx, messages: Sequence[int]) -> int:
    """Try ``messages`` (none: everything) now; how many recipients that are."""
    now = "UPDATE outbound_recipients SET next_attempt = created"
    count = sum(tx.run(f"{now} WHERE message = ?", one) for one in messages) if messages else tx.run(now)
    tx.append(MailQueued(scope=SCOPE))
    return count


def drop(tx: WriteTx, message: int) -> bool:
    """Forget a message; whether it was there. Nobody is told."""
    tx.run("DELETE FROM outbound_recipients WHERE message = ?", message)
    return tx.run("DELETE FROM outbound_messages WHERE id = ?", message) > 0


def _change(tx: WriteTx, message: int, sets: str, values: tuple[Value, ...], recipients: Sequence[Waiting]) -> None:
    tx.many(
        f"UPDATE outbound_recipients SET {sets} WHERE message = ? AND place = ?",
        [(*values, message, one.place) for one in recipients],
    )


def _together(tx: Tx, rows: Sequence[Row]) -> list[Queued]:
    found: dict[int, list[Waiting]] = {}
    for row in rows:
        found.setdefault(int(str(row[0])), []).append(_waiting(row))
    return _queued(tx, list(found.items()))


def _queued(tx: Tx, waiting: Sequence[tuple[int, list[Waiting]]]) -> list[Queued]:
    heads: dict[Any, Row] = {}
    for start in range(0, len(waiting), _PART):
        ids = [message for message, _ in waiting[start : start + _PART]]
        marks = ", ".join("?" * len(ids))
        sql = f"SELECT id, sender, envelope_id, ret, subject, created FROM outbound_messages WHERE id IN ({marks})"
        heads |= {row[0]: row for row in tx.all(sql, *ids)}
    return [_message(heads[message], people) for message, people in waiting if message in heads]


def _message(row: Row, people: Sequence[Waiting]) -> Queued:
    values: Any = row
    message, sender, envelope_id, ret, subject, created = values
    return Queued(message, sender, envelope_id, ret, subject, created, tuple(people))


def _waiting(row: Row) -> Waiting:
    values: Any = row
    place, address, domain, notify, original, attempts, next_attempt, told_already, reply = values[1:10]
    return Waiting(place, address, domain, notify, original, attempts, next_attempt, bool(told_already), reply)
