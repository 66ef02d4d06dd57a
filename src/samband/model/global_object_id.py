"""What names a meeting in every calendar it stands in [MS-OXOCAL]: the UID of items that begin their life here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_CLASS = bytes.fromhex("040000008200E00074C5B7101A82E008")
_FILETIME_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
RANDOM_BYTES = 16


def new_uid(now: datetime, random: bytes) -> str:
    """A UID that is a GlobalObjectId in hexadecimal: made at ``now``, told apart by ``RANDOM_BYTES`` random bytes."""
    ticks = (now - _FILETIME_EPOCH) // timedelta(microseconds=1) * 10
    no_exception, reserved = bytes(4), bytes(8)
    parts = (
        _CLASS,
        no_exception,
        ticks.to_bytes(8, "little"),
        reserved,
        len(random).to_bytes(4, "little"),
        random,
    )
    return b"".join(parts).hex().upper()
