"""Points in time as these documents write them: UTC to the second, ``2026-11-23T04:05:30Z``."""

from __future__ import annotations

from datetime import UTC, datetime


def write_instant(moment: datetime) -> str:
    """An aware time, fractions of a second cut off."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_instant(text: str) -> datetime:
    """Raises ``ValueError`` for anything without a zone."""
    moment = datetime.fromisoformat(text.strip())
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(UTC)
