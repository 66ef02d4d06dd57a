"""Conferences, a row each. Organisers are objectGUIDs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

import msgspec

from samband.model.changes import ConferenceChanged
from samband.model.conferences import Conference, Terms
from samband.store.api import Row, Tx, WriteTx

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Terms).decode
_COLUMNS = "organizer, id, version, expires, listed, terms"
SCOPE = "conferences"


def get(tx: Tx, organizer: str, conference: str) -> Conference | None:
    """One conference, whether expired or not."""
    row = tx.one(f"SELECT {_COLUMNS} FROM conferences WHERE organizer = ? AND id = ?", organizer, conference)
    return _read(row) if row else None


def listed(tx: Tx, organizer: str, now: datetime, limit: int) -> list[Conference]:
    """At most ``limit`` conferences that were scheduled and have not expired, the first to expire first."""
    sql = f"SELECT {_COLUMNS} FROM conferences WHERE organizer = ? AND listed = 1 AND expires > ?"
    return [_read(row) for row in tx.all(f"{sql} ORDER BY expires, id LIMIT {limit:d}", organizer, _seconds(now))]


def every(tx: Tx, now: datetime) -> list[Conference]:
    """All that have not expired, whoever's, those of one organiser together."""
    sql = f"SELECT {_COLUMNS} FROM conferences WHERE expires > ? ORDER BY organizer, expires, id"
    return [_read(row) for row in tx.all(sql, _seconds(now))]


def count(tx: Tx, organizer: str, now: datetime) -> int:
    """How many conferences of ``organizer`` have not expired."""
    row = tx.one("SELECT COUNT(*) FROM conferences WHERE organizer = ? AND expires > ?", organizer, _seconds(now))
    return int(cast(int, row[0])) if row else 0


def put(tx: WriteTx, conference: Conference) -> None:
    """Keep a conference, new or changed, and say so."""
    tx.run(
        f"INSERT INTO conferences ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (organizer, id) DO UPDATE SET"
        " version = excluded.version, expires = excluded.expires, listed = excluded.listed, terms = excluded.terms",
        conference.organizer,
        conference.id,
        conference.version,
        _seconds(conference.expires),
        int(conference.listed),
        _encode(conference.terms),
    )
    tx.append(ConferenceChanged(scope=SCOPE, organizer=conference.organizer, conference=conference.id))


def remove(tx: WriteTx, organizer: str, conference: str) -> bool:
    """Forget a conference and say so; False where there is none."""
    found = tx.run("DELETE FROM conferences WHERE organizer = ? AND id = ?", organizer, conference) > 0
    if found:
        tx.append(ConferenceChanged(scope=SCOPE, organizer=organizer, conference=conference))
    return found


def remove_expired(tx: WriteTx, until: datetime) -> None:
    """Forget what had expired by then."""
    tx.run("DELETE FROM conferences WHERE expires <= ?", _seconds(until))


def _read(row: Row) -> Conference:
    organizer, conference, version, expires, is_listed, terms = row
    return Conference(
        organizer=cast(str, organizer),
        id=cast(str, conference),
        version=cast(int, version),
        expires=datetime.fromtimestamp(cast(int, expires), UTC),
        terms=_decode(cast(bytes, terms)),
        listed=bool(is_listed),
    )


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
