"""A conversation of two or in a meeting as resources: its messaging, its participants, what began it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from samband.lync.actions.im import HTML, Attendance, ImMeeting, ImSession, Parting
from samband.lync.ucwa.audio_video import AudioVideo
from samband.lync.ucwa.part import Place
from samband.lync.ucwa.participant_media import ParticipantMedia
from samband.model.guests import is_guest
from samband.model.rich_text import harmless
from samband.wire.ucwa.errors import UcwaError
from samband.wire.ucwa.events import Reference
from samband.wire.ucwa.messages import message_link
from samband.wire.ucwa.resources import Resource, resource, write_date

State = Literal["Connecting", "InLobby", "Connected", "Conferencing", "Conferenced", "Disconnected"]
Direction = Literal["Incoming", "Outgoing"]


class Turning(Protocol):
    """What becomes of a conversation of two that is to be a meeting."""

    def joined(self) -> None:
        """Its owner is in."""
        ...

    def refused(self, parting: Parting) -> None:
        """The meeting did not come about."""
        ...


@dataclass(slots=True, eq=False, kw_only=True)
class Conversation:
    """One of an application. ``operation`` and ``context`` are the client's names for its invitation and for itself.

    ``peer`` is ``user@domain`` of the other of two, or of whoever asked its owner into a meeting. In a meeting the
    messaging is begun by itself.
    """

    place: Place
    id: str
    direction: Direction
    subject: str
    peer: str = ""
    session: ImSession | None = None
    meeting: ImMeeting | None = None
    importance: str = "Normal"
    operation: str = ""
    context: str = ""
    thread: str = ""
    """The client's name for what is spoken of over several conversations; empty: this one's own."""
    created: datetime = field(kw_only=True)
    state: State = "Connecting"
    talk: State = "Connecting"
    """Of its messaging."""
    typing: dict[str, None] = field(default_factory=dict)
    """Addresses of those who type."""
    others: dict[str, Attendance] = field(default_factory=dict)
    """Who else is in, by address, as the client was told."""
    own_part: Attendance = field(default_factory=Attendance)
    """The owner's in a meeting."""
    messages: int = 0
    turning: Turning | None = None
    """While it is on its way from two to a meeting."""
    unasked: bool = False
    """Whether its messaging begins by itself: no invitation is told of."""
    first: tuple[str, str] = ("", "")
    """Type and text of what is said in a meeting once its messaging is there."""
    formats: list[str] = field(default_factory=lambda: ["Plain"])
    media: ParticipantMedia | None = None
    """Who has sound and pictures, once its owner is in a meeting."""
    told_meeting: Resource = field(default_factory=dict)
    """Its ``onlineMeeting``, as the client was told."""
    _audio_video: AudioVideo | None = None

    def audio_video(self) -> AudioVideo:
        """The sound and pictures of a meeting one is in. Raises ``UcwaError`` where there is none."""
        if self.meeting is None or self.state != "Conferenced":
            raise UcwaError("NotFound", "There is audio and video in meetings alone, for those who are in")
        if self._audio_video is None:
            self._audio_video = AudioVideo(self.place, self.reference, self.meeting, self.here)
        return self._audio_video

    def follow_media(self) -> None:
        """Its owner is in the meeting."""
        if self.meeting is not None and self.media is None:
            self.media = ParticipantMedia(self.place, self.meeting, self)

    def end_media(self) -> None:
        """The conversation is over."""
        if self.media is not None:
            self.media.close()
            self.media = None
        if self._audio_video is not None:
            self._audio_video.close()
            self._audio_video = None

    def close(self) -> None:
        """End it from this side."""
        if self.meeting is not None:
            self.meeting.leave()
        if self.session is not None and (self.meeting is None or self.turning is not None):
            self.session.end()

    def decline(self) -> None:
        """Refuse the invitation to it."""
        if self.meeting is not None:
            self.meeting.decline()
        elif self.session is not None:
            self.session.decline()

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
        """What began the messaging of two."""
        return self.place.reference("messagingInvitation", "communication", "messagingInvitations", self.id)

    @property
    def joining_reference(self) -> Reference:
        """What began the part in a meeting."""
        return self.place.reference("onlineMeetingInvitation", "communication", "onlineMeetingInvitations", self.id)

    @property
    def meeting_reference(self) -> Reference:
        """The meeting it is a part in."""
        return self.place.reference("onlineMeeting", *self.here, "onlineMeeting")

    def participant_reference(self, address: str) -> Reference:
        """Another side."""
        return self.place.reference("participant", *self.here, "participants", address)

    @property
    def local_reference(self) -> Reference:
        """This side."""
        return self.place.reference("localParticipant", *self.here, "participants", self.place.address)

    def participant_of(self, address: str) -> Reference:
        """Either."""
        return self.local_reference if address == self.place.address else self.participant_reference(address)

    # --- resources

    @property
    def leads(self) -> bool:
        """Whether its owner is a presenter."""
        return self.own_part.leads

    @property
    def may_invite(self) -> bool:
        """Whether its owner may ask others into its meeting, which a conversation of two becomes by that."""
        return self.state in ("Conferenced", "Connected") and not self.place.of_guest

    def overview(self) -> Resource:
        """``conversation``."""
        links = {
            "self": self.reference.href,
            "messaging": self.messaging_reference.href,
            "participants": self.place.link(*self.here, "participants"),
            "localParticipant": self.local_reference.href,
        }
        if self.meeting is not None:
            links["onlineMeeting"] = self.place.link(*self.here, "onlineMeeting")
            links["audioVideo"] = self.place.link(*self.here, "audioVideo")
            links |= {view: self.place.link(*self.here, view) for view in ("attendees", "leaders", "lobby")}
        if self.may_invite:
            links["addParticipant"] = self.place.link(*self.here, "addParticipant")
        values: dict[str, object] = {
            "state": self.state,
            "activeModalities": ["Messaging"] if self.talk == "Connected" else [],
            "audienceMessaging": "Disabled",
            "importance": self.importance,
            "subject": self.subject,
            "threadId": self.thread or self.id,
            "created": write_date(self.created),
            "participantCount": 1 + len(self.others),
            "recording": False,
        }
        if self.media is not None and self.media.available:
            values["audienceMute"] = "Enabled" if self.media.locked else "Disabled"
            if self.leads:
                lock = ("disable" if self.media.locked else "enable") + "AudienceMuteLock"
                links[lock] = self.place.link(*self.here, lock)
        return resource("conversation", links, values)

    def online_meeting(self) -> Resource:
        """``onlineMeeting``: the meeting that this conversation is a part in."""
        links = {
            "self": self.place.link(*self.here, "onlineMeeting"),
            "conversation": self.reference.href,
            "audioVideo": self.place.link(*self.here, "audioVideo"),
        }
        organizer = self.meeting.organizer if self.meeting is not None else ""
        person = self.place.verbs.directory.by_sip(organizer)
        values: dict[str, object] = {
            "onlineMeetingUri": self.meeting.address if self.meeting is not None else "",
            "organizerName": person.displayName if person is not None else "",
            "organizerUri": f"sip:{organizer}",
            "subject": self.meeting.subject if self.meeting is not None else self.subject,
        }
        known = self.meeting.conference if self.meeting is not None else None
        if known is not None:
            values |= {
                "accessLevel": known.terms.access.value,
                "automaticLeaderAssignment": known.terms.leader_assignment.value,
                "joinUrl": self.place.verbs.links.url(organizer, known.id),
                "onlineMeetingId": known.id,
            }
        if person is not None and not self.place.of_guest:
            links["organizer"] = self.place.link("people", organizer)
        return resource("onlineMeeting", links, values)

    def messaging(self) -> Resource:
        """``messaging``: a link that is missing cannot be done now."""
        reference = self.messaging_reference
        links = {"self": reference.href, "conversation": self.reference.href}
        if self.talk == "Connected":
            links |= {
                "sendMessage": f"{reference.href}/messages",
                "setIsTyping": f"{reference.href}/typing",
                "stopMessaging": f"{reference.href}/terminate",
                "typingParticipants": f"{reference.href}/typingParticipants",
            }
        elif self.talk == "Disconnected" and self.state == "Conferenced":
            links["addMessaging"] = f"{reference.href}/addMessaging"
        return resource("messaging", links, {"state": self.talk, "negotiatedMessageFormats": self.formats})

    def message(
        self, number: int, direction: Direction, kind: str, text: str, operation: str = "", sender: str = ""
    ) -> Resource:
        """``message``; ``sender`` is who wrote one that came in."""
        incoming = direction == "Incoming"
        links = {
            "self": f"{self.messaging_reference.href}/messages/{number}",
            "messaging": self.messaging_reference.href,
            "participant": (self.participant_reference(sender) if incoming else self.local_reference).href,
        }
        if incoming and not (self.place.of_guest or is_guest(sender)):
            links["contact"] = self.place.link("people", sender)
        values = {"direction": direction, "timeStamp": write_date(self.place.verbs.clock())}
        found = resource("message", links, {**values, "operationId": operation} if operation else values)
        found["_links"] |= text_link(kind, text)
        return found


def text_link(kind: str, text: str) -> Resource:
    """A text among the links of a message: pages show it, so that HTML must be harmless."""
    return message_link(kind, harmless(text) if kind == HTML else text)
