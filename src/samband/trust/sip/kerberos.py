"""Kerberos as a security association: one token, and every message signed by the context [MS-SIPAE 3.1; RFC4121]."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from samband.trust.denied import Denied
from samband.trust.kerberos import Exchange
from samband.trust.sip.association import SecurityAssociation

LONGEST_LIFE = timedelta(hours=8)
"""Life of an association, where the ticket lives longer."""


class KerberosAssociation(SecurityAssociation):
    """``clock``: aware time."""

    protocol = "Kerberos"

    def __init__(self, opaque: str, version: int, exchange: Exchange, clock: Callable[[], datetime]) -> None:
        super().__init__(opaque, version)
        self._exchange = exchange
        self._clock = clock

    async def step(self, token: bytes) -> bytes:
        """The client's one token ends the handshake: clients of SIP do not ask the server to prove itself by it."""
        await self._exchange.step(token)
        if self._exchange.person is None:
            raise Denied("a Kerberos exchange of several steps")
        self.person = self._exchange.person
        self.expires = self._clock() + min(self._exchange.life, LONGEST_LIFE)
        self.ready = True
        return b""

    def sign(self, text: bytes) -> str:
        """A MIC token, in hex."""
        return self._exchange.sign(text).hex()

    def verify(self, text: bytes, signature: str) -> bool:
        """Whether the MIC token is the client's."""
        try:
            shown = bytes.fromhex(signature)
        except ValueError:
            return False
        return self._exchange.verify(text, shown)
