from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from samband.exchange.pictures import NotAPicture, square_jpegs
from samband.model.photos import PHOTO_SIZES
from tests.exchange.photographs import drawn, edges, middle


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP"])
def test_every_size_is_a_square_of_the_middle(kind: str) -> None:
    found = square_jpegs(drawn(1600, 800, kind), PHOTO_SIZES)
    assert list(found) == list(PHOTO_SIZES)
    for size, content in found.items():
        assert edges(content) == (size, size)
        with Image.open(io.BytesIO(content)) as picture:
            corner = picture.getpixel((1, size // 2))
        assert isinstance(corner, tuple) and corner[0] > 150, "the stripe at the edge is cut off"
    assert middle(found[648])[0] > 150


def test_nothing_is_made_larger_than_it_came_but_the_smallest() -> None:
    assert list(square_jpegs(drawn(130, 100), PHOTO_SIZES)) == [48, 64, 96]
    assert {size: edges(content) for size, content in square_jpegs(drawn(20, 30), PHOTO_SIZES).items()} == {
        48: (48, 48)
    }


def test_what_shines_through_becomes_white() -> None:
    written = io.BytesIO()
    Image.new("RGBA", (60, 60), (0, 0, 0, 0)).save(written, "PNG")
    assert min(middle(square_jpegs(written.getvalue(), PHOTO_SIZES)[48])) > 250


def test_a_photo_taken_sideways_is_turned() -> None:
    picture = Image.new("RGB", (100, 100), (200, 30, 30))
    picture.paste((30, 30, 200), (0, 0, 100, 50))
    tags = Image.Exif()
    tags[0x0112] = 3
    written = io.BytesIO()
    picture.save(written, "JPEG", exif=tags)
    with Image.open(io.BytesIO(square_jpegs(written.getvalue(), PHOTO_SIZES)[96])) as turned:
        top, bottom = turned.getpixel((48, 10)), turned.getpixel((48, 86))
    assert isinstance(top, tuple) and isinstance(bottom, tuple)
    assert top[0] > 150 and bottom[2] > 150


def png_of(width: int, height: int) -> bytes:
    """A PNG that says it is that large and has a few bytes of content."""

    def chunk(name: bytes, content: bytes) -> bytes:
        body = name + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "content",
    [b"", b"no picture", drawn(100, 100)[:400], b"\xff\xd8\xff" + bytes(5000), png_of(60_000, 60_000)],
    ids=["nothing", "text", "half", "noise", "bomb"],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(NotAPicture):
        square_jpegs(content, PHOTO_SIZES)


def test_more_than_20_mb_are_refused() -> None:
    with pytest.raises(NotAPicture, match="20 MB"):
        square_jpegs(drawn(100, 100) + bytes(20 * 1024 * 1024), PHOTO_SIZES)
