"""Row ids."""

from __future__ import annotations

from samband.store.api import WriteTx

_BITS = 20


def next_id(tx: WriteTx, name: str) -> int:
    """A new id for a row of ``name`` (``"items"``): never given out before or again, also not by another process.

    It is made of the number of the write and a place within it, so it asks the database nothing. Ids grow from write
    to write; a write may take 1,048,576 of a name. Ids below that number are never given out.
    """
    place = tx.serial(name)
    if place >> _BITS:
        raise OverflowError(f"one write makes more than {1 << _BITS} rows of {name}")
    return tx.seq << _BITS | place
