"""SERVICE requests: one handler a content type [MS-PRES; MS-SIP 3.7.4]."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable

from samband.lync.sip.inbound import Handler, Inbound
from samband.lync.sip.media import media_type
from samband.lync.sip.refusals import Refusal, Refusals
from samband.model.people import Person
from samband.wire.sip.message import SipResponse, respond
from samband.wire.sip.uri import aor_of

Service = Callable[[Inbound, Person], Awaitable[None] | None]
"""Serves one content type for the owner it is about; may raise what ``Refusal`` names."""


class Services:
    """Serves SERVICE requests of people to themselves, or to the site; ``elsewhere`` takes those to other addresses."""

    def __init__(
        self, refusals: Refusals, token: Callable[[], str], elsewhere: Handler, is_site: Callable[[str], bool]
    ) -> None:
        """``is_site``: whether an address is the site's own, with nobody in it."""
        self._refusals = refusals
        self._token = token
        self.elsewhere = elsewhere
        self.by_type: dict[str, Service] = {}
        """Media type in lower case -> who serves it."""
        self.of_site: dict[str, Service] = {}
        """The same for what is asked of the site."""
        self._is_site = is_site

    def handle(self, inbound: Inbound) -> Awaitable[None] | None:
        """Answer one SERVICE."""
        request, person = inbound.request, inbound.person
        of_site = self.of_site.get(media_type(request))
        if of_site is not None and person is not None and self._is_site(request.uri):
            return self._serve(of_site, inbound, person)
        if ";gruu" in request.uri or person is None or aor_of(request.uri) != person.sip.lower():
            return self.elsewhere(inbound)
        service = self.by_type.get(media_type(request))
        if service is None:
            kinds = ", ".join(sorted(self.by_type))
            self._refusals.refuse(inbound, 415, "No service takes such a body", Accept=kinds)
            return None
        return self._serve(service, inbound, person)

    def _serve(self, service: Service, inbound: Inbound, person: Person) -> Awaitable[None] | None:
        try:
            waiting = service(inbound, person)
        except Refusal as error:
            self._refusals.fail(inbound, error)
            return None
        return self._finish(waiting, inbound) if inspect.isawaitable(waiting) else None

    async def _finish(self, waiting: Awaitable[None], inbound: Inbound) -> None:
        try:
            await waiting
        except Refusal as error:
            self._refusals.fail(inbound, error)

    def answer(self, inbound: Inbound, status: int, content_type: str = "", body: str = "") -> None:
        """Answer a SERVICE, with a document where there is one to send."""
        response: SipResponse = respond(inbound.request, status, tag=self._token())
        if content_type:
            response.put("Content-Type", content_type)
            response.body = body.encode("utf-8", "replace")
        inbound.reply(response)
