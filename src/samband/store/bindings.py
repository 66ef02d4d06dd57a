"""Registrations that outlive the process, a row each."""

from __future__ import annotations

from typing import cast

import msgspec

from samband.model.bindings import Binding
from samband.store.api import Tx, WriteTx

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Binding).decode


def put(tx: WriteTx, binding: Binding) -> None:
    """Keep a binding, new or refreshed."""
    tx.run(
        "INSERT INTO bindings (address, endpoint, expires, binding) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (address, endpoint) DO UPDATE SET expires = excluded.expires, binding = excluded.binding",
        binding.address,
        binding.key,
        int(binding.expires),
        _encode(binding),
    )


def remove(tx: WriteTx, address: str, key: str) -> None:
    """Forget one."""
    tx.run("DELETE FROM bindings WHERE address = ? AND endpoint = ?", address, key)


def remove_expired(tx: WriteTx, now: float) -> None:
    """Forget those whose time is over."""
    tx.run("DELETE FROM bindings WHERE expires <= ?", int(now))


def live(tx: Tx, now: float) -> list[Binding]:
    """Those whose time is not over, by address."""
    rows = tx.all("SELECT binding FROM bindings WHERE expires > ? ORDER BY address, endpoint", int(now))
    return [_decode(cast(bytes, row[0])) for row in rows]
