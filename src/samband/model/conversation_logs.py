"""Past conversations as their mailbox has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from samband.model.conversation_history import Party, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationLog:
    """One past conversation. ``sender`` began it; addresses are SIP addresses where the directory knows any."""

    id: str
    missed: bool
    is_read: bool
    subject: str
    importance: str
    created: datetime
    """When it came into the mailbox."""
    sender: Party
    receivers: tuple[Party, ...]
    thread: str
    """The same for what is spoken of together; empty where nothing says it."""
    texts: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class LogCounts:
    """How many past conversations there are, how many of them were missed, and how many of those are unread."""

    kept: int
    missed: int
    unread: int
