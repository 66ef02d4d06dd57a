"""``communication``: conversations of two, invitations to them both ways, and their messages."""

from __future__ import annotations

from samband.lync.actions.im import DECLINED, TIMED_OUT, ImSession
from samband.lync.ucwa.call import LARGEST, Call, properties, show
from samband.lync.ucwa.channel import Urgency
from samband.lync.ucwa.conversation import Conversation
from samband.lync.ucwa.me import Me
from samband.lync.ucwa.part import Place
from samband.wire.http import HttpResponse
from samband.wire.ucwa import inputs
from samband.wire.ucwa.errors import UcwaError
from samband.wire.ucwa.events import Kind, Reference, Status
from samband.wire.ucwa.messages import FORMATS, MOST_TEXT, read_invitation
from samband.wire.ucwa.resources import Resource, changeable, embedding, resource

MOST = 64
"""Most conversations of an application at one time."""
_REASONS = {
    DECLINED: ("RemoteFailure", "Declined", "The invitation was declined"),
    486: ("RemoteFailure", "Busy", "The other side is busy"),
    480: ("RemoteFailure", "TemporarilyUnavailable", "Nobody is there"),
    404: ("NotFound", "DestinationNotFound", "Nobody has this address"),
    TIMED_OUT: ("Timeout", "Timeout", "Nobody has answered"),
    487: ("Informational", "Canceled", "The invitation was taken back, or answered elsewhere"),
}


