"""The OWA virtual directory, and the trusted applications of the Lync side."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from samband.model.changes import OwaChanged, TrustedApplicationsChanged
from samband.model.instant_messaging import OwaVirtualDirectory, TrustedApplication
from samband.store.api import Tx, WriteTx

OWA, APPLICATIONS = "owa", "trusted-applications"
"""Scopes of their changes."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(OwaVirtualDirectory).decode


def virtual_directory(tx: Tx) -> OwaVirtualDirectory:
    """How it is set."""
    row = tx.one("SELECT settings FROM owa_virtual_directory WHERE place = 1")
    return _decode(cast(bytes, row[0])) if row else OwaVirtualDirectory()


def put_virtual_directory(tx: WriteTx, settings: OwaVirtualDirectory) -> None:
    """Set it, and say so."""
    sql = "INSERT INTO owa_virtual_directory (place, settings) VALUES (1, ?) ON CONFLICT (place) DO UPDATE SET settings"
    tx.run(f"{sql} = excluded.settings", _encode(settings))
    tx.append(OwaChanged(scope=OWA))


def applications(tx: Tx) -> tuple[TrustedApplication, ...]:
    """Every trusted application, by name."""
    rows: Any = tx.all("SELECT pool_fqdn, application_id, port FROM trusted_applications ORDER BY 1, 2")
    return tuple(TrustedApplication(pool, application, port) for pool, application, port in rows)


def put_application(tx: WriteTx, one: TrustedApplication) -> None:
    """Trust an application, and say so."""
    tx.run(
        "INSERT INTO trusted_applications (pool_fqdn, application_id, port) VALUES (?, ?, ?)"
        " ON CONFLICT (pool_fqdn, application_id) DO UPDATE SET port = excluded.port",
        one.pool_fqdn,
        one.application_id,
        one.port,
    )
    tx.append(TrustedApplicationsChanged(scope=APPLICATIONS))


def remove_application(tx: WriteTx, pool_fqdn: str, application_id: str) -> bool:
    """Trust it no more, and say so; False where it was not trusted."""
    sql = "DELETE FROM trusted_applications WHERE pool_fqdn = ? AND application_id = ?"
    found = tx.run(sql, pool_fqdn, application_id) > 0
    if found:
        tx.append(TrustedApplicationsChanged(scope=APPLICATIONS))
    return found
