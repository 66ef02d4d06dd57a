"""Times that suit everybody: the suggestions of GetUserAvailability."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from samband.exchange.actions.availability import MAX_MAILBOXES, MAX_WINDOW, Availability
from samband.exchange.actions.foundation import Foundation
from samband.model import suggestions as rules
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.freebusy import Stretch, WorkingHours
from samband.model.people import Person
from samband.model.suggestions import STEP, Day, Options, Party, Role
from samband.model.timezones import ZoneDefinition
from samband.model.zone_rules import zone_of
from samband.store import calendar as rows
from samband.store.api import Tx

_ONE_DAY = timedelta(days=1)


class Invited(NamedTuple):
    """Who is to come: ``exclude`` where a time that does not suit is not to be suggested."""

    address: str
    role: Role
    exclude: bool = False


class Suggestions:
    """The verb that suggests times."""

    def __init__(self, base: Foundation, availability: Availability) -> None:
        self._base = base
        self._availability = availability

    async def get(
        self,
        caller: Caller,
        invited: Sequence[Invited],
        options: Options,
        window: tuple[datetime, datetime],
        zone: tzinfo,
    ) -> list[Day]:
        """For each day of ``window`` in ``zone`` the times that suit; none of the past. Raises ``Failure``."""
        start, end = window
        _check(invited, options, start, end)
        begin, stop = int(start.timestamp()), int(end.timestamp())
        people = [self._people(one.address) for one in invited]
        known = {
            person.objectGUID: person for some in people for person in some or () if len(some or ()) <= MAX_MAILBOXES
        }
        folders = [
            (person, await self._availability.calendar_of(person))
            for person in known.values()
            if person.msExchMailboxGuid
        ]

        def read(tx: Tx) -> tuple[dict[str, list[Stretch]], WorkingHours | None]:
            busy = {
                person.objectGUID: rows.window(tx, folder, begin, stop + 86400)
                for person, folder in folders
                if self._availability.is_seen(tx, caller, person, folder)
            }
            owner = self._owner(caller, invited, people)
            return busy, rows.working_hours(tx, owner.msExchMailboxGuid) if owner is not None else None

        busy, hours = await self._base.store.read(read)
        parties = [_party(one, some, busy, self._is_group(one)) for one, some in zip(invited, people, strict=True)]
        now = int(self._base.clock().timestamp())
        days = list(_days(start, end, zone, options.minutes * 60, now))
        return rules.suggest(parties, options, days, _works(hours or self._availability.usual_hours))

    def _people(self, address: str) -> list[Person] | None:
        directory = self._base.directory
        group = directory.group_by_smtp(address)
        if group is not None:
            return directory.people_of(group)
        person = directory.by_legacy_dn(address) if address.startswith("/") else directory.by_smtp(address)
        return None if person is None else [person]

    def _is_group(self, one: Invited) -> bool:
        return self._base.directory.group_by_smtp(one.address) is not None

    def _owner(
        self, caller: Caller, invited: Sequence[Invited], people: Sequence[list[Person] | None]
    ) -> Person | None:
        """By whose working hours days are judged: the organizer's, else the caller's."""
        for one, some in zip(invited, people, strict=True):
            if one.role is Role.ORGANIZER and some:
                return some[0]
        return caller.person


def _party(one: Invited, people: list[Person] | None, busy: dict[str, list[Stretch]], group: bool) -> Party:
    if people is None or (not group and not people[0].msExchMailboxGuid):
        return Party(one.role, None, exclude=one.exclude)
    if len(people) > MAX_MAILBOXES:
        return Party(one.role, [], group, too_big=True, exclude=one.exclude)
    return Party(one.role, [busy.get(person.objectGUID) for person in people], group, exclude=one.exclude)


def _days(start: datetime, end: datetime, zone: tzinfo, length: int, now: int) -> list[tuple[int, list[int]]]:
    """Each local day of the window, and the times at which a meeting of ``length`` seconds may begin in it."""
    found = []
    day = start.astimezone(zone).date()
    while (midnight := datetime.combine(day, time(), zone)) < end:
        following = datetime.combine(day + _ONE_DAY, time(), zone)
        first = int(max(midnight, start).astimezone(UTC).timestamp())
        last = int(min(following, end).astimezone(UTC).timestamp())
        times = [at for at in range(first, last, STEP) if at >= now and at + length <= int(end.timestamp())]
        found.append((int(midnight.astimezone(UTC).timestamp()), times))
        day += _ONE_DAY
    return found


def _works(hours: WorkingHours) -> Callable[[int, int], bool]:
    zone = zone_of(ZoneDefinition(id=hours.zone))

    def works(start: int, end: int) -> bool:
        local = datetime.fromtimestamp(start, UTC).astimezone(zone)
        begins = local.hour * 60 + local.minute
        bit = 1 << (local.isoweekday() % 7)
        ends = begins + (end - start) // 60
        return any(one.days & bit and one.start <= begins and ends <= one.end for one in hours.periods)

    return works


def _check(invited: Sequence[Invited], options: Options, start: datetime, end: datetime) -> None:
    if not invited:
        raise Failure("ErrorMailboxDataArrayEmpty", "There are no mailboxes in the request.", fatal=True)
    if len(invited) > MAX_MAILBOXES:
        text = f"The request names more than {MAX_MAILBOXES} mailboxes."
        raise Failure("ErrorMailboxDataArrayTooBig", text, fatal=True)
    if end <= start:
        raise Failure("ErrorInvalidTimeInterval", "The time window ends before it begins.", fatal=True)
    if end - start > MAX_WINDOW:
        text = f"The time window is longer than {MAX_WINDOW.days} days."
        raise Failure("ErrorTimeIntervalTooBig", text, fatal=True)
    bounds = (
        (options.good_threshold, 1, 49, "GoodThreshold"),
        (options.maximum_by_day, 0, 48, "MaximumResultsByDay"),
        (options.maximum_non_work_by_day, 0, 48, "MaximumNonWorkHourResultsByDay"),
        (options.minutes, 30, 1440, "MeetingDurationInMinutes"),
    )
    for value, least, most, name in bounds:
        if not least <= value <= most:
            raise Failure("ErrorInvalidArgument", f"{name} is a number from {least} to {most}.", fatal=True)
