"""Photos at a plain address, as clients show pictures from."""

from __future__ import annotations

from samband.exchange.actions.exchange import Exchange
from samband.exchange.ews.endpoint import Authenticator
from samband.exchange.ews.photos import validity
from samband.wire.ews.photos import is_known, read_photo_query
from samband.wire.http import HttpRequest, HttpResponse

PHOTO_PATH = "/EWS/Exchange.asmx/s/GetUserPhoto"


class PhotoEndpoint:
    """``GET /EWS/Exchange.asmx/s/GetUserPhoto?email=...&size=HR648x648`` [MS-OXWSPHOTO 3.1.5.1.1]."""

    def __init__(self, exchange: Exchange, authenticator: Authenticator) -> None:
        self._exchange = exchange
        self._authenticator = authenticator

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """200 with the picture, 304 where the client has it, 404 where there is none."""
        caller = await self._authenticator.authenticate(request)
        if isinstance(caller, HttpResponse):
            return caller
        if request.method not in ("GET", "HEAD"):
            return HttpResponse(405, [("Allow", "GET, HEAD")])
        try:
            wish = read_photo_query(request.query)
        except ValueError:
            return HttpResponse(400)
        photo = await self._exchange.photos.get(wish.address, wish.size)
        if photo is None:
            return HttpResponse(404)
        fields = validity(self._exchange, photo)
        if is_known(request.headers.get("If-None-Match"), photo.tag):
            return HttpResponse(304, fields)
        return HttpResponse(200, [("Content-Type", "image/jpeg"), *fields], photo.content)
