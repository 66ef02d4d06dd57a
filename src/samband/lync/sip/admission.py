"""Who sends a request, and what finds that out."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Protocol

from msgspec import Struct

from samband.lync.sip.flow import Flow, Visitor
from samband.model.people import Person
from samband.trust.sip.association import SecurityAssociation
from samband.wire.sip.dialog import Dialog
from samband.wire.sip.message import SipMessage, SipRequest, SipResponse


class Admitted(Struct, frozen=True):
    """Who sent a request.

    ``person`` is None for visitors, and for the ACK of a plain client, which nobody may challenge; ``association`` is
    None for clients that sign nothing.
    """

    person: Person | None
    association: SecurityAssociation | None = None
    visitor: Visitor | None = None
    """Somebody of another organisation, or a guest."""


Verdict = Admitted | SipResponse | None
"""A response: the complete answer that the request gets instead of being served. None: it is dropped without one."""


class Gate(Protocol):
    """What the router needs of ``lync.sip.security.Guard``."""

    def inspect(self, request: SipRequest, flow: Flow) -> Verdict | Coroutine[Any, Any, Verdict]:
        """Who is speaking, or the complete answer (401, 403, ...) that the request gets instead.

        Whoever is let in is the one From names.
        At once where nothing must be waited for (a signed request), else something to await (a handshake).
        """
        ...

    def hear(self, response: SipResponse, flow: Flow) -> bool:
        """Whether the response of a client that has made associations may be believed."""
        ...

    def seal(self, message: SipMessage, association: SecurityAssociation) -> object:
        """Sign a message that goes to the holder of ``association``; changes its header fields in place."""
        ...

    def proof(self, dialog: Dialog, method: str, association: SecurityAssociation) -> str:
        """The line that signs the latest request within ``dialog``, where it is put together elsewhere."""
        ...
