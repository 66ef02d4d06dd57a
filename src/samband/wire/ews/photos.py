"""GetUserPhoto and SetUserPhoto on the wire, as SOAP and as a plain address [MS-OXWSPHOTO]."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qs

from samband.wire.ews.names import DECLARED, M
from samband.wire.ews.responses import Refusal, refused_content, write_single
from samband.wire.xml.reading import Element, bad_element, one_of, required, text

_EDGES = (48, 64, 96, 120, 240, 360, 432, 504, 648)
_CODES = {f"HR{edge}x{edge}": edge for edge in _EDGES}
_LARGEST = _EDGES[-1]
_SIZES = frozenset(_CODES) | {"HR1024xN", "HR1920xN"}


@dataclass(frozen=True, slots=True)
class PhotoWish:
    """Whose photo, and how large: the edge in pixels."""

    address: str
    size: int


def read_photo_wish(element: Element) -> PhotoWish:
    """A GetUserPhoto request; sizes that no photo has mean the largest. Raises ``SchemaViolation``."""
    code = one_of(required(element, M + "SizeRequested"), _SIZES)
    return PhotoWish(text(required(element, M + "Email")), _CODES.get(code, _LARGEST))


@lru_cache(maxsize=4096)
def read_photo_query(query: str) -> PhotoWish:
    """The same as the query of an address, ``email=...&size=HR648x648``; no address where none is said."""
    said = {name.lower(): values[0] for name, values in parse_qs(query, max_num_fields=20).items()}
    return PhotoWish(said.get("email", ""), _CODES.get(said.get("size", "").upper().replace("X", "x"), _LARGEST))


def read_new_photo(element: Element) -> tuple[str, bytes]:
    """The address and the picture of a SetUserPhoto request. Raises ``SchemaViolation``."""
    content = required(element, M + "Content")
    try:
        picture = base64.b64decode("".join(text(content).split()), validate=True)
    except (ValueError, binascii.Error):
        raise bad_element(content) from None
    return text(required(element, M + "Email")), picture


@lru_cache(maxsize=64)
def write_photo(content: bytes) -> str:
    """A whole GetUserPhotoResponse with a picture; those that are shown again and again are written once."""
    picture = base64.b64encode(content).decode("ascii")
    data = f"<m:PictureData>{picture}</m:PictureData>"
    return write_single("GetUserPhoto", f"<m:HasChanged>true</m:HasChanged>{data}")


def write_unchanged_photo() -> str:
    """What a client gets that has the picture already."""
    return write_single("GetUserPhoto", "<m:HasChanged>false</m:HasChanged><m:PictureData/>")


def write_no_photo(refusal: Refusal) -> str:
    """What a client gets where there is no picture; it goes with the HTTP status 404."""
    return (
        f'<m:GetUserPhotoResponse ResponseClass="Error" {DECLARED}>{refused_content(refusal)}'
        "<m:HasChanged>false</m:HasChanged></m:GetUserPhotoResponse>"
    )
