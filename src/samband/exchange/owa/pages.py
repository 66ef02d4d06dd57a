"""The files of the web client, and the page on which people sign in."""

from __future__ import annotations

import hashlib
import html
from importlib import resources

from samband.exchange.owa.call import ALWAYS, page
from samband.wire.http import HttpRequest, HttpResponse

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_KINDS = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "html": "text/html; charset=utf-8",
}


class Pages:
    """Read once; browsers ask whether what they have is still the same."""

    def __init__(self, organisation: str) -> None:
        self._organisation = organisation
        folder = resources.files("samband.exchange.owa") / "static"
        self._files = {one.name: one.read_bytes() for one in folder.iterdir() if one.is_file()}

    def file(self, request: HttpRequest, name: str) -> HttpResponse:
        """One file, or 404."""
        content = self._files.get(name)
        kind = _KINDS.get(name.rpartition(".")[2])
        if content is None or kind is None or name.endswith(".html"):
            return HttpResponse(404, [("Content-Type", "text/plain"), *ALWAYS], b"There is no such file.\n")
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        if request.headers.get("If-None-Match") == tag:
            return HttpResponse(304, [("ETag", tag), *ALWAYS])
        response = page(content, POLICY, kind)
        response.headers.append(("ETag", tag))
        return response

    def client(self) -> HttpResponse:
        """The client itself."""
        return page(self._files["index.html"], POLICY)

    def sign_in(self, why: str = "", status: int = 200) -> HttpResponse:
        """The form; ``why`` says what was wrong with the last attempt."""
        text = self._files["logon.html"].decode()
        said = f'<p class="error" role="alert">{html.escape(why)}</p>' if why else ""
        text = text.replace("<!--organisation-->", html.escape(self._organisation)).replace("<!--error-->", said)
        return page(text.encode(), POLICY, status=status)
