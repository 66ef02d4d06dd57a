"""TLS-DSK as a security association: the handshake's client certificate says who it is [MS-SIPAE 3.1]."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn, Protocol

from samband.model.people import Person
from samband.trust.denied import Denied
from samband.trust.keyed_hash import KeyedHash
from samband.trust.sip.association import SecurityAssociation, same_hex
from samband.trust.sip.tls_dsk.acceptor import Acceptor, ServerIdentity
from samband.trust.sip.tls_dsk.records import Malformed

LIFETIME = timedelta(hours=8)
"""Longest life of an association; clients begin anew five minutes before."""


@dataclass(frozen=True, slots=True)
class CertificateOwner:
    """Whom a client certificate was issued to, and until when it is good (aware)."""

    person: Person
    expires: datetime


class ClientCertificates(Protocol):
    """The record of certificates issued to clients."""

    async def owner(self, certificate: bytes) -> CertificateOwner:
        """Whose certificate (DER) this is. Raises ``Denied`` where it is not ours, expired, revoked or unrecorded."""
        ...


class TlsDskAssociation(SecurityAssociation):
    """``random`` gives so many random bytes, ``clock`` the time (aware)."""

    protocol = "TLS-DSK"

    def __init__(
        self,
        opaque: str,
        version: int,
        identity: ServerIdentity,
        certificates: ClientCertificates,
        clock: Callable[[], datetime],
        random: Callable[[int], bytes],
    ) -> None:
        super().__init__(opaque, version)
        self._acceptor: Acceptor | None = Acceptor(identity, random)
        """None once the handshake is done: what it needed goes with it."""
        self._certificates = certificates
        self._clock = clock
        self._client: KeyedHash | None = None
        self._server: KeyedHash | None = None

    async def step(self, token: bytes) -> bytes:
        """Take the client's next flight; the server's in answer."""
        acceptor = self._acceptor
        if acceptor is None:
            raise Denied("the TLS-DSK handshake is done")
        try:
            answer = await asyncio.to_thread(acceptor.receive, token)
        except Malformed as error:
            raise Denied(f"TLS-DSK handshake: {error}") from error
        if acceptor.done:
            owner = await self._certificates.owner(acceptor.client_certificate)
            self.person = owner.person
            self.expires = min(self._clock() + LIFETIME, owner.expires)
            keys = acceptor.signing_keys()
            self._client, self._server = KeyedHash(keys.client, "sha1"), KeyedHash(keys.server, "sha1")
            self.ready = True
            self._acceptor = None
        return answer

    def sign(self, text: bytes) -> str:
        """HMAC-SHA1 under the server's key."""
        return (self._server or _undone()).digest(text).hex()

    def verify(self, text: bytes, signature: str) -> bool:
        """HMAC-SHA1 under the client's key."""
        return same_hex((self._client or _undone()).digest(text).hex(), signature)


def _undone() -> NoReturn:
    raise Denied("the TLS-DSK handshake is not done")
