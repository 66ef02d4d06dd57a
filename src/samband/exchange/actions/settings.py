"""What a site's configuration says to the mailbox side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo

from samband.model.timezones import windows_id, zone_named


@dataclass(frozen=True, slots=True)
class OutboundSettings:
    """How mail to other organisations is tried; seconds."""

    enabled: bool = False
    """Whether there is any; else it is refused to its sender at once."""
    first_retry: int = 60
    """How long the first pause after a failure is; every further one is twice as long."""
    longest_retry: int = 7200
    expiry: int = 2 * 86400
    """How long it is tried."""
    notice: int = 4 * 3600
    """After how long the sender is told that it takes longer."""


@dataclass(frozen=True, slots=True)
class ExchangeSettings:
    """Limits and names; every time in seconds."""

    organization: str = "Samband"
    time_zone: str = "UTC"
    """The zone mailboxes start with: an IANA name or a Windows id."""
    language: str = "en"
    """The language that default folders are named in: a tag such as ``da-DK``."""
    domains: tuple[str, ...] = ()
    """The mail domains of the organisation, in lower case, besides those its people have addresses in."""
    outbound: OutboundSettings = OutboundSettings()
    availability_details: bool = False
    """Whether people see subjects and places in each other's free/busy, and not only when somebody is busy."""
    subscriptions_per_caller: int = 5000
    """How many notification subscriptions one caller may hold (EwsMaxSubscriptions)."""
    subscription_backlog: int = 4096
    """How many changes wait for a subscriber before it must read anew."""
    streaming_heartbeat: float = 30.0
    """How often a silent stream says that it lives."""
    streaming_idle: float = 1800.0
    """How long a streaming subscription lives without a connection."""
    streaming_minute: float = 60.0
    """How long a minute of a stream's ConnectionTimeout is; tests have short ones."""
    push_minute: float = 60.0
    """How long a minute of a push subscription's status interval is; tests have short ones."""
    push_retry: float = 30.0
    """How long a notification that was not taken waits; every further time it waits twice as long."""

    @property
    def clock(self) -> tzinfo:
        """The zone mailboxes start with; UTC where it is not known."""
        found = zone_named(self.time_zone) or zone_named(windows_id(self.time_zone) or "")
        return found or UTC

    im_contacts: int = 1000
    """How many contacts an instant messaging list holds."""
    im_groups: int = 64
    """How many groups it holds besides those that every list has."""
