"""NTLM over one HTTP connection: raw, or wrapped in SPNEGO, and what it leaves behind on the connection."""

from __future__ import annotations

from dataclasses import dataclass

from samband.trust import spnego
from samband.trust.denied import Denied
from samband.trust.ntlm.acceptor import NtlmAcceptor, NtlmSession, claimed_login
from samband.trust.ntlm.messages import AUTHENTICATE, NEGOTIATE, message_type


@dataclass(frozen=True, slots=True)
class Bound:
    """Who authenticated a connection, and at which generation of their password."""

    guid: str
    generation: int
    method: str
    checker: object
    """The password store that knew them: another site's means nothing here."""


class HttpExchange:
    """One exchange on one connection: ``step`` gives the next token to send, until ``session`` is there."""

    def __init__(self, acceptor: NtlmAcceptor) -> None:
        self._acceptor = acceptor
        self._mechanisms = b""
        self.session: NtlmSession | None = None

    def step(self, token: bytes) -> bytes:
        """Take the client's token; what to answer, empty once ``session`` is set. Raises ``Denied``."""
        if not spnego.is_spnego(token):
            return self._step(token)
        offer = spnego.read(token)
        self._mechanisms = offer.mechanisms or self._mechanisms
        answer = self._step(offer.token) if offer.token else b""
        if self.session is None:
            return spnego.reply(answer)
        spnego.check_mechanisms(self.session, self._mechanisms, offer.mic)
        return b""

    def _step(self, token: bytes) -> bytes:
        kind = message_type(token)
        if kind == NEGOTIATE:
            return self._acceptor.challenge(token)
        if kind != AUTHENTICATE:
            raise Denied("not an NTLM message of a client")
        self.session = self._acceptor.authenticate(token)
        return b""


def is_first(token: bytes) -> bool:
    """Whether a token begins an exchange."""
    return token[:1] == b"\x60" or message_type(token) == NEGOTIATE


def claimed(token: bytes) -> str | None:
    """The login that a token claims; None for a token that claims none, and so proves nothing."""
    try:
        inner = spnego.read(token).token if spnego.is_spnego(token) else token
    except Denied:
        return None
    return claimed_login(inner) if message_type(inner) == AUTHENTICATE else None
