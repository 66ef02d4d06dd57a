"""Documents that say how to talk to the other services: the same for everybody, so made once."""

from __future__ import annotations

from samband.lync.web.answers import answer
from samband.wire.http import HttpRequest, HttpResponse
from samband.wire.soap.envelope import CONTENT_TYPE


class MetadataDocument:
    """One ``/mex`` address."""

    def __init__(self, host: str, document: bytes) -> None:
        self._host = host
        self._document = document

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Give the document to anybody who reads it."""
        if request.method not in ("GET", "HEAD"):
            return answer(self._host, 405, Allow="GET, HEAD")
        return answer(self._host, 200, CONTENT_TYPE, self._document)
