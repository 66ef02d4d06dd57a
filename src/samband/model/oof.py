"""Out-of-office settings of a mailbox, and whether its owner is out."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec


class OofState(StrEnum):
    DISABLED = "Disabled"
    ENABLED = "Enabled"
    SCHEDULED = "Scheduled"


class ExternalAudience(StrEnum):
    """Who outside of the organisation gets the external reply."""

    NONE = "None"
    KNOWN = "Known"
    ALL = "All"


class OofSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the owner has set. ``start`` and ``end`` (aware UTC) count only while Scheduled; replies may be HTML."""

    state: OofState = OofState.DISABLED
    audience: ExternalAudience = ExternalAudience.NONE
    start: datetime | None = None
    end: datetime | None = None
    internal_reply: str = ""
    external_reply: str = ""

    def is_out(self, now: datetime) -> bool:
        """Whether the owner is out of office at ``now``: Enabled, or Scheduled and inside [start, end)."""
        match self.state:
            case OofState.ENABLED:
                return True
            case OofState.SCHEDULED:
                return self.start is not None and self.end is not None and self.start <= now < self.end
            case _:
                return False
