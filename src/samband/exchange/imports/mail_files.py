"""Messages in files: mbox, also with Mozilla's folders, and Maildir, also with its subfolders."""

from __future__ import annotations

import hashlib
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import partial
from pathlib import Path
from typing import BinaryIO

from samband.exchange.actions.imports import Arrival
from samband.exchange.folder_files import folder_name
from samband.exchange.imports.file_batches import Piece, batches, expect
from samband.exchange.imports.places import folder_at, split_path
from samband.exchange.imports.source import Batch, Known, Left, Source, SourceFolder
from samband.exchange.mail_marks import STATUS_FIELDS, Marks, marked, of_letters, of_status, status_in
from samband.exchange.messages import draft_of_mime
from samband.wire.mime.building import without_fields

MAX_MESSAGE = 256 * 1024 * 1024
_FROM = re.compile(rb"^From (\S*) +(.*)$")
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)
_TIMES = ("%a %b %d %H:%M:%S %Y", "%a %b %d %H:%M:%S %Z %Y", "%a %b %d %H:%M %Y", "%a %b %d %H:%M:%S %Y %z")


@dataclass(frozen=True, slots=True)
class MailFiles:
    """Files of messages: ``found`` lists (names of the folder, the file or folder), ``pieces`` cuts one up."""

    name: str
    found: Callable[[], Sequence[tuple[Sequence[str], Path]]]
    pieces: Callable[[Path, str], Iterator[Piece]]

    async def folders(self) -> AsyncIterator[SourceFolder]:
        """See ``Source``. Raises ``OSError``."""
        for names, path in self.found():
            yield folder_at(names, identifier=str(path))

    async def items(self, folder: SourceFolder, known: Known) -> AsyncIterator[Batch]:
        """See ``Source``. Raises ``OSError``."""
        pieces = self.pieces(Path(folder.id), f"{folder.default}/{'/'.join(folder.path)}")
        async for batch in batches(pieces, known):
            yield batch


def mbox_source(path: Path, into: str, zone: tzinfo | None = None) -> Source:
    """An mbox, or a folder of them: ``*.mbox``, and files without a suffix that begin like one."""

    def found() -> list[tuple[Sequence[str], Path]]:
        if path.is_file():
            expect(path, b"From ", "mbox")
            return [(split_path(into) or (path.stem,), path)]
        below = sorted(one for one in path.rglob("*") if one.is_file() and _is_mbox(one))
        if not below:
            raise FileNotFoundError(2, "holds no mbox", str(path))
        return [((*split_path(into), *_names(one.relative_to(path))), one) for one in below]

    return MailFiles(f"mbox {path.resolve()}", found, _mbox_pieces)


def _names(relative: Path) -> list[str]:
    """The folder's names: ``Mail.sbd/Inbox`` is Inbox in Mail for Mozilla."""
    parts = [*(part.removesuffix(".sbd") for part in relative.parts[:-1]), relative.name.removesuffix(".mbox")]
    return [folder_name(part) for part in parts]


def _is_mbox(path: Path) -> bool:
    if path.suffix not in ("", ".mbox"):
        return False
    with path.open("rb") as file:
        return file.read(5) == b"From " or path.suffix == ".mbox"


def maildir_source(path: Path, into: str, zone: tzinfo | None = None) -> Source:
    """A Maildir with its subfolders (``.Name.Below``), or folders of folders that are Maildirs."""

    def found() -> list[tuple[Sequence[str], Path]]:
        start = split_path(into)
        places: list[tuple[Sequence[str], Path]] = []
        if (path / "cur").is_dir():
            places.append((start or ("Inbox",), path))
        for one in sorted(path.rglob("cur")):
            if one.is_dir() and one.parent != path:
                places.append(((*start, *_maildir_names(one.parent.relative_to(path))), one.parent))
        if not places:
            raise FileNotFoundError(2, "holds no Maildir: no folder called cur", str(path))
        return places

    return MailFiles(f"maildir {path.resolve()}", found, _maildir_pieces)


def _maildir_names(relative: Path) -> list[str]:
    names = [name for part in relative.parts for name in (part[1:].split(".") if part.startswith(".") else [part])]
    return [folder_name(name) for name in names]


def _maildir_pieces(folder: Path, label: str) -> Iterator[Piece]:
    for state in ("cur", "new"):
        if not (folder / state).is_dir():
            continue
        for path in sorted(one for one in (folder / state).iterdir() if not one.name.startswith(".")):
            unique, _, flags = path.name.partition(":2,")
            yield Piece(f"{label}:{unique}", path.stat().st_size, partial(_read_file, path, f"{label}:{unique}", flags))


def _read_file(path: Path, key: str, flags: str) -> Arrival | Left:
    try:
        if path.stat().st_size > MAX_MESSAGE:
            return Left(path.name, "it is larger than 256 MB")
        content = path.read_bytes()
        received = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
    except OSError as error:
        return Left(path.name, error.strerror or "it does not read")
    return _arrival(key, content, of_letters(flags, status_in(content), received))


def _mbox_pieces(path: Path, label: str) -> Iterator[Piece]:
    seen: Counter[bytes] = Counter()
    with path.open("rb") as file:
        for offset, length, received in _cut(file):
            if length > MAX_MESSAGE:
                yield Piece(
                    f"{label}@{offset}", 0, partial(Left, f"the message at {offset}", "it is larger than 256 MB")
                )
                continue
            content = _QUOTED.sub(rb"\1", _part(file, offset, length))
            digest = hashlib.sha256(content).digest()
            seen[digest] += 1
            key = f"{label}:{digest.hex()[:40]}:{seen[digest]}"
            yield Piece(key, length, partial(_of_mbox, key, content, received))


def _part(file: BinaryIO, offset: int, length: int) -> bytes:
    here = file.tell()
    file.seek(offset)
    content = file.read(length)
    file.seek(here)
    return content.removesuffix(b"\n").removesuffix(b"\r") if content.endswith((b"\n\n", b"\n\r\n")) else content


def _cut(file: BinaryIO) -> Iterator[tuple[int, int, datetime | None]]:
    """Where each message is: its offset, length, and when it came. A line ``From`` after an empty one begins one."""
    begin: int | None = None
    received: datetime | None = None
    empty = True
    at = 0
    while line := file.readline():
        found = _FROM.match(line.rstrip(b"\r\n")) if empty and line.startswith(b"From ") else None
        if found is not None:
            if begin is not None:
                yield begin, at - begin, received
            begin, received = at + len(line), _when(found.group(2))
        empty = not line.strip(b"\r\n")
        at += len(line)
    if begin is not None:
        yield begin, at - begin, received


def _when(text: bytes) -> datetime | None:
    said = text.decode("ascii", "replace").strip()
    for form in _TIMES:
        try:
            return datetime(*time.strptime(said, form)[:6], tzinfo=UTC)
        except ValueError:
            continue
    return None


def _of_mbox(key: str, content: bytes, received: datetime | None) -> Arrival | Left:
    return _arrival(key, content, of_status(status_in(content), received))


def _arrival(key: str, content: bytes, marks: Marks) -> Arrival | Left:
    if b"\r\n" not in content:
        # Files have the ends of lines of their system; messages have their own [RFC5322 2.3].
        content = content.replace(b"\n", b"\r\n")
    draft = draft_of_mime(without_fields(content, STATUS_FIELDS))
    if marks.deleted:
        return Left(f"Message {draft.properties.subject[:60]!r}", "it is marked as deleted")
    return Arrival(key=key, draft=marked(draft, marks))
