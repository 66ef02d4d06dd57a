"""What the proxy carries of calls and IM sessions, noted for whoever watches those who are in them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from samband.lync.actions.dialogs import Dialogs, Session
from samband.lync.actions.registration import End, Endpoint, Registrar
from samband.lync.sip.flow import Flow
from samband.lync.sip.im_session import is_im
from samband.lync.sip.inbound import Inbound
from samband.lync.sip.media import media_type
from samband.lync.sip.places import Way
from samband.wire.conference.names import INVITATION_TYPE
from samband.wire.sip.address import tag_in
from samband.wire.sip.message import SipResponse

Told = Callable[[SipResponse, Flow | None], None]
"""Told of each answer that goes to the caller, with the callee's flow where it is a 2xx."""


class DialogWatch:
    """Told by the proxy of invitations, their answers, and goodbyes."""

    def __init__(self, dialogs: Dialogs, registrar: Registrar[Way]) -> None:
        self._dialogs = dialogs
        registrar.listen(removed=self._signed_out)

    def invited(self, inbound: Inbound, callee: str) -> Told | None:
        """An INVITE goes to ``callee``; None where nothing new begins with it."""
        request = inbound.request
        if tag_in(request.headers["To"][0]) or not inbound.address or not callee:
            return None
        session = self._dialogs.begin(
            call_id=request.call_id,
            caller=inbound.address,
            caller_tag=tag_in(request.headers["From"][0]),
            callee=callee.lower(),
            is_im=is_im(request) or media_type(request) == INVITATION_TYPE,
            connection=inbound.flow.connection,
        )
        return None if session is None else partial(self._answered, session)

    def _answered(self, session: Session, response: SipResponse, flow: Flow | None) -> None:
        if response.status > 100:
            tag = tag_in(response.get("To") or "")
            self._dialogs.answered(session, response.status, tag, 0 if flow is None else flow.connection)

    def ended(self, inbound: Inbound) -> None:
        """A BYE goes through."""
        headers = inbound.request.headers
        tags = (tag_in(headers["From"][0]), tag_in(headers["To"][0]))
        self._dialogs.goodbye(inbound.request.call_id, tags, inbound.address)

    def _signed_out(self, endpoint: Endpoint[Way], end: End) -> None:
        # Who only came by another connection talks on.
        if end != "replaced":
            self._dialogs.lost(endpoint.way.flow.connection)
