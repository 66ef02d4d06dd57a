"""Join links: the page of a conference, for whoever has its address."""

from __future__ import annotations

from samband.lync.actions.conferences import Conferences
from samband.lync.web.answers import answer
from samband.model.failures import Failure
from samband.wire.conference.join_links import JoinLinks, conf_address
from samband.wire.conference.join_page import JoinPage, write_missing_page, write_page
from samband.wire.http import HttpRequest, HttpResponse

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


class JoinPages:
    """Serves the page of every conference; its address is all that it takes to see it."""

    def __init__(self, host: str, conferences: Conferences, links: JoinLinks) -> None:
        """``host`` is the name the server gives itself."""
        self._host = host
        self._conferences = conferences
        self._links = links

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer one request. A page that says that there is no such meeting is an ordinary page, as clients expect."""
        if request.method not in ("GET", "HEAD"):
            return answer(self._host, 405, Allow="GET, HEAD")
        return answer(
            self._host,
            200,
            "text/html; charset=utf-8",
            await self._page(request),
            Cache_Control="no-store",
            Content_Security_Policy=_POLICY,
            Referrer_Policy="no-referrer",
            X_Content_Type_Options="nosniff",
        )

    async def _page(self, request: HttpRequest) -> bytes:
        for focus in self._links.read(request.host, request.path):
            try:
                organizer, conference = await self._conferences.find(focus.organizer, focus.id)
            except Failure:
                continue
            return write_page(
                JoinPage(
                    subject=conference.terms.subject,
                    organizer=organizer.displayName,
                    organizer_address=organizer.sip,
                    id=conference.id,
                    address=conf_address(focus),
                    until=f"{conference.expires:%Y-%m-%d %H:%M} UTC",
                )
            )
        return write_missing_page()
