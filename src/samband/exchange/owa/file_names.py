"""Names of files that others chose, as they may be shown and kept: they say what they are, on one line."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

LONGEST = 180
"""Characters of a name that are kept: file systems take 255 bytes."""
MOST_BYTES = 240
_LONGEST_ENDING = 20
_FORBIDDEN = frozenset('/\\:*?"<>|')
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of characters that show as nothing, or change how others are read: line ends, direction marks ..."""
NAMELESS = "attachment"


def file_name(name: str) -> str:
    """``name`` without paths and without what hides its true ending; a long one keeps that. Never empty."""
    bare = name.replace("\\", "/").rpartition("/")[2] or name
    shown = "".join("_" if one in _FORBIDDEN else one for one in bare if unicodedata.category(one) not in _HIDDEN)
    shown = " ".join(shown.split()).strip(". ")
    return _shortened(shown) or NAMELESS


def _shortened(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending) > _LONGEST_ENDING:
        stem, dot, ending = name, "", ""
    tail = dot + ending
    stem = stem[: LONGEST - len(tail)]
    while len((stem + tail).encode()) > MOST_BYTES:
        stem = stem[:-1]
    return stem.rstrip() + tail


def disposition(name: str) -> str:
    """The value of a Content-Disposition that has ``name`` kept and not shown [RFC6266 4]."""
    shown = file_name(name)
    plain = "".join(one if one.isascii() and one not in '"\\%' else "_" for one in shown)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(shown, safe='')}"
