"""Keys with which the services of this site sign their tokens."""

from __future__ import annotations

from dataclasses import dataclass, field

from samband.store.api import Tx, WriteTx

CURRENT, NEXT, PREVIOUS = "current", "next", "previous"


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A certificate and its private key as one PEM; ``effective`` is when it may first sign, in Unix seconds."""

    pem: bytes = field(repr=False)
    effective: int = 0


def all_of(tx: Tx, owner: str) -> dict[str, KeyRow]:
    """The keys of a service (an application id) by slot."""
    rows = tx.all("SELECT slot, pem, effective FROM signing_keys WHERE owner = ?", owner)
    return {str(slot): KeyRow(_bytes(pem), int(effective or 0)) for slot, pem, effective in rows}


def put(tx: WriteTx, owner: str, slot: str, row: KeyRow) -> None:
    """Fill a slot."""
    tx.run(
        "INSERT INTO signing_keys (owner, slot, pem, effective) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (owner, slot) DO UPDATE SET pem = excluded.pem, effective = excluded.effective",
        owner,
        slot,
        row.pem,
        row.effective,
    )


def roll(tx: WriteTx, owner: str) -> bool:
    """The next key becomes the current one, the current one the previous; False where there is no next one."""
    if tx.one("SELECT 1 FROM signing_keys WHERE owner = ? AND slot = ?", owner, NEXT) is None:
        return False
    tx.run("DELETE FROM signing_keys WHERE owner = ? AND slot = ?", owner, PREVIOUS)
    tx.run("UPDATE signing_keys SET slot = ? WHERE owner = ? AND slot = ?", PREVIOUS, owner, CURRENT)
    tx.run("UPDATE signing_keys SET slot = ? WHERE owner = ? AND slot = ?", CURRENT, owner, NEXT)
    return True


def clear(tx: WriteTx, owner: str, slot: str) -> bool:
    """Empty a slot; False where it was."""
    return tx.run("DELETE FROM signing_keys WHERE owner = ? AND slot = ?", owner, slot) > 0


def _bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else b""
