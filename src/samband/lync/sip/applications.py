"""Server applications that have addresses of their own: the parts of a conference [MS-CONFBAS]."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from samband.lync.sip.inbound import Handler, Inbound
from samband.wire.conference.addresses import ConferenceAddress, Part, read_address

Serve = Callable[[Inbound, ConferenceAddress], Awaitable[None] | None]


class Applications:
    """Hands requests to whom they are for by the address they go to; ``elsewhere`` takes all others."""

    def __init__(self, elsewhere: Handler) -> None:
        self._elsewhere = elsewhere
        self.served: dict[Part, Serve] = {}

    def handle(self, inbound: Inbound) -> Awaitable[None] | None:
        """Serve one request."""
        address = read_address(inbound.request.uri)
        serve = None if address is None else self.served.get(address.part)
        if address is None or serve is None:
            return self._elsewhere(inbound)
        return serve(inbound, address)
