"""Mail on its way out of the organisation: what waits, and what came of an attempt."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from samband.model.item_values import EmailAddress

SCOPE = "outbound"
"""The scope of the changes of the queue."""

RECEIPT = "SUCCESS,FAILURE,DELAY"
"""The NOTIFY of a sender who asked for a delivery receipt [RFC3461 4.1]."""


@dataclass(frozen=True, slots=True)
class Outside:
    """A recipient in another organisation. ``notify`` and ``original`` are NOTIFY and ORCPT as the sender gave them,
    empty where they did not [RFC3461 4]."""

    recipient: EmailAddress
    notify: str = ""
    original: str = ""

    @property
    def domain(self) -> str:
        """Where it goes, in the form in which it compares."""
        return self.recipient.address.rpartition("@")[2].lower().rstrip(".")


@dataclass(frozen=True, slots=True)
class WayOut:
    """How a message leaves. ``sender`` is the envelope's, empty where nobody wants to hear of failures; ``ret`` and
    ``envelope_id`` are RET and ENVID [RFC3461 4]."""

    recipients: tuple[Outside, ...] = ()
    sender: str = ""
    ret: str = ""
    envelope_id: str = ""


STAYS = WayOut()
"""The way of a message that does not leave."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A recipient who has not got a message yet. Instants are seconds since 1970."""

    place: int
    address: str
    domain: str
    notify: str
    original: str
    attempts: int
    next_attempt: int
    delay_told: bool
    last_reply: str


@dataclass(frozen=True, slots=True)
class Queued:
    """A message with recipients who have not got it yet."""

    id: int
    sender: str
    envelope_id: str
    ret: str
    subject: str
    created: int
    recipients: tuple[Waiting, ...]


class Fate(StrEnum):
    """What came of an attempt; the values are those of the Action field [RFC3464 2.3.3] where there is one."""

    DELIVERED = "delivered"
    """It is in a mailbox here."""
    RELAYED = "relayed"
    """The next server has it and will report by itself, or nobody will."""
    HANDED_ON = "handed on"
    """The next server has it and reports to the sender as asked."""
    FAILED = "failed"
    DELAYED = "delayed"
    """Not yet, and the sender is told so."""
    DEFERRED = "deferred"
    """Not yet, and it is tried again."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an attempt for one recipient. ``reply`` is what the other server said, or what kept us from it;
    ``host`` is that server, empty where none was reached."""

    waiting: Waiting
    fate: Fate
    reply: str
    host: str = ""

    @property
    def is_told(self) -> bool:
        """Whether the sender hears of it: as they asked, else of failures and delays [RFC3461 4.1]."""
        wishes = set((self.waiting.notify or "FAILURE,DELAY").upper().split(","))
        wish = {Fate.RELAYED: "SUCCESS", Fate.DELIVERED: "SUCCESS", Fate.FAILED: "FAILURE", Fate.DELAYED: "DELAY"}.get(
            self.fate
        )
        return wish in wishes


def pause(attempts: int, first: int, longest: int) -> int:
    """Seconds until the next attempt after ``attempts`` that failed: twice as long each time."""
    return min(longest, first << min(max(attempts - 1, 0), 30))
