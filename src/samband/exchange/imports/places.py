"""Where a folder of files belongs in a mailbox: names that mail programs have for the default folders."""

from __future__ import annotations

from collections.abc import Sequence

from samband.exchange.imports.source import SourceFolder

_TOP = "msgfolderroot"
_NAMES = {
    "inbox": ("inbox",),
    "sentitems": ("sent items", "sent", "sent messages", "sent mail"),
    "drafts": ("drafts", "draft"),
    "deleteditems": ("deleted items", "trash", "deleted messages", "bin"),
    "junkemail": ("junk email", "junk e-mail", "junk", "spam"),
    "outbox": ("outbox",),
    "calendar": ("calendar",),
    "contacts": ("contacts",),
    "tasks": ("tasks",),
    "notes": ("notes",),
    "journal": ("journal",),
}
_DEFAULTS = {name: key for key, names in _NAMES.items() for name in names}


def folder_at(names: Sequence[str], folder_class: str = "", identifier: str = "") -> SourceFolder:
    """The folder with these names from the top: the first one may be a default folder's."""
    names = tuple(name for name in names if name)
    default = _DEFAULTS.get(names[0].strip().casefold(), "") if names else ""
    if default:
        return SourceFolder(default, names[1:], folder_class, id=identifier)
    return SourceFolder(_TOP, names, folder_class, id=identifier)


def split_path(text: str) -> tuple[str, ...]:
    """A folder's path as people write it: names and slashes."""
    return tuple(part.strip() for part in text.split("/") if part.strip())
