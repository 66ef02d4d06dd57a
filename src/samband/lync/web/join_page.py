"""Join links: the page of a conference, for whoever has its address, and the files that the page is made of."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime
from importlib import resources

from samband.lync.actions.conferences import Conferences
from samband.lync.web.answers import answer
from samband.model.conferences import Conference
from samband.model.failures import Failure
from samband.model.people import Person
from samband.wire.conference.addresses import ConferenceAddress
from samband.wire.conference.join_links import JoinLinks, conf_address
from samband.wire.conference.join_page import STATIC, JoinPage, write_expired_page, write_missing_page, write_page
from samband.wire.http import HttpRequest, HttpResponse
from samband.wire.web_auth.oauth_token import ANONYMOUS, PASSWORD, WINDOWS

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_KINDS = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}


class JoinPages:
    """Serves the page of every conference; its address is all that it takes to see it."""

    def __init__(self, host: str, conferences: Conferences, links: JoinLinks, grants: Collection[str] = ()) -> None:
        """``host`` is the name the server gives itself, ``grants`` what its token service takes."""
        self._host = host
        self._conferences = conferences
        self._links = links
        self._grants = grants
        folder = resources.files("samband.lync.web") / "static"
        self._files = {one.name: one.read_bytes() for one in folder.iterdir() if one.name.rpartition(".")[2] in _KINDS}

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer one request. A page that says that there is no such meeting is an ordinary page, as clients expect."""
        if request.method not in ("GET", "HEAD"):
            return answer(self._host, 405, Allow="GET, HEAD")
        if request.path.lower().startswith(STATIC):
            content = self._files.get(request.path[len(STATIC) :])
            if content is not None:
                return self._file(request, content)
        return self._answer("text/html; charset=utf-8", await self._page(request), Cache_Control="no-store")

    def _file(self, request: HttpRequest, content: bytes) -> HttpResponse:
        """One file; browsers ask whether what they have is still the same."""
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        if request.headers.get("If-None-Match") == tag:
            return answer(self._host, 304, ETag=tag)
        kind = _KINDS[request.path.rpartition(".")[2]]
        return self._answer(kind, content, Cache_Control="no-cache", ETag=tag)

    def _answer(self, kind: str, content: bytes, **fields: str) -> HttpResponse:
        return answer(
            self._host,
            200,
            kind,
            content,
            Content_Security_Policy=POLICY,
            Cross_Origin_Opener_Policy="same-origin",
            Referrer_Policy="no-referrer",
            X_Content_Type_Options="nosniff",
            **fields,
        )

    async def _page(self, request: HttpRequest) -> bytes:
        over = None
        for focus in self._links.read(request.host, request.path):
            try:
                organizer, conference = await self._conferences.find(focus.organizer, focus.id)
            except Failure:
                over = over or await self._conferences.expired(focus.organizer, focus.id)
                continue
            return write_page(self._shown(focus, organizer, conference))
        return write_missing_page() if over is None else write_expired_page(_instant(over))

    def _shown(self, focus: ConferenceAddress, organizer: Person, conference: Conference) -> JoinPage:
        guest = "passcode" if conference.terms.passcode else "guest"
        ways = {ANONYMOUS: guest, PASSWORD: "password", WINDOWS: "windows"}
        return JoinPage(
            subject=conference.terms.subject,
            organizer=organizer.displayName,
            organizer_address=organizer.sip,
            id=conference.id,
            address=conf_address(focus),
            focus=str(focus),
            until=_instant(conference.expires),
            ways=tuple(way for grant, way in ways.items() if grant in self._grants),
        )


def _instant(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
