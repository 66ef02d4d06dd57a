"""NTLM as a security association: connectionless, every message signed alone [MS-SIPAE 3.1; MS-NLMP 3.4]."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from samband.trust.denied import Denied
from samband.trust.ntlm.acceptor import NtlmAcceptor, NtlmSession, claimed_login
from samband.trust.sip.association import SecurityAssociation
from samband.trust.sip.turns import Turns

LIFETIME = timedelta(hours=8)
"""Life of an association; clients begin anew five minutes before."""


class NtlmAssociation(SecurityAssociation):
    """``address`` is the peer's, without port: wrong passwords are counted for it too. ``clock``: aware time."""

    protocol = "NTLM"

    def __init__(
        self,
        opaque: str,
        version: int,
        acceptor: NtlmAcceptor,
        turns: Turns,
        address: str,
        clock: Callable[[], datetime],
    ) -> None:
        super().__init__(opaque, version)
        self._acceptor: NtlmAcceptor | None = acceptor
        """None once the handshake is done: what it needed goes with it."""
        self._turns = turns
        self._address = address
        self._clock = clock
        self._session: NtlmSession | None = None

    async def step(self, token: bytes) -> bytes:
        """An empty token asks for the CHALLENGE; an AUTHENTICATE message ends the handshake."""
        acceptor = self._acceptor
        if acceptor is None:
            raise Denied("the NTLM handshake is done")
        if not token:
            return acceptor.challenge(None, datagram=True)
        login = claimed_login(token)
        account = self._turns.account(login)
        wait = self._turns.take(account, self._address)
        if wait is None:
            raise Denied("too many attempts", account=login)
        await self._turns.pause(wait)
        session = acceptor.authenticate(token)
        self._turns.right(account, self._address)
        self._session, self.person, self._acceptor = session, session.person, None
        self.expires = self._clock() + LIFETIME
        self.ready = True
        return b""

    def sign(self, text: bytes) -> str:
        """NTLMSSP_MESSAGE_SIGNATURE with the sealing key renewed for each message."""
        return self._ready().sign(text).hex()

    def verify(self, text: bytes, signature: str) -> bool:
        """The signature is computed anew and compared: sequence numbers are constant in SIP."""
        try:
            shown = bytes.fromhex(signature)
        except ValueError:
            return False
        return self._ready().verify(text, shown)

    def _ready(self) -> NtlmSession:
        if self._session is None:
            raise Denied("the NTLM handshake is not done")
        return self._session
