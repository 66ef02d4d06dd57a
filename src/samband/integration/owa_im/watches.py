"""Subscriptions of one user: each a dialog with Lync that is renewed before it ends [RFC6665; MS-SIP 3.4]."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from samband.integration.owa_im.line import Line, LineDown
from samband.wire.sip.dialog import Dialog, established
from samband.wire.sip.message import SipMessage, SipRequest, SipResponse

LIFE = 7200
"""Seconds asked for."""
SUPPORTED = ("ms-benotify", "ms-piggyback-first-notify", "com.microsoft.autoextend", "eventlist")


class Subscriber(Protocol):
    """Who subscribes."""

    line: Line
    address: str

    @property
    def contact(self) -> str: ...

    def request(self, method: str, uri: str, call_id: str) -> SipRequest: ...


class Refused(Exception):
    """Lync said no."""

    def __init__(self, response: SipResponse) -> None:
        super().__init__(response.status)
        self.response = response


class Watch:
    """One subscription to an event package of one's own address; ``hear`` takes every document of it."""

    def __init__(
        self, subscriber: Subscriber, event: str, accept: str, hear: Callable[[SipMessage], None], call_id: str
    ) -> None:
        self._subscriber = subscriber
        self._event = event
        self._accept = accept
        self._hear = hear
        self.call_id = call_id
        self._dialog: Dialog | None = None

    async def ask(self, body: str = "", content_type: str = "", require: str = "") -> None:
        """Begin it, or ask more in it. Raises ``Refused``, ``LineDown``."""
        address = f"sip:{self._subscriber.address}"
        if self._dialog is None:
            request = self._subscriber.request("SUBSCRIBE", address, self.call_id)
        else:
            request = self._dialog.request("SUBSCRIBE")
        request.body = body.encode()
        request.put("Event", self._event).put("Accept", self._accept).put("Contact", self._subscriber.contact)
        request.put("Expires", str(LIFE))
        request.headers["Supported"] = list(SUPPORTED)
        if content_type:
            request.put("Content-Type", content_type)
        if require:
            request.put("Require", require)
        response = await self._subscriber.line.ask(request)
        if response.status >= 300:
            raise Refused(response)
        if self._dialog is None:
            self._dialog = established(request, response)
        if response.body:
            self._hear(response)

    async def renew(self) -> None:
        """Ask for all of it anew, for another life. Raises ``Refused``, ``LineDown``."""
        if self._dialog is None:
            raise LineDown("there is no subscription")
        await self.ask()

    def heard(self, request: SipRequest) -> None:
        """A notification of it came."""
        if request.body:
            self._hear(request)
