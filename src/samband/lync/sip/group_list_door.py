"""A distribution group as a list that is subscribed to by the group's address: its people, each as PIDF [RFC4662]."""

from __future__ import annotations

from collections.abc import Callable

from samband.lync.actions.address_book import AddressBook
from samband.lync.actions.presence import Presence
from samband.lync.sip.notifier import Subscription
from samband.lync.sip.resource_list_door import PeopleWatch
from samband.lync.sip.timers import Timer, Timers
from samband.model.failures import Failure
from samband.wire.sip.message import SipRequest
from samband.wire.sip.uri import aor_of

PAUSE = 1.0
"""Seconds after a change of the directory before groups are looked at: many changes often come together."""
End = Callable[[Subscription, str], None]
"""Ends a subscription for a reason that its subscriber is told."""


class GroupLists:
    """Which addresses are those of groups. They are told of to the organisation's own people alone."""

    def __init__(self, book: AddressBook, timers: Timers, end: End) -> None:
        self._book = book
        self._timers = timers
        self._end = end

    def watch(
        self, subscription: Subscription, presence: Presence, token: Callable[[], str], request: SipRequest
    ) -> GroupWatch | None:
        """What watches the people of the group that ``request`` is for; None where it is for none.

        Raises ``Failure`` where the client could not read the answer.
        """
        if subscription.person is None or self._book.group(aor_of(request.uri)) is None:
            return None
        return GroupWatch(subscription, presence, token, request, self._book, self._timers, self._end)


class GroupWatch(PeopleWatch):
    """Everybody in a group and in the groups within it. Whoever joins it is watched from then on."""

    def __init__(
        self,
        subscription: Subscription,
        presence: Presence,
        token: Callable[[], str],
        request: SipRequest,
        book: AddressBook,
        timers: Timers,
        end: End,
    ) -> None:
        """Raises ``Failure`` where the client could not read the answer."""
        super().__init__(subscription, presence, token, request)
        self._book = book
        self._address = aor_of(request.uri)
        self._timers = timers
        self._end = end
        self._soon: Timer | None = None
        self._deaf = book.listen(self._changed)

    def accept(self, request: SipRequest) -> None:
        """See ``PeopleWatch``."""
        if request.body:
            raise Failure("UnsupportedMediaType", "A group says itself who is in it", details={"Accept": ""})
        self.watch_only(self._members())

    def close(self) -> None:
        """Watch nobody."""
        self._deaf()
        if self._soon is not None:
            self._timers.cancel(self._soon)
        super().close()

    def _members(self) -> dict[str, str]:
        """``user@domain`` -> address, of everybody. Raises ``Failure``."""
        group = self._book.group(self._address)
        people = self._book.everybody(group) if group is not None else ()
        if group is None:
            raise Failure("NotFound", "Nobody has this address")
        if people is None:
            raise Failure("LimitExceeded", "The group has too many members to be watched")
        return {person.sip.lower(): f"sip:{person.sip}" for person in people}

    def _changed(self) -> None:
        if self._soon is None:
            self._soon = self._timers.after(PAUSE, self._look)

    def _look(self, _: object) -> None:
        self._soon = None
        try:
            members = self._members()
        except Failure:
            self._end(self.subscription, "noresource")
            return
        if members != self.listed:
            self.watch_only(members)
            self.tell_all()
