"""IM sessions: one INVITE, so many messages one after the other, one BYE, through the server's Record-Route."""

from __future__ import annotations

import asyncio

from bench.sip_lines import Answer, Load
from bench.sip_lync_requests import TYPING
from bench.sip_requests import DOMAIN, SDP, TEXT, field, user_name

MESSAGES = 10
"""In one session, as the Lync 2013 user model has it."""


class Session:
    """One session of the caller ``number`` with ``to``; ``done`` is called with the answer to its BYE.

    Before each message come ``typing`` notices, and ``pause`` seconds.
    """

    def __init__(self, load: Load, number: int, to: int, done: Answer, *, typing: int = 0, pause: float = 0.0) -> None:
        self.load = load
        self.number = number
        self.user = load.users[number]
        self.to = user_name(to)
        self.done = done
        self.left = MESSAGES
        self.typing = typing
        self.pause = pause
        self.typed = 0
        self.call = load.call()
        self.cseq = 1
        self.target = self.routes = self.receiver = b""

    def open(self) -> None:
        """Invite."""
        head = self.user.head("INVITE", self.to, f"sip:{self.to}@{DOMAIN}", self.call, 1)
        request = f"{head}Content-Type: application/sdp\r\nContent-Length: {len(SDP)}\r\n\r\n".encode() + SDP
        self.load.send(self.number, self.call, request, self._invited)

    def say(self) -> None:
        """The next message, or what tells that it is being written."""
        if self.typed < self.typing:
            self.typed += 1
            self._ask("INFO", "application/xml", TYPING, self._said)
            return
        self.left -= 1
        self.typed = 0
        self._ask("MESSAGE", "text/plain", TEXT, self._said)

    def _invited(self, answer: bytes) -> None:
        if not answer.startswith(b"SIP/2.0 2"):
            self._ended(answer)
            return
        head = answer[: answer.find(b"\r\n\r\n") + 2]
        self.target = field(answer, b"Contact").strip(b"<>")
        self.receiver = field(answer, b"To")
        routes = [line[14:] for line in head.split(b"\r\n") if line.startswith(b"Record-Route: ")]
        # A server may write them in one line: such a line is in the order of the others, too.
        parts = [part.strip() for line in routes for part in line.split(b",")]
        self.routes = b"".join(b"Route: %b\r\n" % route for route in reversed(parts))
        self.load.tell(self.number, self._request("ACK", "", b""))
        self.say()

    def _said(self, answer: bytes) -> None:
        if not answer.startswith(b"SIP/2.0 2"):
            self._ended(answer)
        elif self.left and self.pause:
            asyncio.get_running_loop().call_later(self.pause, self.say)
        elif self.left:
            self.say()
        else:
            self._ask("BYE", "", b"", self._ended)

    def _ended(self, answer: bytes) -> None:
        del self.load.waiting[self.call.encode()]
        self.load.end(answer, self.done)

    def _ask(self, method: str, kind: str, body: bytes, hear: Answer) -> None:
        self.cseq += 1
        self.load.send(self.number, self.call, self._request(method, kind, body), hear)

    def _request(self, method: str, kind: str, body: bytes) -> bytes:
        """A request within the dialog."""
        head = self.user.head(method, self.to, self.target.decode(), self.call, self.cseq).encode()
        head = head.replace(f"To: <sip:{self.to}@{DOMAIN}>".encode(), b"To: " + self.receiver)
        fields = f"Content-Type: {kind}\r\n" if kind else ""
        return head + self.routes + f"{fields}Content-Length: {len(body)}\r\n\r\n".encode() + body


def start(load: Load, number: int, done: Answer) -> None:
    """One session of whoever's turn it is, with somebody else."""
    users = len(load.users)
    Session(load, number % users, (number + 1 + number // users) % users, done).open()
