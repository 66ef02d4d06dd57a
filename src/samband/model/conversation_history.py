"""What people write to each other, as it is kept for their mailboxes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

MOST_TEXT = 64 * 1024
"""Most characters of one text that are kept; the rest of a longer one is not."""


class Kind(StrEnum):
    """What an item in the mailbox is about."""

    TWO = "two"
    CONFERENCE = "conference"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who takes part: an address ``user@domain`` in lower case, and a name to be shown."""

    address: str
    name: str


class Said(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One text as it passes. ``place`` are the addresses of two people, or that of a conference.

    It is on disk for a moment: another field is added at the end, with a default.
    """

    kind: Kind
    place: str
    session: str = ""
    """What clients call the conversation; empty: the latest one at this place, where it is not long over."""
    subject: str = ""
    sender: str
    receivers: tuple[str, ...]
    """Addresses."""
    html: bool = False
    content: str
    names: tuple[tuple[str, str], ...] = ()
    """Addresses and names of people, for those whom the directory does not know."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text of a conversation."""

    sent: datetime
    sender: Party
    html: bool
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A conversation as it belongs into one member's mailbox."""

    conversation: int
    member: int
    kind: Kind
    subject: str
    started: datetime
    owner: Party
    parties: tuple[Party, ...]
    """Everybody in it, whoever began it first."""
    texts: tuple[Text, ...]
    last: int
    """The number of the latest text."""
    mark: str
    """What its item carries, to be found by."""
    item: str
    """The identifier of its item; empty: there is none yet, or none that is known of."""
    tried: bool
    """An item may have been made whose identifier is not known."""
    refusals: int
    grown: bool = False
    """Its item, where there is one, lacks people."""


def pair(one: str, other: str) -> str:
    """The place of a conversation of two."""
    return "|".join(sorted((one, other)))
