"""What the demo's people have written to each other, whom they meet and whom they have on their lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Letter:
    """A message; people by login."""

    sender: str
    to: tuple[str, ...]
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting in UTC. None is today, so that nobody is busy unless a client makes it so."""

    organizer: str
    attendees: tuple[str, ...]
    subject: str
    location: str
    in_days: int
    hour: int
    minutes: int
    text: str = ""


EVERYONE = ("alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "judy")

LETTERS = (
    Letter(
        "ivan",
        EVERYONE,
        "Welcome to Samband",
        "Your mailbox, your calendar and your contacts are ready.\n\nIvan, IT",
    ),
    Letter("alice", ("bob", "erin"), "Budget for next year", "Please send me your figures by Friday.\n\nAlice"),
    Letter("bob", ("alice",), "Figures", "Sales expects ten per cent more.\n\nBob"),
    Letter("carol", ("dave", "grace"), "Prototype", "The prototype runs. Who has time to try it on Thursday?\n\nCarol"),
)

MEETINGS = (
    Meeting("alice", ("bob", "erin"), "Budget review", "Room 1", 1, 9, 60, "Bring your figures."),
    Meeting("carol", ("dave", "grace"), "Prototype demonstration", "Laboratory", 2, 13, 90),
    Meeting("heidi", ("alice",), "Personnel matters", "Room 2", 3, 14, 30),
)

CONTACTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "alice": {"Management": ("bob", "heidi"), "Development": ("carol", "dave")},
    "bob": {"Colleagues": ("alice", "erin")},
    "carol": {"Development": ("dave", "grace")},
}
