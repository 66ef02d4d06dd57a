"""The Lync side as a client of Exchange: Autodiscover and EWS with a server-to-server OAuth token."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Protocol

from lxml import etree, html

from samband.model.mailbox_sight import Appointment, OutOfOffice
from samband.model.people import Person
from samband.trust.denied import Denied
from samband.wire.autodiscover.client import read_user_settings, user_settings_request
from samband.wire.ews.client import answers, requests
from samband.wire.http import HttpClient, HttpResponse
from samband.wire.xml.reading import Malformed

ITEM_EVENTS = ("CreatedEvent", "DeletedEvent", "ModifiedEvent", "MovedEvent", "CopiedEvent")
CALENDAR_EVENTS = (*ITEM_EVENTS, "FreeBusyChangedEvent")
CALENDAR_FOLDERS = ("calendar", "root")
"""The calendar, and the mailbox itself, whose settings say who is out of office."""
_ABOUT_THE_USER = 'error_category="invalid_user"'
_NOBODY = frozenset({"InvalidUser", "RedirectAddress"})
TIMEOUT = 20.0
"""Seconds for one answer of Exchange."""


class Unauthorized(Exception):
    """Exchange refused the server-to-server token; the text is its reason."""


class UserRefused(Unauthorized):
    """Exchange refused the token for the person in it alone: it has no such user, or not as we describe them."""


class Unreachable(Exception):
    """Exchange gave no usable answer; the text says what happened."""


class NoMailbox(Unreachable):
    """Nobody needs to ask again soon: the person has no mail address, or Autodiscover knows no mailbox by it."""


class Authorizer(Protocol):
    """Makes server-to-server tokens for a URL; built by trust."""

    async def authorization_for(self, url: str, person: Person | None) -> str:
        """The value of an ``Authorization`` header. Raises ``samband.trust.denied.Denied`` or ``OSError``."""
        ...

    def forget(self, url: str) -> None:
        """The server at ``url`` refused a token: ask it anew next time whom it trusts."""
        ...


class ExchangeClient:
    """Asks Exchange in the name of one person a call."""

    def __init__(self, http: HttpClient, authorizer: Authorizer, autodiscover_url: str) -> None:
        self._http = http
        self._authorizer = authorizer
        self._autodiscover_url = autodiscover_url

    async def ews_url(self, person: Person) -> str:
        """Where the mailbox of the person's ``mail`` is served. Raises ``Unauthorized`` or ``Unreachable``."""
        if not person.mail:
            raise NoMailbox("there is no mail address that would name a mailbox")
        url = self._autodiscover_url
        body = user_settings_request(url, person.mail, "ExternalEwsUrl", "InternalEwsUrl")
        answer = await self._post(url, body, person)
        try:
            found = read_user_settings(answer.content)
        except Malformed as error:
            raise Unreachable(f"{url} gave no Autodiscover answer: {error}") from None
        address = found.settings.get("InternalEwsUrl") or found.settings.get("ExternalEwsUrl") or ""
        if found.error_code in _NOBODY:
            raise NoMailbox(f"Autodiscover says of {person.mail}: {found.error_message or found.error_code}")
        if found.error_code != "NoError" or not address:
            raise Unreachable(f"Autodiscover says of {person.mail}: {found.error_message or found.error_code}")
        return address

    async def availability(
        self, url: str, person: Person, start: datetime, end: datetime, interval: int
    ) -> answers.FreeBusy:
        """Free/busy of the person's own calendar. Raises ``Unauthorized``, ``Unreachable`` or ``answers.Refused``."""
        body = requests.availability_request(person.mail, start, end, interval)
        return answers.read_availability((await self._post(url, body, person)).content)

    async def out_of_office(self, url: str, person: Person) -> OutOfOffice:
        """The person's out-of-office settings, the reply as plain text. Raises like ``availability``."""
        found = answers.read_oof((await self._post(url, requests.oof_request(person.mail), person)).content)
        # Who is known to a mailbox cannot be told from here: what only they may read is for nobody.
        external = plain_text(found.external_reply) if found.audience == "All" else ""
        return OutOfOffice(found.state, plain_text(found.reply), found.start, found.end, external)

    async def subscribe(
        self,
        url: str,
        person: Person,
        folders: Sequence[str] = CALENDAR_FOLDERS,
        events: Sequence[str] = CALENDAR_EVENTS,
    ) -> str:
        """A streaming subscription to ``events`` in distinguished ``folders``. Raises like ``availability``."""
        body = requests.subscribe_request(folders, events)
        return answers.read_subscription((await self._post(url, body, person)).content)

    async def events(
        self, url: str, subscriptions: Sequence[str], minutes: int
    ) -> AsyncGenerator[answers.StreamedEvents, None]:
        """What happens to ``subscriptions`` until Exchange closes the connection. Raises like ``availability``."""
        body = requests.streaming_events_request(subscriptions, minutes)
        answer = await self._post(url, body, None, stream=True)
        cut = answers.EnvelopeStream()
        async with aclosing(answer.chunks()) as chunks:
            async for chunk in chunks:
                for one in cut.feed(chunk):
                    yield one

    async def ask(self, url: str, person: Person, body: bytes) -> bytes:
        """The answer to any request in the name of ``person``. Raises ``Unauthorized`` or ``Unreachable``."""
        return (await self._post(url, body, person)).content

    async def _post(self, url: str, body: bytes, person: Person | None, stream: bool = False) -> HttpResponse:
        authorization = await self._authorization(url, person)
        headers = [("Content-Type", "text/xml; charset=utf-8"), ("Authorization", authorization)]
        wait = 90.0 if stream else TIMEOUT
        try:
            answer = await self._http.send("POST", url, headers=headers, body=body, timeout=wait, stream=stream)
        except OSError as error:
            raise Unreachable(f"{url} cannot be reached: {error}") from None
        if answer.status in (401, 403):
            reason = _reason(answer)
            if person is not None and _ABOUT_THE_USER in reason:
                raise UserRefused(reason)
            self._authorizer.forget(url)
            raise Unauthorized(reason)
        if answer.status not in (200, 500):
            raise Unreachable(f"{url} answered {answer.status}")
        return answer

    async def _authorization(self, url: str, person: Person | None) -> str:
        try:
            return await self._authorizer.authorization_for(url, person)
        except Denied as denied:
            raise Unauthorized(str(denied)) from None
        except OSError as error:
            raise Unreachable(f"{url} cannot be reached: {error}") from None


