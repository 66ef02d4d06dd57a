"""``communication``: conversations, invitations to them both ways, and what is heard of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from samband.lync.actions.im import (
    DECLINED,
    NOT_THERE,
    TAKEN_BACK,
    ImEndpoint,
    ImListener,
    ImMeeting,
    ImSession,
    Parting,
)
from samband.lync.ucwa.call import Call, properties, show
from samband.lync.ucwa.channel import Urgency
from samband.lync.ucwa.conversation import Conversation
from samband.lync.ucwa.conversations import MOST, Conversations
from samband.lync.ucwa.inviting import Inviting
from samband.lync.ucwa.owner import Owner
from samband.lync.ucwa.part import Place
from samband.lync.ucwa.participants import Participants
from samband.wire.http import HttpResponse
from samband.wire.ucwa import inputs
from samband.wire.ucwa.errors import UcwaError
from samband.wire.ucwa.events import Reference
from samband.wire.ucwa.messages import FORMATS, IMPORTANCES, read_invitation
from samband.wire.ucwa.resources import Resource, changeable, embedding, resource

_WORDS = {"subject": 256, "operationId": 128, "sessionContext": 128}
"""Words of a request to join, and how long they may be."""
W = TypeVar("W", bound=Owner)


class Communication(Generic[W]):
    """Serves what is below ``communication``, and hears of sessions (``ImListener``)."""

    def __init__(self, place: Place, owner: Callable[[ImListener], W]) -> None:
        self._place = place
        self._verbs = place.verbs
        self._conversations = Conversations(place)
        self._messaging = self._conversations.messaging
        self._inviting = Inviting(place)
        self._participants = Participants(place, self._messaging.typed)
        self._version = 1
        self.me: W = owner(self)
        self.gone = False
        """Whether the application is over: ended, or its endpoint signed out by the server."""

    @property
    def reference(self) -> Reference:
        return self._place.reference("communication", "communication")

    @property
    def overview(self) -> Resource:
        """The resource itself: whoever is not available yet can begin nothing."""
        here = self._place.link("communication")
        links = {"self": here, "conversations": f"{here}/conversations?filter=active"}
        if self.me.endpoint is not None and self.me.modalities:
            if self.me.calls:
                links["startMessaging"] = f"{here}/messagingInvitations"
            links["joinOnlineMeeting"] = f"{here}/onlineMeetingInvitations"
        values = {"supportedModalities": self.me.modalities, "supportedMessageFormats": self.me.formats}
        return changeable(resource("communication", links, values), str(self._version))

    @property
    def busy(self) -> bool:
        """Whether there is any conversation."""
        return bool(len(self._conversations))

    # --- requests

    async def serve(self, call: Call) -> HttpResponse:
        """Answer one request. Raises ``UcwaError``."""
        match [call.rest[1].lower() if len(call.rest) > 1 else "", *call.rest[2:]]:
            case [""]:
                return self._own(call)
            case ["conversations"]:
                call.only("GET")
                all_of_them = [one.overview() for one in self._conversations]
                own = resource("conversations", {"self": call.link("communication", "conversations")})
                return show(embedding(own, {"conversation": all_of_them}))
            case ["messaginginvitations"]:
                call.only("POST")
                return self._start(call)
            case ["onlinemeetinginvitations"]:
                call.only("POST")
                return await self._join(call)
            case ["messaginginvitations" | "onlinemeetinginvitations" as kind, id, *rest]:
                one = self._conversations.found(id)
                joining = kind == "onlinemeetinginvitations"
                if joining and one.meeting is None:
                    raise UcwaError("NotFound", "There is no such invitation")
                return self._invitation(call, one, [word.lower() for word in rest], joining=joining)
            case ["conversations", id, part, *rest] if part.lower() == "audiovideo":
                audio_video = self._conversations.found(id).audio_video()
                return await audio_video.serve(call, [word.lower() for word in rest])
            case ["participantinvitations", id, *rest]:
                return self._inviting.serve(call, id, [word.lower() for word in rest])
            case ["conversations", id, *rest]:
                found = self._conversations.found(id)
                return await self._conversation(call, found, [word.lower() for word in rest])
        raise UcwaError("NotFound", "There is nothing at this address")

    def _own(self, call: Call) -> HttpResponse:
        if call.method == "PUT":
            body = properties(call.request)
            call.check_version(body, str(self._version))
            formats = inputs.words(body, "supportedMessageFormats", 8)
            known = {word.lower(): word for word in FORMATS}
            if any(word.lower() not in known for word in formats):
                raise inputs.wrong("supportedMessageFormats", f"not of {', '.join(FORMATS)}")
            if formats:
                self.me.formats = [known[word.lower()] for word in formats]
            self._version += 1
            self._place.tell(self.reference, "updated", self.reference, Urgency.LOW)
            return HttpResponse(204)
        call.only("GET", "PUT")
        return show(self.overview)

    def _start(self, call: Call) -> HttpResponse:
        endpoint = self._endpoint()
        if not self.me.calls:
            raise UcwaError("Forbidden", "A guest begins no conversations")
        asked = read_invitation(properties(call.request), call.request.body)
        if asked.to == call.person.sip.lower():
            raise inputs.wrong("to", "the owner of the application")
        session = endpoint.invite(asked.to, asked.subject, asked.kind, asked.text)
        made = Conversation(
            place=self._place,
            id=self._verbs.token(),
            session=session,
            peer=asked.to,
            direction="Outgoing",
            subject=asked.subject,
            importance=asked.importance,
            operation=asked.operation,
            context=asked.context,
            formats=self.me.formats,
        )
        self._conversations.open(made)
        return HttpResponse(201, [("Location", made.invitation_reference.href)])

    def _endpoint(self) -> ImEndpoint:
        endpoint = self.me.endpoint
        if endpoint is None or not self.me.modalities:
            raise UcwaError("Conflict", "Nobody is available here for messaging", "MakeMeAvailableRequired")
        if self._conversations.full:
            raise UcwaError("Conflict", f"There are at most {MOST} conversations")
        return endpoint

    async def _join(self, call: Call) -> HttpResponse:
        """Ask a meeting to be let in; messaging is added to the conversation later, by its own link."""
        endpoint = self._endpoint()
        body = properties(call.request)
        focus = inputs.text(body, "onlineMeetingUri", 512, needed=True).removeprefix("conf:")
        words = {name: inputs.text(body, name, longest) for name, longest in _WORDS.items()}
        importance = inputs.one_of(body, "importance", IMPORTANCES) or "Normal"
        meeting = await self.me.join(endpoint, focus, body)
        made = Conversation(
            place=self._place,
            id=self._verbs.token(),
            meeting=meeting,
            direction="Outgoing",
            subject=words["subject"],
            importance=importance,
            operation=words["operationId"],
            context=words["sessionContext"],
            talk="Disconnected",
            formats=["Plain"],
        )
        self._conversations.enter(made)
        return HttpResponse(201, [("Location", made.joining_reference.href)])

    def _invitation(self, call: Call, one: Conversation, rest: list[str], *, joining: bool) -> HttpResponse:
        if not rest:
            call.only("GET")
            return show(one.joining() if joining else one.invitation())
        incoming = one.direction == "Incoming" and (joining or one.meeting is None)
        if len(rest) != 1 or rest[0] not in (("accept", "decline") if incoming else ("cancel",)):
            raise UcwaError("NotFound", "There is nothing at this address")
        call.only("POST")
        if (one.state if joining else one.talk) not in ("Connecting", "InLobby"):
            raise UcwaError("Conflict", "The invitation is over")
        if rest[0] == "accept" and one.meeting is not None:
            one.meeting.accept()
        elif rest[0] == "accept" and one.session is not None:
            one.session.accept()
            self._conversations.connected(one)
        elif rest[0] == "decline":
            one.decline()
            self._conversations.over(one, Parting(DECLINED))
        elif joining or one.meeting is None:
            one.close()
            self._conversations.over(one, Parting(TAKEN_BACK))
        else:
            self._messaging.stop(one, TAKEN_BACK)
        return HttpResponse(204)

    async def _conversation(self, call: Call, one: Conversation, rest: list[str]) -> HttpResponse:
        match rest:
            case []:
                if call.method == "DELETE":
                    one.close()
                    self._conversations.over(one, Parting(200))
                    return HttpResponse(204)
                call.only("DELETE", "GET")
                return show(one.overview())
            case ["messaging", *words]:
                return self._messaging.serve(call, one, words)
            case ["addparticipant"]:
                return self._inviting.ask(call, one)
            case ["onlinemeeting"] if one.meeting is not None:
                call.only("GET")
                return show(one.online_meeting())
        found = await self._participants.serve(call, one, rest)
        if found is not None:
            return found
        raise UcwaError("NotFound", "There is nothing at this address")

    # --- what is heard

    def invited(self, session: ImSession) -> None:
        """See ``ImListener``."""
        if self._conversations.full:
            session.decline()
            return
        self._conversations.open(
            Conversation(
                place=self._place,
                id=self._verbs.token(),
                session=session,
                peer=session.peer,
                direction="Incoming",
                subject=session.subject,
                formats=self.me.formats,
            )
        )

    def began(self, session: ImSession) -> None:
        """See ``ImListener``."""
        one = self._conversations.of(session)
        if one is not None:
            self._conversations.connected(one)

    def said(self, session: ImSession, sender: str, kind: str, text: str) -> None:
        """See ``ImListener``."""
        one = self._conversations.of(session)
        if one is not None:
            self._messaging.said(one, sender, kind, text)

    def typed(self, session: ImSession, sender: str, active: bool) -> None:
        """See ``ImListener``."""
        one = self._conversations.of(session)
        if one is not None:
            self._messaging.typed(one, sender, active)

    def ended(self, session: ImSession, status: int) -> None:
        """See ``ImListener``."""
        one = self._conversations.of(session)
        if one is not None and one.meeting is not None:
            self._messaging.stop(one, status)
        elif one is not None:
            self._conversations.over(one, Parting(status))

    def asked_in(self, meeting: ImMeeting) -> None:
        """See ``ImListener``."""
        if self._conversations.full:
            meeting.decline()
            return
        self._conversations.enter(
            Conversation(
                place=self._place,
                id=self._verbs.token(),
                meeting=meeting,
                peer=meeting.inviter,
                direction="Incoming",
                subject=meeting.subject,
                talk="Disconnected",
            )
        )

    def waits(self, meeting: ImMeeting) -> None:
        """See ``ImListener``."""
        one = self._conversations.inside(meeting)
        if one is not None:
            one.state = "InLobby"
            shown = one.joining()
            self._place.tell(self.reference, "updated", one.joining_reference, Urgency.HIGH, embedded=shown)
            self._place.tell(self.reference, "updated", one.reference, Urgency.HIGH, embedded=one.overview())

    def joined(self, meeting: ImMeeting) -> None:
        """See ``ImListener``."""
        one = self._conversations.inside(meeting)
        if one is not None:
            one.state = "Conferenced"
            one.subject = one.subject or meeting.subject
            link, shown = one.joining_reference, one.joining()
            self._place.tell(self.reference, "completed", link, Urgency.HIGH, embedded=shown, status="Success")
            self._messaging.changed(one)
            self.changed(meeting)

    def changed(self, meeting: ImMeeting) -> None:
        """See ``ImListener``."""
        one = self._conversations.inside(meeting)
        if one is not None:
            self._participants.changed(one)

    def left(self, meeting: ImMeeting, parting: Parting) -> None:
        """See ``ImListener``."""
        one = self._conversations.inside(meeting)
        if one is not None:
            self._conversations.over(one, parting)

    def signed_out(self) -> None:
        """See ``ImListener``."""
        self.gone = True
        self._place.channel.close()
        for one in self._conversations:
            self._conversations.over(one, Parting(NOT_THERE))

    def close(self) -> None:
        """Nobody is here any more."""
        self.gone = True
        self._conversations.forget()
        self.me.close()
