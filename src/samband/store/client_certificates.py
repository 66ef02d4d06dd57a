"""Sign-in certificates issued to people's devices, by serial number."""

from __future__ import annotations

from dataclasses import dataclass

from samband.store.api import Row, Tx, WriteTx

MOST = 64
"""Certificates remembered a person; the one that ends first gives way, and is then good no more."""


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """One row. ``serial`` is in hex, ``person`` an objectGUID, ``device`` the client's own name for itself."""

    serial: str
    person: str
    device: str
    expires: int
    """Seconds since 1970."""
    revoked: bool = False


def put(tx: WriteTx, issued: IssuedCertificate, now: int) -> None:
    """Remember a certificate; what has expired at ``now`` (seconds since 1970) or is too much is forgotten."""
    tx.run(
        "INSERT INTO client_certificates (serial, person, device, expires, revoked) VALUES (?, ?, ?, ?, ?)",
        issued.serial,
        issued.person,
        issued.device,
        issued.expires,
        int(issued.revoked),
    )
    tx.run("DELETE FROM client_certificates WHERE person = ? AND expires <= ?", issued.person, now)
    for old in of_person(tx, issued.person)[MOST:]:
        tx.run("DELETE FROM client_certificates WHERE serial = ?", old.serial)


def get(tx: Tx, serial: str) -> IssuedCertificate | None:
    """The certificate with a serial number."""
    row = tx.one("SELECT serial, person, device, expires, revoked FROM client_certificates WHERE serial = ?", serial)
    return None if row is None else _issued(row)


def of_person(tx: Tx, person: str) -> list[IssuedCertificate]:
    """Every certificate remembered of a person, the one that ends last first."""
    rows = tx.all(
        "SELECT serial, person, device, expires, revoked FROM client_certificates WHERE person = ?"
        " ORDER BY expires DESC, serial",
        person,
    )
    return [_issued(row) for row in rows]


def revoke(tx: WriteTx, person: str) -> int:
    """Make every certificate of a person worthless; how many there were."""
    return tx.run("UPDATE client_certificates SET revoked = 1 WHERE person = ? AND revoked = 0", person)


def _issued(row: Row) -> IssuedCertificate:
    serial, person, device, expires, revoked = row
    return IssuedCertificate(str(serial), str(person), str(device), int(str(expires)), bool(revoked))
