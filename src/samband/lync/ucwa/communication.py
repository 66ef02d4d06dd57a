"""``communication``: conversations, invitations to them both ways, and what is heard of them."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Generic, TypeVar

from samband.lync.actions.im import DECLINED, TAKEN_BACK, ImListener, Parting
from samband.lync.ucwa import relay_token
from samband.lync.ucwa.beginnings import Beginnings
from samband.lync.ucwa.call import Call, properties, show
from samband.lync.ucwa.channel import Urgency
from samband.lync.ucwa.conversation import Conversation
from samband.lync.ucwa.conversation_logs import PastConversations
from samband.lync.ucwa.conversations import Conversations
from samband.lync.ucwa.escalation import Escalation
from samband.lync.ucwa.hearing import Hearing
from samband.lync.ucwa.invitations import meeting_invitation, messaging_invitation
from samband.lync.ucwa.inviting import Inviting
from samband.lync.ucwa.owner import Owner
from samband.lync.ucwa.part import Place
from samband.lync.ucwa.participants import Participants
from samband.wire.http import HttpResponse
from samband.wire.ucwa import inputs
from samband.wire.ucwa.errors import UcwaError
from samband.wire.ucwa.events import Reference
from samband.wire.ucwa.messages import FORMATS
from samband.wire.ucwa.resources import Resource, changeable, embedding, resource

W = TypeVar("W", bound=Owner)


class Communication(Generic[W]):
    """Serves what is below ``communication``; ``owner`` makes whoever hears of sessions."""

    def __init__(self, place: Place, owner: Callable[[ImListener], W]) -> None:
        self._place = place
        self._conversations = Conversations(place)
        self._messaging = self._conversations.messaging
        self._inviting = Inviting(place)
        self._participants = Participants(place, self._messaging.typed)
        self._hearing = Hearing(place, self._conversations, self._participants, lambda: self.me.formats)
        self.me: W = owner(self._hearing)
        self.me.changed = self._changed
        self._beginnings = Beginnings(place, self.me, self._conversations)
        self._escalation = Escalation(place, self.me, self._inviting)
        logs = place.verbs.logs if not place.of_guest else None
        self._past = (
            PastConversations(place, logs, self._beginnings.go_on, self._may_begin, self._changed)
            if logs is not None
            else None
        )

    @property
    def gone(self) -> bool:
        """Whether the application is over: ended, or its endpoint signed out by the server."""
        return self._hearing.gone

    @property
    def reference(self) -> Reference:
        return self._place.reference("communication", "communication")

    @property
    def overview(self) -> Resource:
        """The resource itself: whoever is not available yet can begin nothing."""
        here = self._place.link("communication")
        links = {"self": here, "conversations": f"{here}/conversations?filter=active"}
        if self._past is not None:
            links |= self._past.links()
        if self.me.endpoint is not None and self.me.modalities:
            if self._may_begin():
                links["startMessaging"] = f"{here}/messagingInvitations"
                links["startOnlineMeeting"] = f"{here}/onlineMeetingInvitations?onlineMeetingUri=adhoc"
            if self._place.verbs.relay is not None and not self._place.of_guest:
                links[relay_token.REL] = f"{here}/{relay_token.REL}"
            links["joinOnlineMeeting"] = f"{here}/onlineMeetingInvitations"
        values = {
            "conversationHistory": "Enabled" if "conversationLogs" in links else "Disabled",
            "supportedModalities": self.me.modalities,
            "supportedMessageFormats": self.me.formats,
        }
        return changeable(resource("communication", links, values), _version(links, values))

    def _may_begin(self) -> bool:
        """Whether the owner may ask somebody for a conversation now."""
        return self.me.endpoint is not None and bool(self.me.modalities) and self.me.calls

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
            case ["mediarelayaccesstoken"] if self._place.verbs.relay is not None and not self._place.of_guest:
                call.only("GET")
                return show(relay_token.relay_token(self._place, self._place.verbs.relay))
            case ["conversationlogs", *rest] if self._past is not None:
                return await self._past.serve(call, rest)
            case ["misseditems"] if self._past is not None:
                return await self._past.missed(call)
            case ["messaginginvitations"]:
                call.only("POST")
                return self._beginnings.start(call)
            case ["onlinemeetinginvitations"]:
                call.only("POST")
                return await self._beginnings.join(call)
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
            call.check_version(body, self.overview["etag"])
            formats = inputs.words(body, "supportedMessageFormats", 8)
            known = {word.lower(): word for word in FORMATS}
            if any(word.lower() not in known for word in formats):
                raise inputs.wrong("supportedMessageFormats", f"not of {', '.join(FORMATS)}")
            if formats:
                self.me.formats = [known[word.lower()] for word in formats]
            self._changed()
            return HttpResponse(204)
        call.only("GET", "PUT")
        return show(self.overview)

    def _invitation(self, call: Call, one: Conversation, rest: list[str], *, joining: bool) -> HttpResponse:
        if not rest:
            call.only("GET")
            return show(meeting_invitation(one) if joining else messaging_invitation(one))
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
            case ["addparticipant"] if one.meeting is None:
                return await self._escalation.ask(call, one)
            case ["addparticipant"]:
                return self._inviting.ask(call, one)
            case ["enableaudiencemutelock" | "disableaudiencemutelock" as lock] if one.media is not None:
                return await one.media.lock(call, locked=lock.startswith("enable"))
            case ["onlinemeeting"] if one.meeting is not None:
                call.only("GET")
                return show(one.online_meeting())
        found = await self._participants.serve(call, one, rest)
        if found is not None:
            return found
        raise UcwaError("NotFound", "There is nothing at this address")

    def _changed(self) -> None:
        shown = self.overview
        self._place.tell(self.reference, "updated", self.reference, Urgency.MEDIUM, embedded=shown)

    # --- its end

    def rest(self) -> None:
        """Nobody asks for events any more: end every conversation, and tell nothing here."""
        self._conversations.forget()

    def signed_out(self) -> None:
        """The server ends it."""
        self._hearing.signed_out()

    def close(self) -> None:
        """Nobody is here any more."""
        self._hearing.gone = True
        if self._past is not None:
            self._past.close()
        self._conversations.forget()
        self.me.close()


def _version(*parts: object) -> str:
    return sha256(repr(parts).encode("utf-8", "replace")).hexdigest()[:16]
