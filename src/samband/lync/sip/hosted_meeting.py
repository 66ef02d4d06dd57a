"""A meeting that an endpoint in the server is in: its dialog with the focus, and its session with the chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samband.lync.actions.rooms import Room
from samband.lync.sip.hosted_session import HostedSession
from samband.model.conferences import RosterChange
from samband.model.failures import Failure
from samband.wire.conference.addresses import ConferenceAddress
from samband.wire.conference.cccp import AddUser, write_request
from samband.wire.conference.names import CCCP_TYPE
from samband.wire.sip.dialog import Dialog, established
from samband.wire.sip.message import SipRequest, SipResponse, respond

if TYPE_CHECKING:
    from samband.lync.sip.hosted_endpoints import HostedEndpoint

_ROLE = "attendee"
"""What is asked for; the focus decides by what the organiser has set."""


class HostedMeeting:
    """See ``ImMeeting``."""

    def __init__(self, endpoint: HostedEndpoint, focus: ConferenceAddress) -> None:
        self._endpoint = endpoint
        self._focus = focus
        self._tag = endpoint.token()
        self._sent: SipRequest | None = None
        self._room: Room | None = None
        self._chat: HostedSession | None = None
        self._over = False
        self._deaf = endpoint.rooms.listen(self._changed)
        self.dialog: Dialog | None = None

    @property
    def address(self) -> str:
        """See ``ImMeeting``."""
        return str(self._focus)

    @property
    def subject(self) -> str:
        """See ``ImMeeting``."""
        return self._room.conference.terms.subject if self._room is not None else ""

    @property
    def members(self) -> dict[str, str]:
        """See ``ImMeeting``."""
        roster = self._room.roster.members if self._room is not None else {}
        return {address: member.name for address, member in roster.items()}

    # --- what its owner asks

    def join(self) -> None:
        """Ask the focus to be let in."""
        endpoint, focus = self._endpoint, str(self._focus)
        invite = endpoint.opening("INVITE", focus, self._tag)
        own = f"sip:{endpoint.address}"
        wanted = AddUser(focus, own, _ROLE, f"{{{endpoint.instance[10:-1]}}}")
        invite.put("Content-Type", CCCP_TYPE).body = write_request("1", own, focus, wanted).encode()
        self._sent = invite
        endpoint.ask(invite, self._heard)

    def chat(self) -> HostedSession:
        """See ``ImMeeting``."""
        chat = str(self._focus.sibling("chat"))
        self._chat = HostedSession(self._endpoint, self._focus.organizer, "", ("", ""), chat)
        self._chat.invite()
        return self._chat

    def leave(self) -> None:
        """See ``ImMeeting``."""
        if self._chat is not None:
            self._chat.end()
        self.end()

    def end(self) -> None:
        """See ``hosted_endpoints.Dialogue``."""
        if not self._over:
            self._close()
            if self.dialog is not None:
                self._endpoint.ask(self.dialog.request("BYE"), None)

    # --- what is heard

    def asked(self, request: SipRequest) -> None:
        """A request of the focus within the dialog."""
        if self.dialog is None or not self.dialog.accepts(request):
            self._endpoint.reply(respond(request, 500, tag=self._tag))
        elif request.method == "BYE":
            self._endpoint.reply(respond(request, 200, tag=self._tag))
            self._finish(200)
        else:
            self._endpoint.reply(respond(request, 200 if request.method == "INFO" else 405, tag=self._tag))

    def _heard(self, response: SipResponse) -> None:
        if response.status < 200 or self._sent is None:
            return
        if response.status >= 300:
            self._finish(response.status)
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
            self._finish(404)
            return
        self._endpoint.hear.joined(self)

    def _changed(self, room: Room, change: RosterChange) -> None:
        if room is self._room and self._endpoint.address not in change.left:
            self._endpoint.hear.changed(self)

    def _finish(self, status: int) -> None:
        if not self._over:
            self._close()
            if self._chat is not None:
                self._chat.end()
            self._endpoint.hear.left(self, status)

    def _close(self) -> None:
        self._over = True
        self._deaf()
        self._endpoint.drop(self)
