"""An Exchange that speaks just enough for the integration's tests: settings, availability, OOF, a stream of events."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

from samband.model.people import Person
from samband.wire.ews.names import DECLARED
from samband.wire.http import HttpResponse
from samband.wire.soap.envelope import write_envelope, write_streamed_envelope
from tests.web_in_memory import Fields, WebInMemory

AUTODISCOVER = "https://autodiscover.contoso.test/autodiscover/autodiscover.svc"
EWS = "https://mail.contoso.test/EWS/Exchange.asmx"
_A = "http://schemas.microsoft.com/exchange/2010/Autodiscover"


class News:
    """What happened to whose mailbox, each to the connection that asked for it; ``close`` ends every connection."""

    def __init__(self) -> None:
        self._open: dict[frozenset[str], asyncio.Queue[str]] = {}
        self._early: list[str] = []

    def open(self, names: frozenset[str]) -> asyncio.Queue[str]:
        queue = self._open[names] = asyncio.Queue()
        early, self._early = self._early, []
        for name in early:
            self.put_nowait(name)
        return queue

    def put_nowait(self, name: str) -> None:
        found = [queue for names, queue in self._open.items() if name == "close" or name in names]
        for queue in found:
            queue.put_nowait(name)
        if not found:
            self._early.append(name)


class FakeExchange(WebInMemory):
    """Both the HTTP client and the authorizer. ``refusal`` is the reason of a 401, empty where tokens are accepted."""

    def __init__(self) -> None:
        self.refusal = ""
        self.down = False
        self.events: dict[str, str] = {}
        """Address -> CalendarEvent elements."""
        self.oof: dict[str, str] = {}
        """Address -> OofSettings content."""
        self.strangers: set[str] = set()
        """Addresses of people that Exchange does not know as their tokens describe them."""
        self.busy: set[str] = set()
        """Addresses for which the server has no time."""
        self.asked: list[str] = []
        self.asked_for: list[str] = []
        """Operation and address of each call for a person."""
        self.forgotten: list[str] = []
        self.news = News()

    async def authorization_for(self, url: str, person: Person | None) -> str:
        return f"Bearer for {person.mail if person else 'itself'}"

    def forget(self, url: str) -> None:
        self.forgotten.append(url)

    async def answer(self, method: str, url: str, headers: Fields, body: bytes) -> HttpResponse:
        text = body.decode()
        found = re.search(r"<s:Body><[am]:(\w+)", text)
        assert found, text
        self.asked.append(found[1])
        if self.down:
            raise ConnectionRefusedError("nobody listens")
        if self.refusal:
            return HttpResponse(401, [("x-ms-diagnostics", self.refusal)])
        authorization = dict(headers)["Authorization"]
        who = authorization.removeprefix("Bearer for ")
        self.asked_for.append(f"{found[1]} {who}")
        if who in self.busy:
            return HttpResponse(503, [])
        if who in self.strangers:
            return HttpResponse(401, [("x-ms-diagnostics", '2000003;reason="x";error_category="invalid_user"')])
        answer = getattr(self, found[1])(text, who)
        return HttpResponse(200, [], answer)

    def GetUserSettingsRequestMessage(self, _: str, __: str) -> bytes:
        return write_envelope(
            f'<GetUserSettingsResponseMessage xmlns="{_A}"><Response><ErrorCode>NoError</ErrorCode><UserResponses>'
            "<UserResponse><ErrorCode>NoError</ErrorCode><UserSettings><UserSetting><Name>InternalEwsUrl</Name>"
            f"<Value>{EWS}</Value></UserSetting></UserSettings></UserResponse></UserResponses></Response>"
            "</GetUserSettingsResponseMessage>"
        )

    def Subscribe(self, _: str, who: str) -> bytes:
        return write_envelope(
            f"<m:SubscribeResponse {DECLARED}><m:ResponseMessages><m:SubscribeResponseMessage ResponseClass='Success'>"
            f"<m:ResponseCode>NoError</m:ResponseCode><m:SubscriptionId>{who}</m:SubscriptionId>"
            "</m:SubscribeResponseMessage></m:ResponseMessages></m:SubscribeResponse>"
        )

    def GetUserAvailabilityRequest(self, text: str, _: str) -> bytes:
        address = text.partition("<t:Address>")[2].partition("<")[0]
        return write_envelope(
            f"<m:GetUserAvailabilityResponse {DECLARED}><m:FreeBusyResponseArray><m:FreeBusyResponse>"
            "<m:ResponseMessage ResponseClass='Success'><m:ResponseCode>NoError</m:ResponseCode></m:ResponseMessage>"
            "<m:FreeBusyView><t:FreeBusyViewType>DetailedMerged</t:FreeBusyViewType>"
            f"<t:MergedFreeBusy>{'0' * 384}</t:MergedFreeBusy>"
            f"<t:CalendarEventArray>{self.events.get(address, '')}</t:CalendarEventArray>"
            "<t:WorkingHours><t:TimeZone/></t:WorkingHours></m:FreeBusyView></m:FreeBusyResponse>"
            "</m:FreeBusyResponseArray></m:GetUserAvailabilityResponse>"
        )

    def GetUserOofSettingsRequest(self, text: str, _: str) -> bytes:
        address = text.partition("<t:Address>")[2].partition("<")[0]
        settings = self.oof.get(address, "<t:OofState>Disabled</t:OofState>")
        return write_envelope(
            f"<m:GetUserOofSettingsResponse {DECLARED}><m:ResponseMessage ResponseClass='Success'>"
            "<m:ResponseCode>NoError</m:ResponseCode></m:ResponseMessage>"
            f"<t:OofSettings>{settings}</t:OofSettings></m:GetUserOofSettingsResponse>"
        )

    def GetStreamingEvents(self, text: str, _: str) -> AsyncIterator[bytes]:
        return self._stream(self.news.open(frozenset(re.findall(r"SubscriptionId>([^<]+)<", text))))

    async def _stream(self, news: asyncio.Queue[str]) -> AsyncIterator[bytes]:
        head = (
            f"<m:GetStreamingEventsResponse {DECLARED}><m:ResponseMessages>"
            "<m:GetStreamingEventsResponseMessage ResponseClass='Success'><m:ResponseCode>NoError</m:ResponseCode>"
        )
        tail = "</m:GetStreamingEventsResponseMessage></m:ResponseMessages></m:GetStreamingEventsResponse>"
        yield write_streamed_envelope(f"{head}<m:ConnectionStatus>OK</m:ConnectionStatus>{tail}")
        while True:
            who = await news.get()
            if who == "close":
                yield write_streamed_envelope(f"{head}<m:ConnectionStatus>Closed</m:ConnectionStatus>{tail}")
                return
            told = (
                f"<m:Notifications><m:Notification><t:SubscriptionId>{who}</t:SubscriptionId></m:Notification>"
                "</m:Notifications>"
            )
            whole = write_streamed_envelope(f"{head}{told}{tail}")
            yield whole[:50]
            yield whole[50:]
