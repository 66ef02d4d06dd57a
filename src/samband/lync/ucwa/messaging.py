"""``messaging`` of a conversation: texts both ways, typing, its beginning and end."""

from __future__ import annotations

from collections.abc import Callable

from samband.lync.actions.im import BUSY_HERE, DECLINED, NOT_THERE, TAKEN_BACK, TIMED_OUT, Parting
from samband.lync.ucwa import sides
from samband.lync.ucwa.call import LARGEST, Call, properties, show
from samband.lync.ucwa.channel import Urgency
from samband.lync.ucwa.conversation import Conversation
from samband.lync.ucwa.invitations import messaging_invitation
from samband.lync.ucwa.part import Place
from samband.wire.http import HttpResponse
from samband.wire.ucwa import inputs
from samband.wire.ucwa.errors import UcwaError
from samband.wire.ucwa.events import Kind, Reference, Status
from samband.wire.ucwa.messages import FORMATS, MOST_TEXT, read_first
from samband.wire.ucwa.resources import Resource, embedding, linking, resource

_REASONS = {
    DECLINED: ("RemoteFailure", "Declined", "The invitation was declined"),
    BUSY_HERE: ("RemoteFailure", "Busy", "The other side is busy"),
    NOT_THERE: ("RemoteFailure", "TemporarilyUnavailable", "Nobody is there"),
    403: ("Forbidden", "", "The meeting lets nobody in now, or not this one"),
    404: ("NotFound", "DestinationNotFound", "Nobody has this address"),
    503: ("ServiceFailure", "", "The server has too much to do, or you are too fast: wait a moment"),
    TIMED_OUT: ("Timeout", "Timeout", "Nobody has answered"),
    TAKEN_BACK: ("Informational", "Canceled", "The invitation was taken back, or answered elsewhere"),
}
"""Status of SIP -> code, subcode, sentence."""


