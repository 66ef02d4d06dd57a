"""What a site's configuration says to the mailbox side."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExchangeSettings:
    """Limits and names; every time in seconds."""

    organization: str = "Samband"
    subscriptions_per_caller: int = 5000
    """How many notification subscriptions one caller may hold (EwsMaxSubscriptions)."""
    subscription_backlog: int = 4096
    """How many changes wait for a subscriber before it must read anew."""
    streaming_heartbeat: float = 30.0
    """How often a silent stream says that it lives."""
    streaming_idle: float = 1800.0
    """How long a streaming subscription lives without a connection."""
