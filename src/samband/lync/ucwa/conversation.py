"""A conversation of two as resources: its messaging, its participants, the invitation that began it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from samband.lync.actions.im import ImSession
from samband.lync.ucwa.part import Place
from samband.wire.ucwa.events import Reference
from samband.wire.ucwa.messages import FORMATS, message_link
from samband.wire.ucwa.resources import Resource, embedding, resource, write_date

State = Literal["Connecting", "Connected", "Disconnected"]
Direction = Literal["Incoming", "Outgoing"]


@dataclass(slots=True, eq=False, kw_only=True)
class Conversation:
    """One of an application. ``operation`` and ``context`` are the client's names for its invitation and for itself."""

    place: Place
    id: str
    session: ImSession
    direction: Direction
    subject: str
    importance: str = "Normal"
    operation: str = ""
    context: str = ""
    state: State = "Connecting"
    typing: bool = False
    messages: int = 0
    formats: list[str] = field(default_factory=lambda: ["Plain"])

    # --- where things are

    @property
    def here(self) -> tuple[str, ...]:
        """The words of its path."""
        return ("communication", "conversations", self.id)

    @property
    def reference(self) -> Reference:
        return self.place.reference("conversation", *self.here)

    @property
    def messaging_reference(self) -> Reference:
        return self.place.reference("messaging", *self.here, "messaging")

    @property
    def invitation_reference(self) -> Reference:
        return self.place.reference("messagingInvitation", "communication", "messagingInvitations", self.id)

    @property
    def participant_reference(self) -> Reference:
        """The other side."""
        return self.place.reference("participant", *self.here, "participants", self.session.peer)

    @property
    def local_reference(self) -> Reference:
        """This side."""
        own = self.place.person.sip.lower()
        return self.place.reference("localParticipant", *self.here, "participants", own)

    # --- resources

    def overview(self) -> Resource:
        """``conversation``."""
        links = {
            "self": self.reference.href,
            "messaging": self.messaging_reference.href,
            "participants": self.place.link(*self.here, "participants"),
            "localParticipant": self.local_reference.href,
        }
        values = {
            "state": self.state,
            "activeModalities": ["Messaging"] if self.state == "Connected" else [],
            "audienceMessaging": "Disabled",
            "importance": self.importance,
            "subject": self.subject,
            "threadId": self.id,
        }
        return resource("conversation", links, values)

    def messaging(self) -> Resource:
        """``messaging``: a link that is missing cannot be done now."""
        reference = self.messaging_reference
        links = {"self": reference.href, "conversation": self.reference.href}
        if self.state == "Connected":
            links |= {
                "sendMessage": f"{reference.href}/messages",
                "setIsTyping": f"{reference.href}/typing",
                "stopMessaging": f"{reference.href}/terminate",
                "typingParticipants": f"{reference.href}/typingParticipants",
            }
        return resource("messaging", links, {"state": self.state, "negotiatedMessageFormats": self.formats})

    def invitation(self) -> Resource:
        """``messagingInvitation``."""
        here = self.invitation_reference.href
        incoming = self.direction == "Incoming"
        links = {
            "self": here,
            "conversation": self.reference.href,
            "messaging": self.messaging_reference.href,
            "from" if incoming else "to": self.participant_reference.href if incoming else self._contact,
        }
        if self.state == "Connecting":
            links |= (
                {"accept": f"{here}/accept", "decline": f"{here}/decline"} if incoming else {"cancel": f"{here}/cancel"}
            )
        values: dict[str, object] = {
            "direction": self.direction,
            "importance": self.importance,
            "operationId": self.operation,
            "sessionContext": self.context,
            "state": self.state,
            "subject": self.subject,
            "threadId": self.id,
            "to": f"sip:{self.place.person.sip if incoming else self.session.peer}",
        }
        found = resource("messagingInvitation", links, {name: value for name, value in values.items() if value})
        kind, text = self.session.first
        if text:
            found["_links"]["message"] = message_link(kind, text).popitem()[1]
        return embedding(found, {"from": self.participant()} if incoming else {})

    @property
    def _contact(self) -> str:
        return self.place.link("people", self.session.peer)

    def participant(self, own: bool = False) -> Resource:
        """One of the two."""
        reference = self.local_reference if own else self.participant_reference
        address = self.place.person.sip.lower() if own else self.session.peer
        person = self.place.verbs.directory.by_sip(address)
        links = {"self": reference.href, "conversation": self.reference.href}
        if not own:
            links["contact"] = self._contact
        values = {
            "name": person.displayName if person is not None else address,
            "uri": f"sip:{address}",
            "local": own,
            "sourceNetwork": "SameEnterprise" if person is not None else "Federated",
        }
        return resource("localParticipant" if own else "participant", links, values)

    def message(self, number: int, direction: Direction, kind: str, text: str, operation: str = "") -> Resource:
        """``message``."""
        links = {
            "self": f"{self.messaging_reference.href}/messages/{number}",
            "messaging": self.messaging_reference.href,
            "participant": (self.participant_reference if direction == "Incoming" else self.local_reference).href,
        }
        if direction == "Incoming":
            links["contact"] = self._contact
        values = {"direction": direction, "timeStamp": write_date(self.place.verbs.clock())}
        found = resource("message", links, {**values, "operationId": operation} if operation else values)
        found["_links"] |= message_link(kind, text)
        return found

    @property
    def kinds(self) -> tuple[str, ...]:
        """Types of text that the client speaks."""
        return tuple(FORMATS[word] for word in self.formats)
