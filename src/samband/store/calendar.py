"""What calendars are searched by, exceptions of series, and working hours. Instants are seconds since 1970.

The entries are kept in the same write as the items they are of, so a window over a calendar touches no item.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple, cast

import msgspec

from samband.model.freebusy import (
    IS_EXCEPTION,
    IS_MEETING,
    IS_PRIVATE,
    IS_RECURRING,
    IS_REMINDER_SET,
    STATES,
    Stretch,
    WorkingHours,
)
from samband.model.item_values import Sensitivity
from samband.model.items import CalendarProperties
from samband.model.occurrences import Series
from samband.model.recurrence import Recurrence
from samband.model.series import series_of, span
from samband.model.timezones import ZoneDefinition
from samband.store.api import Tx, Value, WriteTx

_LONG = 14 * 86400
"""An appointment longer than this many seconds is looked for from the beginning of time."""
_COLUMNS = "item, ordinal, mailbox, folder, uid, spread, starts, ends, busy, flags, subject, location, series"
_INSERT = f"INSERT INTO calendar_entries ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_encode = msgspec.msgpack.Encoder().encode
_STATE_PLACE = {state: place for place, state in enumerate(STATES)}


class _SeriesEntry(msgspec.Struct, frozen=True):
    """What it takes to expand a series without its item; ``skipped`` are deleted and modified ordinals."""

    recurrence: Recurrence
    start: datetime
    end: datetime
    zone: ZoneDefinition | None
    skipped: tuple[int, ...]


_decode_series = msgspec.msgpack.Decoder(_SeriesEntry).decode
_decode_properties = msgspec.msgpack.Decoder(CalendarProperties).decode
_decode_hours = msgspec.msgpack.Decoder(WorkingHours).decode


@lru_cache(maxsize=4096)
def _series(packed: bytes) -> tuple[Series, frozenset[int]]:
    entry = _decode_series(packed)
    return series_of(entry.recurrence, entry.start, entry.end, entry.zone), frozenset(entry.skipped)


def _flags(properties: CalendarProperties, recurring: int = 0) -> int:
    return (
        recurring
        | (IS_MEETING if properties.is_meeting else 0)
        | (IS_REMINDER_SET if properties.reminder_is_set else 0)
        | (IS_PRIVATE if properties.sensitivity is Sensitivity.PRIVATE else 0)
    )


def _entry(place: tuple[int, int, str, int], properties: CalendarProperties, flags: int) -> list[Value]:
    """The columns of one stretch; ``place`` is item, ordinal, mailbox and folder."""
    starts, ends = _seconds(properties.start), _seconds(properties.end)
    return [
        *place,
        properties.uid,
        int(ends - starts > _LONG),
        starts,
        ends,
        _STATE_PLACE[properties.legacy_free_busy_status],
        flags,
        properties.subject,
        properties.location,
        None,
    ]


def _seconds(moment: datetime | None) -> int:
    return 0 if moment is None else int(moment.timestamp())


def index(
    tx: WriteTx,
    mailbox: str,
    folder: int,
    item: int,
    properties: CalendarProperties,
    exceptions: Mapping[int, CalendarProperties] | None = None,
) -> None:
    """Keep what a calendar item (and, of a series, each of its ``exceptions`` by ordinal) is searched by.

    ``exceptions`` None: those that are kept already.
    """
    drop(tx, item)
    add(tx, mailbox, folder, item, properties, exceptions)


def add(
    tx: WriteTx,
    mailbox: str,
    folder: int,
    item: int,
    properties: CalendarProperties,
    exceptions: Mapping[int, CalendarProperties] | None = None,
) -> None:
    """Keep what a new calendar item is searched by; see ``index``."""
    if properties.start is None or properties.end is None:
        return
    place = (item, 0, mailbox, folder)
    if properties.recurrence is None:
        tx.run(_INSERT, *_entry(place, properties, _flags(properties)))
        return
    if exceptions is None:
        exceptions = exceptions_of(tx, item)
    skipped = {gone.ordinal for gone in properties.deleted_occurrences} | set(exceptions)
    packed = _encode(
        _SeriesEntry(
            properties.recurrence,
            properties.start,
            properties.end,
            properties.start_time_zone,
            tuple(sorted(skipped)),
        )
    )
    row = _entry(place, properties, _flags(properties, IS_RECURRING))
    begins, ends = span(_series(packed)[0])
    row[5:8] = 1, _seconds(begins), _seconds(ends)
    row[12] = packed
    tx.run(_INSERT, *row)
    for ordinal, exception in exceptions.items():
        flags = _flags(exception, IS_RECURRING | IS_EXCEPTION)
        tx.run(_INSERT, *_entry((item, ordinal, mailbox, folder), exception, flags))


def drop(tx: WriteTx, item: int) -> None:
    """Forget what an item is searched by; its exceptions are kept."""
    tx.run("DELETE FROM calendar_entries WHERE item = ?", item)


_WINDOW = (
    "SELECT starts, ends, busy, flags, subject, location, item, ordinal, series FROM calendar_entries "
    "WHERE folder = ? AND spread = 0 AND starts < ? AND starts > ? AND (ends > ? OR starts >= ?) "
    "UNION ALL "
    "SELECT starts, ends, busy, flags, subject, location, item, ordinal, series FROM calendar_entries "
    "WHERE folder = ? AND spread = 1 AND starts < ? AND (ends > ? OR starts >= ?)"
)


def window(tx: Tx, folder: int, start: int, end: int) -> list[Stretch]:
    """What of a calendar folder overlaps [``start``, ``end``), series expanded, by start."""
    params = (folder, end, start - _LONG - 1, start, start, folder, end, start, start)
    rows = cast(list[tuple[Any, ...]], tx.all(_WINDOW, *params))
    found = []
    for row in rows:
        if row[8] is None:
            found.append(Stretch._make(row[:8]))
        else:
            found.extend(_expanded(row, start, end))
    found.sort()
    return found


def _expanded(row: tuple[Any, ...], start: int, end: int) -> list[Stretch]:
    series, skipped = _series(bytes(row[8]))
    _, _, busy, flags, subject, location, item, _, _ = row
    begin, stop = datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC)
    return [
        Stretch(_seconds(one.start), _seconds(one.end), busy, flags, subject, location, item, one.ordinal)
        for one in series.window(begin, stop)
        if one.ordinal not in skipped
    ]


def reminding(tx: Tx, folder: int) -> list[int]:
    """The items of a calendar folder that remind of themselves."""
    sql = "SELECT DISTINCT item FROM calendar_entries WHERE folder = ? AND (flags & ?) <> 0"
    return [cast(int, row[0]) for row in tx.all(sql, folder, IS_REMINDER_SET)]


class Known(NamedTuple):
    """Where an item with some UID stands."""

    item: int
    folder: int


def by_uid(tx: Tx, mailbox: str, uid: str) -> list[Known]:
    """The calendar items of a mailbox (in any folder) with a UID, oldest first."""
    rows = tx.all(
        "SELECT item, folder FROM calendar_entries WHERE mailbox = ? AND uid = ? AND ordinal = 0 ORDER BY item",
        mailbox,
        uid,
    )
    return [Known(*cast(tuple[int, int], row)) for row in rows]


def exceptions_of(tx: Tx, item: int) -> dict[int, CalendarProperties]:
    """The occurrences of a series that differ from it, by ordinal."""
    rows = tx.all("SELECT ordinal, properties FROM calendar_exceptions WHERE item = ? ORDER BY ordinal", item)
    return {cast(int, ordinal): _decode_properties(cast(bytes, packed)) for ordinal, packed in rows}


def exception(tx: Tx, item: int, ordinal: int) -> CalendarProperties | None:
    """One occurrence that differs from its series; None where it does not."""
    row = tx.one("SELECT properties FROM calendar_exceptions WHERE item = ? AND ordinal = ?", item, ordinal)
    return _decode_properties(cast(bytes, row[0])) if row else None


def put_exception(tx: WriteTx, item: int, ordinal: int, properties: CalendarProperties) -> None:
    """Keep what an occurrence is that differs from its series. ``index`` the series after it."""
    tx.run(
        "INSERT INTO calendar_exceptions (item, ordinal, properties) VALUES (?, ?, ?) "
        "ON CONFLICT (item, ordinal) DO UPDATE SET properties = excluded.properties",
        item,
        ordinal,
        _encode(properties),
    )


def drop_exception(tx: WriteTx, item: int, ordinal: int) -> None:
    """Let an occurrence be as its series has it, or be gone. ``index`` the series after it."""
    tx.run("DELETE FROM calendar_exceptions WHERE item = ? AND ordinal = ?", item, ordinal)


def drop_exceptions(tx: WriteTx, item: int) -> None:
    """Forget every exception of a series."""
    tx.run("DELETE FROM calendar_exceptions WHERE item = ?", item)


def copy_exceptions(tx: WriteTx, item: int, to: int) -> None:
    """Give the exceptions of ``item`` to ``to`` too."""
    tx.run(
        "INSERT INTO calendar_exceptions (item, ordinal, properties) "
        "SELECT CAST(? AS BIGINT), ordinal, properties FROM calendar_exceptions WHERE item = ?",
        to,
        item,
    )


def working_hours(tx: Tx, mailbox: str) -> WorkingHours | None:
    """When the owner of a mailbox works; None where that was never said."""
    row = tx.one("SELECT hours FROM working_hours WHERE mailbox = ?", mailbox)
    return _decode_hours(cast(bytes, row[0])) if row else None


def put_working_hours(tx: WriteTx, mailbox: str, hours: WorkingHours) -> None:
    """Keep when the owner of a mailbox works."""
    tx.run(
        "INSERT INTO working_hours (mailbox, hours) VALUES (?, ?) "
        "ON CONFLICT (mailbox) DO UPDATE SET hours = excluded.hours",
        mailbox,
        _encode(hours),
    )
