"""Calendars in iCalendar files, entry by entry: a file may be larger than what is read at once."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import tzinfo
from functools import partial
from pathlib import Path

from samband.exchange.actions.imports import Arrival
from samband.exchange.folder_files import folder_name
from samband.exchange.ical_files import entries_of_ical
from samband.exchange.imports.file_batches import Piece, batches, expect
from samband.exchange.imports.places import folder_at, split_path
from samband.exchange.imports.source import Batch, Known, Left, Source, SourceFolder
from samband.model.failures import Failure
from samband.wire.ical.lines import MAX_BYTES

_CLASS = "IPF.Appointment"
_START, _END = b"BEGIN:VEVENT", b"END:VEVENT"
Spans = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class CalendarFiles:
    """``*.ics`` files, each a calendar."""

    path: Path
    into: str
    zone: tzinfo

    @property
    def name(self) -> str:
        return f"ics {self.path.resolve()}"

    async def folders(self) -> AsyncIterator[SourceFolder]:
        """See ``Source``. Raises ``OSError``."""
        start = split_path(self.into)
        if self.path.is_file():
            expect(self.path, b"BEGIN:VCALENDAR", "iCalendar file")
            yield folder_at(start or ("Calendar",), _CLASS, str(self.path))
            return
        files = sorted(one for one in self.path.rglob("*.ics") if one.is_file())
        if not files:
            raise FileNotFoundError(2, "holds no .ics file", str(self.path))
        for file in files:
            names = [folder_name(part) for part in file.relative_to(self.path).parts]
            names[-1] = names[-1][: -len(".ics")]
            yield folder_at((*start, *names), _CLASS, str(file))

    async def items(self, folder: SourceFolder, known: Known) -> AsyncIterator[Batch]:
        """See ``Source``. Raises ``OSError``."""
        async for batch in batches(_pieces(Path(folder.id), folder.label, self.zone), known):
            yield batch


def source(path: Path, into: str, zone: tzinfo) -> Source:
    """The calendars in a file or a folder; times that name no zone are in ``zone``."""
    return CalendarFiles(path, into, zone)


def _pieces(path: Path, label: str, zone: tzinfo) -> Iterator[Piece]:
    for uid, spans in _by_uid(path).items():
        key = hashlib.sha256(f"{label}\0".encode() + uid).hexdigest()[:40]
        size = sum(length for _, length in spans)
        if size > MAX_BYTES:
            yield Piece(key, 0, partial(Left, f"the entry {uid[:60]!r}", "it is larger than 4 MB"))
        else:
            yield from _entries(path, key, spans, size, zone)


def _entries(path: Path, key: str, spans: Spans, size: int, zone: tzinfo) -> Iterator[Piece]:
    """One piece an entry: several may share an identifier."""
    with path.open("rb") as file:
        parts = []
        for offset, length in spans:
            file.seek(offset)
            parts.append(file.read(length).decode("utf-8", "replace"))
    text = f"BEGIN:VCALENDAR\r\n{''.join(parts)}END:VCALENDAR\r\n"
    try:
        found = entries_of_ical(text, zone)
    except Failure as failure:
        yield Piece(key, size, partial(Left, f"the entry {_summary(text)!r}", failure.text))
        return
    for number, entry in enumerate(found):
        own = f"{key}:{number}"
        arrival = Arrival(key=own, draft=entry.draft, exceptions=entry.exceptions)
        yield Piece(own, size, partial(_given, arrival))


def _summary(text: str) -> str:
    return next((line[8:68] for line in text.splitlines() if line.upper().startswith("SUMMARY:")), "")


def _given(arrival: Arrival) -> Arrival:
    return arrival


def _by_uid(path: Path) -> dict[bytes, Spans]:
    """Where the events of each identifier stand: offset and length. Events without one stand alone."""
    found: dict[bytes, Spans] = {}
    begin, uid, at, alone = 0, b"", 0, 0
    with path.open("rb") as file:
        while line := file.readline():
            word = line.strip().upper()
            if word == _START:
                begin, uid = at, b""
            elif line[:4].upper() in (b"UID:", b"UID;") and not uid:
                # A folded identifier is cut at its first line: in one calendar that is enough to tell two apart,
                # and entries that share it are told apart when they are read.
                uid = line.strip()
            at += len(line)
            if word == _END:
                alone += not uid
                found.setdefault(uid or b"\0%d" % alone, []).append((begin, at - begin))
    return found
