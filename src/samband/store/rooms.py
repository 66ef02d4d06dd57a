"""What resources answer requests by, a row a mailbox."""

from __future__ import annotations

from typing import cast

import msgspec

from samband.model.rooms import ResourcePolicy
from samband.store.api import Tx, WriteTx

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(ResourcePolicy).decode


def policy(tx: Tx, mailbox: str) -> ResourcePolicy:
    """The policy of a resource; the usual one where none was set."""
    row = tx.one("SELECT policy FROM resource_policies WHERE mailbox = ?", mailbox)
    return _decode(cast(bytes, row[0])) if row else ResourcePolicy()


def put_policy(tx: WriteTx, mailbox: str, found: ResourcePolicy) -> None:
    """Keep the policy of a resource."""
    tx.run(
        "INSERT INTO resource_policies (mailbox, policy) VALUES (?, ?) "
        "ON CONFLICT (mailbox) DO UPDATE SET policy = excluded.policy",
        mailbox,
        _encode(found),
    )
