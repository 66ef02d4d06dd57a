"""What is kept of passwords, by person (objectGUID). Nothing here is ever logged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from samband.store.api import Tx, WriteTx


@dataclass(frozen=True, slots=True)
class Digest:
    """One HA1 of HTTP Digest: it depends on the user name as the client writes it and on the realm."""

    realm: str
    algorithm: str
    username: str
    ha1: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Secrets:
    """The forms of one password. ``nt_hash`` and ``digests`` stand only where their protocol is switched on."""

    argon2: str = field(repr=False)
    nt_hash: bytes | None = field(default=None, repr=False)
    digests: tuple[Digest, ...] = field(default=(), repr=False)
    set_at: int = 0
    """When the password was set, in seconds since 1970."""


def get(tx: Tx, person: str) -> Secrets | None:
    """Everything kept for ``person``."""
    row = tx.one("SELECT argon2, nt_hash, set_at FROM secrets WHERE person = ?", person)
    if row is None:
        return None
    return Secrets(str(row[0]), _bytes(row[1]), tuple(_digests(tx, person)), cast(int, row[2]))


def put(tx: WriteTx, person: str, secrets: Secrets) -> None:
    """Keep ``secrets`` and nothing of what was there before."""
    tx.run(
        "INSERT INTO secrets (person, argon2, nt_hash, set_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (person) DO UPDATE SET argon2 = excluded.argon2, nt_hash = excluded.nt_hash,"
        " set_at = excluded.set_at",
        person,
        secrets.argon2,
        secrets.nt_hash,
        secrets.set_at,
    )
    tx.run("DELETE FROM digests WHERE person = ?", person)
    tx.many(
        "INSERT INTO digests (person, realm, algorithm, username, ha1) VALUES (?, ?, ?, ?, ?)",
        [(person, one.realm, one.algorithm, one.username, one.ha1) for one in secrets.digests],
    )


def remove(tx: WriteTx, person: str) -> bool:
    """Forget every form; whether there was one."""
    tx.run("DELETE FROM digests WHERE person = ?", person)
    return tx.run("DELETE FROM secrets WHERE person = ?", person) > 0


def nt_hashes(tx: Tx) -> dict[str, bytes]:
    """Every NT hash by person."""
    rows = tx.all("SELECT person, nt_hash FROM secrets WHERE nt_hash IS NOT NULL")
    return {str(person): found for person, value in rows if (found := _bytes(value)) is not None}


def argon2s(tx: Tx) -> dict[str, str]:
    """Every argon2 hash by person."""
    return {str(person): str(value) for person, value in tx.all("SELECT person, argon2 FROM secrets")}


def ages(tx: Tx) -> dict[str, int]:
    """When every password was set, by person."""
    return {str(person): cast(int, at) for person, at in tx.all("SELECT person, set_at FROM secrets")}


def begin_ages(tx: WriteTx, now: int) -> None:
    """Let passwords that were set before their age was written down be new ``now``."""
    tx.run("UPDATE secrets SET set_at = ? WHERE set_at = 0", now)


def digests(tx: Tx) -> dict[str, list[Digest]]:
    """Every HA1 by person."""
    found: dict[str, list[Digest]] = {}
    for person, realm, algorithm, username, ha1 in tx.all(
        "SELECT person, realm, algorithm, username, ha1 FROM digests"
    ):
        found.setdefault(str(person), []).append(Digest(str(realm), str(algorithm), str(username), str(ha1)))
    return found


def forget_nt_hashes(tx: WriteTx) -> None:
    """For a site where NTLM is off."""
    tx.run("UPDATE secrets SET nt_hash = NULL WHERE nt_hash IS NOT NULL")


def forget_digests(tx: WriteTx, keep_realm: str) -> None:
    """Drop every HA1 of another realm; all of them where ``keep_realm`` is empty."""
    tx.run("DELETE FROM digests WHERE realm <> ?", keep_realm)


def _digests(tx: Tx, person: str) -> list[Digest]:
    rows = tx.all("SELECT realm, algorithm, username, ha1 FROM digests WHERE person = ?", person)
    return [Digest(str(realm), str(algorithm), str(username), str(ha1)) for realm, algorithm, username, ha1 in rows]


def _bytes(value: object) -> bytes | None:
    return bytes(value) if isinstance(value, bytes | memoryview) else None
