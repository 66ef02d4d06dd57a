"""Handshakes of security associations, token by token, on the flow they are for [MS-SIPAE 3.3.5.2]."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from samband.lync.sip.flow import Flow
from samband.trust.denied import Denied
from samband.trust.sip.association import Begin, SecurityAssociation
from samband.wire.sip import ms_auth
from samband.wire.sip.credentials import Credentials

MOST_UNREADY = 4
"""Handshakes under way on one flow; the oldest gives way."""
MOST_READY = 16
"""Associations in use on one flow: a client that begins anew leaves one behind each time. The oldest gives way."""


class Handshakes:
    """``protocols`` maps names to what begins an association; ``host`` is the server's name."""

    def __init__(self, protocols: Mapping[str, Begin], host: str, random: Callable[[int], bytes]) -> None:
        self._protocols = protocols
        self._host = host
        self._random = random

    async def step(self, flow: Flow, credentials: Credentials) -> tuple[SecurityAssociation, bytes]:
        """Take the token that came; the association and the token to answer with.

        Raises ``Denied`` where the proof does not hold (the association is gone from the flow then) and ``Malformed``
        for what cannot be read.
        """
        token = ms_auth.read_token(credentials.get("gssapi-data"))
        association = self._find(flow, credentials)
        association.busy = True
        try:
            answer = await association.step(token)
        except Denied:
            flow.associations.pop(association.opaque, None)
            raise
        finally:
            association.busy = False
        if association.ready:
            self._make_room(flow, ready=True, most=MOST_READY)
        return association, answer

    def _find(self, flow: Flow, credentials: Credentials) -> SecurityAssociation:
        opaque = credentials.get("opaque")
        if not opaque:
            return self._begin(flow, credentials.scheme, ms_auth.read_version(credentials.get("version")))
        association = flow.associations.get(opaque)
        if association is None or association.protocol != credentials.scheme or association.ready or association.busy:
            raise Denied("a token for no handshake that is under way")
        return association

    def _begin(self, flow: Flow, protocol: str, version: int) -> SecurityAssociation:
        self._make_room(flow, ready=False, most=MOST_UNREADY - 1)
        opaque = self._random(8).hex().upper()
        association = self._protocols[protocol](opaque, version, flow.peer[0])
        association.tail = ms_auth.information_tail(opaque, ms_auth.target(protocol, self._host), version)
        flow.associations[opaque] = association
        return association

    @staticmethod
    def _make_room(flow: Flow, *, ready: bool, most: int) -> None:
        alike = [opaque for opaque, one in flow.associations.items() if one.ready is ready]
        for opaque in alike[: max(len(alike) - most, 0)]:
            del flow.associations[opaque]
