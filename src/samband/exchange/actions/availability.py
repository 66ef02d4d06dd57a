"""Free/busy of many mailboxes at once, and when their owners work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from samband.exchange.actions.access import Access
from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.gate import Pass
from samband.exchange.actions.mailboxes import Mailboxes
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.folders import CALENDAR
from samband.model.freebusy import Stretch, View, WorkingHours, merge
from samband.model.occurrences import FIRST_DAY, LAST_DAY
from samband.model.people import Person
from samband.model.permissions import Need, allows
from samband.model.timezones import UTC_ID, known_id, windows_id
from samband.store import calendar as rows
from samband.store.api import Tx

MAX_MAILBOXES = 100
MAX_WINDOW = timedelta(days=42)
MAX_ENTRIES = 1000
MIN_INTERVAL, MAX_INTERVAL = 5, 1440
"""Minutes of a slot of merged free/busy."""


@dataclass(frozen=True, slots=True)
class Available:
    """What one mailbox answers. ``view`` is the most the caller may see; ``merged`` None where it is not part of it."""

    view: View
    mailbox: str
    stretches: list[Stretch]
    merged: str | None
    hours: WorkingHours
    private: bool
    """Whether the caller sees what private appointments are."""


class _Read(NamedTuple):
    """What was read of one mailbox, and how much of it the caller may see."""

    mailbox: str
    view: View
    private: bool
    stretches: list[Stretch]
    hours: WorkingHours | None


class _Wanted(NamedTuple):
    """The calendars that an address names: somebody's, or those of a group's members."""

    group: bool
    calendars: list[tuple[Person, int]]


class Availability:
    """Verbs about free/busy."""

    def __init__(self, base: Foundation, mailboxes: Mailboxes, access: Access) -> None:
        self._base = base
        self._access = access
        self._mailboxes = mailboxes
        zone = base.settings.time_zone
        self.usual_hours = WorkingHours(known_id(zone) or windows_id(zone) or UTC_ID)

    async def get(
        self, caller: Caller, addresses: Sequence[str], start: datetime, end: datetime, interval: int, view: View
    ) -> list[Available | Failure]:
        """Free/busy of each address in [``start``, ``end``), in order; ``interval`` in minutes.

        A failure of one address stands in its place. Of a group only the merged free/busy of all its members is told.
        Raises a fatal ``Failure`` for a request that makes no sense.
        """
        _check(addresses, start, end, interval, view)
        begin, stop = int(start.timestamp()), int(end.timestamp())
        wanted = [await self._find(address) for address in addresses]

        def read(tx: Tx) -> list[_Read | Failure]:
            return [
                one if isinstance(one, Failure) else self._read_all(tx, caller, one, (begin, stop), view)
                for one in wanted
            ]

        found = await self._base.store.read(read)
        return [one if isinstance(one, Failure) else self._answer(one, begin, stop, interval) for one in found]

    def _read_all(
        self, tx: Tx, caller: Caller, wanted: _Wanted, window: tuple[int, int], view: View
    ) -> _Read | Failure:
        if not wanted.group:
            [(person, calendar)] = wanted.calendars
            return self._read(tx, caller, person, calendar, window, view)
        members = [self._read(tx, caller, *one, window, View.MERGED_ONLY) for one in wanted.calendars]
        stretches = [one for member in members if isinstance(member, _Read) for one in member.stretches]
        return _Read("", View.MERGED_ONLY, False, stretches, None)

    def _read(
        self, tx: Tx, caller: Caller, person: Person, calendar: int, window: tuple[int, int], view: View
    ) -> _Read | Failure:
        seen, private = self._seen(tx, caller, person, calendar, view)
        if seen is View.NONE:
            return Failure("ErrorNoFreeBusyAccess", "The caller does not have free/busy viewing rights.")
        stretches = rows.window(tx, calendar, *window)
        if len(stretches) > MAX_ENTRIES:
            return Failure("ErrorResultSetTooBig", "The result set contains too many calendar entries.")
        hours = None if view is View.MERGED_ONLY else rows.working_hours(tx, person.msExchMailboxGuid)
        return _Read(person.msExchMailboxGuid, seen, private, stretches, hours)

    def _seen(self, tx: Tx, caller: Caller, person: Person, calendar: int, view: View) -> tuple[View, bool]:
        """The most the caller may see of a calendar, and whether that includes what is private."""
        mailbox = person.msExchMailboxGuid
        if caller.person is not None and caller.person.objectGUID == person.objectGUID:
            return view, True
        if caller.application:
            return view, False
        visitor = self._access.visitor(caller, mailbox)
        if visitor is None:
            return view, True
        visit = Pass(tx, mailbox, visitor)
        permission = visit.permission(calendar)
        if permission is None or not allows(permission, Need.GLIMPSE):
            return View.NONE, False
        details = permission.read != "TimeOnly" or self._base.settings.availability_details
        return view if details else view.without_details(), visit.sees_private

    def _answer(self, found: _Read, begin: int, stop: int, interval: int) -> Available:
        merged = merge(found.stretches, begin, stop, interval * 60) if found.view.merged else None
        hours = found.hours or self.usual_hours
        return Available(found.view, found.mailbox, found.stretches, merged, hours, found.private)

    def is_seen(self, tx: Tx, caller: Caller, person: Person, calendar: int) -> bool:
        """Whether the caller may know when somebody is busy."""
        return self._seen(tx, caller, person, calendar, View.MERGED_ONLY)[0] is not View.NONE

    async def _find(self, address: str) -> _Wanted | Failure:
        """Whose calendars an address (SMTP, or a legacy name such as Outlook's) names, and their folders."""
        directory = self._base.directory
        group = directory.group_by_smtp(address)
        if group is not None:
            people = [one for one in directory.people_of(group) if one.msExchMailboxGuid]
            if len(people) > MAX_MAILBOXES:
                return Failure("ErrorFreeBusyDLLimitReached", f"The group has more than {MAX_MAILBOXES} members.")
            return _Wanted(True, [(one, await self.calendar_of(one)) for one in people])
        legacy = address.startswith("/")
        person = directory.by_legacy_dn(address) if legacy else directory.by_smtp(address.removeprefix("SMTP:"))
        if person is None or not person.msExchMailboxGuid:
            return _no_such_mailbox()
        return _Wanted(False, [(person, await self.calendar_of(person))])

    async def calendar_of(self, person: Person) -> int:
        """The row of the calendar of somebody with a mailbox."""
        return (await self._mailboxes.ensure(person.msExchMailboxGuid))[CALENDAR]

    async def set_working_hours(self, caller: Caller, hours: WorkingHours) -> None:
        """Say when the caller works. Raises ``Failure`` ErrorTimeZone for a zone that is not known."""
        mailbox = caller.person.msExchMailboxGuid if caller.person else ""
        if not mailbox:
            raise _no_such_mailbox()
        if known_id(hours.zone) is None:
            raise Failure("ErrorTimeZone", "The time zone is not known.")
        await self._base.store.write(lambda tx: rows.put_working_hours(tx, mailbox, hours))


def _no_such_mailbox() -> Failure:
    return Failure("ErrorMailRecipientNotFound", "The recipient is not found in the directory or has no mailbox.")


def _check(addresses: Sequence[str], start: datetime, end: datetime, interval: int, view: View) -> None:
    if not addresses:
        raise Failure("ErrorMailboxDataArrayEmpty", "There are no mailboxes in the request.", fatal=True)
    if len(addresses) > MAX_MAILBOXES:
        text = f"The request names more than {MAX_MAILBOXES} mailboxes."
        raise Failure("ErrorMailboxDataArrayTooBig", text, fatal=True)
    if view is View.NONE:
        raise Failure("ErrorInvalidFreeBusyViewType", "The view None cannot be asked for.", fatal=True)
    if end <= start:
        raise Failure("ErrorInvalidTimeInterval", "The time window ends before it begins.", fatal=True)
    if start.date() < FIRST_DAY or end.date() > LAST_DAY:
        raise Failure("ErrorInvalidTimeInterval", "The time window is out of the range of calendars.", fatal=True)
    if end - start > MAX_WINDOW:
        text = f"The time window is longer than {MAX_WINDOW.days} days."
        raise Failure("ErrorTimeIntervalTooBig", text, fatal=True)
    if view.merged and not MIN_INTERVAL <= interval <= min(MAX_INTERVAL, (end - start) / timedelta(minutes=1)):
        raise Failure("ErrorInvalidMergedFreeBusyInterval", "The merged free/busy interval is invalid.", fatal=True)
