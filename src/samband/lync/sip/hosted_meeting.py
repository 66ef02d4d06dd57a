"""A meeting that an endpoint in the server is in: its dialog with the focus, and its session with the chat."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from samband.lync.actions.im import DENIED, EJECTED, ENDED, Attendance, Led, Parting, Sent, Wish
from samband.lync.actions.rooms import Room
from samband.lync.sip.diagnostics import reason
from samband.lync.sip.hosted_asking import HostedAsking
from samband.lync.sip.hosted_session import HostedSession
from samband.lync.sip.media import media_type
from samband.model.conferences import Conference, Role, RosterChange
from samband.model.failures import Failure
from samband.wire.conference.addresses import ConferenceAddress, read_address
from samband.wire.conference.cccp import (
    AddUser,
    DeleteUser,
    ModifyUserRoles,
    Operation,
    SetLobbyAccess,
    write_request,
)
from samband.wire.conference.cccp_answers import read_answer
from samband.wire.conference.invitation import read_invitation
from samband.wire.conference.names import CCCP_TYPE, INVITATION_TYPE
from samband.wire.sip.address import uri_in
from samband.wire.sip.dialog import Dialog, answered, established
from samband.wire.sip.message import SipRequest, SipResponse, respond
from samband.wire.sip.uri import aor_of
from samband.wire.xml.reading import Malformed, SchemaViolation

if TYPE_CHECKING:
    from samband.lync.sip.hosted_endpoints import HostedEndpoint

_OPERATIONS: dict[Wish, Callable[[str, str], Operation]] = {
    "admit": lambda focus, user: SetLobbyAccess(focus, user, True),
    "reject": lambda focus, user: SetLobbyAccess(focus, user, False),
    "eject": DeleteUser,
    "promote": lambda focus, user: ModifyUserRoles(focus, user, Role.PRESENTER.value),
    "demote": lambda focus, user: ModifyUserRoles(focus, user, Role.ATTENDEE.value),
}
_FAILURES = {"unauthorized": "Forbidden", "conferenceDoesntExist": "NotFound"}
"""Reason of C3P -> failure code."""
_ROLE = "attendee"
"""What is asked for; the focus decides by what the organiser has set."""


class HostedMeeting:
    """See ``ImMeeting``."""

    def __init__(
        self, endpoint: HostedEndpoint, focus: ConferenceAddress, subject: str = "", offer: SipRequest | None = None
    ) -> None:
        """``offer`` is the INVITE of whoever asked the endpoint in, and ``subject`` what it says."""
        self._endpoint = endpoint
        self._offer = offer
        self._said = subject
        self.inviter = aor_of(uri_in(offer.headers["From"][0])) if offer is not None else ""
        self._focus = focus
        self._tag = endpoint.token()
        self._sent: SipRequest | None = None
        self._room: Room | None = None
        self._chat: HostedSession | None = None
        self._over = False
        self._why: Parting | None = None
        self._deaf = endpoint.rooms.listen(self._changed, self._ended)
        self.dialog: Dialog | None = None

    @classmethod
    def offered(cls, endpoint: HostedEndpoint, invite: SipRequest) -> HostedMeeting | None:
        """The meeting that an INVITE asks to; None where it asks for something else, or to no meeting."""
        if media_type(invite) != INVITATION_TYPE:
            return None
        try:
            invitation = read_invitation(invite.body)
        except (Malformed, SchemaViolation):
            return None
        focus = read_address(invitation.focus)
        if focus is None or focus.part != "focus" or not invitation.text:
            return None
        return cls(endpoint, focus, invitation.subject, invite)

    @property
    def address(self) -> str:
        """See ``ImMeeting``."""
        return str(self._focus)

    @property
    def subject(self) -> str:
        """See ``ImMeeting``."""
        return self._room.conference.terms.subject if self._room is not None else self._said

    @property
    def conference(self) -> Conference | None:
        """See ``ImMeeting``."""
        return self._room.conference if self._room is not None else None

    @property
    def organizer(self) -> str:
        """See ``ImMeeting``."""
        return self._focus.organizer

    @property
    def members(self) -> dict[str, Attendance]:
        """See ``ImMeeting``."""
        if self._room is None:
            return {}
        roster = self._room.roster
        return {
            at: Attendance(
                name=one.name,
                leads=one.role is Role.PRESENTER,
                waits=one.since is not None,
                writes=any(kind == "chat" for _, kind in one.sessions()),
            )
            for at, one in (*roster.members.items(), *roster.lobby.items())
        }

    # --- what its owner asks

    def join(self) -> None:
        """Ask the focus to be let in."""
        endpoint, focus = self._endpoint, str(self._focus)
        invite = endpoint.opening("INVITE", focus, self._tag)
        own = f"sip:{endpoint.address}"
        wanted = AddUser(focus, own, _ROLE, f"{{{endpoint.instance[10:-1]}}}", lobby=True)
        invite.put("Content-Type", CCCP_TYPE).body = write_request("1", own, focus, wanted).encode()
        self._sent = invite
        endpoint.ask(invite, self._heard)

    def accept(self) -> None:
        """See ``ImMeeting``."""
        offer, self._offer = self._offer, None
        if offer is not None:
            self._endpoint.drop(self)
            _Followed(self._endpoint, offer, self._tag)
            self._tag = self._endpoint.token()
            self.join()

    def decline(self) -> None:
        """See ``ImMeeting``."""
        self._refuse(603)
        self._close()

    def chat(self) -> HostedSession:
        """See ``ImMeeting``."""
        chat = str(self._focus.sibling("chat"))
        self._chat = HostedSession(self._endpoint, self._focus.organizer, "", ("", ""), chat)
        self._chat.invite()
        return self._chat

    def lead(self, wish: Wish, address: str, heard: Led) -> None:
        """See ``ImMeeting``."""
        if self.dialog is None:
            heard("NotFound")
            return
        own, focus = f"sip:{self._endpoint.address}", str(self._focus)
        operation = _OPERATIONS[wish](focus, f"sip:{address}")
        info = self.dialog.request("INFO", write_request("2", own, focus, operation).encode())
        self._endpoint.ask(info.put("Content-Type", CCCP_TYPE), lambda response: _led(response, heard))

    def ask(self, peer: str, heard: Sent) -> HostedAsking:
        """See ``ImMeeting``."""
        return HostedAsking(self._endpoint, peer, str(self._focus), self.subject, heard)

    def leave(self) -> None:
        """See ``ImMeeting``."""
        if self._chat is not None:
            self._chat.end()
        self.end()

    def end(self) -> None:
        """See ``hosted_endpoints.Dialogue``."""
        if not self._over:
            self._refuse(480)
            self._close()
            if self.dialog is not None:
                self._endpoint.ask(self.dialog.request("BYE"), None)

    # --- what is heard

    def ring(self) -> None:
        """Tell whoever asks that somebody is being asked."""
        if self._offer is not None:
            self._endpoint.reply(respond(self._offer, 180, tag=self._tag))

    def cancelled(self) -> None:
        """Whoever asked does not wait any longer, or another endpoint has answered."""
        self._refuse(487)
        self._finish(Parting(487))

    def asked(self, request: SipRequest) -> None:
        """A request of the focus within the dialog."""
        if self.dialog is None or not self.dialog.accepts(request):
            self._endpoint.reply(respond(request, 500, tag=self._tag))
        elif request.method == "BYE":
            self._endpoint.reply(respond(request, 200, tag=self._tag))
            self._finish(Parting(200))
        else:
            self._endpoint.reply(respond(request, 200 if request.method == "INFO" else 405, tag=self._tag))

    def _heard(self, response: SipResponse) -> None:
        if response.status < 200 or self._sent is None:
            return
        if response.status >= 300:
            self._finish(Parting(response.status, text=reason(response)))
            return
        self.dialog = established(self._sent, response)
        self._endpoint.ask(self.dialog.request("ACK"), None)
        if self._over:  # its owner left before it was let in
            self._endpoint.ask(self.dialog.request("BYE"), None)
            return
        self._endpoint.keep(self)
        try:
            self._room = self._endpoint.rooms.find(self._focus.organizer, self._focus.id)
        except Failure:
            self._finish(Parting(404))
            return
        if self._endpoint.address in self._room.roster.lobby:
            self._why = DENIED
            self._endpoint.hear.waits(self)
        else:
            self._endpoint.hear.joined(self)

    def _changed(self, room: Room, change: RosterChange) -> None:
        if room is not self._room:
            return
        own = self._endpoint.address
        if own in change.entered:
            self._why = None
            self._endpoint.hear.joined(self)
        elif own in change.left:
            self._why = self._why or EJECTED
        elif own not in room.roster.lobby:
            self._endpoint.hear.changed(self)

    def _ended(self, room: Room) -> None:
        if room is self._room:
            self._why = ENDED

    def _finish(self, parting: Parting) -> None:
        if not self._over:
            self._close()
            if self._chat is not None:
                self._chat.end()
            self._endpoint.hear.left(self, self._why or parting)

    def _refuse(self, status: int) -> None:
        offer, self._offer = self._offer, None
        if offer is not None:
            self._endpoint.reply(respond(offer, status, tag=self._tag))

    def _close(self) -> None:
        self._over = True
        self._deaf()
        self._endpoint.drop(self)


def _led(response: SipResponse, heard: Led) -> None:
    """Hand on what the focus says of a wish."""
    if response.status < 200:
        return
    if response.status >= 300:
        heard("NotFound" if response.status == 481 else "ServiceFailure")
        return
    try:
        answer = read_answer(response.body)
    except (Malformed, SchemaViolation):
        heard("ServiceFailure")
        return
    heard("" if answer.code == "success" else _FAILURES.get(answer.reason, "Forbidden"))


class _Followed:
    """The dialog of an invitation that was followed: nothing is said in it, and whoever asked ends it."""

    def __init__(self, endpoint: HostedEndpoint, offer: SipRequest, tag: str) -> None:
        self._endpoint = endpoint
        self.dialog: Dialog | None = answered(offer, tag)
        endpoint.keep(self)
        response = respond(offer, 200, tag=tag).put("Contact", f"<{endpoint.reached_at}>")
        if "Record-Route" in offer.headers:
            response.headers["Record-Route"] = offer.headers["Record-Route"]
        endpoint.reply(response)

    def asked(self, request: SipRequest) -> None:
        """See ``hosted_endpoints.Dialogue``."""
        self._endpoint.reply(respond(request, 200))
        if request.method == "BYE":
            self._endpoint.drop(self)

    def end(self) -> None:
        """See ``hosted_endpoints.Dialogue``."""
        self._endpoint.drop(self)
        if self.dialog is not None:
            self._endpoint.ask(self.dialog.request("BYE"), None)
