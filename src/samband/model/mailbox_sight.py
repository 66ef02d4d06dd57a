"""What a mailbox says of its owner at one moment: the meeting that runs, out of office, the days around now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Appointment:
    """One stretch of a calendar; ``busy_type`` is Free, Tentative, Busy, OOF or NoData."""

    start: datetime
    end: datetime
    busy_type: str
    subject: str = ""
    location: str = ""
    is_meeting: bool = False
    is_private: bool = False


@dataclass(frozen=True, slots=True)
class OutOfOffice:
    """Out-of-office settings: ``state`` Disabled, Enabled or Scheduled; the notes are plain text.

    ``external_note`` is for other organisations' people, and empty where not all of them are to be told.
    """

    state: str
    note: str
    start: datetime | None = None
    end: datetime | None = None
    external_note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SightPolicy:
    """What of mailboxes watchers may see at all, as the organisation has decided (``Set-CsClientPolicy``)."""

    calendar: bool = True
    """Whether calendars say anything; replies of people who are out of office are no calendar."""
    free_busy: bool = True
    meeting_details: bool = True
    """Whether subject and place of a meeting may be seen."""
    photos: bool = True
    """Whether cards say where photos of mailboxes are; the directory's are no concern of cards."""


@dataclass(frozen=True, slots=True)
class MailboxSight:
    """Calendar and out-of-office as last read; ``merged`` has one digit a slot of ``interval`` minutes.

    ``url`` is where the mailbox is served (EWS), ``photo`` changes with the owner's photo, empty where there is none.
    """

    address: str
    start: datetime
    merged: str
    interval: int
    appointments: tuple[Appointment, ...]
    working_hours: str
    out_of_office: OutOfOffice | None
    url: str = ""
    photo: str = ""


def running(appointments: Iterable[Appointment], now: datetime) -> Appointment | None:
    """The busy appointment that runs at ``now``: the latest begun, a meeting before others that began with it."""
    busy = [one for one in appointments if one.busy_type == "Busy" and one.start <= now < one.end]
    return max(busy, key=lambda one: (one.start, one.is_meeting), default=None)


def away(appointments: Iterable[Appointment], now: datetime) -> Appointment | None:
    """The appointment shown as out of office that runs at ``now``."""
    return max(
        (one for one in appointments if one.busy_type == "OOF" and one.start <= now < one.end),
        key=lambda one: one.start,
        default=None,
    )


def is_out(settings: OutOfOffice | None, now: datetime) -> bool:
    """Whether the owner is out of office at ``now``: Enabled, or Scheduled and inside its duration."""
    if settings is None or settings.state == "Disabled":
        return False
    if settings.state == "Enabled":
        return True
    return (settings.start is None or settings.start <= now) and (settings.end is None or now < settings.end)


def next_turn(sight: MailboxSight, now: datetime) -> datetime | None:
    """The next moment after ``now`` at which what the mailbox says changes by itself."""
    moments = [moment for one in sight.appointments for moment in (one.start, one.end)]
    if sight.out_of_office is not None and sight.out_of_office.state == "Scheduled":
        moments += [moment for moment in (sight.out_of_office.start, sight.out_of_office.end) if moment is not None]
    return min((moment for moment in moments if moment > now), default=None)
