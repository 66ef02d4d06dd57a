"""What passes through the server as instant messages, handed on to be kept for the mailboxes of those who wrote it.

A final answer waits until what it acknowledges is on disk.
"""

from __future__ import annotations

import base64
import binascii
from collections import OrderedDict
from collections.abc import Awaitable
from functools import partial
from typing import NamedTuple, Protocol

from msgspec.structs import replace

from samband.lync.sip.im_session import is_im
from samband.lync.sip.im_text import read_text
from samband.lync.sip.inbound import Inbound
from samband.lync.sip.media import media_type
from samband.model.conversation_history import Kind, Said, pair
from samband.wire.conference.invitation import read_invitation
from samband.wire.conference.names import INVITATION_TYPE
from samband.wire.sip.address import tag_in, uri_in
from samband.wire.sip.message import SipRequest, SipResponse
from samband.wire.sip.uri import aor_of
from samband.wire.xml.reading import Malformed, SchemaViolation

MOST_SESSIONS = 20_000
"""Most sessions whose beginning is remembered; what is said in others goes with what the two said last."""
_KINDS = {"text/plain": False, "text/html": True}
_UNHEARD = frozenset({408, 480, 486, 487})
"""Statuses that say of an invitation that nobody took it up."""


class Ahead(Protocol):
    """A text that is being kept while its receiver is asked whether it takes it.

    Each method gives what the sender's answer waits for, where there is anything. Several may share a future.
    """

    def taken(self) -> Awaitable[None] | None:
        """The receiver took it."""
        ...

    def not_taken(self) -> Awaitable[None] | None:
        """It did not: nothing is kept."""
        ...


class History(Protocol):
    """Where texts are kept."""

    def keep(self, said: Said) -> Awaitable[None] | None:
        """Keep one text; on disk when what is given back is done, or nothing is to be waited for. Several may share a
        future."""
        ...

    def keep_ahead(self, said: Said) -> Ahead | None:
        """Keep one text that its receiver may not take; None where nobody wants it kept."""
        ...


class _Session(NamedTuple):
    id: str
    subject: str


_NO_SESSION = _Session("", "")


class ConversationWatch:
    """Told of every request that the proxy serves."""

    def __init__(self, history: History) -> None:
        self.history = history
        self._sessions: OrderedDict[str, _Session] = OrderedDict()
        """By Call-ID."""

    def watch(self, inbound: Inbound) -> None:
        """Look at the answers to a request, where it is one of an IM session."""
        request = inbound.request
        if request.method == "MESSAGE":
            inbound.witness = _Message(self, inbound)
        elif request.method != "INVITE" or tag_in(request.headers["To"][0]):
            return
        elif is_im(request):
            inbound.witness = partial(self._invited, inbound)
        elif media_type(request) == INVITATION_TYPE:
            inbound.witness = partial(self._invited_to_conference, inbound)

    def carried(self, inbound: Inbound) -> None:
        """Begin to keep a message that is on its way to its receiver: the disk and they take their time together."""
        if isinstance(inbound.witness, _Message):
            inbound.witness.begin()

    def in_conference(
        self, inbound: Inbound, place: str, subject: str, members: dict[str, str]
    ) -> Awaitable[None] | None:
        """Keep what a member of a conference says to the others; ``members`` are addresses and names."""
        sender = inbound.address
        html, content = text_of(inbound.request) or (False, "")
        return self.history.keep(
            Said(
                kind=Kind.CONFERENCE,
                place=place,
                subject=subject,
                sender=sender,
                receivers=tuple(one for one in members if one != sender),
                html=html,
                content=content,
                names=tuple(members.items()),
            )
        )

    def _invited(self, inbound: Inbound, response: SipResponse) -> Awaitable[None] | None:
        request = inbound.request
        session = _Session(request.get("Ms-Conversation-ID") or request.call_id, request.get("Subject") or "")
        first = _first_text(request)
        if response.status < 300:
            self._sessions[request.call_id] = session
            if len(self._sessions) > MOST_SESSIONS:
                self._sessions.popitem(last=False)
            # The callee took the text along with the invitation; else the caller sends it as a message.
            taken = "ms-text-format" in response.tokens("Supported")
            return self._keep(inbound, Kind.TWO, session, first) if first and taken else None
        if response.status in _UNHEARD and first:
            return self._keep(inbound, Kind.MISSED, session, first)
        return None

    def _invited_to_conference(self, inbound: Inbound, response: SipResponse) -> Awaitable[None] | None:
        if response.status not in _UNHEARD:
            return None
        try:
            invitation = read_invitation(inbound.request.body)
        except (Malformed, SchemaViolation):
            return None
        named = f": {invitation.subject}" if invitation.subject.strip() else ""
        text = (False, f"Invitation to a conference{named}")
        return self._keep(inbound, Kind.MISSED, _NO_SESSION, text) if invitation.text else None

    def told(self, inbound: Inbound) -> Said | None:
        """What a message says to whom; None where it is not meant to be read."""
        content = text_of(inbound.request)
        if content is None:
            return None
        return self._said(inbound, Kind.TWO, self._sessions.get(inbound.request.call_id, _NO_SESSION), content)

    def _keep(self, inbound: Inbound, kind: Kind, session: _Session, text: tuple[bool, str]) -> Awaitable[None] | None:
        said = self._said(inbound, kind, session, text)
        return self.history.keep(said) if said is not None else None

    def _said(self, inbound: Inbound, kind: Kind, session: _Session, text: tuple[bool, str]) -> Said | None:
        sender, receiver = inbound.address, aor_of(uri_in(inbound.request.headers["To"][0]))
        if not sender or not receiver:
            return None
        return Said(
            kind=kind,
            place=pair(sender, receiver),
            session=session.id,
            subject=session.subject,
            sender=sender,
            receivers=(receiver,),
            html=text[0],
            content=text[1],
        )


