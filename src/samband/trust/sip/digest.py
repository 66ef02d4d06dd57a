"""Digest for plain SIP clients, MD5 and SHA-256 [RFC3261 22; RFC8760; RFC7616 3.4]."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Protocol

from msgspec import Struct

from samband.directory.api import Directory
from samband.model.people import Person
from samband.trust.denied import Denied
from samband.trust.sip.nonces import Nonces
from samband.wire.sip.credentials import Credentials, quote

ALGORITHMS = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}
"""In the order of challenges: a client should take the first it knows [RFC8760 2.4].

MD5 goes first because sipp and others that know nothing else read the first challenge alone and give up on any other.
"""
_EMPTY = {name: new(usedforsecurity=False) for name, new in ALGORITHMS.items()}
"""To copy a hash costs less than to make one."""
_HEX = "0123456789abcdefABCDEF"


class Ha1s(Protocol):
    """What ``Passwords`` has for Digest."""

    def ha1(self, guid: str, algorithm: str, username: str = "") -> str | None:
        """HA1 in hex of a person under the name the client wrote."""
        ...


class Proof(Struct, frozen=True):
    """A Digest proof as it stands in a request."""

    username: str
    nonce: str
    uri: str
    response: str
    algorithm: str
    qop: str
    cnonce: str
    nc: str

    @staticmethod
    def read(credentials: Credentials) -> Proof:
        """Raises ``Denied`` where something is missing or was never offered."""
        get = credentials.params.get
        proof = Proof(
            get("username", ""),
            get("nonce", ""),
            get("uri", ""),
            get("response", ""),
            get("algorithm", "").upper() or "MD5",
            get("qop", ""),
            get("cnonce", ""),
            get("nc", ""),
        )
        if proof.algorithm not in ALGORITHMS or proof.qop not in ("auth", ""):
            raise Denied("a Digest answer to another challenge", account=proof.username)
        if not (proof.username and proof.nonce and proof.response):
            raise Denied("an incomplete Digest answer", account=proof.username)
        if proof.qop and not (proof.cnonce and len(proof.nc) == 8 and not proof.nc.strip(_HEX)):
            raise Denied("a Digest answer without its count", account=proof.username)
        return proof

    def response_for(self, ha1: str, method: str) -> str:
        """The response whoever knows ``ha1`` gives [RFC7616 3.4.1], or gave before there was qop [RFC2069 2.1.2]."""
        middle = f"{self.nonce}:{self.nc}:{self.cnonce}:{self.qop}" if self.qop else self.nonce
        return _hash(self.algorithm, f"{ha1}:{middle}:{_ha2(self.algorithm, method, self.uri)}")


class DigestVerifier:
    """Challenges plain clients and judges their proofs. ``realm`` is the SIP domain; ``random`` gives random bytes.

    ``algorithms`` are offered in their order; ``check_age`` raises ``Denied`` where a password is too old.
    """

    def __init__(
        self,
        realm: str,
        nonces: Nonces,
        ha1s: Ha1s,
        directory: Directory,
        random: Callable[[int], bytes],
        algorithms: Collection[str] = tuple(ALGORITHMS),
        check_age: Callable[[Person], None] = lambda person: None,
    ) -> None:
        self._check_age = check_age
        if unknown := set(algorithms) - ALGORITHMS.keys():
            raise ValueError(f"no such Digest algorithms: {', '.join(sorted(unknown))}")
        self._algorithms = tuple(algorithms)
        self.realm = realm
        self._head = f'Digest realm={quote(realm)}, nonce="'
        tails = [f'", qop="auth", algorithm={algorithm}' for algorithm in self._algorithms]
        self._tails = (tails, [f"{tail}, stale=true" for tail in tails])
        self._nonces = nonces
        self._ha1s = ha1s
        self._directory = directory
        # What an unknown name is checked against, so that it costs the same arithmetic as a known one.
        self._decoy = random(32).hex()

    def challenges(self, bound: str, *, stale: bool = False) -> list[str]:
        """Values of WWW-Authenticate or Proxy-Authenticate, one an algorithm.

        All have the same nonce, for clients that answer one challenge by another's algorithm.
        """
        head = f"{self._head}{self._nonces.new(bound)}"
        return [head + tail for tail in self._tails[stale]]

    def opened(self, proof: Proof, bound: str) -> str:
        """What a proof's nonce is known by to ``proves``; empty where it is no good (any more).

        To be asked before anything of the password is looked at. ``bound`` names the connection or peer as it did for
        ``challenges``.
        """
        return self._nonces.opened(proof.nonce, bound)

    def proves(self, proof: Proof, person: Person | None, method: str, uri: str, opened: str) -> bool:
        """Whether ``proof`` is good for a request of ``person``, whom its username names; False where it was used.

        Raises ``Denied`` where it is wrong; then ``person`` may be None.
        """
        if proof.algorithm not in self._algorithms:
            raise Denied("a Digest answer to another challenge", account=proof.username)
        if proof.uri != uri:
            raise Denied("a Digest answer for another address", account=proof.username)
        ha1 = self._ha1s.ha1(person.objectGUID, proof.algorithm, proof.username) if person is not None else None
        expected = proof.response_for(ha1 or self._decoy, method)
        right = hmac.compare_digest(expected.encode(), proof.response.lower().encode("utf-8", "replace"))
        if person is None or ha1 is None or not right:
            raise Denied("unknown account or wrong password", account=proof.username)
        if not person.enabled:
            raise Denied("the account is disabled", account=proof.username)
        self._check_age(person)
        return not proof.qop or self._nonces.use(opened, int(proof.nc, 16))

    def find(self, username: str) -> Person | None:
        """Whom a username names: by a login or a SIP address."""
        directory = self._directory
        if "@" in username:
            return directory.by_sip(username) or directory.by_login(username)
        return directory.by_login(username) or directory.by_sip(f"{username}@{self.realm}")


@lru_cache(maxsize=1024)
def _ha2(algorithm: str, method: str, uri: str) -> str:
    return _hash(algorithm, f"{method}:{uri}")


def _hash(algorithm: str, text: str) -> str:
    hashing = _EMPTY[algorithm].copy()
    hashing.update(text.encode("utf-8", "surrogateescape"))
    return hashing.hexdigest()