def _reason(answer: HttpResponse) -> str:
    for name, value in answer.headers:
        if name.lower() == "x-ms-diagnostics":
            return value
    return f"status {answer.status} without a reason"


def appointment(event: answers.CalendarEvent) -> Appointment:
    """A calendar event as the model has it; a private one keeps no subject and no place."""
    if event.is_private:
        return Appointment(event.start, event.end, event.busy_type, is_meeting=event.is_meeting, is_private=True)
    return Appointment(event.start, event.end, event.busy_type, event.subject, event.location, event.is_meeting)


_MAX_REPLY = 65_536
_BREAKS = frozenset({"br", "p", "div", "li", "tr"})


def plain_text(reply: str) -> str:
    """An out-of-office reply, which may be HTML and may begin with a byte order mark, as plain text."""
    reply = reply.lstrip("\ufeff")[:_MAX_REPLY].strip()
    if not reply:
        return ""
    parts: list[str] = []
    try:
        root = html.fromstring(f"<div>{reply}</div>", parser=html.HTMLParser(remove_comments=True, remove_pis=True))
    except (etree.ParserError, ValueError):
        return ""
    etree.strip_elements(root, "style", "script", "head", "title", with_tail=False)
    for event, element in etree.iterwalk(root, events=("start", "end")):
        breaks = "\n" if element.tag in _BREAKS else ""
        if event == "start":
            parts.append(breaks + (element.text or ""))
        else:
            parts.append(breaks + (element.tail or ""))
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line)
