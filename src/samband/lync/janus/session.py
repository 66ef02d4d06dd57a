"""The session with a Janus server: requests, the long poll for events, and what happens when the server goes away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial
from urllib.parse import urlencode

from samband.wire.http import HttpClient, HttpResponse
from samband.wire.janus import (
    MOST_EVENTS,
    NO_HANDLE,
    NO_SESSION,
    BadAnswer,
    Said,
    read_answer,
    read_events,
    write_request,
)

log = logging.getLogger(__name__)
PATIENCE = 10.0
"""Seconds for one request and what comes of it."""
POLL = 45.0
"""Seconds for a long poll: Janus answers it after 30, with nothing where there is nothing."""
AGAIN = 2.0
"""Seconds until the next attempt to reach a server that is not there."""
FLOOR = 0.1
"""Seconds that a poll takes at least which brings nothing for anybody here."""


class Unavailable(Exception):
    """The server does not answer, or has forgotten what was asked about."""


class Refused(Exception):
    """The server says no; ``code`` is its own."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{text} ({code})")
        self.code = code


Hear = Callable[[Said | None], None]
"""Told what a handle was not asked for; None: the handle is gone."""


class Handle:
    """One attachment to the plugin."""

    def __init__(self, session: Session, id: int) -> None:
        self._session = session
        self.id = id

    async def ask(self, body: Mapping[str, object], jsep: tuple[str, str] | None = None) -> Said:
        """Send a request to the plugin; its answer. Raises ``Unavailable`` and ``Refused``."""
        return await self._session.ask(self.id, body, jsep)

    async def detach(self) -> None:
        """Let it go, whether the server is there or not."""
        await self._session.detach(self.id)


