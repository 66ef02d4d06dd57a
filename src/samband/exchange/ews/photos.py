"""GetUserPhoto and SetUserPhoto."""

from __future__ import annotations

from email.utils import formatdate
from functools import lru_cache

from samband.exchange.actions.exchange import Exchange
from samband.exchange.ews.call import Call, refusal
from samband.model.failures import Failure
from samband.model.photos import Photo
from samband.wire.ews.photos import (
    read_new_photo,
    read_photo_wish,
    write_no_photo,
    write_photo,
    write_unchanged_photo,
)
from samband.wire.ews.responses import Refusal, write_single, write_single_refused
from samband.wire.http import is_known
from samband.wire.xml.reading import Element

_FRESH = 3600
"""For how many seconds a photo may be shown without asking."""
_NO_PHOTO = Refusal("ErrorItemNotFound", "There is no photo of this person.")


async def get_user_photo(call: Call, element: Element) -> str:
    """GetUserPhoto. ETag, If-None-Match and Expires are HTTP's, also here."""
    wish = read_photo_wish(element)
    photo = await call.exchange.photos.get(wish.address, wish.size)
    if photo is None:
        call.reply_status = 404
        return write_no_photo(_NO_PHOTO)
    call.reply_headers.extend(validity(call.exchange, photo))
    if is_known(call.request.headers.get("If-None-Match"), photo.tag):
        return write_unchanged_photo()
    return write_photo(photo.content)


async def set_user_photo(call: Call, element: Element) -> str:
    """SetUserPhoto."""
    address, content = read_new_photo(element)
    try:
        await call.exchange.photos.set(call.caller, address, content)
    except Failure as failure:
        return write_single_refused("SetUserPhoto", refusal(failure))
    return write_single("SetUserPhoto", "")


def validity(exchange: Exchange, photo: Photo) -> list[tuple[str, str]]:
    """The header fields that say which picture this is and how long it may be shown without asking."""
    expires = _http_date(int(exchange.clock().timestamp()) + _FRESH)
    return [("ETag", f'"{photo.tag}"'), ("Expires", expires), ("Cache-Control", "private")]


@lru_cache(maxsize=16)
def _http_date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)
