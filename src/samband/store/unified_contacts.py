"""Where people's contact lists live, a row a person who is not as everybody is at first."""

from __future__ import annotations

from typing import cast

import msgspec

from samband.model.changes import UcsChanged
from samband.model.unified_contacts import Ucs
from samband.store.api import Tx, WriteTx

SCOPE = "unified-contacts"

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Ucs).decode


def get(tx: Tx, owner: str) -> Ucs:
    """Where the list of ``owner`` lives."""
    row = tx.one("SELECT ucs FROM unified_contacts WHERE owner = ?", owner)
    return _decode(cast(bytes, row[0])) if row else Ucs()


def everyone(tx: Tx) -> dict[str, Ucs]:
    """Every kept row, by objectGUID."""
    rows = tx.all("SELECT owner, ucs FROM unified_contacts")
    return {str(owner): _decode(cast(bytes, ucs)) for owner, ucs in rows}


def put(tx: WriteTx, owner: str, ucs: Ucs) -> None:
    """Keep it and say so."""
    tx.run(
        "INSERT INTO unified_contacts (owner, ucs) VALUES (?, ?) ON CONFLICT (owner) DO UPDATE SET ucs = excluded.ucs",
        owner,
        _encode(ucs),
    )
    tx.append(UcsChanged(scope=SCOPE, owner=owner, ucs=ucs))
