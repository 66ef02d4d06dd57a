"""IM sessions with others, as Lync clients hold them: begun, spoken in, ended [RFC3261 13, 14; MS-SIP]."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Protocol

from samband.integration.owa_im.kept_talks import KeptTalks, Talk
from samband.integration.owa_im.line import RINGING, TIMEOUT, Line, LineDown
from samband.integration.owa_im.session_text import GONE, description, why_not
from samband.model.im_client import Line as Said
from samband.model.im_client import TalkState
from samband.wire.sip.dialog import Dialog, established
from samband.wire.sip.message import SipRequest

log = logging.getLogger(__name__)


class Speaker(Protocol):
    """For whom conversations are held."""

    line: Line
    address: str

    @property
    def contact(self) -> str:
        """The Contact of requests that begin a session."""
        ...

    def request(self, method: str, uri: str, call_id: str) -> SipRequest: ...

    def name_of(self, address: str) -> str: ...


class ImSessions:
    """Sessions of the conversations that are ``kept``; ``speaker`` tells who holds them now, or raises ``LineDown``."""

    def __init__(self, kept: KeptTalks, speaker: Callable[[], Speaker], words: Callable[[], str]) -> None:
        self._kept = kept
        self._speaker = speaker
        self._words = words
        self._dialogs: dict[tuple[str, str, str], Talk] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def find(self, key: tuple[str, str, str]) -> Talk | None:
        """The conversation whose session this is."""
        return self._dialogs.get(key)

    def call(self, talk: Talk) -> None:
        """Begin a session, then send what waits for it; nothing more where one is being begun."""
        if talk.calling is None:
            self._kept.put(talk, TalkState.CALLING)
            talk.calling = self._start(self._invite(talk))

    async def _invite(self, talk: Talk) -> None:
        peer = f"sip:{talk.peer}"
        try:
            invite = self._speaker().request("INVITE", peer, self._words())
            invite.put("Contact", self._speaker().contact).put("Content-Type", "application/sdp")
            invite.put("Ms-Conversation-ID", self._words()).put("Supported", "ms-delayed-accept")
            invite.body = description(self._speaker().line.local)
            response = await self._speaker().line.ask(invite, RINGING)
        except LineDown as down:
            self._uncalled(talk, str(down))
            return
        finally:
            talk.calling = None
        if response.status >= 300:
            self._uncalled(talk, why_not(response.status, self._speaker().name_of(talk.peer)))
            return
        dialog = established(invite, response)
        self._speaker().line.tell(dialog.request("ACK"))
        if self._kept.find(talk.peer) is not talk or talk.dialog is not None:
            # Closed meanwhile, or both began at the same moment and the other one's session is there.
            self.ask(talk, dialog.request("BYE"))
            return
        self.opened(talk, dialog)

    def opened(self, talk: Talk, dialog: Dialog) -> None:
        """There is a session now."""
        talk.dialog = dialog
        self._dialogs[dialog.key] = talk
        self._kept.put(talk, TalkState.OPEN)
        waiting, talk.waiting = talk.waiting, []
        if waiting:
            self._start(self._send_all(talk, waiting))

    def _uncalled(self, talk: Talk, reason: str) -> None:
        if talk.dialog is None:
            waiting, talk.waiting = talk.waiting, []
            for said in waiting:
                self._kept.fail(talk, said, reason)
            self._kept.put(talk, TalkState.CLOSED)

    def send(self, talk: Talk, said: Said) -> None:
        """Send a message in the session that there is."""
        self._start(self._send(talk, said))

    def ask(self, talk: Talk, request: SipRequest) -> None:
        """Send a request within the session, whatever comes of it."""
        self._start(self._ask(talk, request))

    async def _send_all(self, talk: Talk, waiting: list[Said]) -> None:
        for said in waiting:
            await self._send(talk, said)

    async def _send(self, talk: Talk, said: Said) -> None:
        dialog = talk.dialog
        if dialog is None:
            self._kept.fail(talk, said, "The conversation ended.")
            return
        talk.typed = False
        message = dialog.request("MESSAGE", said.text.encode())
        message.put("Content-Type", "text/plain; charset=UTF-8")
        status = await self._ask(talk, message)
        if status in GONE and talk.dialog is dialog:
            # The other end is gone; whoever is there now is asked anew, once.
            self.drop(talk)
            talk.waiting.append(said)
            self.call(talk)
        elif status >= 300:
            self._kept.fail(talk, said, why_not(status, self._speaker().name_of(talk.peer)))

    async def _ask(self, talk: Talk, request: SipRequest) -> int:
        try:
            return (await self._speaker().line.ask(request, TIMEOUT)).status
        except LineDown as down:
            log.info("%s to %s: %s", request.method, talk.peer, down)
            return 503

    def hang_up(self, talk: Talk) -> None:
        """End the session, or what would become one."""
        if talk.calling is not None:
            talk.calling.cancel()
            talk.calling = None
        dialog = talk.dialog
        self.drop(talk)
        if dialog is not None:
            self.ask(talk, dialog.request("BYE"))

    def drop(self, talk: Talk) -> None:
        """The session is no more."""
        if talk.dialog is not None:
            self._dialogs.pop(talk.dialog.key, None)
            talk.dialog = None
        talk.typed = False

    async def ended(self) -> None:
        """Wait until nothing is under way any more, for a moment; then cut it off."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1.0)
        for task in self._tasks:
            task.cancel()

    def _start(self, work: Coroutine[object, object, object]) -> asyncio.Task[None]:
        async def run() -> None:
            await work

        task = asyncio.create_task(run(), name="instant messaging")
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a conversation failed", exc_info=error)
