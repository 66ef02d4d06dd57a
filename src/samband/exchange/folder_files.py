"""Names of folders as names of files, and back; what a file system gives a meaning to is written ``%2F``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

_UNSAFE = re.compile(r"[/\\%:\x00-\x1f]|^\.+|\.(?=sbd$|mbox$)")
_WRITTEN = re.compile(r"%(2F|5C|25|3A|2E|[01][0-9A-F])")


def file_name(name: str) -> str:
    """A folder's name as that of a file."""
    return _UNSAFE.sub(lambda found: "".join(f"%{ord(one):02X}" for one in found.group()), name) or "%00"


def folder_name(written: str) -> str:
    """The folder's name that ``file_name`` was given."""
    return _WRITTEN.sub(lambda found: chr(int(found.group(1), 16)), written)


def path_below(top: Path, names: Sequence[str], suffix: str = "") -> Path:
    """Where the folder with these names is kept below ``top``."""
    written = [file_name(name) for name in names]
    return top.joinpath(*written[:-1], written[-1] + suffix)