class _Message:
    """Waits for the answer to a message, and knows what is kept of it already."""

    __slots__ = ("_ahead", "_inbound", "_said", "_watch")

    def __init__(self, watch: ConversationWatch, inbound: Inbound) -> None:
        self._watch = watch
        self._inbound = inbound
        self._said: Said | None = None
        self._ahead: Ahead | None = None

    def begin(self) -> None:
        """Keep it while its receiver is asked."""
        self._said = said = self._watch.told(self._inbound)
        if said is not None:
            self._ahead = self._watch.history.keep_ahead(said)

    def __call__(self, response: SipResponse) -> Awaitable[None] | None:
        """Keep what the answer says of it: what it waits for."""
        said, ahead, history = self._said, self._ahead, self._watch.history
        if said is None:
            said = self._watch.told(self._inbound)
        elif response.status < 300:
            return ahead.taken() if ahead is not None else None
        if said is None:
            return None
        if response.status < 300:
            return history.keep(said)
        withdrawn = ahead.not_taken() if ahead is not None else None
        missed = history.keep(replace(said, kind=Kind.MISSED)) if response.status in _UNHEARD else None
        # What is written later is on disk later.
        return missed or withdrawn


def text_of(request: SipRequest) -> tuple[bool, str] | None:
    """What a message says, and whether that is HTML; None where it is not meant to be read."""
    kind = request.get("Content-Type") or "text/plain"
    found = _decoded(kind, request.body)
    if found is None and (text := read_text(kind, request.body)) is not None:
        return _decoded(text.kind, text.body)
    return found


def _first_text(request: SipRequest) -> tuple[bool, str] | None:
    """What an invitation says already: ``ms-text-format: TYPE;ms-body=BASE64``."""
    written = request.get("ms-text-format") or ""
    kind, found, body = written.partition(";ms-body=")
    if not found:
        return None
    try:
        content = base64.b64decode(body.partition(";")[0].strip('" '), validate=True)
    except (binascii.Error, ValueError):
        return None
    return _decoded(kind, content)


def _decoded(content_type: str, body: bytes) -> tuple[bool, str] | None:
    if content_type == "text/plain":
        return _read(False, body, "utf-8")
    kind, *parameters = [part.strip() for part in content_type.split(";")]
    html = _KINDS.get(kind.lower())
    if html is None:
        return None
    named = (one.partition("=")[2].strip('"') for one in parameters if one.lower().startswith("charset="))
    return _read(html, body, next(named, "utf-8"))


def _read(html: bool, body: bytes, charset: str) -> tuple[bool, str] | None:
    try:
        text = body.decode(charset, "replace")
    except (LookupError, ValueError):
        text = body.decode("utf-8", "replace")
    return (html, text.replace("\0", "")) if text.strip() else None
