"""Photos of people: the sizes in which a mailbox keeps one, and a photo as it is shown."""

from __future__ import annotations

from dataclasses import dataclass, field

PHOTO_SIZES = (48, 64, 96, 120, 240, 360, 432, 504, 648)
"""Edges in pixels: the size codes ``HR48x48`` to ``HR648x648`` [MS-OXWSPHOTO 3.1.5.1.1]."""

THUMBNAIL_SIZE = PHOTO_SIZES[0]
"""The size that is also written to ``thumbnailPhoto`` of the directory, and read from there first."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A JPEG picture; ``tag`` changes with its content."""

    content: bytes = field(repr=False)
    tag: str
