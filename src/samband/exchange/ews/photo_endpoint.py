"""Photos at plain addresses, as clients show pictures from and upload them to."""

from __future__ import annotations

import json
from collections.abc import Awaitable

from samband.exchange.actions.exchange import Exchange
from samband.exchange.ews.endpoint import Authenticator
from samband.exchange.ews.photos import validity
from samband.model.failures import Failure
from samband.wire.ews.photos import read_photo_query
from samband.wire.http import HttpRequest, HttpResponse, is_known

PHOTO_PATH = "/EWS/Exchange.asmx/s/GetUserPhoto"
UPLOAD_PATH = "/EWS/Exchange.asmx/s/SetUserPhoto"
_STATUS = {"ErrorNonExistentMailbox": 404, "ErrorAccessDenied": 403, "ErrorInvalidPhotoSize": 400}


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


class PhotoUploadEndpoint:
    """``PUT`` or ``POST`` of a picture to ``/EWS/Exchange.asmx/s/SetUserPhoto?email=...``, and ``DELETE``.

    Only pictures by their media type are taken: no form of a foreign page can send one.
    """

    def __init__(self, exchange: Exchange, authenticator: Authenticator) -> None:
        self._exchange = exchange
        self._authenticator = authenticator

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """204 when it is kept; what was wrong, as a JSON problem [RFC9457 3]."""
        caller = await self._authenticator.authenticate(request)
        if isinstance(caller, HttpResponse):
            return caller
        photos = self._exchange.photos
        try:
            address = read_photo_query(request.query).address
        except ValueError:
            return _problem(400, "ErrorInvalidRequest", "The query cannot be read.")
        if request.method == "DELETE":
            return await _done(photos.remove(caller, address))
        if request.method not in ("PUT", "POST"):
            return HttpResponse(405, [("Allow", "PUT, POST, DELETE")])
        if not request.headers.get("Content-Type").lower().startswith("image/"):
            return _problem(415, "ErrorInvalidPhotoSize", "The body must be a picture: image/jpeg, image/png ...")
        return await _done(photos.set(caller, address, request.body))


async def _done(work: Awaitable[None]) -> HttpResponse:
    try:
        await work
    except Failure as failure:
        return _problem(_STATUS.get(failure.code, 400), failure.code, failure.text)
    return HttpResponse(204)


def _problem(status: int, code: str, text: str) -> HttpResponse:
    body = json.dumps({"status": status, "title": code, "detail": text}).encode()
    return HttpResponse(status, [("Content-Type", "application/problem+json")], body)
