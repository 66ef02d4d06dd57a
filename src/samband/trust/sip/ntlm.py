"""NTLM as a security association: connectionless, every message signed alone [MS-SIPAE 3.1; MS-NLMP 3.4]."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NoReturn

from samband.trust.denied import Denied
from samband.trust.ntlm.acceptor import NtlmAcceptor, NtlmSession, claimed_login
from samband.trust.ntlm.signing import DatagramSigner
from samband.trust.sip.association import SecurityAssociation, same_hex
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
        self._outgoing: DatagramSigner | None = None
        self._incoming: DatagramSigner | None = None

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
        self._take(session)
        self.expires = self._clock() + LIFETIME
        self.ready = True
        return b""

    def _take(self, session: NtlmSession) -> None:
        """Sign by the keys of a finished exchange."""
        outgoing, incoming = session.outgoing, session.incoming
        if not isinstance(outgoing, DatagramSigner) or not isinstance(incoming, DatagramSigner):
            raise Denied("the NTLM session signs no single messages")
        self._outgoing, self._incoming, self.person, self._acceptor = outgoing, incoming, session.person, None

    def sign(self, text: bytes) -> str:
        """NTLMSSP_MESSAGE_SIGNATURE with the sealing key renewed for each message."""
        return (self._outgoing or _undone()).hex_mac(text)

    def verify(self, text: bytes, signature: str) -> bool:
        """The signature is computed anew and compared: sequence numbers are constant in SIP."""
        return same_hex((self._incoming or _undone()).hex_mac(text), signature)


def _undone() -> NoReturn:
    raise Denied("the NTLM handshake is not done")
