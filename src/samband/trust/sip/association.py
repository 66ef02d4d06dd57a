"""What a security association is: who speaks, and how both sides sign what they send [MS-SIPAE 3.1]."""

from __future__ import annotations

import hmac
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime

from samband.model.people import Person
from samband.trust.sip.replay import ReplayWindow


class SecurityAssociation(ABC):
    """One client's proof of who it is, bound to the flow whose ``associations`` holds it.

    A handshake is ``step`` after ``step`` until ``ready``; then ``sign`` and ``verify`` work on signature strings
    (``samband.wire.sip.ms_auth``).
    """

    protocol: str
    """As the headers name it: ``NTLM``, ``Kerberos``, ``TLS-DSK`` or ``Digest``."""
    signs = True
    """False where the protocol proves requests one by one and signs nothing (Digest)."""

    def __init__(self, opaque: str, version: int) -> None:
        self.opaque = opaque
        """Names the association in headers; unique on its flow."""
        self.version = version
        """Version of the signature string: 2, 3 or 4."""
        self.person: Person | None = None
        """Whose association it is, once ready."""
        self.ready = False
        self.expires: datetime | None = None
        """When a ready association ends (aware, UTC)."""
        self.sent = 0
        """``snum`` of the last message signed."""
        self.received = ReplayWindow()
        """The ``cnum`` values seen so far."""
        self.busy = False
        """A step is under way: another may not begin."""
        self.tail = ""
        """The end of every Authentication-Info field of this association, the same in each."""

    def live(self, now: datetime) -> bool:
        """Whether it is ready and has not ended."""
        return self.ready and self.expires is not None and self.expires > now

    @abstractmethod
    async def step(self, token: bytes) -> bytes:
        """Take the client's next token and give the answer's; empty where nothing is to be sent back.

        Raises ``Denied`` where the proof does not hold; the association is then of no further use.
        """

    @abstractmethod
    def sign(self, text: bytes) -> str:
        """The server's signature of ``text``, in hex."""

    @abstractmethod
    def verify(self, text: bytes, signature: str) -> bool:
        """True where ``signature`` (hex, either case) is the client's of ``text``; compares in constant time."""


Begin = Callable[[str, int, str], SecurityAssociation]
"""Begins an association: its ``opaque``, its version, and the peer's address without port."""


def same_hex(expected: str, shown: str) -> bool:
    """Whether a signature shown by a client, in either case, is the expected one, in lower case.

    Takes the same time either way.
    """
    shown = shown.lower()
    return shown.isascii() and hmac.compare_digest(expected, shown)
