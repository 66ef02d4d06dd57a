"""Folders written as files: messages as mbox or Maildir, calendars as iCalendar, contacts as vCards."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from samband.exchange.actions.attachments import unpacked
from samband.exchange.exports.contents import Whole
from samband.exchange.folder_files import path_below
from samband.exchange.ical_files import END_LINES, START_LINES, entry_lines
from samband.exchange.mail_marks import STATUS_FIELDS, letters, marks_of, status_fields
from samband.exchange.messages import mime_of
from samband.exchange.vcards import card_of
from samband.model.folders import FolderKind
from samband.model.items import CalendarProperties, ItemKind
from samband.wire.ical.lines import write_lines
from samband.wire.mime.building import plain, with_fields, without_fields

Write = Callable[[AsyncIterator[Whole], Path, tuple[str, ...]], Awaitable[None]]
_FROM = re.compile(rb"^(>*From )", re.MULTILINE)
_MAILS = frozenset(
    {
        ItemKind.MESSAGE,
        ItemKind.ITEM,
        ItemKind.POST_ITEM,
        ItemKind.MEETING_MESSAGE,
        ItemKind.MEETING_REQUEST,
        ItemKind.MEETING_RESPONSE,
        ItemKind.MEETING_CANCELLATION,
    }
)


@dataclass(frozen=True, slots=True)
class Form:
    """A form of files: which folders have it, which items in them, and how they are written."""

    folders: FolderKind
    items: frozenset[ItemKind]
    write: Write


def _message(whole: Whole) -> bytes:
    """An item as a message, with what mail programs have header fields for."""
    content = without_fields(mime_of(whole.item, whole.files, whole.mime, unpacked), STATUS_FIELDS)
    categories = whole.item.properties.categories
    return with_fields(content, [("X-Keywords", plain(", ".join(categories)))]) if categories else content


async def _maildir(items: AsyncIterator[Whole], top: Path, names: tuple[str, ...]) -> None:
    """One file a message; one that stands there in the same state is not written again, others make way."""
    folder = path_below(top, names)
    before = await asyncio.to_thread(_opened, folder)
    async for whole in items:
        item = whole.item
        start = f"{int(_received(whole).timestamp())}.I{item.id:x}"
        name = f"{start}C{item.change_key:x}.samband:2,{letters(marks_of(item))}"
        for old in before.pop(start, []):
            if old == name:
                break
            await asyncio.to_thread((folder / "cur" / old).unlink)
        else:
            await asyncio.to_thread(_put, folder, name, _message(whole), _received(whole))


def _opened(folder: Path) -> dict[str, list[str]]:
    for part in ("cur", "new", "tmp"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    found: dict[str, list[str]] = {}
    for path in (folder / "cur").iterdir():
        found.setdefault(path.name.partition("C")[0], []).append(path.name)
    return found


def _put(folder: Path, name: str, content: bytes, when: datetime) -> None:
    fresh = folder / "tmp" / name
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.utime(fresh, (when.timestamp(), when.timestamp()))
    fresh.replace(folder / "cur" / name)


def _received(whole: Whole) -> datetime:
    own = whole.item.properties
    return own.date_time_received or own.date_time_created or datetime(1970, 1, 1, tzinfo=UTC)


async def _mbox(items: AsyncIterator[Whole], top: Path, names: tuple[str, ...]) -> None:
    async def parts() -> AsyncIterator[bytes]:
        async for whole in items:
            content = with_fields(_message(whole), status_fields(marks_of(whole.item)))
            quoted = _FROM.sub(rb">\1", content.replace(b"\r\n", b"\n"))
            end = b"" if quoted.endswith(b"\n") else b"\n"
            yield f"From MAILER-DAEMON {_received(whole):%a %b %d %H:%M:%S %Y}\n".encode() + quoted + end + b"\n"

    await _whole_file(path_below(top, names, ".mbox"), parts())


async def _calendar(items: AsyncIterator[Whole], top: Path, names: tuple[str, ...]) -> None:
    async def parts() -> AsyncIterator[bytes]:
        zones: set[str] = set()
        yield write_lines(START_LINES).encode()
        async for whole in items:
            own = whole.item.properties
            assert isinstance(own, CalendarProperties)
            yield write_lines(entry_lines(own, whole.exceptions.values(), zones)).encode("utf-8", "replace")
        yield write_lines(END_LINES).encode()

    await _whole_file(path_below(top, names, ".ics"), parts())


async def _contacts(items: AsyncIterator[Whole], top: Path, names: tuple[str, ...]) -> None:
    async def parts() -> AsyncIterator[bytes]:
        async for whole in items:
            yield card_of(whole.item, whole.files).encode("utf-8", "replace")

    await _whole_file(path_below(top, names, ".vcf"), parts())


async def _whole_file(path: Path, parts: AsyncIterator[bytes]) -> None:
    """Write a file that is there whole or as it was before."""
    await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    file = await asyncio.to_thread(fresh.open, "wb")
    try:
        async for part in parts:
            await asyncio.to_thread(file.write, part)
        await asyncio.to_thread(file.flush)
        await asyncio.to_thread(os.fsync, file.fileno())
    finally:
        file.close()
    await asyncio.to_thread(fresh.replace, path)


FORMS = {
    "maildir": Form(FolderKind.FOLDER, _MAILS, _maildir),
    "mbox": Form(FolderKind.FOLDER, _MAILS, _mbox),
    "ics": Form(FolderKind.CALENDAR, frozenset({ItemKind.CALENDAR_ITEM}), _calendar),
    "vcf": Form(FolderKind.CONTACTS, frozenset({ItemKind.CONTACT, ItemKind.DISTRIBUTION_LIST}), _contacts),
}
"""The forms by the names that people know them by."""
