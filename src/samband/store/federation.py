"""The federation policy of the Lync side."""

from __future__ import annotations

from typing import Any

from samband.model.changes import FederationChanged
from samband.model.federation import FederatedDomain, FederationPolicy
from samband.store.api import Tx, WriteTx

SCOPE = "federation"
"""The scope of its changes."""


def policy(tx: Tx) -> FederationPolicy:
    """All of it, domains by name."""
    rows: Any = tx.all("SELECT domain, blocked, proxy, authorities FROM federated_domains ORDER BY domain")
    domains = tuple(FederatedDomain(domain, bool(blocked), *rest) for domain, blocked, *rest in rows)
    row = tx.one("SELECT discovery FROM federation WHERE place = 1")
    return FederationPolicy(bool(row[0]) if row else False, domains)


def put_domain(tx: WriteTx, one: FederatedDomain) -> None:
    """Allow or block a domain, and say so."""
    tx.run(
        "INSERT INTO federated_domains (domain, blocked, proxy, authorities) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (domain) DO UPDATE SET"
        " blocked = excluded.blocked, proxy = excluded.proxy, authorities = excluded.authorities",
        one.domain,
        int(one.blocked),
        one.proxy,
        one.authorities,
    )
    tx.append(FederationChanged(scope=SCOPE))


def remove_domain(tx: WriteTx, domain: str) -> bool:
    """Take a domain off the lists, and say so; False where it was on none."""
    found = tx.run("DELETE FROM federated_domains WHERE domain = ?", domain) > 0
    if found:
        tx.append(FederationChanged(scope=SCOPE))
    return found


def put_discovery(tx: WriteTx, discovery: bool) -> None:
    """Speak with domains on no list, or do not, and say so."""
    sql = "INSERT INTO federation (place, discovery) VALUES (1, ?) ON CONFLICT (place) DO UPDATE SET discovery"
    tx.run(f"{sql} = excluded.discovery", int(discovery))
    tx.append(FederationChanged(scope=SCOPE))
