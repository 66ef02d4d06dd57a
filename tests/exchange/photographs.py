"""Pictures for tests, drawn here."""

from __future__ import annotations

import io

from PIL import Image

RED, BLUE = (200, 30, 30), (30, 30, 200)


def drawn(width: int, height: int, kind: str = "JPEG", colour: tuple[int, int, int] = RED) -> bytes:
    """A picture of one colour with a blue stripe down its left edge, a sixteenth of its width."""
    picture = Image.new("RGB", (width, height), colour)
    picture.paste(BLUE, (0, 0, width // 16, height))
    written = io.BytesIO()
    picture.save(written, kind)
    return written.getvalue()


def edges(content: bytes) -> tuple[int, int]:
    """Width and height of a JPEG picture."""
    with Image.open(io.BytesIO(content), formats=("JPEG",)) as picture:
        picture.load()
        assert picture.mode == "RGB"
        return picture.size


def middle(content: bytes) -> tuple[int, ...]:
    """The colour in the middle of a picture."""
    with Image.open(io.BytesIO(content)) as picture:
        found = picture.convert("RGB").getpixel((picture.width // 2, picture.height // 2))
    assert isinstance(found, tuple)
    return tuple(int(part) for part in found)
