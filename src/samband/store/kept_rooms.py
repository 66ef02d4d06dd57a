"""Conferences that somebody is in, a row each, for as long as somebody is."""

from __future__ import annotations

from typing import cast

import msgspec

from samband.model.kept_rooms import KeptRoom
from samband.store.api import Tx, WriteTx

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(KeptRoom).decode


def put(tx: WriteTx, room: KeptRoom) -> None:
    """Keep one as it is now."""
    tx.run(
        "INSERT INTO rooms_kept (organizer, id, room) VALUES (?, ?, ?)"
        " ON CONFLICT (organizer, id) DO UPDATE SET room = excluded.room",
        room.organizer,
        room.id,
        _encode(room),
    )


def remove(tx: WriteTx, organizer: str, id: str) -> None:
    """Nobody is in it any more."""
    tx.run("DELETE FROM rooms_kept WHERE organizer = ? AND id = ?", organizer, id)


def every(tx: Tx) -> list[KeptRoom]:
    """All of them."""
    return [_decode(cast(bytes, row[0])) for row in tx.all("SELECT room FROM rooms_kept ORDER BY organizer, id")]
