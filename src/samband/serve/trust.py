"""Server-to-server trust of a site."""

from __future__ import annotations

from samband.ground import Ground


async def start_trust(ground: Ground) -> None:
    """Give each side of the site its signing key."""
