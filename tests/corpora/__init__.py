"""Messages and calendars of others: see README.md beside this."""

from __future__ import annotations

import zipfile
from pathlib import Path

import icalendar

_HERE = Path(__file__).parent


def _all(archive: str, *endings: str) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(_HERE / archive) as files:
        return [
            (f"{archive.removesuffix('.zip')}/{name}", files.read(name))
            for name in files.namelist()
            if name.endswith(endings)
        ]


def messages() -> list[tuple[str, bytes]]:
    """Every message, by name."""
    return [*_all("cpython-email.zip", ".txt"), *_all("ruby-mail.zip", ".eml")]


def calendars() -> list[tuple[str, bytes]]:
    """Every calendar, by name."""
    package = Path(icalendar.__file__).parent
    own = [(f"icalendar/{one.name}", one.read_bytes()) for one in sorted(package.rglob("*.ics"))]
    return [*_all("ical4j.zip", ".ics"), *own]
