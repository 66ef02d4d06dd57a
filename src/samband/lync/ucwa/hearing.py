"""What an application hears of IM sessions and meetings, and what it tells its client of them."""

from __future__ import annotations

from collections.abc import Callable

from samband.lync.actions.im import NOT_THERE, ImMeeting, ImSession, Parting
from samband.lync.ucwa.channel import Urgency
from samband.lync.ucwa.conversation import Conversation
from samband.lync.ucwa.conversations import Conversations
from samband.lync.ucwa.invitations import meeting_invitation
from samband.lync.ucwa.part import Place
from samband.lync.ucwa.participants import Participants
from samband.wire.ucwa.events import Kind, Reference


class Hearing:
    """``ImListener`` of one application; ``formats`` are those of texts that its client takes."""

    def __init__(
        self,
        place: Place,
        conversations: Conversations,
        participants: Participants,
        formats: Callable[[], list[str]],
    ) -> None:
        self._place = place
        self._conversations = conversations
        self._participants = participants
        self._formats = formats
        self.gone = False
        """Whether the application is over: ended, or its endpoint signed out by the server."""

    @property
    def _sender(self) -> Reference:
        return self._place.reference("communication", "communication")

    def invited(self, session: ImSession) -> None:
        """See ``ImListener``."""
        if self._conversations.full:
            session.decline()
            return
        self._conversations.open(
            Conversation(
                place=self._place,
                id=self._place.verbs.token(),
                created=self._place.verbs.clock(),
                session=session,
                peer=session.peer,
                direction="Incoming",
                subject=session.subject,
                formats=self._formats(),
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
            self._conversations.messaging.said(one, sender, kind, text)

    def typed(self, session: ImSession, sender: str, active: bool) -> None:
        """See ``ImListener``."""
        one = self._conversations.of(session)
        if one is not None:
            self._conversations.messaging.typed(one, sender, active)

    def ended(self, session: ImSession, status: int) -> None:
        """See ``ImListener``."""
        one = self._conversations.of(session)
        if one is not None and one.meeting is not None:
            self._conversations.messaging.stop(one, status)
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
                id=self._place.verbs.token(),
                created=self._place.verbs.clock(),
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
            shown = meeting_invitation(one)
            self._place.tell(self._sender, "updated", one.joining_reference, Urgency.HIGH, embedded=shown)
            self._place.tell(self._sender, "updated", one.reference, Urgency.HIGH, embedded=one.overview())

    def joined(self, meeting: ImMeeting) -> None:
        """See ``ImListener``."""
        one = self._conversations.inside(meeting)
        if one is not None:
            one.state = "Conferenced"
            one.subject = one.subject or meeting.subject
            turning, one.turning = one.turning, None
            if turning is not None:
                turning.joined()
            else:
                link, shown = one.joining_reference, meeting_invitation(one)
                self._place.tell(self._sender, "completed", link, Urgency.HIGH, embedded=shown, status="Success")
            one.follow_media()
            self._meeting(one, "added")
            self._conversations.messaging.changed(one)
            self.changed(meeting)

    def changed(self, meeting: ImMeeting) -> None:
        """See ``ImListener``."""
        one = self._conversations.inside(meeting)
        if one is not None:
            self._participants.changed(one)
            self._meeting(one, "updated")
            if one.media is not None:
                one.media.changed()

    def _meeting(self, one: Conversation, kind: Kind) -> None:
        """Tell of the meeting itself, where it is not as it was told before."""
        shown = one.online_meeting()
        if shown != one.told_meeting:
            one.told_meeting = shown
            self._place.tell(one.reference, kind, one.meeting_reference, Urgency.HIGH, embedded=shown)

    def left(self, meeting: ImMeeting, parting: Parting) -> None:
        """See ``ImListener``."""
        one = self._conversations.inside(meeting)
        if one is not None and one.turning is not None:
            turning, one.turning = one.turning, None
            turning.refused(parting)
        elif one is not None:
            self._conversations.over(one, parting)

    def signed_out(self) -> None:
        """See ``ImListener``."""
        self.gone = True
        self._place.channel.close()
        for one in self._conversations:
            self._conversations.over(one, Parting(NOT_THERE))