class Messaging:
    """Serves what is below ``messaging`` of every conversation; ``over`` ends a conversation of two."""

    def __init__(self, place: Place, over: Callable[[Conversation, int], None]) -> None:
        self._place = place
        self._over = over

    # --- requests

    def serve(self, call: Call, one: Conversation, words: list[str]) -> HttpResponse:
        """Answer one request. Raises ``UcwaError``."""
        if not words:
            call.only("GET")
            return show(one.messaging())
        if words == ["typingparticipants"]:
            call.only("GET")
            links = {"self": call.link(*one.here, "messaging", "typingParticipants")}
            typing = [sides.other(one, address) for address in one.typing]
            return show(embedding(resource("typingParticipants", links), {"participant": typing}))
        if len(words) != 1 or words[0] not in ("messages", "typing", "terminate", "addmessaging"):
            raise UcwaError("NotFound", "There is nothing at this address")
        call.only("POST")
        if words[0] == "addmessaging":
            return self._add(call, one)
        if one.talk != "Connected" or one.session is None:
            raise UcwaError("Conflict", "The conversation is not connected")
        if words[0] == "messages":
            return self._send(call, one)
        if words[0] == "typing":
            one.session.typing(True)
        else:
            one.session.end()
            if one.meeting is None:
                self._over(one, 200)
            else:
                self.stop(one, 200)
        return HttpResponse(204)

    def _add(self, call: Call, one: Conversation) -> HttpResponse:
        """Take part in the chat of a meeting."""
        if one.meeting is None or one.state != "Conferenced" or one.talk != "Disconnected":
            raise UcwaError("Conflict", "Messaging cannot be added now")
        body = properties(call.request)
        one.operation = inputs.text(body, "operationId", 128)
        one.first = read_first(body)
        one.session, one.talk = one.meeting.chat(), "Connecting"
        link = one.invitation_reference
        self._place.tell(self._communication, "started", link, Urgency.HIGH, embedded=messaging_invitation(one))
        self.changed(one)
        return HttpResponse(201, [("Location", link.href)])

    def _send(self, call: Call, one: Conversation) -> HttpResponse:
        kind, text = _text(call)
        asked = inputs.parameters(call.request.query)
        operation = inputs.text(asked, "operationId" if "operationid" in asked else "operationContext", 128)
        return HttpResponse(201, [("Location", self._say(one, kind, text, operation))])

    def _say(self, one: Conversation, kind: str, text: str, operation: str) -> str:
        """Send a text, and tell what becomes of it; where it is."""
        one.messages += 1
        shown = one.message(one.messages, "Outgoing", kind, text, operation)
        link = Reference("message", shown["_links"]["self"]["href"])
        self._place.tell(one.reference, "started", link, Urgency.HIGH, embedded=shown)

        def heard(status: int) -> None:
            fine = status < 300
            word: Status = "Success" if fine else "Failure"
            reason = None if fine else reason_of(status)
            told = shown
            if not fine and one.meeting is None:
                told = linking(shown, "failedDeliveryParticipant", [one.participant_reference(one.peer).href])
            tell = self._place.tell
            tell(one.reference, "completed", link, Urgency.HIGH, embedded=told, status=word, reason=reason)

        if one.session is not None:
            one.session.say(kind, text, heard)
        return link.href

    # --- what happens

    def connected(self, one: Conversation) -> None:
        """The other side has accepted, or this one."""
        one.talk = "Connected"
        self._completed(one, 200)
        self._pair(one, "added")
        self.changed(one)
        (kind, text), one.first = one.first, ("", "")
        if text:
            self._say(one, kind, text, one.operation)

    def stop(self, one: Conversation, status: int) -> None:
        """Messaging is over, or did not come about."""
        before, one.talk = one.talk, "Disconnected"
        for address in list(one.typing):
            self.typed(one, address, False)
        if before == "Connecting":
            self._completed(one, status)
        elif before == "Connected":
            self._pair(one, "deleted")
        self.changed(one)

    @staticmethod
    def _pair(one: Conversation, kind: Kind) -> None:
        """In a conversation of two both write or neither does; in a meeting its roster tells."""
        for address in (one.place.address, one.peer) if one.meeting is None else ():
            sides.tell_writing(one, address, kind)

    def said(self, one: Conversation, sender: str, kind: str, text: str) -> None:
        """Somebody has written."""
        self.typed(one, sender, False)
        one.messages += 1
        shown = one.message(one.messages, "Incoming", kind, text, sender=sender)
        link = Reference("message", shown["_links"]["self"]["href"])
        self._place.tell(one.reference, "completed", link, Urgency.HIGH, embedded=shown, status="Success")

    def typed(self, one: Conversation, address: str, active: bool) -> None:
        """Somebody types, or no longer does."""
        if (address in one.typing) is active or (active and address not in one.others):
            return
        if active:
            one.typing[address] = None
        else:
            del one.typing[address]
        within = self._place.reference("typingParticipants", *one.here, "messaging", "typingParticipants")
        kind: Kind = "added" if active else "deleted"
        self._place.tell(one.reference, kind, one.participant_reference(address), Urgency.HIGH, within=within)

    def changed(self, one: Conversation) -> None:
        """Tell what the messaging, and with it the conversation, is now."""
        tell = self._place.tell
        tell(one.reference, "updated", one.messaging_reference, Urgency.HIGH, embedded=one.messaging())
        tell(self._communication, "updated", one.reference, Urgency.HIGH, embedded=one.overview())

    @property
    def _communication(self) -> Reference:
        return self._place.reference("communication", "communication")

    def _completed(self, one: Conversation, status: int) -> None:
        if one.unasked:
            one.unasked = False
            return
        fine = status < 300
        self._place.tell(
            self._communication,
            "completed",
            one.invitation_reference,
            Urgency.HIGH,
            embedded=messaging_invitation(one),
            status="Success" if fine else "Failure",
            reason=None if fine else reason_of(status),
        )


def _text(call: Call) -> tuple[str, str]:
    """Type and text of a message that is sent. Raises ``UcwaError``."""
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
    return kind, text


def parted(parting: Parting) -> Resource | None:
    """Why somebody is not in a meeting; None where they have just left."""
    if parting.status < 300:
        return {"code": "Informational", "subcode": parting.word, "message": parting.text} if parting.word else None
    found = reason_of(parting.status)
    told = {"subcode": parting.word, "message": parting.text}
    return found | {name: value for name, value in told.items() if value}


def reason_of(status: int) -> Resource:
    """Why something came to nothing."""
    code, subcode, message = _REASONS.get(status, ("RemoteFailure", "", f"The other side answered {status}"))
    return {"code": code, "subcode": subcode, "message": message} if subcode else {"code": code, "message": message}