class Communication:
    """Serves what is below ``communication``, and hears of sessions (``ImListener``)."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._verbs = place.verbs
        self._conversations: dict[str, Conversation] = {}
        self._version = 1
        self.me: Me = Me(place, self)
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
            links["startMessaging"] = f"{here}/messagingInvitations"
        values = {"supportedModalities": self.me.modalities, "supportedMessageFormats": self.me.formats}
        return changeable(resource("communication", links, values), str(self._version))

    # --- requests

    async def serve(self, call: Call) -> HttpResponse:
        """Answer one request. Raises ``UcwaError``."""
        match [call.rest[1].lower() if len(call.rest) > 1 else "", *call.rest[2:]]:
            case [""]:
                return self._own(call)
            case ["conversations"]:
                call.only("GET")
                found = [one.overview() for one in self._conversations.values()]
                own = resource("conversations", {"self": call.link("communication", "conversations")})
                return show(embedding(own, {"conversation": found}))
            case ["messaginginvitations"]:
                call.only("POST")
                return self._start(call)
            case ["messaginginvitations", id, *rest]:
                return self._invitation(call, self._found(id), [word.lower() for word in rest])
            case ["conversations", id, *rest]:
                return self._conversation(call, self._found(id), [word.lower() for word in rest])
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
        endpoint = self.me.endpoint
        if endpoint is None or not self.me.modalities:
            raise UcwaError("Conflict", "Nobody is available here for messaging", "MakeMeAvailableRequired")
        asked = read_invitation(properties(call.request), call.request.body)
        if len(self._conversations) >= MOST:
            raise UcwaError("Conflict", f"There are at most {MOST} conversations")
        if asked.to == call.person.sip.lower():
            raise inputs.wrong("to", "the owner of the application")
        session = endpoint.invite(asked.to, asked.subject, asked.kind, asked.text)
        made = Conversation(
            place=self._place,
            id=self._verbs.token(),
            session=session,
            direction="Outgoing",
            subject=asked.subject,
            importance=asked.importance,
            operation=asked.operation,
            context=asked.context,
            formats=self.me.formats,
        )
        self._opened(made)
        return HttpResponse(201, [("Location", made.invitation_reference.href)])

    def _invitation(self, call: Call, one: Conversation, rest: list[str]) -> HttpResponse:
        if not rest:
            call.only("GET")
            return show(one.invitation())
        incoming = one.direction == "Incoming"
        if len(rest) != 1 or rest[0] not in (("accept", "decline") if incoming else ("cancel",)):
            raise UcwaError("NotFound", "There is nothing at this address")
        call.only("POST")
        if one.state != "Connecting":
            raise UcwaError("Conflict", "The invitation is over")
        if rest[0] == "accept":
            one.session.accept()
            self._joined(one)
        else:
            (one.session.decline if incoming else one.session.end)()
            self._over(one, DECLINED if incoming else 487)
        return HttpResponse(204)

    def _conversation(self, call: Call, one: Conversation, rest: list[str]) -> HttpResponse:
        own = self._place.person.sip.lower()
        match rest:
            case []:
                if call.method == "DELETE":
                    one.session.end()
                    self._over(one, 200)
                    return HttpResponse(204)
                call.only("DELETE", "GET")
                return show(one.overview())
            case ["participants"]:
                call.only("GET")
                found = resource("participants", {"self": call.link(*one.here, "participants")})
                return show(embedding(found, {"participant": [one.participant(True), one.participant()]}))
            case ["participants", address] if address in (own, one.session.peer):
                call.only("GET")
                return show(one.participant(address == own))
            case ["messaging", *words]:
                return self._messaging(call, one, words)
        raise UcwaError("NotFound", "There is nothing at this address")

    def _messaging(self, call: Call, one: Conversation, words: list[str]) -> HttpResponse:
        if not words:
            call.only("GET")
            return show(one.messaging())
        if words == ["typingparticipants"]:
            call.only("GET")
            links = {"self": call.link(*one.here, "messaging", "typingParticipants")}
            typing = [one.participant()] if one.typing else []
            return show(embedding(resource("typingParticipants", links), {"participant": typing}))
        if len(words) != 1 or words[0] not in ("messages", "typing", "terminate"):
            raise UcwaError("NotFound", "There is nothing at this address")
        call.only("POST")
        if one.state != "Connected":
            raise UcwaError("Conflict", "The conversation is not connected")
        if words[0] == "messages":
            return self._send(call, one)
        if words[0] == "typing":
            one.session.typing(True)
        else:
            one.session.end()
            self._over(one, 200)
        return HttpResponse(204)

    def _send(self, call: Call, one: Conversation) -> HttpResponse:
        kind = call.request.headers.get("Content-Type").partition(";")[0].strip().lower()
        if kind not in FORMATS.values():
            raise UcwaError("UnsupportedMediaType", f"A message is {' or '.join(FORMATS.values())}")
        if len(call.request.body) > min(MOST_TEXT, LARGEST):
            raise UcwaError("EntityTooLarge", "The message is too long")
        try:
            text = call.request.body.decode()
        except UnicodeDecodeError:
            raise UcwaError("BadRequest", "The message is not UTF-8", "DeserializationFailure") from None
        if not text:
            raise inputs.wrong("message", "missing")
        operation = inputs.text(inputs.parameters(call.request.query), "operationContext", 128)
        one.messages += 1
        shown = one.message(one.messages, "Outgoing", kind, text, operation)
        link = Reference("message", shown["_links"]["self"]["href"])
        self._place.tell(one.reference, "started", link, Urgency.HIGH, embedded=shown)

        def heard(status: int) -> None:
            fine = status < 300
            reason = None if fine else _reason(status)
            word: Status = "Success" if fine else "Failure"
            self._place.tell(one.reference, "completed", link, Urgency.HIGH, embedded=shown, status=word, reason=reason)

        one.session.say(kind, text, heard)
        return HttpResponse(201, [("Location", link.href)])

    def _found(self, id: str) -> Conversation:
        found = self._conversations.get(id)
        if found is None:
            raise UcwaError("NotFound", "There is no such conversation")
        return found

    # --- what is heard of sessions

    def invited(self, session: ImSession) -> None:
        """See ``ImListener``."""
        if len(self._conversations) >= MOST:
            session.decline()
            return
        self._opened(
            Conversation(
                place=self._place,
                id=self._verbs.token(),
                session=session,
                direction="Incoming",
                subject=session.subject,
                formats=self.me.formats,
            )
        )

    def began(self, session: ImSession) -> None:
        """See ``ImListener``."""
        one = self._of(session)
        if one is not None:
            self._joined(one)

    def said(self, session: ImSession, kind: str, text: str) -> None:
        """See ``ImListener``."""
        one = self._of(session)
        if one is not None:
            self._typing(one, False)
            one.messages += 1
            shown = one.message(one.messages, "Incoming", kind, text)
            link = Reference("message", shown["_links"]["self"]["href"])
            self._place.tell(one.reference, "completed", link, Urgency.HIGH, embedded=shown, status="Success")

    def typed(self, session: ImSession, active: bool) -> None:
        """See ``ImListener``."""
        one = self._of(session)
        if one is not None:
            self._typing(one, active)

    def ended(self, session: ImSession, status: int) -> None:
        """See ``ImListener``."""
        one = self._of(session)
        if one is not None:
            self._over(one, status)

    def signed_out(self) -> None:
        """See ``ImListener``."""
        self.gone = True
        self._place.channel.close()
        for one in list(self._conversations.values()):
            self._over(one, 480)

    def close(self) -> None:
        """Nobody is here any more."""
        self.gone = True
        self.me.close()
        self._conversations.clear()

    # --- within

    def _of(self, session: ImSession) -> Conversation | None:
        return next((one for one in self._conversations.values() if one.session is session), None)

    def _opened(self, one: Conversation) -> None:
        self._conversations[one.id] = one
        tell = self._place.tell
        shown = one.invitation()
        tell(self.reference, "started", one.invitation_reference, Urgency.HIGH, embedded=shown)
        tell(self.reference, "added", one.reference, Urgency.HIGH, embedded=one.overview())
        tell(one.reference, "added", one.local_reference, Urgency.HIGH, embedded=one.participant(True))
        tell(one.reference, "added", one.participant_reference, Urgency.HIGH, embedded=one.participant())
        tell(one.reference, "updated", one.messaging_reference, Urgency.HIGH, embedded=one.messaging())

    def _joined(self, one: Conversation) -> None:
        one.state = "Connected"
        self._completed(one, 200)
        self._changed(one)

    def _over(self, one: Conversation, status: int) -> None:
        self._conversations.pop(one.id, None)
        before, one.state = one.state, "Disconnected"
        self._typing(one, False)
        if before == "Connecting":
            self._completed(one, status)
        self._changed(one)
        self._place.tell(self.reference, "deleted", one.reference, Urgency.HIGH)

    def _completed(self, one: Conversation, status: int) -> None:
        self._place.tell(
            self.reference,
            "completed",
            one.invitation_reference,
            Urgency.HIGH,
            embedded=one.invitation(),
            status="Success" if status < 300 else "Failure",
            reason=None if status < 300 else _reason(status),
        )

    def _changed(self, one: Conversation) -> None:
        messaging, shown = one.messaging_reference, one.messaging()
        self._place.tell(one.reference, "updated", messaging, Urgency.HIGH, embedded=shown)
        self._place.tell(self.reference, "updated", one.reference, Urgency.HIGH, embedded=one.overview())

    def _typing(self, one: Conversation, active: bool) -> None:
        if one.typing is not active:
            one.typing = active
            within = self._place.reference("typingParticipants", *one.here, "messaging", "typingParticipants")
            kind: Kind = "added" if active else "deleted"
            self._place.tell(one.reference, kind, one.participant_reference, Urgency.HIGH, within=within)


def _reason(status: int) -> Resource:
    code, subcode, message = _REASONS.get(status, ("RemoteFailure", "", f"The other side answered {status}"))
    return {"code": code, "subcode": subcode, "message": message} if subcode else {"code": code, "message": message}
