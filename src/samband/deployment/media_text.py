"""What carries sound and pictures of a site, as text."""

from __future__ import annotations

from samband.deployment.network_settings import Media


def media_text(media: Media) -> str:
    """Lines for a terminal: what is configured; whether it answers is a matter of ``samband check``."""
    meetings = f"through Janus at {media.janus}" if media.janus else "text only (media.janus is empty)"
    relays = ", ".join(media.turn) or "none (media.turn is empty)"
    return f"Sound and pictures\n  meetings in the browser   {meetings}\n  relays                    {relays}"
