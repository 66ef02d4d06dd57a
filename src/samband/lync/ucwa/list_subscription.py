"""``myContactsAndGroupsSubscription``: for how long an application is told of changes of its owner's contact list."""

from __future__ import annotations

from datetime import datetime, timedelta

from samband.lync.ucwa.call import Call, properties, show
from samband.lync.ucwa.channel import Urgency
from samband.lync.ucwa.own_list import OwnList
from samband.lync.ucwa.part import Place
from samband.wire.http import HttpResponse
from samband.wire.ucwa import inputs
from samband.wire.ucwa.errors import UcwaError
from samband.wire.ucwa.resources import Resource, resource

WORDS = ("people", "contactsAndGroupsSubscription")
START, STOP = "startOrRefreshSubscriptionToContactsAndGroups", "stopSubscriptionToContactsAndGroups"
SHORTEST, LONGEST, MOST_LEFT = 10, 60, 30
"""Minutes that can be asked for, and that are left at most after a refresh."""
_WARNING = timedelta(minutes=2)
"""Before the end an application is told, so that it can refresh."""


class ListSubscription:
    """Who never subscribes is told from the first look at the list on, and without an end."""

    def __init__(self, place: Place, own: OwnList) -> None:
        self._place = place
        self._own = own
        self._until: datetime | None = None
        self._warned = False

    async def serve(self, call: Call, rest: list[str]) -> HttpResponse:
        """Answer one request. Raises ``UcwaError`` and ``Failure``."""
        match [word.lower() for word in rest]:
            case []:
                call.only("GET")
                return show(self._shown())
            case [word] if word == START.lower():
                call.only("POST")
                await self._start(call)
                return show(self._shown(), 201, self._place.link(*WORDS))
            case [word] if word == STOP.lower():
                call.only("POST")
                self._end()
                return HttpResponse(204)
        raise UcwaError("NotFound", "There is nothing at this address")

    def sweep(self) -> None:
        """End what is over, and tell of what soon will be."""
        if self._until is None:
            return
        left = self._until - self._place.verbs.clock()
        if left <= timedelta():
            self._end()
        elif left <= _WARNING and not self._warned:
            self._warned = True
            people = self._place.reference("people", "people")
            here = self._place.reference("myContactsAndGroupsSubscription", *WORDS)
            self._place.tell(people, "updated", here, Urgency.MEDIUM)

    async def _start(self, call: Call) -> None:
        asked = properties(call.request)
        wanted = inputs.number("duration", asked.get("duration"), SHORTEST, LONGEST)
        now = self._place.verbs.clock()
        if self._until is None:
            self._until = now + timedelta(minutes=wanted)
        else:
            self._until = min(self._until + timedelta(minutes=wanted), now + timedelta(minutes=MOST_LEFT))
        self._warned = False
        self._own.tells = True
        await self._own.read()

    @property
    def holds(self) -> bool:
        """Whether there is one now."""
        return self._until is not None

    def end(self) -> None:
        """End it; nothing happens where there is none."""
        if self.holds:
            self._end()

    def _end(self) -> None:
        self._until = None
        self._own.tells = False
        self._own.close()

    def _shown(self) -> Resource:
        here = self._place.link(*WORDS)
        links = {"self": here, START: f"{here}/{START}", STOP: f"{here}/{STOP}"}
        state = "Disconnected" if self._until is None else "Connected"
        return resource("myContactsAndGroupsSubscription", links, {"state": state})
