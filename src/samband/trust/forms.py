"""The forms in which a password is kept, each made and checked off the event loop."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import argon2

from samband.model.people import Person
from samband.store.secrets import Digest, Secrets
from samband.trust.ntlm.keys import nt_hash

DIGEST_ALGORITHMS = {"MD5": "md5", "SHA-256": "sha256"}
MEMORY_KIB, PASSES, LANES = 19_456, 2, 1
"""argon2id at about 20 ms a check: a choice of OWASP's password storage guide that a busy server can pay."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which forms a site keeps: those of the protocols it has switched on, beside argon2id."""

    ntlm: bool = False
    digest_realm: str = ""
    """The realm of SIP Digest, which is the SIP domain; empty where Digest is off."""


def standard_hasher() -> argon2.PasswordHasher:
    """argon2id with this module's costs."""
    return argon2.PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)


def digest_usernames(person: Person) -> list[str]:
    """The names under which SIP clients present themselves, the shortest common one first.

    HA1 has the name in it letter by letter, so each needs a form of its own.
    """
    sip = person.sip
    names = [person.sAMAccountName, sip.partition("@")[0], sip, person.userPrincipalName]
    return list(dict.fromkeys(name for name in names if name))


def ha1(algorithm: str, username: str, realm: str, password: str) -> str:
    """H(username:realm:password) [RFC7616 3.4.2]; ``algorithm`` is ``MD5`` or ``SHA-256``."""
    digest = hashlib.new(DIGEST_ALGORITHMS[algorithm], usedforsecurity=False)
    digest.update(f"{username}:{realm}:{password}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def make(hasher: argon2.PasswordHasher, person: Person, password: str, wanted: Wanted, known: str = "") -> Secrets:
    """Every wanted form of ``password``; ``known`` is its argon2id form where that is there already."""
    realm = wanted.digest_realm
    digests = tuple(
        Digest(realm, algorithm, username, ha1(algorithm, username, realm, password))
        for algorithm in (DIGEST_ALGORITHMS if realm else ())
        for username in digest_usernames(person)
    )
    encoded = known or hasher.hash(password.encode("utf-8", "surrogatepass"))
    return Secrets(encoded, nt_hash(password) if wanted.ntlm else None, digests)


def complete(secrets: Secrets, person: Person, wanted: Wanted) -> bool:
    """Whether every wanted form is there, for every name the person has now."""
    if wanted.ntlm and secrets.nt_hash is None:
        return False
    if not wanted.digest_realm:
        return True
    names = {digest.username for digest in secrets.digests if digest.realm == wanted.digest_realm}
    return names.issuperset(digest_usernames(person))


def matches(hasher: argon2.PasswordHasher, encoded: str, password: str) -> bool:
    """Whether ``encoded`` is of ``password``."""
    try:
        return hasher.verify(encoded, password.encode("utf-8", "surrogatepass"))
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False
