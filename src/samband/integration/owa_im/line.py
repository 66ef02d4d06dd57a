"""The one connection to Lync over which the web side speaks for all its users: requests, answers, and who hears what.

It is real TLS also where both sides run in one process: that Lync checks the certificate of who connects is the whole
of the trust between them, and one connection costs nothing that would be worth a second way in.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from samband.wire.sip.address import uri_in
from samband.wire.sip.dialog import established
from samband.wire.sip.message import Headers, SipRequest, SipResponse, respond
from samband.wire.sip.stream import Broken, StreamReader
from samband.wire.sip.uri import aor_of
from samband.wire.sip.via import branch_in

log = logging.getLogger(__name__)

TIMEOUT = 32.0
"""Seconds that a request waits for its answer: 64*T1 [RFC3261 17.1.2.2]."""
RINGING = 180.0
"""Seconds that an invitation may ring."""
PING = 60.0
"""Seconds between two signs of life; the connection ends when three go unanswered."""
MAX_BODY = 8 * 1024 * 1024
"""Bytes of the largest document taken: presence of many people at once."""
_DERIVED = ("From", "To", "Call-ID", "Route")


class LineDown(Exception):
    """There is no connection, or it ended, or nobody answered on it."""


class Stream(Protocol):
    """A connection, as ``net`` has it."""

    @property
    def local(self) -> tuple[str, int]: ...

    def send(self, data: bytes) -> None: ...

    def close(self) -> None: ...


Dial = Callable[[str, Callable[[bytes], None], Callable[[], None]], Awaitable[Stream]]
"""Connects to a host by TLS, with the certificate of this server; ``feed`` and ``lost`` follow. Raises ``OSError``."""
Hear = Callable[[SipRequest], None]


class Line:
    """Transactions over one connection. ``words`` gives fresh random words; ``fell`` hears of the end of one."""

    def __init__(self, dial: Dial, words: Callable[[], str], fell: Callable[[], None]) -> None:
        self._dial = dial
        self._words = words
        self._fell = fell
        self._stream: Stream | None = None
        self._host = ""
        self.number = 0
        """Which connection this is: whoever registered over an earlier one is registered no more."""
        self._reader = StreamReader(max_body=MAX_BODY)
        self._waiting: dict[str, asyncio.Future[SipResponse]] = {}
        self._sent: dict[str, SipRequest] = {}
        self._opening = asyncio.Lock()
        self._silence = 0
        self._pinging: asyncio.Task[None] | None = None
        self.hearers: dict[str, Hear] = {}
        """Address in lower case -> who hears requests that are for it."""

    @property
    def local(self) -> tuple[str, int]:
        """Our end. Raises ``LineDown``."""
        return self._open().local

    def stands(self, host: str, number: int) -> bool:
        """Whether connection ``number`` is there, and leads to ``host``."""
        return self._stream is not None and self.number == number and self._host == host

    async def open(self, host: str) -> None:
        """Connect to ``host`` unless that is so already. Raises ``LineDown``."""
        async with self._opening:
            if self._stream is not None and self._host == host:
                return
            self.close()
            self._reader = StreamReader(max_body=MAX_BODY)
            self.number = number = self.number + 1

            def lost() -> None:
                if self.number == number and self._stream is not None:
                    self._lost()

            try:
                self._stream = await self._dial(host, self._feed, lost)
            except OSError as error:
                raise LineDown(f"no connection to {host}: {error or type(error).__name__}") from None
            self._host, self._silence = host, 0
            self._pinging = asyncio.create_task(self._ping(), name="signs of life to Lync")

    def close(self) -> None:
        """End the connection."""
        stream, self._stream = self._stream, None
        if self._pinging is not None:
            self._pinging.cancel()
            self._pinging = None
        if stream is not None:
            stream.close()
        self._give_up()

    async def ask(self, request: SipRequest, timeout: float = TIMEOUT) -> SipResponse:
        """Send a request; its final answer. Raises ``LineDown``."""
        stream = self._open()
        host, port = stream.local
        branch = f"z9hG4bK{self._words()}"
        request.push("Via", f"SIP/2.0/TLS {f'[{host}]' if ':' in host else host}:{port};branch={branch}")
        answer: asyncio.Future[SipResponse] = asyncio.get_running_loop().create_future()
        self._waiting[branch], self._sent[branch] = answer, request
        try:
            stream.send(request.to_bytes())
            async with asyncio.timeout(timeout):
                return await answer
        except (TimeoutError, asyncio.CancelledError) as end:
            if request.method == "INVITE":
                self._call_off(branch, request)
            if isinstance(end, asyncio.CancelledError):
                raise
            raise LineDown(f"no answer to {request.method}") from None
        finally:
            if self._waiting.get(branch) is answer:
                self._forget(branch)

    def _call_off(self, branch: str, invite: SipRequest) -> None:
        """Cancel an invitation; where it is accepted at that very moment, end the session [RFC3261 9.1]."""
        loop = asyncio.get_running_loop()
        late: asyncio.Future[SipResponse] = loop.create_future()
        self._waiting[branch] = late
        loop.call_later(TIMEOUT, late.cancel)

        def answered(done: asyncio.Future[SipResponse]) -> None:
            self._forget(branch)
            if not done.cancelled() and done.exception() is None and done.result().status < 300:
                dialog = established(invite, done.result())
                with contextlib.suppress(LineDown):
                    self.tell(dialog.request("ACK"))
                    self.tell(dialog.request("BYE"))

        late.add_done_callback(answered)
        self._try(_derived(invite, "CANCEL"))

    def _forget(self, branch: str) -> None:
        self._waiting.pop(branch, None)
        self._sent.pop(branch, None)

    def tell(self, request: SipRequest) -> None:
        """Send a request that nobody answers: the ACK of a success. Raises ``LineDown``."""
        host, port = self.local
        request.push("Via", f"SIP/2.0/TLS {f'[{host}]' if ':' in host else host}:{port};branch=z9hG4bK{self._words()}")
        self._open().send(request.to_bytes())

    def answer(self, request: SipRequest, status: int, tag: str = "", fields: Headers | None = None) -> SipResponse:
        """Send an answer without a body, and give it back."""
        response = respond(request, status, tag=tag or self._words())
        response.headers.update(fields or {})
        self.reply(response)
        return response

    def reply(self, response: SipResponse) -> None:
        """Send an answer; nothing where the connection is gone."""
        if self._stream is not None:
            self._stream.send(response.to_bytes())

    # --- what comes in

    def _feed(self, data: bytes) -> None:
        self._silence = 0
        for event in self._reader.feed(data):
            if isinstance(event, SipResponse):
                self._answered(event)
            elif isinstance(event, SipRequest):
                self._asked(event)
            elif isinstance(event, Broken):
                log.warning("the Lync side sent what cannot be read")
                if event.fatal and self._stream is not None:
                    self._stream.close()

    def _answered(self, response: SipResponse) -> None:
        branch = branch_in(response.get("Via") or "")
        sent, waiting = self._sent.get(branch), self._waiting.get(branch)
        if response.status < 200 or sent is None or waiting is None or response.cseq[1] != sent.method:
            return
        if sent.method == "INVITE" and response.status >= 300:
            ack = _derived(sent, "ACK")
            ack.headers["To"] = response.headers["To"]
            self._try(ack)
        if not waiting.done():
            waiting.set_result(response)

    def _asked(self, request: SipRequest) -> None:
        hear = self.hearers.get(aor_of(uri_in(request.get("To") or "")))
        if hear is not None:
            try:
                hear(request)
            except Exception:
                log.exception("a %s of the Lync side could not be served", request.method)
                if request.method not in ("ACK", "BENOTIFY"):
                    self.answer(request, 500)
        elif request.method not in ("ACK", "BENOTIFY"):
            self.answer(request, 481)

    def _lost(self) -> None:
        self.close()
        self._fell()

    def _give_up(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for answer in waiting.values():
            if not answer.done():
                answer.set_exception(LineDown("the connection to Lync ended"))

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(PING)
            self._silence += 1
            if self._stream is not None:
                if self._silence > 3:
                    self._stream.close()
                else:
                    self._stream.send(b"\r\n\r\n")

    def _open(self) -> Stream:
        if self._stream is None:
            raise LineDown("there is no connection to Lync")
        return self._stream

    def _try(self, request: SipRequest) -> None:
        with contextlib.suppress(LineDown):
            self._open().send(request.to_bytes())


def _derived(invite: SipRequest, method: str) -> SipRequest:
    """The ACK or CANCEL that belongs to an INVITE hop by hop [RFC3261 9.1, 17.1.1.3]."""
    headers: Headers = {"Via": invite.headers["Via"][:1], "Max-Forwards": ["70"]}
    headers.update({name: invite.headers[name] for name in _DERIVED if name in invite.headers})
    headers["CSeq"] = [f"{invite.cseq[0]} {method}"]
    return SipRequest(method, invite.uri, headers)
