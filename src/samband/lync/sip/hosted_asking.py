"""An invitation to a meeting, by an endpoint that lives in the server: asked, answered, and the dialog is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samband.lync.actions.im import Sent
from samband.wire.conference.invitation import InvitationDocument, write_invitation
from samband.wire.conference.names import INVITATION_TYPE
from samband.wire.sip.dialog import established
from samband.wire.sip.message import SipResponse

if TYPE_CHECKING:
    from samband.lync.sip.hosted_endpoints import HostedEndpoint


class HostedAsking:
    """See ``ImAsking``."""

    def __init__(self, endpoint: HostedEndpoint, peer: str, focus: str, subject: str, heard: Sent) -> None:
        self._endpoint = endpoint
        self._heard = heard
        self._over = False
        self._invite = endpoint.opening("INVITE", f"sip:{peer}", endpoint.token())
        self._invite.put("Content-Type", INVITATION_TYPE)
        self._invite.body = write_invitation(InvitationDocument(focus, subject)).encode("utf-8", "replace")
        self._branch = endpoint.ask(self._invite, self._answered)

    def cancel(self) -> None:
        """See ``ImAsking``."""
        if not self._over:
            self._endpoint.cancel(self._branch)

    def _answered(self, response: SipResponse) -> None:
        if response.status < 200 or self._over:
            return
        self._over = True
        if response.status < 300:
            dialog = established(self._invite, response)
            self._endpoint.ask(dialog.request("ACK"), None)
            self._endpoint.ask(dialog.request("BYE"), None)
        self._heard(200 if response.status < 300 else response.status)
