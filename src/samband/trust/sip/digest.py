"""Digest for plain SIP clients, MD5 and SHA-256 [RFC3261 22; RFC8760; RFC7616 3.4]."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Collection
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
_HEX = frozenset("0123456789abcdefABCDEF")


class Ha1s(Protocol):
    """What ``Passwords`` has for Digest."""

    def ha1(self, guid: str, algorithm: str, username: str = "") -> str | None:
        """HA1 in hex of a person under the name the client wrote."""
        ...


class Stale(Exception):
    """The proof is made with a nonce that is no longer good: the client is to try again with a new one."""


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
        if proof.qop and not (proof.cnonce and _is_count(proof.nc)):
            raise Denied("a Digest answer without its count", account=proof.username)
        return proof

    def response_for(self, ha1: str, method: str) -> str:
        """The response whoever knows ``ha1`` gives [RFC7616 3.4.1], or gave before there was qop [RFC2069 2.1.2]."""
        ha2 = _hash(self.algorithm, f"{method}:{self.uri}")
        middle = f"{self.nonce}:{self.nc}:{self.cnonce}:{self.qop}" if self.qop else self.nonce
        return _hash(self.algorithm, f"{ha1}:{middle}:{ha2}")


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
        self._quoted_realm = quote(realm)
        self._nonces = nonces
        self._ha1s = ha1s
        self._directory = directory
        # What an unknown name is checked against, so that it costs the same arithmetic as a known one.
        self._decoy = random(32).hex()

    def challenges(self, bound: str, *, stale: bool = False) -> list[str]:
        """Values of WWW-Authenticate or Proxy-Authenticate, one an algorithm.

        All have the same nonce, for clients that answer one challenge by another's algorithm.
        """
        common = f'Digest realm={self._quoted_realm}, nonce="{self._nonces.new(bound)}", qop="auth", algorithm='
        end = ", stale=true" if stale else ""
        return [f"{common}{algorithm}{end}" for algorithm in self._algorithms]

    def check_nonce(self, proof: Proof, bound: str) -> None:
        """Raises ``Stale`` before anything of the password is looked at."""
        if not self._nonces.current(proof.nonce, bound):
            raise Stale

    def person(self, proof: Proof, method: str, uri: str, bound: str) -> Person:
        """Who made ``proof`` for a request. Raises ``Denied``, and ``Stale`` where the proof is right but was used.

        ``bound`` names the connection or peer as it did for ``challenges``.
        """
        if proof.algorithm not in self._algorithms:
            raise Denied("a Digest answer to another challenge", account=proof.username)
        if proof.uri != uri:
            raise Denied("a Digest answer for another address", account=proof.username)
        person = self._find(proof.username)
        ha1 = self._ha1s.ha1(person.objectGUID, proof.algorithm, proof.username) if person is not None else None
        expected = proof.response_for(ha1 or self._decoy, method)
        right = hmac.compare_digest(expected.encode(), proof.response.lower().encode("utf-8", "replace"))
        if person is None or ha1 is None or not right:
            raise Denied("unknown account or wrong password", account=proof.username)
        if not person.enabled:
            raise Denied("the account is disabled", account=proof.username)
        self._check_age(person)
        if proof.qop and not self._nonces.use(proof.nonce, bound, int(proof.nc, 16)):
            raise Stale
        return person

    def _find(self, username: str) -> Person | None:
        directory = self._directory
        if "@" in username:
            return directory.by_sip(username) or directory.by_login(username)
        return directory.by_login(username) or directory.by_sip(f"{username}@{self.realm}")


def _is_count(text: str) -> bool:
    return len(text) == 8 and _HEX.issuperset(text)


def _hash(algorithm: str, text: str) -> str:
    return ALGORITHMS[algorithm](text.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()
