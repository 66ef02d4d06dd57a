"""Serving this service's auth metadata document, and fetching a partner's."""

from __future__ import annotations

from samband.trust.oauth.keys import SigningKeys
from samband.wire.http import HttpClient, HttpRequest, HttpResponse
from samband.wire.jose import metadata
from samband.wire.jose.metadata import Metadata

FETCH_TIMEOUT = 15.0


class FetchError(Exception):
    """A partner's document could not be had or not be read; the text says why."""


class MetadataEndpoint:
    """Answers an anonymous GET with the document: it holds public keys only.

    ``realm`` is ``*`` for Exchange and the OAuth realm for Lync; ``location`` the address under which it is served.
    """

    def __init__(self, keys: SigningKeys, application: str, *, name: str, realm: str, location: str) -> None:
        self._keys = keys
        self._application = application
        self._name = name
        self._realm = realm
        self._location = location

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """The document; 405 for anything but GET and HEAD."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponse(405, [("Allow", "GET, HEAD")])
        document = Metadata(self._application, self._realm, self._keys.certificates, self._name, self._location)
        return HttpResponse(200, [("Content-Type", "application/json; charset=utf-8")], document.write())


async def fetch(http: HttpClient, url: str) -> Metadata:
    """A partner's document. Keys come over https only, from the address given and no other. Raises ``FetchError``."""
    if not url.lower().startswith("https://"):
        raise FetchError(f"{url}: a metadata address begins with https://")
    try:
        answer = await http.send("GET", url, headers=[("Accept", "application/json")], timeout=FETCH_TIMEOUT)
    except OSError as problem:
        raise FetchError(f"{url}: {str(problem) or type(problem).__name__}") from None
    if answer.status != 200:
        raise FetchError(f"{url}: the answer is {answer.status}")
    try:
        return metadata.read(answer.content)
    except (metadata.Malformed, TypeError) as problem:
        raise FetchError(f"{url}: {problem}") from None