class Session:
    """One for a site. ``secret`` is the API secret, empty where the server wants none; ``token`` gives fresh words."""

    def __init__(self, http: HttpClient, url: str, secret: str, token: Callable[[], str]) -> None:
        self._http = http
        self._url = url.rstrip("/")
        self._secret = secret
        self._token = token
        self._id = 0
        self._ears: dict[int, Hear] = {}
        self._waiting: dict[str, asyncio.Future[Said]] = {}
        self.changed: Callable[[bool], None] = lambda _available: None
        """Told that the server has come or gone."""

    @property
    def available(self) -> bool:
        """Whether the server answers now."""
        return bool(self._id)

    def __len__(self) -> int:
        return len(self._ears)

    async def run(self) -> None:
        """Keep the session, and begin a new one whenever it is lost, until cancelled."""
        told = ""
        try:
            while True:
                try:
                    await self._begin()
                    told = ""
                    log.info("Janus answers at %s", self._url)
                    while True:
                        await self._poll()
                except (Unavailable, Refused) as error:
                    if str(error) != told:
                        told = str(error)
                        log.warning("no media: Janus at %s: %s", self._url, told)
                except Exception:
                    log.exception("the session with Janus at %s begins anew", self._url)
                self._lost()
                await asyncio.sleep(AGAIN)
        finally:
            await self._end()

    # --- what handles ask

    async def attach(self, hear: Hear) -> Handle:
        """A new handle. Raises ``Unavailable`` and ``Refused``."""
        said = await self._post(self._path(), write_request("attach", self._token(), self._secret))
        self._ears[said.id] = hear
        return Handle(self, said.id)

    async def ask(self, handle: int, body: Mapping[str, object], jsep: tuple[str, str] | None) -> Said:
        """See ``Handle``."""
        transaction = self._token()
        waiting = self._waiting[transaction] = asyncio.get_running_loop().create_future()
        try:
            message = write_request("message", transaction, self._secret, body=body, jsep=jsep)
            said = await self._post(f"{self._path()}/{handle}", message)
            if said.kind == "ack":
                async with asyncio.timeout(PATIENCE):
                    said = await waiting
        except TimeoutError:
            raise Unavailable("no answer from its plugin") from None
        finally:
            del self._waiting[transaction]
            waiting.cancel()
        return self._agreed(said)

    async def detach(self, handle: int) -> None:
        """See ``Handle``."""
        if self._ears.pop(handle, None) is None or not self._id:
            return
        try:
            await self._post(f"{self._path()}/{handle}", write_request("detach", self._token(), self._secret))
        except (Unavailable, Refused) as error:
            log.info("a handle of Janus was not detached: %s", error)

    # --- the session

    async def _begin(self) -> None:
        said = await self._post("", write_request("create", self._token(), self._secret))
        if not said.id:
            raise Unavailable("it made no session")
        self._id = said.id
        self._tell(partial(self.changed, True))

    async def _poll(self) -> None:
        query = {"maxev": str(MOST_EVENTS)} | ({"apisecret": self._secret} if self._secret else {})
        now = asyncio.get_running_loop().time
        floor = now() + FLOOR
        answer = await self._send("GET", f"{self._path()}?{urlencode(query)}", b"", POLL)
        if answer.status != 200:
            raise Unavailable("the session has ended")
        wanted = [self._hear(said) for said in self._read(read_events, answer)]
        if not any(wanted):
            await asyncio.sleep(max(0, floor - now()))

    def _hear(self, said: Said) -> bool:
        """Pass it on; whether anybody wanted it."""
        waiting = self._waiting.get(said.transaction)
        if waiting is not None and said.kind in ("event", "error"):
            if not waiting.done():
                waiting.set_result(said)
        elif said.kind == "timeout":
            raise Unavailable("the session has timed out")
        elif said.kind == "detached":
            gone = self._ears.pop(said.sender, None)
            if gone is not None:
                self._tell(partial(gone, None))
            return gone is not None
        elif said.sender in self._ears:
            self._tell(partial(self._ears[said.sender], said))
        else:
            return False
        return True

    def _lost(self) -> None:
        """Everything the server held for this site is gone with the session."""
        before, self._id = self._id, 0
        ears, self._ears = self._ears, {}
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_result(Said("error", code=NO_SESSION, text="the server is gone"))
        for hear in ears.values():
            self._tell(partial(hear, None))
        if before:
            self._tell(partial(self.changed, False))

    def _tell(self, listener: Callable[[], None]) -> None:
        """What one listener cannot do with it is no matter of the others, nor of the session."""
        try:
            listener()
        except Exception:
            log.exception("what Janus at %s told could not be seen to", self._url)

    async def _end(self) -> None:
        if self._id:
            try:
                await self._post(self._path(), write_request("destroy", self._token(), self._secret))
            except (Unavailable, Refused):
                log.info("the session with Janus was not ended; it times out")
            self._lost()

    # --- requests

    def _path(self) -> str:
        if not self._id:
            raise Unavailable("there is no session")
        return f"/{self._id}"

    async def _post(self, path: str, body: bytes) -> Said:
        answer = await self._send("POST", path, body, PATIENCE)
        if answer.status != 200:
            raise Unavailable(f"HTTP {answer.status}")
        return self._agreed(self._read(lambda content: [read_answer(content)], answer)[0])

    @staticmethod
    def _agreed(said: Said) -> Said:
        if said.code in (NO_SESSION, NO_HANDLE):
            raise Unavailable(said.text)
        if said.code or said.kind == "error":
            raise Refused(said.code, said.text)
        return said

    async def _send(self, method: str, path: str, body: bytes, timeout: float) -> HttpResponse:
        headers = [("Content-Type", "application/json")] if body else []
        try:
            return await self._http.send(method, self._url + path, headers=headers, body=body, timeout=timeout)
        except Exception as error:
            # Its text may show the query, and that has the secret, in whatever way it is written there.
            raise Unavailable(f"no answer ({_kind(error)})") from None

    @staticmethod
    def _read(read: Callable[[bytes], list[Said]], answer: HttpResponse) -> list[Said]:
        try:
            return read(answer.content)
        except BadAnswer as error:
            raise Unavailable(str(error)) from None


def _kind(error: Exception) -> str:
    """What failed, without a word of what it says: its class, and the HTTP status where there is one."""
    cause = error.__cause__ or error
    status = getattr(cause, "status", None)
    return type(cause).__name__ + (f" {status}" if isinstance(status, int) else "")
