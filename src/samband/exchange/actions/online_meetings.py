"""Calendar items with an online meeting: made, changed and cancelled with the item, by the organizer's Lync side.

A meeting is made before the item is written, for its link stands in the item and in the invitations; it is changed and
cancelled after the item was. Where the Lync side cannot be asked, the item is kept as it is and the log says why.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Protocol

from samband.directory.api import Directory
from samband.model.item_values import EmailAddress
from samband.model.items import CalendarProperties
from samband.model.online_meetings import (
    MeetingTerms,
    NoOnlineMeeting,
    OnlineMeeting,
    again,
    linked,
    terms_of,
    unlinked,
)
from samband.model.people import Person

log = logging.getLogger(__name__)


class MeetingService(Protocol):
    """The Lync side of one organizer a call. Everything raises ``NoOnlineMeeting``."""

    async def offered(self, organizer: Person) -> None:
        """Return where the organizer can have online meetings now."""
        ...

    async def create(self, organizer: Person, terms: MeetingTerms) -> OnlineMeeting:
        """Make a meeting."""
        ...

    async def change(self, organizer: Person, meeting: str, terms: MeetingTerms) -> None:
        """Give a meeting other terms."""
        ...

    async def cancel(self, organizer: Person, meeting: str) -> None:
        """Remove a meeting; nothing where it is gone."""
        ...


class OnlineMeetings:
    """The meetings of calendar items. ``service`` is given where a site has a way to Lync."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self.service: MeetingService | None = None

    def booking(self, organizer: Person) -> Booking:
        """What one change of one item of ``organizer``'s does to its meeting."""
        return Booking(self, organizer)

    async def offered(self, organizer: Person) -> None:
        """Return where ``organizer`` can have online meetings. Raises ``NoOnlineMeeting``, which says why not."""
        await self.asked().offered(organizer)

    def asked(self) -> MeetingService:
        """The service. Raises ``NoOnlineMeeting``."""
        if self.service is None:
            raise NoOnlineMeeting("this server knows no way to Lync")
        return self.service

    def sip_of(self, correspondent: EmailAddress) -> str:
        """See ``model.online_meetings.SipOf``."""
        person = self._directory.by_smtp(correspondent.address)
        return person.proxy_sip if person is not None else ""


class Booking:
    """One change of one item: ``settle`` before it is written, however often; then ``finish`` or ``give_up``."""

    def __init__(self, meetings: OnlineMeetings, organizer: Person) -> None:
        self._meetings = meetings
        self._organizer = organizer
        self._made: OnlineMeeting | None = None
        self._refused = False
        self._cancelled = ""
        self._changed: tuple[str, MeetingTerms] | None = None

    async def settle(
        self, before: CalendarProperties | None, after: CalendarProperties, now: datetime
    ) -> CalendarProperties:
        """``after`` as it is to be written: with a meeting where it wants one, without where it wants none."""
        had = before is not None and before.is_online_meeting and before.online_meeting_id
        self._cancelled, self._changed = "", None
        if not after.is_organizer or after.is_cancelled:
            return after
        if after.is_online_meeting and not had:
            return await self._with_new(after, now)
        if before is None or not had:
            return after
        if not after.is_online_meeting:
            self._cancelled = before.online_meeting_id
            return unlinked(after)
        terms = terms_of(after, self._meetings.sip_of, now)
        if terms != terms_of(before, self._meetings.sip_of, now):
            self._changed = (before.online_meeting_id, terms)
        return again(after, before)

    def leave(self, item: CalendarProperties) -> None:
        """The item goes: ``finish`` cancels its meeting."""
        if item.is_organizer:
            self._cancelled = item.online_meeting_id

    async def _with_new(self, after: CalendarProperties, now: datetime) -> CalendarProperties:
        if self._made is None and not self._refused:
            try:
                service = self._meetings.asked()
                self._made = await service.create(self._organizer, terms_of(after, self._meetings.sip_of, now))
            except NoOnlineMeeting as reason:
                self._refused = True
                log.warning("no online meeting for %s: %s", self._organizer.userPrincipalName, reason)
        return linked(after, self._made) if self._made is not None else after

    async def finish(self) -> None:
        """The item was written."""
        try:
            if self._cancelled:
                await self._meetings.asked().cancel(self._organizer, self._cancelled)
            if self._changed is not None:
                await self._meetings.asked().change(self._organizer, *self._changed)
        except NoOnlineMeeting as reason:
            log.warning("an online meeting of %s stays as it was: %s", self._organizer.userPrincipalName, reason)

    async def give_up(self) -> None:
        """The item was not written: a meeting that was made for it goes."""
        if self._made is not None:
            self._cancelled, self._changed = self._made.id, None
            await self.finish()
