"""What a mailbox says of its owner, as publications: the meeting that runs, out of office, free/busy, working hours."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from samband.lync.actions.presence import Presence
from samband.model.containers import AGGREGATION, AGGREGATION_TEAM, COLLEAGUES, EXTERNAL, FRIENDS, SELF, WORKGROUP
from samband.model.failures import Failure
from samband.model.mailbox_sight import MailboxSight, OutOfOffice, SightPolicy, away, is_out, running
from samband.model.people import Person
from samband.model.presence import (
    BE_RIGHT_BACK_FROM,
    BUSY,
    DO_NOT_DISTURB_FROM,
    IN_A_MEETING,
    OUT_OF_OFFICE,
    Activity,
    CardPhoto,
    Draft,
    ExpireType,
    FreeBusy,
    Note,
    NoteKind,
    State,
    StateKind,
    Value,
    WorkingHours,
)

SOURCE = "mailbox"
EVERYTHING = SightPolicy()

_STATES = (AGGREGATION, AGGREGATION_TEAM)
_READERS = (COLLEAGUES, WORKGROUP, FRIENDS)
_PHOTO = 6
"""The instance of the ``contactCard`` that has the photo; what the directory says stands in others."""
_MEETING = 0x40000000
_OUT = 0x60000000
"""First digit of the instances of calendar states; the others are a hash of the mailbox's address."""


class MailboxPresence:
    """Shows and hides what mailboxes say, also of people who have no client."""

    def __init__(self, presence: Presence, policy: SightPolicy = EVERYTHING) -> None:
        self._presence = presence
        self._policy = policy
        self._shown: dict[str, MailboxSight] = {}
        """objectGUID -> the sight that watchers know."""

    def show(self, person: Person, sight: MailboxSight, now: datetime) -> None:
        """Let watchers of ``person`` see what the mailbox says at ``now``; somebody not enabled here is passed over."""
        try:
            self._presence.publish_for(person.objectGUID, SOURCE, list(drafts_of(sight, now, self._policy)))
        except Failure:
            return
        self._shown[person.objectGUID] = sight

    def hide(self, person: Person) -> None:
        """Let watchers of ``person`` see nothing of the mailbox."""
        sight = self._shown.pop(person.objectGUID, None)
        if sight is not None and self._presence.find(person.sip.lower()) is not None:
            # Clients overlook that a category is empty now, and show the calendar they have until another one comes.
            nothing = replace(sight, merged="", appointments=(), working_hours="", out_of_office=None, photo="")
            drafts = list(drafts_of(nothing, nothing.start, self._policy))
            self._presence.publish_for(person.objectGUID, SOURCE, drafts)
        self._presence.withdraw(person.objectGUID, SOURCE)


def drafts_of(sight: MailboxSight, now: datetime, policy: SightPolicy = EVERYTHING) -> Iterator[Draft]:
    """The publications that say what ``sight`` says at ``now``, as far as ``policy`` has it."""
    hashed = zlib.crc32(sight.address.lower().encode()) & 0x0FFFFFFF
    if policy.calendar:
        yield from _meeting(sight, now, hashed, policy)
    out = away(sight.appointments, now) if policy.calendar else None
    if out is not None or is_out(sight.out_of_office, now):
        activity = Activity(token=OUT_OF_OFFICE, lowest=BE_RIGHT_BACK_FROM)
        state = State(kind=StateKind.CALENDAR, activity=activity, uri=sight.address, start=out.start if out else None)
        yield from _in("state", _OUT | hashed, _STATES, state)
    settings = sight.out_of_office
    if settings is not None and is_out(settings, now):
        yield from _notes(settings, hashed)
    if policy.calendar and policy.free_busy:
        slots = FreeBusy(mailbox=sight.address, start=sight.start, interval=sight.interval, slots=sight.merged)
        yield from _in("calendarData", hashed, _READERS, slots)
    if policy.photos and sight.photo:
        photo = CardPhoto(url=sight.url, smtp=sight.address, tag=sight.photo)
        yield from _in("contactCard", _PHOTO, _READERS, photo)
    if policy.calendar and sight.working_hours:
        hours = WorkingHours(mailbox=sight.address, document=sight.working_hours)
        yield from _in("calendarData", 0, (SELF, *_READERS), hours)


def _meeting(sight: MailboxSight, now: datetime, hashed: int, policy: SightPolicy) -> Iterator[Draft]:
    busy = running(sight.appointments, now)
    if busy is None:
        return
    meeting = Activity(token=IN_A_MEETING, lowest=BUSY, highest=DO_NOT_DISTURB_FROM - 1)
    state = State(
        kind=StateKind.CALENDAR,
        availability=BUSY,
        activity=meeting if busy.is_meeting else None,
        start=busy.start,
        uri=sight.address,
        meeting_subject=busy.subject if policy.meeting_details else "",
        meeting_location=busy.location if policy.meeting_details else "",
    )
    yield from _in("state", _MEETING | hashed, _STATES, state)


def _notes(settings: OutOfOffice, hashed: int) -> Iterator[Draft]:
    """The reply for colleagues, and the one for people of other organisations."""
    # Exchange tells a duration also where it does not count.
    start, end = (settings.start, settings.end) if settings.state == "Scheduled" else (None, None)
    for text, containers in ((settings.note, _READERS), (settings.external_note, (EXTERNAL,))):
        if text:
            note = Note(text=text, kind=NoteKind.OUT_OF_OFFICE, start=start, end=end)
            yield from _in("note", hashed, containers, note)


def _in(category: str, instance: int, containers: Iterable[int], value: Value) -> Iterator[Draft]:
    for container in containers:
        yield Draft(
            category=category, instance=instance, container=container, expire_type=ExpireType.STATIC, value=value
        )
