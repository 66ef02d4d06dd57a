"""Online meetings of mailboxes: the Exchange side as a client of the organizer's Lync side.

The organizer's Lync side is found by the SIP address in ``proxyAddresses`` (step 2) and Lync discovery (step 1), and
asked over UCWA with a server-to-server token for the organizer (step 4).
"""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urljoin, urlsplit

from samband.integration.exchange_client import Authorizer
from samband.model.online_meetings import MeetingTerms, NoOnlineMeeting, OnlineMeeting
from samband.model.people import Person
from samband.trust.denied import Denied
from samband.wire.dns import Resolver
from samband.wire.http import HttpClient, HttpResponse
from samband.wire.ucwa import client as ucwa
from samband.wire.ucwa.client import Unreadable, embedded, link, read_document, text

TIMEOUT = 15.0
"""Seconds for one answer."""
_MOST_HOPS = 5
_DISCOVERY = ("lyncdiscoverinternal", "lyncdiscover")


class LyncMeetings:
    """See ``exchange.actions.online_meetings.MeetingService``."""

    def __init__(self, http: HttpClient, resolver: Resolver, authorizer: Authorizer) -> None:
        self._http = http
        self._resolver = resolver
        self._authorizer = authorizer

    async def offered(self, organizer: Person) -> None:
        """Raises ``NoOnlineMeeting`` where the organizer can have none now."""
        await self._open(organizer)

    async def create(self, organizer: Person, terms: MeetingTerms) -> OnlineMeeting:
        """Make a meeting. Raises ``NoOnlineMeeting``."""
        meetings = await self._open(organizer)
        body = ucwa.new_meeting(terms.subject, terms.attendees, terms.expires)
        document = await self._document("POST", meetings, organizer, body)
        try:
            focus = text(document, "onlineMeetingUri")
            conf_link = f"conf:{focus}?conversation-id={uuid.uuid4().hex}"
            return OnlineMeeting(text(document, "onlineMeetingId"), text(document, "joinUrl"), conf_link)
        except Unreadable as error:
            raise NoOnlineMeeting(f"{meetings} described no meeting: {error}") from None

    async def change(self, organizer: Person, meeting: str, terms: MeetingTerms) -> None:
        """Give a meeting other terms. Raises ``NoOnlineMeeting``."""
        url = await self._meeting(organizer, meeting)
        document = await self._document("GET", url, organizer)
        try:
            body = ucwa.changed_meeting(document, terms.subject, terms.attendees, terms.expires)
            etag = text(document, "etag")
        except Unreadable as error:
            raise NoOnlineMeeting(f"{url} described no meeting: {error}") from None
        await self._document("PUT", url, organizer, body, etag=etag)

    async def cancel(self, organizer: Person, meeting: str) -> None:
        """Remove a meeting; nothing where it is gone. Raises ``NoOnlineMeeting``."""
        url = await self._meeting(organizer, meeting)
        answer = await self._send("DELETE", url, organizer)
        if answer.status not in (200, 204, 404):
            raise _refused(url, answer)

    async def _meeting(self, organizer: Person, meeting: str) -> str:
        return f"{await self._open(organizer)}/{meeting}"

    async def _open(self, organizer: Person) -> str:
        """Discover the organizer's Lync side and open an application there: where its own meetings are."""
        applications = await self._discovered(organizer)
        endpoint = str(uuid.uuid5(uuid.NAMESPACE_URL, f"samband:{organizer.objectGUID}"))
        document = await self._document("POST", applications, organizer, ucwa.new_application(endpoint))
        href = link(embedded(document, "onlineMeetings"), "myOnlineMeetings")
        if not href:
            raise NoOnlineMeeting("the Lync side offers no online meetings to this user")
        return urljoin(applications, href)

    async def _discovered(self, organizer: Person) -> str:
        """Where the organizer's applications are made."""
        if not organizer.proxy_sip:
            raise NoOnlineMeeting(f"{organizer.userPrincipalName} has no sip: address in proxyAddresses", 2)
        url = await self._discovery(organizer.proxy_sip.rpartition("@")[2].lower(), organizer.proxy_sip)
        for _ in range(_MOST_HOPS):
            answer = await self._plain(url)
            document = _read(url, answer.content)
            if user := link(document, "user"):
                return await self._of_user(urljoin(url, user), organizer)
            if not (onward := link(document, "redirect")):
                raise NoOnlineMeeting(f"{url} leads to no user", 1)
            url = urljoin(url, onward)
        raise NoOnlineMeeting("Lync discovery leads from one server to the next without an end", 1)

    async def _discovery(self, domain: str, address: str) -> str:
        """The discovery address that the DNS knows of ``domain``, the inner one first."""
        for name in _DISCOVERY:
            if await self._resolver.addresses(f"{name}.{domain}"):
                return f"https://{name}.{domain}/?sipuri=sip:{address}"
        raise NoOnlineMeeting(f"neither {' nor '.join(f'{name}.{domain}' for name in _DISCOVERY)} resolves", 1)

    async def _of_user(self, url: str, organizer: Person) -> str:
        for _ in range(_MOST_HOPS):
            document = await self._document("GET", url, organizer)
            if applications := link(document, "applications"):
                return urljoin(url, applications)
            if not (onward := link(document, "redirect")):
                raise NoOnlineMeeting("the Lync side of this user has no web applications")
            url = urljoin(url, onward)
        raise NoOnlineMeeting("Lync discovery leads from one server to the next without an end", 1)

    async def _plain(self, url: str) -> HttpResponse:
        if urlsplit(url).scheme != "https":
            raise NoOnlineMeeting(f"Lync discovery leads to {url}, which is not https", 1)
        try:
            answer = await self._http.send("GET", url, headers=[("Accept", "application/json")], timeout=TIMEOUT)
        except OSError as error:
            raise NoOnlineMeeting(f"{url} cannot be reached: {error}", 1) from None
        if answer.status != 200:
            raise NoOnlineMeeting(f"{url} answered {answer.status}", 1)
        return answer

    async def _document(
        self, method: str, url: str, organizer: Person, body: bytes = b"", etag: str = ""
    ) -> dict[str, Any]:
        answer = await self._send(method, url, organizer, body, etag)
        if answer.status not in (200, 201):
            raise _refused(url, answer)
        return _read(url, answer.content)

    async def _send(self, method: str, url: str, organizer: Person, body: bytes = b"", etag: str = "") -> HttpResponse:
        headers = [("Accept", "application/json"), ("Authorization", await self._authorization(url, organizer))]
        if body:
            headers.append(("Content-Type", "application/json"))
        if etag:
            headers.append(("If-Match", f'"{etag}"'))
        try:
            answer = await self._http.send(method, url, headers=headers, body=body, timeout=TIMEOUT)
        except OSError as error:
            raise NoOnlineMeeting(f"{url} cannot be reached: {error}") from None
        if answer.status == 401:
            self._authorizer.forget(url)
            raise NoOnlineMeeting(f"the Lync side refused the server-to-server token: {_reason(answer)}", 4)
        return answer

    async def _authorization(self, url: str, organizer: Person) -> str:
        try:
            return await self._authorizer.authorization_for(url, organizer)
        except Denied as denied:
            raise NoOnlineMeeting(str(denied), 4) from None
        except OSError as error:
            raise NoOnlineMeeting(f"{url} cannot be reached: {error}") from None


def _read(url: str, content: bytes) -> dict[str, Any]:
    try:
        return read_document(content)
    except Unreadable as error:
        raise NoOnlineMeeting(f"the answer of {url} cannot be read: {error}") from None


def _refused(url: str, answer: HttpResponse) -> NoOnlineMeeting:
    said = ucwa.refusal(answer.content)
    return NoOnlineMeeting(f"{url} answered {answer.status}{f': {said}' if said else ''}")


def _reason(answer: HttpResponse) -> str:
    for name, value in answer.headers:
        if name.lower() == "x-ms-diagnostics":
            return value
    return f"status {answer.status} without a reason"
