"""The conversations of one user: what the user does in them, and what others do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from samband.integration.owa_im.im_sessions import ImSessions, Speaker
from samband.integration.owa_im.kept_talks import KeptTalks, Talk
from samband.integration.owa_im.line import LineDown
from samband.integration.owa_im.session_text import description, preview
from samband.model.im_client import ImNews, TalkState, TalkView, TypingNews
from samband.model.im_client import Line as Said
from samband.wire.presence.elements import child, read_root
from samband.wire.sip.address import parse_params, tag_in, uri_in
from samband.wire.sip.dialog import answered, key_of
from samband.wire.sip.message import SipRequest, SipResponse, respond
from samband.wire.sip.uri import aor_of
from samband.wire.xml.reading import Malformed, SchemaViolation

MOST_WAITING = 32
"""Messages that wait for a conversation to begin."""
MAX_TEXT = 16 * 1024
"""Characters of one message."""
_TYPING_TYPE = "application/xml"


class Talks:
    """Every conversation. ``clock``: aware time; ``words``: fresh random words; ``tell`` hears what changed."""

    def __init__(self, clock: Callable[[], datetime], words: Callable[[], str], tell: Callable[[ImNews], None]) -> None:
        self.speaker: Speaker | None = None
        """The endpoint they are held by now."""
        self._words = words
        self._tell = tell
        self._kept = KeptTalks(clock, tell, self._name)
        self._sessions = ImSessions(self._kept, lambda: self._speaker, words)

    def views(self) -> tuple[TalkView, ...]:
        """Every conversation as it stands."""
        return self._kept.views()

    async def ended(self) -> None:
        """Wait until nothing is under way any more, for a moment; then cut it off."""
        await self._sessions.ended()

    @property
    def _speaker(self) -> Speaker:
        if self.speaker is None:
            raise LineDown("nobody is signed in")
        return self.speaker

    def _name(self, address: str) -> str:
        return self.speaker.name_of(address) if self.speaker is not None else address

    # --- what the user does

    def say(self, peer: str, text: str) -> Said:
        """Write to somebody; what becomes of it is told later."""
        talk = self._kept.of(peer)
        said = self._kept.add(talk, text, mine=True)
        if talk.state is TalkState.INVITED:
            self.accept(peer)
        if talk.dialog is not None:
            self._sessions.send(talk, said)
        elif len(talk.waiting) >= MOST_WAITING:
            self._kept.fail(talk, said, "Too many messages wait to be sent.")
        else:
            talk.waiting.append(said)
            self._sessions.call(talk)
        return said

    def type(self, peer: str, typing: bool) -> None:
        """Say that the user is typing, or stopped; nothing where no session is open."""
        talk = self._kept.find(peer)
        if talk is None or talk.dialog is None or talk.typed == typing:
            return
        talk.typed = typing
        status = "type" if typing else "idle"
        body = f'<?xml version="1.0"?><KeyboardActivity><status status="{status}"/></KeyboardActivity>'
        info = talk.dialog.request("INFO", body.encode()).put("Content-Type", _TYPING_TYPE)
        self._sessions.ask(talk, info)

    def accept(self, peer: str) -> None:
        """Take part in what somebody else began."""
        talk = self._kept.find(peer)
        if talk is None or talk.invite is None:
            return
        invite, talk.invite = talk.invite, None
        self._open(talk, invite)

    def close(self, peer: str) -> None:
        """End a conversation, or refuse one that somebody began; it is forgotten."""
        talk = self._kept.pop(peer)
        if talk is None:
            return
        if talk.invite is not None:
            self._speaker.line.answer(talk.invite, 603, talk.tag)
        self._sessions.hang_up(talk)
        self._kept.put(talk, TalkState.CLOSED)

    def end(self) -> None:
        """End every session; what was said stays. For signing out, and for a connection that is gone."""
        for talk in self._kept.all():
            if talk.state is not TalkState.CLOSED:
                talk.invite = None
                self._sessions.hang_up(talk)
                for said in talk.waiting:
                    self._kept.fail(talk, said, "The message could not be sent.")
                talk.waiting.clear()
                self._kept.put(talk, TalkState.CLOSED)

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
            known = self._sessions.find(key_of(invite, local_is_to=True))
            if known is None or known.dialog is None or not known.dialog.accepts(invite):
                line.answer(invite, 481)
            else:
                line.reply(self._agreed(invite, known.dialog.local_tag))
            return
        peer = aor_of(uri_in(invite.get("From") or ""))
        if b"\nm=message " not in invite.body:
            line.answer(invite, 488)
        elif not self._kept.has_room(peer):
            line.answer(invite, 486)
        else:
            self._ring(self._kept.of(peer), invite)

    def _ring(self, talk: Talk, invite: SipRequest) -> None:
        """Whoever is spoken to already is let in at once; anybody else waits for the user's word."""
        talk.tag = self._words()
        if talk.lines or talk.calling is not None:
            self._open(talk, invite)
            return
        if talk.invite is not None:
            self._speaker.line.answer(talk.invite, 486, talk.tag)
        talk.invite = invite
        talk.preview = preview(invite.get("ms-text-format") or "")
        self._speaker.line.answer(invite, 180, talk.tag, {"Contact": [self._speaker.contact]})
        self._kept.put(talk, TalkState.INVITED)

    def _open(self, talk: Talk, invite: SipRequest) -> None:
        self._sessions.hang_up(talk)
        self._speaker.line.reply(self._agreed(invite, talk.tag))
        self._sessions.opened(talk, answered(invite, talk.tag))

    def _agreed(self, invite: SipRequest, tag: str) -> SipResponse:
        response = respond(invite, 200, tag=tag, body=description(self._speaker.line.local))
        if "Record-Route" in invite.headers:
            response.headers["Record-Route"] = invite.headers["Record-Route"]
        return response.put("Contact", self._speaker.contact).put("Content-Type", "application/sdp")

    def _cancelled(self, cancel: SipRequest) -> None:
        line = self._speaker.line
        talk = next((one for one in self._kept.all() if one.invite and one.invite.call_id == cancel.call_id), None)
        if talk is None or talk.invite is None:
            line.answer(cancel, 481)
            return
        line.answer(cancel, 200, talk.tag)
        line.answer(talk.invite, 487, talk.tag)
        talk.invite = None
        self._kept.put(talk, TalkState.CLOSED)

    def _within(self, request: SipRequest) -> None:
        line = self._speaker.line
        talk = self._sessions.find(key_of(request, local_is_to=True))
        if talk is None or talk.dialog is None:
            line.answer(request, 481)
        elif not talk.dialog.accepts(request):
            line.answer(request, 500)
        elif request.method == "BYE":
            line.answer(request, 200)
            self._sessions.drop(talk)
            self._kept.put(talk, TalkState.CLOSED)
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
        self._kept.add(talk, text[:MAX_TEXT], mine=False)

    def _typing(self, talk: Talk, info: SipRequest) -> None:
        try:
            status = child(read_root(info.body, "KeyboardActivity"), "status")
        except (Malformed, SchemaViolation):
            return
        self._tell(TypingNews(talk.peer, status is not None and status.get("status") == "type"))
