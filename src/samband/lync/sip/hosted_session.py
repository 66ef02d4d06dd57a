"""One IM session of an endpoint that lives in the server."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from samband.lync.actions.im import HTML, PLAIN, Sent
from samband.lync.sip.im_session import description, is_im
from samband.wire.sip import keyboard
from samband.wire.sip.address import uri_in
from samband.wire.sip.dialog import Dialog, answered, established
from samband.wire.sip.message import SipRequest, SipResponse, respond
from samband.wire.sip.uri import aor_of

if TYPE_CHECKING:
    from samband.lync.sip.hosted_endpoints import HostedEndpoint

MOST_TEXT = 64 * 1024
_MOST_WAITING = 64
"""Texts that wait for the other side to know that it was accepted."""
_IN_INVITE = 1024
"""Most bytes of a text that go with the invitation: it stands in a header field."""
_FORMAT = "ms-text-format"
_LOST = (404, 408, 410, 480, 481)
_ACCEPTED = re.compile(r"^a=accept-types:(.*?)\r?$", re.MULTILINE)


class HostedSession:
    """See ``ImSession``."""

    def __init__(self, endpoint: HostedEndpoint, peer: str, subject: str, first: tuple[str, str], to: str = "") -> None:
        """``to`` is the address that is invited, where it is not simply the peer's."""
        self._endpoint = endpoint
        self._to = to or f"sip:{peer}"
        self.peer = peer
        self.subject = subject
        self.first = first
        self.dialog: Dialog | None = None
        self._offer: SipRequest | None = None
        """The invitation, while it waits for an answer from here."""
        self._branch = ""
        """Of our invitation, while it waits for an answer from there."""
        self._tag = endpoint.token()
        self._sent: SipRequest | None = None
        self._over = False
        self._waiting: list[tuple[SipRequest, Sent]] | None = None
        """Texts of a session that was accepted here, until the caller is known to have heard of that: they would come
        before the acceptance where that is kept on disk first. None: nothing is in the way."""
        self.kinds: tuple[str, ...] = (PLAIN,)
        """What the other side takes."""

    @classmethod
    def offered(cls, endpoint: HostedEndpoint, invite: SipRequest) -> HostedSession | None:
        """The session that an INVITE asks for; None where it asks for something else."""
        if not is_im(invite):
            return None
        subject = invite.get("Subject") or ""
        made = cls(endpoint, aor_of(uri_in(invite.headers["From"][0])), subject, _first(invite))
        made._offer = invite
        made.kinds = _kinds(invite.body)
        return made

    # --- what its owner asks

    def invite(self) -> None:
        """Send the invitation."""
        endpoint, (kind, text) = self._endpoint, self.first
        invite = endpoint.opening("INVITE", self._to, self._tag)
        invite.put("Supported", f"{_FORMAT}, ms-sender, gruu-10")
        invite.put("Content-Type", "application/sdp").body = self._description()
        invite.put("Ms-Conversation-ID", endpoint.token())
        if self.subject:
            invite.put("Subject", " ".join(self.subject.split()))
        data = text.encode("utf-8", "replace")
        if data and len(data) <= _IN_INVITE:
            body = base64.b64encode(data).decode()
            invite.put("Ms-Text-Format", f"{kind}; charset=UTF-8;ms-body={body}")
        self._sent = invite
        self._branch = endpoint.ask(invite, self._heard_invited)

    def accept(self) -> None:
        """See ``ImSession``."""
        offer, self._offer = self._offer, None
        if offer is None:
            return
        self.dialog = answered(offer, self._tag)
        self._endpoint.drop(self)
        self._endpoint.keep(self)
        self._waiting = []
        self._agree(offer)

    def acknowledged(self) -> None:
        """The caller knows that it was accepted."""
        waiting, self._waiting = self._waiting, None
        for message, heard in waiting or ():
            self._send(message, heard)

    def decline(self) -> None:
        """See ``ImSession``."""
        self._refuse_offer(603)
        self._over = True

    def say(self, kind: str, text: str, heard: Sent) -> None:
        """See ``ImSession``."""
        data = text.encode("utf-8", "replace")
        if self.dialog is None or self._over:
            heard(481)
        elif len(data) > MOST_TEXT:
            heard(513)
        elif kind not in self.kinds:
            heard(415)
        else:
            message = self.dialog.request("MESSAGE", data).put("Content-Type", f"{kind}; charset=UTF-8")
            self._send(message, heard)

    def _send(self, message: SipRequest, heard: Sent) -> None:
        if self._waiting is None:
            self._endpoint.ask(message, lambda response: self._heard_sent(response, heard))
        elif len(self._waiting) < _MOST_WAITING:
            self._waiting.append((message, heard))
        else:
            heard(503)

    def typing(self, active: bool) -> None:
        """See ``ImSession``."""
        if self.dialog is not None and not self._over and self._waiting is None:
            info = self.dialog.request("INFO", keyboard.write(active)).put("Content-Type", keyboard.TYPE)
            self._endpoint.ask(info, lambda _response: None)

    def end(self) -> None:
        """See ``ImSession``."""
        if self._over:
            return
        self._over = True
        if self._branch:
            self._endpoint.cancel(self._branch)
        elif self._offer is not None:
            self._refuse_offer(480)
        else:
            self._bye()

    # --- what is heard

    def ring(self) -> None:
        """Tell the caller that somebody is being asked."""
        if self._offer is not None:
            self._endpoint.reply(respond(self._offer, 180, tag=self._tag))

    def cancelled(self) -> None:
        """The caller does not wait any longer, or another endpoint has answered."""
        self._refuse_offer(487)
        self._finish(487)

    def asked(self, request: SipRequest) -> None:
        """A request within the dialog."""
        if self.dialog is None or not self.dialog.accepts(request):
            self._answer(request, 500)
            return
        self.acknowledged()
        match request.method:
            case "MESSAGE":
                self._said(request)
            case "INFO":
                active = keyboard.read(request.get("Content-Type") or "", request.body)
                self._answer(request, 200)
                if active is not None:
                    self._endpoint.hear.typed(self, self._sender(request), active)
            case "INVITE":
                self._agree(request)
            case "BYE":
                self._answer(request, 200)
                self._finish(200)
            case _:
                self._answer(request, 405)

    def _said(self, request: SipRequest) -> None:
        kind = (request.get("Content-Type") or PLAIN).partition(";")[0].strip().lower()
        if kind not in self._endpoint.kinds:
            self._endpoint.reply(respond(request, 415).put("Accept", ", ".join(self._endpoint.kinds)))
        elif len(request.body) > MOST_TEXT:
            self._answer(request, 513)
        else:
            self._answer(request, 200)
            self._endpoint.hear.said(self, self._sender(request), kind, request.body.decode("utf-8", "replace"))

    def _sender(self, request: SipRequest) -> str:
        """Whose words a request carries: a conference says it of its members."""
        return aor_of(uri_in(request.get("Ms-Sender") or "")) or self.peer

    def _heard_invited(self, response: SipResponse) -> None:
        if response.status < 200 or self._sent is None:
            return
        self._branch = ""
        if response.status >= 300:
            self._finish(response.status)
            return
        self.dialog = established(self._sent, response)
        self._endpoint.ask(self.dialog.request("ACK"), None)
        self.kinds = _kinds(response.body)
        if self._over:  # it was taken back, and accepted at the same time
            self._bye()
            return
        self._endpoint.keep(self)
        self._endpoint.hear.began(self)
        kind, text = self.first
        if text and _FORMAT not in response.tokens("Supported"):
            self.say(kind, text, lambda _status: None)

    def _heard_sent(self, response: SipResponse, heard: Sent) -> None:
        if response.status < 200:
            return
        heard(200 if response.status < 300 else response.status)
        if response.status in _LOST:
            self._bye()
            self._finish(response.status)

    # --- within

    def _finish(self, status: int) -> None:
        self._endpoint.drop(self)
        self._lose_waiting()
        if not self._over:
            self._over = True
            self._endpoint.hear.ended(self, status)

    def _lose_waiting(self) -> None:
        waiting, self._waiting = self._waiting, None
        for _, heard in waiting or ():
            heard(481)

    def _bye(self) -> None:
        self._endpoint.drop(self)
        self._lose_waiting()
        if self.dialog is not None:
            self._endpoint.ask(self.dialog.request("BYE"), None)

    def _agree(self, request: SipRequest) -> None:
        response = respond(request, 200, tag=self._tag, body=self._description())
        response.put("Contact", f"<{self._endpoint.reached_at}>").put("Content-Type", "application/sdp")
        if self.first[1]:
            response.put("Supported", _FORMAT)
        if "Record-Route" in request.headers:
            response.headers["Record-Route"] = request.headers["Record-Route"]
        self._endpoint.reply(response)

    def _refuse_offer(self, status: int) -> None:
        offer, self._offer = self._offer, None
        if offer is not None:
            self._endpoint.drop(self)
            self._endpoint.reply(respond(offer, status, tag=self._tag))

    def _answer(self, request: SipRequest, status: int) -> None:
        self._endpoint.reply(respond(request, status, tag=self._tag))

    def _description(self) -> bytes:
        return description(self._endpoint.flow, self._endpoint.kinds)


def _kinds(body: bytes) -> tuple[str, ...]:
    """The types of text that a description says its sender takes; one that names none takes plain text."""
    found = _ACCEPTED.search(body.decode("latin-1"))
    named = found[1].lower().split() if found is not None else []
    if "*" in named:
        return (PLAIN, HTML)
    return tuple(kind for kind in (PLAIN, HTML) if kind in named) or (PLAIN,)


def _first(invite: SipRequest) -> tuple[str, str]:
    """Type and text that came with an invitation."""
    kind, *params = [part.strip() for part in (invite.get("Ms-Text-Format") or "").split(";")]
    body = next((part[8:] for part in params if part.lower().startswith("ms-body=")), "")
    if not body or kind.lower() not in (PLAIN, HTML):
        return ("", "")
    try:
        return (kind.lower(), base64.b64decode(body, validate=True).decode("utf-8", "replace"))
    except (binascii.Error, ValueError):
        return ("", "")
