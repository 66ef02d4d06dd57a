"""What undone deployment steps took from people's attributes."""

from __future__ import annotations

from typing import cast

import msgspec

from samband.store.api import Tx, WriteTx

_decode = msgspec.json.Decoder(tuple[str, ...]).decode


def keep(tx: WriteTx, step: int, person: str, attribute: str, values: tuple[str, ...]) -> None:
    """Keep the values an attribute had."""
    tx.run(
        "INSERT INTO undone_attributes (step, person, attribute, vals) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (step, person, attribute) DO UPDATE SET vals = excluded.vals",
        step,
        person,
        attribute,
        msgspec.json.encode(values),
    )


def kept(tx: Tx, step: int) -> dict[str, tuple[str, ...]]:
    """objectGUID -> the values that ``step`` took."""
    rows = tx.all("SELECT person, vals FROM undone_attributes WHERE step = ?", step)
    return {str(person): _decode(cast(bytes, values)) for person, values in rows}


def forget(tx: WriteTx, step: int, person: str) -> None:
    """They were given back."""
    tx.run("DELETE FROM undone_attributes WHERE step = ? AND person = ?", step, person)
