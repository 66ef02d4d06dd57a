"""What a person with a web client sees of instant messaging: contacts with presence, conversations, news of both."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from samband.model import presence

UNAVAILABLE = (
    "Instant Messaging isn't available right now. The Contact List will appear when the services become available."
)
"""What people read while it is meant to work and does not."""


class ImStatus(StrEnum):
    """Whether somebody has instant messaging now. ``OFF``: nothing of it is shown."""

    OFF = "off"
    UNAVAILABLE = "unavailable"
    ON = "on"


class NoInstantMessaging(Exception):
    """There is none now; the text says why to the administrator. ``step`` is the one to look at, or 0."""

    def __init__(self, reason: str, step: int = 0, status: ImStatus = ImStatus.UNAVAILABLE) -> None:
        super().__init__(reason)
        self.step = step
        self.status = status

    def __str__(self) -> str:
        return f"{self.args[0]} (step {self.step})" if self.step else str(self.args[0])


class ListInMailbox(Exception):
    """The contact list lives in the mailbox: it is changed there."""


CHOICES: dict[str, int | None] = {
    "available": presence.AVAILABLE,
    "busy": presence.BUSY,
    "do-not-disturb": presence.DO_NOT_DISTURB,
    "be-right-back": presence.BE_RIGHT_BACK,
    "away": presence.AWAY,
    "offline": presence.OFFLINE,
    "reset": None,
}
"""What people may choose to be, and the availability of it; ``reset``: whatever their devices and calendar say."""

_WORDS = (
    (presence.OFFLINE_FROM, "offline"),
    (presence.AWAY_FROM, "away"),
    (presence.BE_RIGHT_BACK_FROM, "be-right-back"),
    (presence.DO_NOT_DISTURB_FROM, "do-not-disturb"),
    (presence.BUSY_FROM, "busy"),
    (presence.IDLE_FROM, "idle"),
    (3000, "available"),
)


def word_of(availability: int | None) -> str:
    """One word for an availability; ``unknown`` where there is none."""
    return next((word for least, word in _WORDS if availability is not None and availability >= least), "unknown")


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """What is seen of somebody: ``presence`` in one word, an ``activity`` token, a ``note``."""

    address: str
    name: str = ""
    presence: str = "unknown"
    activity: str = ""
    note: str = ""


class ListedContact(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody on the contact list, with the names of the groups they are in."""

    address: str
    name: str = ""
    groups: tuple[str, ...] = ()


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a conversation; ``failed`` says why it did not arrive."""

    number: int
    mine: bool
    text: str
    at: datetime
    failed: str = ""


class TalkState(StrEnum):
    """``INVITED``: the other one began and waits to be accepted."""

    CLOSED = "closed"
    CALLING = "calling"
    INVITED = "invited"
    OPEN = "open"


class TalkView(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation as it stands."""

    address: str
    name: str
    state: TalkState
    lines: tuple[Line, ...]
    preview: str = ""
    """The first words of who invites."""


class ImView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything, for a client that begins."""

    status: ImStatus
    text: str = ""
    me: Sight | None = None
    groups: tuple[str, ...] = ()
    contacts: tuple[ListedContact, ...] = ()
    sights: tuple[Sight, ...] = ()
    talks: tuple[TalkView, ...] = ()


class ImNews(msgspec.Struct, frozen=True, tag_field="news"):
    """Something changed."""


class StatusNews(ImNews, frozen=True, tag="status"):
    """Read everything anew."""

    status: ImStatus


class ListNews(ImNews, frozen=True, tag="contacts"):
    """The contact list is another one."""

    groups: tuple[str, ...]
    contacts: tuple[ListedContact, ...]


class SightNews(ImNews, frozen=True, tag="presence"):
    """Somebody is seen otherwise."""

    sight: Sight


class TalkNews(ImNews, frozen=True, tag="talk"):
    """A conversation came, or is in another state."""

    talk: TalkView


class LineNews(ImNews, frozen=True, tag="line"):
    """A message, or what became of one."""

    address: str
    line: Line


class TypingNews(ImNews, frozen=True, tag="typing"):
    """The other one is typing, or stopped."""

    address: str
    typing: bool
