"""The conversations of one user: IM sessions both ways, as Lync clients hold them [RFC3261 13, 14; MS-SIP]."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import msgspec

from samband.integration.owa_im.line import RINGING, TIMEOUT, Line, LineDown
from samband.model.im_client import ImNews, LineNews, TalkNews, TalkState, TalkView, TypingNews
from samband.model.im_client import Line as Said
from samband.wire.presence.elements import child, read_root
from samband.wire.sip.address import parse_params, tag_in, uri_in
from samband.wire.sip.dialog import Dialog, answered, established, key_of
from samband.wire.sip.message import SipRequest, SipResponse, respond
from samband.wire.sip.uri import aor_of
from samband.wire.xml.reading import Malformed, SchemaViolation

log = logging.getLogger(__name__)

MOST_TALKS, MOST_LINES, MOST_WAITING = 50, 200, 32
"""Conversations of a user, messages kept of each, and messages that wait for one to begin."""
MAX_TEXT = 16 * 1024
"""Characters of one message."""
_TYPING_TYPE = "application/xml"
_PREVIEW = 200
_GONE = frozenset({404, 408, 480, 481})


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


@dataclass(eq=False)
class Talk:
    """One conversation with somebody."""

    peer: str
    state: TalkState = TalkState.CLOSED
    lines: deque[Said] = field(default_factory=lambda: deque(maxlen=MOST_LINES))
    dialog: Dialog | None = None
    waiting: list[Said] = field(default_factory=list)
    invite: SipRequest | None = None
    tag: str = ""
    preview: str = ""
    typed: bool = False
    calling: asyncio.Task[None] | None = None


class Talks:
    """Every conversation. ``clock``: aware time; ``words``: fresh random words; ``tell`` hears what changed."""

    def __init__(self, clock: Callable[[], datetime], words: Callable[[], str], tell: Callable[[ImNews], None]) -> None:
        self.speaker: Speaker | None = None
        """The endpoint they are held by now."""
        self._clock = clock
        self._words = words
        self._tell = tell
        self._talks: dict[str, Talk] = {}
        self._dialogs: dict[tuple[str, str, str], Talk] = {}
        # A page may outlive this process: it is to see no number twice.
        self._numbers = int(clock().timestamp() * 1000)
        self._tasks: set[asyncio.Task[None]] = set()

    def views(self) -> tuple[TalkView, ...]:
        """Every conversation as it stands."""
        return tuple(map(self._view, self._talks.values()))

    @property
    def _speaker(self) -> Speaker:
        if self.speaker is None:
            raise LineDown("nobody is signed in")
        return self.speaker

    # --- what the user does

    def say(self, peer: str, text: str) -> Said:
        """Write to somebody; what becomes of it is told later."""
        talk = self._talk(peer)
        said = self._line(talk, text, mine=True)
        if talk.state is TalkState.INVITED:
            self.accept(peer)
        if talk.dialog is not None:
            self._start(self._send(talk, said))
        elif len(talk.waiting) >= MOST_WAITING:
            self._failed(talk, said, "Too many messages wait to be sent.")
        else:
            talk.waiting.append(said)
            self._call(talk)
        return said

    def type(self, peer: str, typing: bool) -> None:
        """Say that the user is typing, or stopped; nothing where no session is open."""
        talk = self._talks.get(peer)
        if talk is None or talk.dialog is None or talk.typed == typing:
            return
        talk.typed = typing
        status = "type" if typing else "idle"
        body = f'<?xml version="1.0"?><KeyboardActivity><status status="{status}"/></KeyboardActivity>'
        info = talk.dialog.request("INFO", body.encode()).put("Content-Type", _TYPING_TYPE)
        self._start(self._ask(talk, info))

    def accept(self, peer: str) -> None:
        """Take part in what somebody else began."""
        talk = self._talks.get(peer)
        if talk is None or talk.invite is None:
            return
        invite, talk.invite = talk.invite, None
        self._open(talk, invite)

    def close(self, peer: str) -> None:
        """End a conversation, or refuse one that somebody began; it is forgotten."""
        talk = self._talks.pop(peer, None)
        if talk is None:
            return
        if talk.invite is not None:
            self._speaker.line.answer(talk.invite, 603, talk.tag)
        self._hang_up(talk)
        self._set(talk, TalkState.CLOSED)

    def end(self) -> None:
        """End every session; what was said stays. For signing out, and for a connection that is gone."""
        for talk in self._talks.values():
            if talk.state is not TalkState.CLOSED:
                talk.invite = None
                self._hang_up(talk)
                for said in talk.waiting:
                    self._failed(talk, said, "The message could not be sent.")
                talk.waiting.clear()
                self._set(talk, TalkState.CLOSED)

    async def ended(self) -> None:
        """Wait until nothing is under way any more, for a moment; then cut it off."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1.0)
        for task in self._tasks:
            task.cancel()

    # --- what others do

    def hear(self, request: SipRequest) -> bool:
        """Serve a request of an IM session; False where it belongs to none."""
        if request.method == "INVITE":
            self._invited(request)
        elif request.method == "CANCEL":
            self._cancelled(request)
        elif request.method in ("MESSAGE", "INFO", "BYE"):
            self._within(request)
        else:
            return request.method == "ACK"
        return True

    def _invited(self, invite: SipRequest) -> None:
        line = self._speaker.line
        if tag_in(invite.get("To") or ""):
            known = self._dialogs.get(key_of(invite, local_is_to=True))
            if known is None or known.dialog is None or not known.dialog.accepts(invite):
                line.answer(invite, 481)
            else:
                line.reply(self._agreed(invite, known.dialog.local_tag))
            return
        peer = aor_of(uri_in(invite.get("From") or ""))
        if b"\nm=message " not in invite.body:
            line.answer(invite, 488)
        elif peer not in self._talks and len(self._talks) >= MOST_TALKS and not self._forget_one():
            line.answer(invite, 486)
        else:
            self._ring(self._talk(peer), invite)

    def _ring(self, talk: Talk, invite: SipRequest) -> None:
        """Whoever is spoken to already is let in at once; anybody else waits for the user's word."""
        talk.tag = self._words()
        if talk.lines or talk.calling is not None:
            self._open(talk, invite)
            return
        if talk.invite is not None:
            self._speaker.line.answer(talk.invite, 486, talk.tag)
        talk.invite = invite
        talk.preview = _preview(invite.get("ms-text-format") or "")
        self._speaker.line.answer(invite, 180, talk.tag, {"Contact": [self._speaker.contact]})
        self._set(talk, TalkState.INVITED)

    def _open(self, talk: Talk, invite: SipRequest) -> None:
        self._hang_up(talk)
        talk.dialog = answered(invite, talk.tag)
        self._dialogs[talk.dialog.key] = talk
        self._speaker.line.reply(self._agreed(invite, talk.tag))
        self._set(talk, TalkState.OPEN)
        self._send_waiting(talk)

    def _agreed(self, invite: SipRequest, tag: str) -> SipResponse:
        response = respond(invite, 200, tag=tag, body=self._description())
        if "Record-Route" in invite.headers:
            response.headers["Record-Route"] = invite.headers["Record-Route"]
        return response.put("Contact", self._speaker.contact).put("Content-Type", "application/sdp")

    def _cancelled(self, cancel: SipRequest) -> None:
        line = self._speaker.line
        talk = next((one for one in self._talks.values() if one.invite and one.invite.call_id == cancel.call_id), None)
        if talk is None or talk.invite is None:
            line.answer(cancel, 481)
            return
        line.answer(cancel, 200, talk.tag)
        line.answer(talk.invite, 487, talk.tag)
        talk.invite = None
        self._set(talk, TalkState.CLOSED)

    def _within(self, request: SipRequest) -> None:
        line = self._speaker.line
        talk = self._dialogs.get(key_of(request, local_is_to=True))
        if talk is None or talk.dialog is None:
            line.answer(request, 481)
        elif not talk.dialog.accepts(request):
            line.answer(request, 500)
        elif request.method == "BYE":
            line.answer(request, 200)
            self._drop(talk)
            self._set(talk, TalkState.CLOSED)
        elif request.method == "INFO":
            line.answer(request, 200)
            self._typing(talk, request)
        else:
            self._heard(talk, request)

    def _heard(self, talk: Talk, message: SipRequest) -> None:
        kind, _, rest = (message.get("Content-Type") or "text/plain").partition(";")
        if kind.strip().lower() != "text/plain":
            self._speaker.line.answer(message, 415, fields={"Accept": ["text/plain"]})
            return
        charset = parse_params(rest).get("charset", "utf-8")
        try:
            text = message.body.decode(charset, "replace")
        except LookupError:
            text = message.body.decode("utf-8", "replace")
        self._speaker.line.answer(message, 200)
        self._tell(TypingNews(talk.peer, False))
        self._line(talk, text[:MAX_TEXT], mine=False)

    def _typing(self, talk: Talk, info: SipRequest) -> None:
        try:
            status = child(read_root(info.body, "KeyboardActivity"), "status")
        except (Malformed, SchemaViolation):
            return
        self._tell(TypingNews(talk.peer, status is not None and status.get("status") == "type"))

    # --- how it is done

    def _call(self, talk: Talk) -> None:
        if talk.calling is None:
            self._set(talk, TalkState.CALLING)
            talk.calling = self._start(self._invite(talk))

    async def _invite(self, talk: Talk) -> None:
        """Begin a session, then send what waits for it."""
        peer = f"sip:{talk.peer}"
        try:
            invite = self._speaker.request("INVITE", peer, self._words())
            invite.put("Contact", self._speaker.contact).put("Content-Type", "application/sdp")
            invite.put("Ms-Conversation-ID", self._words()).put("Supported", "ms-delayed-accept")
            invite.body = self._description()
            response = await self._speaker.line.ask(invite, RINGING)
        except LineDown as down:
            self._uncalled(talk, str(down))
            return
        finally:
            talk.calling = None
        if response.status >= 300:
            self._uncalled(talk, _reason(response.status, self._speaker.name_of(talk.peer)))
            return
        dialog = established(invite, response)
        self._speaker.line.tell(dialog.request("ACK"))
        if self._talks.get(talk.peer) is not talk or talk.dialog is not None:
            # Closed meanwhile, or both began at the same moment and the other one's session is there.
            self._start(self._ask(talk, dialog.request("BYE")))
            return
        talk.dialog = dialog
        self._dialogs[dialog.key] = talk
        self._set(talk, TalkState.OPEN)
        self._send_waiting(talk)

    def _uncalled(self, talk: Talk, reason: str) -> None:
        if talk.dialog is None:
            waiting, talk.waiting = talk.waiting, []
            for said in waiting:
                self._failed(talk, said, reason)
            self._set(talk, TalkState.CLOSED)

    def _send_waiting(self, talk: Talk) -> None:
        waiting, talk.waiting = talk.waiting, []
        if waiting:
            self._start(self._send_all(talk, waiting))

    async def _send_all(self, talk: Talk, waiting: list[Said]) -> None:
        for said in waiting:
            await self._send(talk, said)

    async def _send(self, talk: Talk, said: Said) -> None:
        dialog = talk.dialog
        if dialog is None:
            self._failed(talk, said, "The conversation ended.")
            return
        talk.typed = False
        message = dialog.request("MESSAGE", said.text.encode())
        message.put("Content-Type", "text/plain; charset=UTF-8")
        status = await self._ask(talk, message)
        if status in _GONE and talk.dialog is dialog:
            # The other end is gone; whoever is there now is asked anew, once.
            self._drop(talk)
            talk.waiting.append(said)
            self._call(talk)
        elif status >= 300:
            self._failed(talk, said, _reason(status, self._speaker.name_of(talk.peer)))

    async def _ask(self, talk: Talk, request: SipRequest) -> int:
        try:
            return (await self._speaker.line.ask(request, TIMEOUT)).status
        except LineDown as down:
            log.info("%s to %s: %s", request.method, talk.peer, down)
            return 503

    def _hang_up(self, talk: Talk) -> None:
        if talk.calling is not None:
            talk.calling.cancel()
            talk.calling = None
        dialog = talk.dialog
        self._drop(talk)
        if dialog is not None:
            self._start(self._ask(talk, dialog.request("BYE")))

    def _drop(self, talk: Talk) -> None:
        if talk.dialog is not None:
            self._dialogs.pop(talk.dialog.key, None)
            talk.dialog = None
        talk.typed = False

    def _talk(self, peer: str) -> Talk:
        talk = self._talks.get(peer)
        if talk is None:
            if len(self._talks) >= MOST_TALKS:
                self._forget_one()
            talk = self._talks[peer] = Talk(peer)
        return talk

    def _forget_one(self) -> bool:
        """Forget the oldest conversation that is over; whether there was one."""
        over = next((one for one in self._talks.values() if one.state is TalkState.CLOSED), None)
        if over is not None:
            del self._talks[over.peer]
        return over is not None

    def _line(self, talk: Talk, text: str, *, mine: bool) -> Said:
        self._numbers += 1
        said = Said(number=self._numbers, mine=mine, text=text, at=self._clock())
        talk.lines.append(said)
        self._tell(LineNews(talk.peer, said))
        return said

    def _failed(self, talk: Talk, said: Said, reason: str) -> None:
        failed = msgspec.structs.replace(said, failed=reason)
        for index, one in enumerate(talk.lines):
            if one.number == said.number:
                talk.lines[index] = failed
        self._tell(LineNews(talk.peer, failed))

    def _set(self, talk: Talk, state: TalkState) -> None:
        talk.state = state
        self._tell(TalkNews(self._view(talk)))

    def _view(self, talk: Talk) -> TalkView:
        return TalkView(
            address=talk.peer,
            name=self.speaker.name_of(talk.peer) if self.speaker is not None else talk.peer,
            state=talk.state,
            lines=tuple(talk.lines),
            preview=talk.preview,
        )

    def _description(self) -> bytes:
        """The session description of IM over SIP: nothing but text."""
        host, port = self._speaker.line.local
        kind = "IP6" if ":" in host else "IP4"
        head = f"v=0\r\no=- 0 0 IN {kind} {host}\r\ns=session\r\nc=IN {kind} {host}\r\nt=0 0\r\n"
        return f"{head}m=message {port} sip null\r\na=accept-types:text/plain\r\n".encode()

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


def _reason(status: int, name: str) -> str:
    if status in _GONE:
        return f"{name} is offline or cannot be reached."
    if status in (486, 600, 603):
        return f"{name} does not want to talk now."
    return f"The message could not be sent ({status})."


def _preview(value: str) -> str:
    """The text that an invitation carries in ``ms-body`` of ``ms-text-format``; empty where it has none."""
    body = parse_params(value.partition(";")[2]).get("ms-body", "")
    try:
        return base64.b64decode(body, validate=True).decode("utf-8", "replace")[:_PREVIEW]
    except ValueError:
        return ""
