"""Subscriptions that outlive the process, a row each."""

from __future__ import annotations

from typing import cast

import msgspec

from samband.model.subscriptions import KeptSubscription
from samband.store.api import Tx, WriteTx

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(KeptSubscription).decode


def put(tx: WriteTx, subscription: KeptSubscription) -> None:
    """Keep a subscription, new or refreshed."""
    tx.run(
        "INSERT INTO subscriptions_kept (id, expires, subscription) VALUES (?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET expires = excluded.expires, subscription = excluded.subscription",
        subscription.id,
        int(subscription.expires),
        _encode(subscription),
    )


def remove(tx: WriteTx, id: str) -> None:
    """Forget one."""
    tx.run("DELETE FROM subscriptions_kept WHERE id = ?", id)


def remove_expired(tx: WriteTx, now: float) -> None:
    """Forget those whose time is over."""
    tx.run("DELETE FROM subscriptions_kept WHERE expires <= ?", int(now))


def live(tx: Tx, now: float) -> list[KeptSubscription]:
    """Those whose time is not over."""
    rows = tx.all("SELECT subscription FROM subscriptions_kept WHERE expires > ? ORDER BY id", int(now))
    return [_decode(cast(bytes, row[0])) for row in rows]
