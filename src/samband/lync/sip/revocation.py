"""Whoever got in with a password or a certificate that is good no more is sent out, and told why."""

from __future__ import annotations

from collections.abc import Sequence

from samband.lync.sip.lync_side import LyncSide
from samband.lync.sip.security import Guard
from samband.model.changes import Change, ProofsRevoked


class Revocation:
    """Hears the feed's scope ``directory``."""

    def __init__(self, side: LyncSide, guard: Guard) -> None:
        self._side = side
        self._guard = guard

    def hear(self, changes: Sequence[Change]) -> None:
        """End what the people named are signed in to; where news were lost, what everyone is."""
        guids = {change.guid for change in changes if isinstance(change, ProofsRevoked)}
        if not changes:
            guids.update(self._guard.known(), self._side.registrar.people())
        for guid in guids:
            self._end(guid)

    def _end(self, guid: str) -> None:
        for address in self._side.registrar.addresses(guid):
            self._side.registrar.sign_out(address, "revoked")
        for flow in self._guard.forget(guid):
            # A client that signs would take a challenge for another one's and repeat itself for ever.
            flow.close()
