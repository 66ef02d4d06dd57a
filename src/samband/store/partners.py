"""Partner applications and authorization servers, by the service that trusts them."""

from __future__ import annotations

from dataclasses import dataclass

from samband.store.api import Tx, WriteTx


@dataclass(frozen=True, slots=True)
class PartnerRow:
    """One partner of ``owner`` (an application id). What the fields mean is said in ``trust.oauth.partners``."""

    owner: str
    name: str
    kind: str
    application: str
    realm: str
    metadata_url: str = ""
    token_endpoint: str = ""
    trust_level: str = ""
    permissions: frozenset[str] = frozenset()
    linked_account: str = ""
    enabled: bool = True
    certificates: tuple[bytes, ...] = ()


def all_of(tx: Tx, owner: str) -> list[PartnerRow]:
    """Every partner of ``owner``, by name."""
    keys: dict[str, list[bytes]] = {}
    for name, value in tx.all("SELECT name, certificate FROM partner_keys WHERE owner = ? ORDER BY place", owner):
        keys.setdefault(str(name), []).append(_bytes(value))
    rows = tx.all(
        "SELECT name, kind, application, realm, metadata_url, token_endpoint, trust_level, permissions,"
        " linked_account, enabled FROM partners WHERE owner = ? ORDER BY name",
        owner,
    )
    return [
        PartnerRow(
            owner=owner,
            name=str(row[0]),
            kind=str(row[1]),
            application=str(row[2]),
            realm=str(row[3]),
            metadata_url=str(row[4]),
            token_endpoint=str(row[5]),
            trust_level=str(row[6]),
            permissions=frozenset(str(row[7]).split()),
            linked_account=str(row[8]),
            enabled=bool(row[9]),
            certificates=tuple(keys.get(str(row[0]), ())),
        )
        for row in rows
    ]


def application(tx: Tx, name: str) -> str:
    """The identifier of the application that any service trusts by ``name`` or identifier; empty where none does."""
    row = tx.one("SELECT application FROM partners WHERE name = ? OR application = ?", name, name)
    return str(row[0]) if row else ""


def put(tx: WriteTx, row: PartnerRow) -> None:
    """Add a partner, or take the place of the one of this name."""
    remove(tx, row.owner, row.name)
    tx.run(
        "INSERT INTO partners (owner, name, kind, application, realm, metadata_url, token_endpoint, trust_level,"
        " permissions, linked_account, enabled) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        row.owner,
        row.name,
        row.kind,
        row.application,
        row.realm,
        row.metadata_url,
        row.token_endpoint,
        row.trust_level,
        " ".join(sorted(row.permissions)),
        row.linked_account,
        int(row.enabled),
    )
    _put_keys(tx, row.owner, row.name, row.certificates)


def set_keys(tx: WriteTx, owner: str, name: str, certificates: tuple[bytes, ...]) -> bool:
    """Take new keys for a partner; False where it is no longer there."""
    if tx.one("SELECT 1 FROM partners WHERE owner = ? AND name = ?", owner, name) is None:
        return False
    tx.run("DELETE FROM partner_keys WHERE owner = ? AND name = ?", owner, name)
    _put_keys(tx, owner, name, certificates)
    return True


def set_enabled(tx: WriteTx, owner: str, name: str, enabled: bool) -> bool:
    """Switch a partner on or off; False where there is none."""
    return tx.run("UPDATE partners SET enabled = ? WHERE owner = ? AND name = ?", int(enabled), owner, name) > 0


def remove(tx: WriteTx, owner: str, name: str) -> bool:
    """Forget a partner and its keys; False where there was none."""
    tx.run("DELETE FROM partner_keys WHERE owner = ? AND name = ?", owner, name)
    return tx.run("DELETE FROM partners WHERE owner = ? AND name = ?", owner, name) > 0


def _put_keys(tx: WriteTx, owner: str, name: str, certificates: tuple[bytes, ...]) -> None:
    rows = [(owner, name, place, certificate) for place, certificate in enumerate(certificates)]
    tx.many("INSERT INTO partner_keys (owner, name, place, certificate) VALUES (?, ?, ?, ?)", rows)


def _bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else b""
