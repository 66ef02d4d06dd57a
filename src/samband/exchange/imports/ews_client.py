"""Another Exchange server, asked with patience: what is busy or away for a while is asked again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Literal
from urllib.parse import urlsplit

from samband.exchange.imports.sign_in import Ntlm, SignIn, SignInRefused
from samband.wire.ews.client.mailboxes import back_off, is_answer, request
from samband.wire.http import Headers, HttpClient, HttpResponse

log = logging.getLogger(__name__)

TIMEOUT = 120.0
"""Seconds for one answer: a large message takes its time."""
TRIES = 8
LONGEST_WAIT = 300.0
Version = Literal["Exchange2010_SP1", "Exchange2013"]


class NoAnswer(Exception):
    """The other server gave no usable answer, however often it was asked."""


class EwsClient:
    """One mailbox of another server. Requests go one after another over one connection."""

    def __init__(
        self,
        http: HttpClient,
        url: str,
        sign_in: SignIn,
        impersonate: str = "",
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._http = http
        self.url = url
        self._sign_in = sign_in
        self._impersonate = impersonate
        self._sleep = sleep
        self._turn = asyncio.Lock()

    async def ask(self, body: str, version: Version = "Exchange2010_SP1") -> bytes:
        """The SOAP answer to a request, a fault included. Raises ``SignInRefused`` or ``NoAnswer``."""
        return await self.post(request(body, version, self._impersonate))

    async def post(self, content: bytes) -> bytes:
        """The SOAP answer to a whole envelope. Raises like ``ask``."""
        reason = ""
        async with self._turn:
            for tried in range(TRIES):
                wait = min(2.0**tried, LONGEST_WAIT)
                try:
                    answer = await self._proven(content)
                except OSError as error:
                    reason = str(error) or "no answer in time"
                else:
                    asked = _wait_asked(answer)
                    if asked is None:
                        return answer.content
                    wait = min(max(wait, asked), LONGEST_WAIT)
                    reason = "it is busy" if answer.status in (200, 500, 503, 429) else f"it answered {answer.status}"
                if tried + 1 < TRIES:
                    log.warning("%s: %s; again in %.0f s", self._host, reason, wait)
                    await self._sleep(wait)
        raise NoAnswer(f"{self._host} gave no answer after {TRIES} tries: {reason}")

    @property
    def _host(self) -> str:
        return urlsplit(self.url).netloc

    async def _proven(self, content: bytes) -> HttpResponse:
        """The answer to a request of somebody whom the server knows. Raises ``SignInRefused`` or ``OSError``."""
        answer = await self._send(self._sign_in.fields(), content)
        while answer.status == 401:
            more = self._sign_in.answer(answer)
            if more is None:
                raise SignInRefused(f"{self._host} does not let this name in with this password or token")
            begun = isinstance(self._sign_in, Ntlm) and self._sign_in.begun
            answer = await self._send(more, b"" if begun else content)
            if answer.status == 401 and not begun:
                raise SignInRefused(f"{self._host} does not let this name in with this password")
        if answer.status == 403:
            raise SignInRefused(f"{self._host} forbids this account to use EWS")
        return answer

    async def _send(self, fields: list[tuple[str, str]], content: bytes) -> HttpResponse:
        headers = [("Content-Type", "text/xml; charset=utf-8"), ("Accept", "text/xml"), *fields]
        return await self._http.send("POST", self.url, headers=headers, body=content, timeout=TIMEOUT)


def _wait_asked(answer: HttpResponse) -> float | None:
    """How long to wait before asking again, None for an answer to be read. Raises ``NoAnswer`` where none will come."""
    if answer.status in (200, 500) and is_answer(answer.content):
        return back_off(answer.content)
    if answer.status in (301, 302, 307, 308, 404, 405, 501):
        where = Headers(answer.headers).get("Location")
        raise NoAnswer(
            f"this is no EWS address: it answered {answer.status}{f' and points to {where}' if where else ''}"
        )
    after = Headers(answer.headers).get("Retry-After")
    return float(after) if after.isascii() and after.isdigit() else 0.0
