"""Who sent a request, once that is known."""

from __future__ import annotations

from msgspec import Struct

from samband.lync.sip.flow import Visitor
from samband.model.people import Person
from samband.trust.sip.association import SecurityAssociation
from samband.wire.sip.message import SipResponse


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
