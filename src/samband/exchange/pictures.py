"""Pictures that people send, made into the square JPEG pictures a mailbox keeps."""

from __future__ import annotations

import io
from collections.abc import Iterable

from PIL import Image, ImageOps

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 50_000_000
_FORMATS = ("JPEG", "PNG", "GIF", "BMP")
_WHITE = (255, 255, 255)


class NotAPicture(ValueError):
    """What was sent is no picture that can be kept; the text says why."""


def square_jpegs(content: bytes, sizes: Iterable[int]) -> dict[int, bytes]:
    """The middle square of a picture as JPEG in those of ``sizes`` that it is large enough for.

    The smallest is there also of a smaller picture. Takes long: not for the event loop. Raises ``NotAPicture``.
    """
    if len(content) > MAX_BYTES:
        raise NotAPicture(f"The picture is larger than {MAX_BYTES >> 20} MB.")
    wanted = sorted(sizes)
    square = _square(content, wanted[-1])
    fitting = [size for size in wanted if size <= square.width] or wanted[:1]
    found = {}
    for size in reversed(fitting):
        square = square.resize((size, size), Image.Resampling.LANCZOS)
        found[size] = _jpeg(square)
    return dict(sorted(found.items()))


def _square(content: bytes, largest: int) -> Image.Image:
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            # The header says the size; nothing is decoded before it is known to be bearable.
            if picture.width * picture.height > MAX_PIXELS:
                raise NotAPicture("The picture has too many pixels.")
            picture.draft("RGB", (2 * largest, 2 * largest))
            upright = ImageOps.exif_transpose(picture)
            return _opaque(_middle(upright))
    except NotAPicture:
        raise
    except Exception as error:
        # Decoders of broken files raise nearly anything; each of these means the same to the sender.
        raise NotAPicture("This is not a picture in JPEG, PNG, GIF or BMP format.") from error


def _middle(picture: Image.Image) -> Image.Image:
    edge = min(picture.size)
    left, top = (picture.width - edge) // 2, (picture.height - edge) // 2
    return picture.crop((left, top, left + edge, top + edge))


def _opaque(picture: Image.Image) -> Image.Image:
    """The picture in 24-bit colour; what shines through becomes white."""
    if picture.mode in ("RGBA", "LA", "PA", "P"):
        layer = picture.convert("RGBA")
        ground = Image.new("RGB", layer.size, _WHITE)
        ground.paste(layer, mask=layer.getchannel("A"))
        return ground
    return picture.convert("RGB")


def _jpeg(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=90, optimize=True)
    return written.getvalue()
