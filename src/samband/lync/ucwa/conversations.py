"""The conversations of an application: what there is, and how each begins and ends."""

from __future__ import annotations

from collections.abc import Iterator

from samband.lync.actions.im import Attendance, ImMeeting, ImSession, Parting
from samband.lync.ucwa import sides
from samband.lync.ucwa.channel import Urgency
from samband.lync.ucwa.conversation import Conversation
from samband.lync.ucwa.invitations import meeting_invitation, messaging_invitation
from samband.lync.ucwa.messaging import Messaging, parted
from samband.lync.ucwa.part import Place
from samband.wire.ucwa.errors import UcwaError
from samband.wire.ucwa.events import Reference

MOST = 64
"""Most conversations of an application at one time."""


class Conversations:
    """All of one application; ``messaging`` serves what is spoken in them."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._all: dict[str, Conversation] = {}
        self.messaging = Messaging(place, lambda one, status: self.over(one, Parting(status)))

    def __iter__(self) -> Iterator[Conversation]:
        return iter(list(self._all.values()))

    def __len__(self) -> int:
        return len(self._all)

    @property
    def full(self) -> bool:
        """Whether there may be no more."""
        return len(self._all) >= MOST

    @property
    def _sender(self) -> Reference:
        return self._place.reference("communication", "communication")

    def found(self, id: str) -> Conversation:
        """One by its id. Raises ``UcwaError``."""
        found = self._all.get(id)
        if found is None:
            raise UcwaError("NotFound", "There is no such conversation")
        return found

    def of(self, session: ImSession) -> Conversation | None:
        """The one that speaks in a session."""
        return next((one for one in self._all.values() if one.session is session), None)

    def inside(self, meeting: ImMeeting) -> Conversation | None:
        """The one that is a part in a meeting."""
        return next((one for one in self._all.values() if one.meeting is meeting), None)

    def open(self, one: Conversation) -> None:
        """A conversation of two begins."""
        self._all[one.id] = one
        one.others = {one.peer: Attendance()}
        tell, peer = self._place.tell, one.participant_reference(one.peer)
        tell(self._sender, "started", one.invitation_reference, Urgency.HIGH, embedded=messaging_invitation(one))
        tell(self._sender, "added", one.reference, Urgency.HIGH, embedded=one.overview())
        tell(one.reference, "added", one.local_reference, Urgency.HIGH, embedded=sides.own(one))
        tell(one.reference, "added", peer, Urgency.HIGH, embedded=sides.other(one, one.peer))
        tell(one.reference, "updated", one.messaging_reference, Urgency.HIGH, embedded=one.messaging())

    def enter(self, one: Conversation) -> None:
        """A part in a meeting begins, by one's own wish or somebody else's."""
        self._all[one.id] = one
        tell = self._place.tell
        tell(self._sender, "started", one.joining_reference, Urgency.HIGH, embedded=meeting_invitation(one))
        tell(self._sender, "added", one.reference, Urgency.HIGH, embedded=one.overview())
        tell(one.reference, "added", one.local_reference, Urgency.HIGH, embedded=sides.own(one))

    def connected(self, one: Conversation) -> None:
        """Both sides have accepted."""
        if one.meeting is None:
            one.state = "Connected"
        self.messaging.connected(one)

    def over(self, one: Conversation, parting: Parting) -> None:
        """A conversation is no more."""
        status, reason = parting.status, parted(parting)
        self._all.pop(one.id, None)
        one.end_media()
        before, one.state = one.state, "Disconnected"
        if one.meeting is not None and before in ("Connecting", "InLobby"):
            link, shown = one.joining_reference, meeting_invitation(one)
            tell = self._place.tell
            tell(self._sender, "completed", link, Urgency.HIGH, embedded=shown, status="Failure", reason=reason)
        self.messaging.stop(one, status)
        self._place.tell(self._sender, "deleted", one.reference, Urgency.HIGH, reason=reason)

    def forget(self) -> None:
        """End them all, and tell nobody: the application is over."""
        for one in self:
            one.end_media()
            one.close()
        self._all.clear()
