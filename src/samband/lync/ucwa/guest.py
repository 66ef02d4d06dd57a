"""The application of a guest: one meeting, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from samband.lync.actions.im import ImGuest, ImListener, ImMeeting
from samband.lync.ucwa.call import Call, show
from samband.lync.ucwa.part import Place, Serve
from samband.lync.ucwa.root import Root
from samband.lync.ucwa.sessions import Session
from samband.lync.ucwa.verbs import Verbs
from samband.model.guests import LONGEST_NAME, Guest, guest_name
from samband.model.people import Person
from samband.model.rates import Bucket
from samband.wire.http import HttpResponse
from samband.wire.ucwa import inputs
from samband.wire.ucwa.errors import UcwaError
from samband.wire.ucwa.resources import Resource, embedding, resource

RATE, MOST_AT_ONCE = 2.0, 30.0
"""Messages and other requests of a guest a second, and how many they may save up."""
ALONE = timedelta(minutes=1)
"""A guest who is in no meeting for so long is gone."""


class GuestSeat:
    """The owner of a guest's application; see ``owner.Owner``."""

    calls = False

    def __init__(self, place: Place, guest: Guest, hear: ImListener) -> None:
        self._place = place
        self.modalities = ["Messaging"]
        self.formats = ["Plain"]
        self.changed: Callable[[], None] = lambda: None
        self.name = "Guest"
        self.endpoint: ImGuest = place.verbs.im_guests.enter(guest, place.session.agent, hear)

    @property
    def overview(self) -> Resource:
        """``me``."""
        values = {"name": self.name, "uri": f"sip:{self._place.address}", "emailAddresses": []}
        return resource("me", {"self": self._place.link("me")}, values)

    async def serve(self, call: Call) -> HttpResponse:
        """Answer one request. Raises ``UcwaError``."""
        match [word.lower() for word in call.rest[1:]]:
            case ["makemeavailable" | "reportmyactivity"]:
                raise UcwaError("Forbidden", "A guest is available in their meeting alone", "AnonymousNotAllowed")
            case ["presence" | "note" | "location"]:
                raise UcwaError("Conflict", "A guest shows nothing of themselves", "MakeMeAvailableRequired")
        if call.rest[1:]:
            raise UcwaError("NotFound", "There is nothing at this address")
        call.only("GET")
        return show(self.overview)

    async def join(self, endpoint: Any, focus: str, body: dict[str, Any]) -> ImMeeting:
        """See ``owner.Owner``."""
        self.name = guest_name(inputs.text(body, "anonymousDisplayName", 2 * LONGEST_NAME, needed=True))
        self.endpoint.introduce(self.name)
        return await self.endpoint.join(focus)

    def close(self) -> None:
        """The guest is no longer here."""
        self.endpoint.sign_out()


class GuestApplication(Root[GuestSeat]):
    """A guest's."""

    def __init__(self, session: Session, person: Person, verbs: Verbs, guest: Guest) -> None:
        self._leave = verbs.guests.enter(guest)
        self._clock = verbs.clock
        self._alone = verbs.clock()
        super().__init__(session, person.sip.lower(), verbs, lambda place, hear: GuestSeat(place, guest, hear))
        self._pace = Bucket(RATE, MOST_AT_ONCE)
        self.serves: dict[str, Serve] = {"me": self.me.serve, "communication": self._communicate}

    async def _communicate(self, call: Call) -> HttpResponse:
        """Serve ``communication``: nobody knows who a guest is, so they do not write without end."""
        if call.method == "POST" and not self._pace.take(self._clock().timestamp()):
            raise UcwaError("TooManyRequests", "You are too fast: wait a moment")
        return await self.communication.serve(call)

    def rest(self) -> None:
        """A guest without their meeting is nobody. See ``Parts``."""
        self.communication.signed_out()

    def sweep(self) -> None:
        """See ``Parts``."""
        if self.communication.busy:
            self._alone = self._clock()
        elif self._clock() >= self._alone + ALONE:
            self.communication.signed_out()

    def close(self) -> None:
        """See ``Parts``."""
        super().close()
        self._leave()

    def shown(self, online_meetings: Resource) -> Resource:
        """The resource itself."""
        return embedding(self.own(), {"me": self.me.overview, "communication": self.communication.overview})

    def policies(self) -> Resource:
        """Guests are told none."""
        raise UcwaError("NotFound", "There is nothing at this address")
