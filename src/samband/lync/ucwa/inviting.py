"""``addParticipant``: asking others into a meeting, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass

from samband.lync.actions.im import TAKEN_BACK, ImAsking
from samband.lync.ucwa.call import Call, properties, show
from samband.lync.ucwa.channel import Urgency
from samband.lync.ucwa.conversation import Conversation, State
from samband.lync.ucwa.messaging import reason_of
from samband.lync.ucwa.part import Place
from samband.wire.http import HttpResponse
from samband.wire.ucwa import inputs
from samband.wire.ucwa.errors import UcwaError
from samband.wire.ucwa.events import Reference
from samband.wire.ucwa.resources import Resource, resource

MOST = 64
"""Most invitations of an application that wait for an answer."""
_PATH = "participantInvitations"
_NO_MEETING = {"code": "LocalFailure", "subcode": "EscalationFailed", "message": "The meeting could not be made"}


@dataclass(slots=True, eq=False)
class Asked:
    """One ``participantInvitation``."""

    id: str
    one: Conversation
    to: str
    operation: str
    state: State = "Connecting"
    asking: ImAsking | None = None


class Inviting:
    """All invitations of one application to meetings it is in."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._asked: dict[str, Asked] = {}

    def ask(self, call: Call, one: Conversation) -> HttpResponse:
        """Serve ``addParticipant`` of a conversation in a meeting. Raises ``UcwaError``."""
        call.only("POST")
        if one.meeting is None or not one.may_invite:
            raise UcwaError("Forbidden", "Nobody can be asked in from here")
        made = self.begin(call, one)
        self.send(made)
        return self.made(made)

    def begin(self, call: Call, one: Conversation) -> Asked:
        """Note who is to be asked in, and tell. Raises ``UcwaError``."""
        if len(self._asked) >= MOST:
            raise UcwaError("Conflict", f"There are at most {MOST} invitations at one time")
        body = properties(call.request)
        to = inputs.address("to", inputs.text(body, "to", 512, needed=True))
        if to in (self._place.address, one.peer if one.meeting is None else ""):
            raise inputs.wrong("to", "somebody who is here")
        made = Asked(self._place.verbs.token(), one, to, inputs.text(body, "operationId", 128))
        self._asked[made.id] = made
        self._tell(made, "started")
        return made

    def send(self, made: Asked) -> None:
        """Ask them; whoever has taken that back meanwhile asks nobody."""
        if made.id in self._asked and made.one.meeting is not None:
            made.asking = made.one.meeting.ask(made.to, lambda status: self._heard(made, status))

    def fail(self, made: Asked) -> None:
        """They cannot be asked: there is no meeting to ask them to."""
        if self._asked.pop(made.id, None) is not None:
            made.state = "Disconnected"
            self._failed(made, _NO_MEETING)

    def made(self, made: Asked) -> HttpResponse:
        """Where an invitation is."""
        return HttpResponse(201, [("Location", self._reference(made).href)])

    def serve(self, call: Call, id: str, rest: list[str]) -> HttpResponse:
        """Serve one invitation. Raises ``UcwaError``."""
        found = self._asked.get(id)
        if found is None or rest not in ([], ["cancel"]):
            raise UcwaError("NotFound", "There is no such invitation")
        if not rest:
            call.only("GET")
            return show(self._shown(found))
        call.only("POST")
        if found.asking is not None:
            found.asking.cancel()
        self._heard(found, TAKEN_BACK)
        return HttpResponse(204)

    def _heard(self, one: Asked, status: int) -> None:
        if self._asked.pop(one.id, None) is not None:
            one.state = "Connected" if status < 300 else "Disconnected"
            self._tell(one, "completed", status)

    def _tell(self, one: Asked, kind: str, status: int = 0) -> None:
        sender = self._place.reference("communication", "communication")
        link, shown = self._reference(one), self._shown(one)
        if kind == "started":
            self._place.tell(sender, "started", link, Urgency.HIGH, embedded=shown)
        elif status < 300:
            self._place.tell(sender, "completed", link, Urgency.HIGH, embedded=shown, status="Success")
        else:
            self._failed(one, reason_of(status))

    def _failed(self, one: Asked, why: Resource) -> None:
        sender = self._place.reference("communication", "communication")
        link, shown = self._reference(one), self._shown(one)
        self._place.tell(sender, "completed", link, Urgency.HIGH, embedded=shown, status="Failure", reason=why)

    def _reference(self, one: Asked) -> Reference:
        return self._place.reference("participantInvitation", "communication", _PATH, one.id)

    def _shown(self, one: Asked) -> Resource:
        here = self._reference(one).href
        links = {"self": here, "conversation": one.one.reference.href, "to": self._place.link("people", one.to)}
        if one.state == "Connecting":
            links["cancel"] = f"{here}/cancel"
        values = {
            "direction": "Outgoing",
            "operationId": one.operation,
            "state": one.state,
            "subject": one.one.subject,
            "threadId": one.one.id,
            "to": f"sip:{one.to}",
        }
        return resource("participantInvitation", links, {name: value for name, value in values.items() if value})
