"""How conversations begin from this side: asking somebody for one of two, and a meeting to be let in."""

from __future__ import annotations

from typing import Any

from samband.lync.actions.im import ImEndpoint
from samband.lync.ucwa.call import Call, properties
from samband.lync.ucwa.conversation import Conversation
from samband.lync.ucwa.conversations import MOST, Conversations
from samband.lync.ucwa.owner import Owner
from samband.lync.ucwa.part import Place
from samband.model.conferences import Terms
from samband.wire.conference.addresses import ConferenceAddress
from samband.wire.http import HttpResponse
from samband.wire.ucwa import inputs
from samband.wire.ucwa.errors import UcwaError
from samband.wire.ucwa.messages import IMPORTANCES, read_invitation

_WORDS = {"subject": 256, "operationId": 128, "sessionContext": 128, "threadId": 256}
"""Words of a request to join, and how long they may be."""
_AD_HOC = "adhoc"
"""Instead of a meeting's address: a new one."""


class Beginnings:
    """Of the conversations of one application."""

    def __init__(self, place: Place, owner: Owner, conversations: Conversations) -> None:
        self._place = place
        self._verbs = place.verbs
        self._owner = owner
        self._conversations = conversations

    def start(self, call: Call) -> HttpResponse:
        """Ask somebody for a conversation of two. Raises ``UcwaError``."""
        return self._start(call, properties(call.request))

    def go_on(self, call: Call, to: str, subject: str, thread: str) -> HttpResponse:
        """The same for one that goes on with a past one. Raises ``UcwaError``."""
        known = {"to": to, "subject": subject[: _WORDS["subject"]], "threadid": thread[: _WORDS["threadId"]]}
        return self._start(call, properties(call.request) | known)

    def _start(self, call: Call, body: dict[str, Any]) -> HttpResponse:
        endpoint = self._endpoint()
        if not self._owner.calls:
            raise UcwaError("Forbidden", "A guest begins no conversations", "AnonymousNotAllowed")
        asked = read_invitation(body)
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
            thread=asked.thread,
            created=self._verbs.clock(),
            formats=self._owner.formats,
        )
        self._conversations.open(made)
        return HttpResponse(201, [("Location", made.invitation_reference.href)])

    def _endpoint(self) -> ImEndpoint:
        endpoint = self._owner.endpoint
        if endpoint is None or not self._owner.modalities:
            raise UcwaError("Conflict", "Nobody is available here for messaging", "MakeMeAvailableRequired")
        if self._conversations.full:
            raise UcwaError("Conflict", f"There are at most {MOST} conversations", "TooManyConversations")
        return endpoint

    async def join(self, call: Call) -> HttpResponse:
        """Ask a meeting to be let in, one of the owner's that is made for it where none is named.

        Messaging is added to the conversation later, by its own link.
        """
        endpoint = self._endpoint()
        body = properties(call.request)
        focus = inputs.text(body, "onlineMeetingUri", 512, needed=True).removeprefix("conf:")
        words = {name: inputs.text(body, name, longest) for name, longest in _WORDS.items()}
        importance = inputs.one_of(body, "importance", IMPORTANCES) or "Normal"
        if focus.lower() == _AD_HOC:
            focus = await self._made(call, words["subject"])
        meeting = await self._owner.join(endpoint, focus, body)
        made = Conversation(
            place=self._place,
            id=self._verbs.token(),
            meeting=meeting,
            direction="Outgoing",
            subject=words["subject"],
            importance=importance,
            operation=words["operationId"],
            context=words["sessionContext"],
            thread=words["threadId"],
            created=self._verbs.clock(),
            talk="Disconnected",
            formats=["Plain"],
        )
        self._conversations.enter(made)
        return HttpResponse(201, [("Location", made.joining_reference.href)])

    async def _made(self, call: Call, subject: str) -> str:
        """A meeting made on the spot: the address of its focus. Raises ``UcwaError`` and ``Failure``."""
        if not self._owner.calls:
            raise UcwaError("Forbidden", "A guest makes no meetings", "AnonymousNotAllowed")
        made = await self._verbs.conferences.add(call.person, Terms(subject=subject), listed=False)
        return str(ConferenceAddress(call.person.sip.lower(), "focus", made.id))
