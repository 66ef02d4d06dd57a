"""The shape of an SMTP conversation with another server, as whoever sends mail sees it [RFC5321]: no sockets here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

_ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})\b", re.ASCII)
_MAX_TEXT = 1000


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server said: ``text`` may begin with an enhanced status code [RFC3463]."""

    code: int
    text: str

    @property
    def is_permanent(self) -> bool:
        """Whether asking again is of no use."""
        return self.code >= 500

    def __str__(self) -> str:
        return f"{self.code} {' '.join(self.text.split())}"[:_MAX_TEXT]


def status_of(reply: str, action: str) -> str:
    """The value of a Status field [RFC3464 2.3.4] for a whole reply line: the enhanced code in it, else one that says
    no more than the class."""
    if action in ("relayed", "delivered"):
        return "2.0.0"
    found = _ENHANCED.search(reply[:64])
    wanted = "4" if action == "delayed" else "5"
    if found is None:
        return f"{wanted}.0.0"
    # What failed for too long is permanent, though each reply was not.
    return f"{wanted}.{found.group(2)}.{found.group(3)}"


@dataclass(frozen=True, slots=True)
class Addressed:
    """A recipient; ``notify`` and ``original`` are NOTIFY and ORCPT, empty where the sender gave none [RFC3461 4]."""

    address: str
    notify: str = ""
    original: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message in its envelope. ``sender`` is empty for a report; ``ret`` and ``envelope_id`` as in [RFC3461 4]."""

    sender: str
    recipients: Sequence[Addressed]
    content: bytes
    ret: str = ""
    envelope_id: str = ""


class Unreachable(OSError):
    """No conversation, or it broke off: ``reply`` says why, and whether for good."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(str(reply))
        self.reply = reply


class SmtpSession(Protocol):
    """A conversation in which one message after the other is handed over."""

    @property
    def host(self) -> str:
        """The other server's name."""
        ...

    @property
    def reports(self) -> bool:
        """Whether the other server sends reports as the sender asks for them (DSN) [RFC3461]."""
        ...

    async def send(self, letter: Letter) -> list[Reply]:
        """Hand over one message; the last word on each recipient, in their order. Raises ``Unreachable``: then no
        recipient has it, as far as anybody knows."""
        ...

    async def close(self) -> None:
        """Say goodbye. Never raises."""
        ...


class SmtpClient(Protocol):
    """Opens conversations; built in ``serve`` and handed to whoever sends mail."""

    @property
    def one_way(self) -> bool:
        """Whether all mail goes to one server, whatever its domain."""
        ...

    async def connect(self, domain: str) -> SmtpSession:
        """A conversation with a server that takes mail for ``domain``. Raises ``Unreachable``."""
        ...


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a client said before its message. ``peer`` is its address, ``sender`` empty for a report; ``protocol`` as in
    a trace field [RFC3848]."""

    peer: str
    helo: str
    sender: str
    recipients: tuple[Addressed, ...]
    protocol: str = "ESMTP"
    ret: str = ""
    envelope_id: str = ""


class SmtpListener(Protocol):
    """What a listener asks in one conversation; every answer is a whole reply. Nothing here raises for what a client
    said."""

    @property
    def reports(self) -> bool:
        """Whether senders may ask for reports (DSN) [RFC3461]."""
        ...

    async def sign_in(self, login: str, password: str, peer: str) -> str:
        """The reply to somebody who says who they are; 235 where it is so."""
        ...

    def sender(self, address: str) -> str:
        """The reply to ``MAIL FROM``; ``address`` is empty for a report."""
        ...

    def recipient(self, address: str, so_far: int) -> str:
        """The reply to one ``RCPT TO``, given how many were accepted before."""
        ...

    async def message(self, envelope: Envelope, content: bytes) -> str:
        """The reply to a whole message: 250 once it is on disk."""
        ...


_XTEXT = r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})"
_MAIL = {"RET": re.compile("FULL|HDRS"), "ENVID": re.compile(_XTEXT + "{1,100}")}
_WISH = "(?:SUCCESS|FAILURE|DELAY)"
_RCPT = {
    "NOTIFY": re.compile(f"NEVER|{_WISH}(?:,{_WISH})*"),
    "ORCPT": re.compile(f"[A-Za-z0-9-]{{1,40}};{_XTEXT}{{1,500}}"),
}


def read_report_wishes(words: str, verb: str) -> tuple[dict[str, str], str]:
    """The parameters of DSN among those of ``verb`` (MAIL or RCPT), and the others as they were [RFC3461 4].

    Raises ``ValueError`` for one that is given twice or says something else than it may.
    """
    known = _MAIL if verb == "MAIL" else _RCPT
    found: dict[str, str] = {}
    rest: list[str] = []
    for word in words.split():
        name, _, value = word.partition("=")
        name = name.upper()
        form = known.get(name)
        if form is None:
            rest.append(word)
            continue
        value = value if name in ("ENVID", "ORCPT") else value.upper()
        if name in found or not form.fullmatch(value):
            raise ValueError(f"{name} is not valid here")
        found[name] = value
    return found, " ".join(rest)
