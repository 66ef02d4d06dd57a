"""A conversation of two becomes a meeting, when one of them asks somebody else in.

The meeting is made on the spot; its maker enters it, leaves the session of two, and asks both others to come.
"""

from __future__ import annotations

from samband.lync.actions.im import ImMeeting, Parting
from samband.lync.ucwa import sides
from samband.lync.ucwa.call import Call
from samband.lync.ucwa.channel import Urgency
from samband.lync.ucwa.conversation import Conversation
from samband.lync.ucwa.inviting import Asked, Inviting
from samband.lync.ucwa.owner import Owner
from samband.lync.ucwa.part import Place
from samband.model.conferences import Terms
from samband.wire.conference.addresses import ConferenceAddress
from samband.wire.http import HttpResponse
from samband.wire.ucwa.errors import UcwaError


class Escalation:
    """Of all conversations of one application."""

    def __init__(self, place: Place, owner: Owner, inviting: Inviting) -> None:
        self._place = place
        self._owner = owner
        self._inviting = inviting

    async def ask(self, call: Call, one: Conversation) -> HttpResponse:
        """Serve ``addParticipant`` of a conversation of two. Raises ``UcwaError`` and ``Failure``."""
        call.only("POST")
        if one.state != "Connected" or not one.may_invite:
            raise UcwaError("Forbidden", "Nobody can be asked in from here")
        asked = self._inviting.begin(call, one)
        try:
            meeting = await self._meeting(call, one)
        except BaseException:
            # Also where whoever asked waits no longer: the invitation must not stay for ever.
            self._inviting.fail(asked)
            raise
        if one.state != "Connected":
            meeting.leave()
            self._inviting.fail(asked)
            raise UcwaError("Conflict", "The conversation is over")
        self._tell_writing(one, added=False)
        one.meeting, one.state, one.turning = meeting, "Conferencing", _Turning(self, one, asked)
        self._changed(one)
        return self._inviting.made(asked)

    async def _meeting(self, call: Call, one: Conversation) -> ImMeeting:
        endpoint = self._owner.endpoint
        if endpoint is None:
            raise UcwaError("Conflict", "Nobody is available here for messaging", "MakeMeAvailableRequired")
        conference = await self._place.verbs.conferences.add(call.person, Terms(subject=one.subject), listed=False)
        focus = ConferenceAddress(call.person.sip.lower(), "focus", conference.id)
        return await self._owner.join(endpoint, str(focus), {})

    def enter(self, one: Conversation, asked: Asked) -> None:
        """The meeting stands: speak there, and have the others come."""
        if one.meeting is None:
            return
        before, one.session = one.session, one.meeting.chat()
        one.talk, one.unasked, one.others = "Connecting", True, {}
        self._place.tell(one.reference, "deleted", one.participant_reference(one.peer), Urgency.HIGH)
        if before is not None:
            before.end()
        one.meeting.ask(one.peer, lambda _status: None)
        self._inviting.send(asked)

    def give_up(self, one: Conversation, asked: Asked) -> None:
        """There is no meeting: two they are, as before."""
        one.meeting, one.state = None, "Connected"
        self._inviting.fail(asked)
        self._tell_writing(one, added=True)
        self._changed(one)

    def _tell_writing(self, one: Conversation, *, added: bool) -> None:
        for address in (self._place.address, one.peer):
            sides.tell_writing(one, address, "added" if added else "deleted")

    def _changed(self, one: Conversation) -> None:
        communication = self._place.reference("communication", "communication")
        self._place.tell(communication, "updated", one.reference, Urgency.HIGH, embedded=one.overview())


class _Turning:
    """See ``conversation.Turning``."""

    def __init__(self, escalation: Escalation, one: Conversation, asked: Asked) -> None:
        self._escalation = escalation
        self._one = one
        self._asked = asked

    def joined(self) -> None:
        """See ``Turning``."""
        self._escalation.enter(self._one, self._asked)

    def refused(self, parting: Parting) -> None:
        """See ``Turning``."""
        self._escalation.give_up(self._one, self._asked)
