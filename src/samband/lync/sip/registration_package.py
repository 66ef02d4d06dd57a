"""Event ``reg``: people are told where they are signed in themselves, and when that changes [RFC3680]."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from samband.lync.actions.registration import End, Endpoint, Registrar
from samband.lync.sip.inbound import Inbound
from samband.lync.sip.media import check_accepted
from samband.lync.sip.notifier import Content, Subscription
from samband.lync.sip.own_presence_door import own_person
from samband.lync.sip.places import Way
from samband.wire.presence.names import REG_INFO_TYPE
from samband.wire.presence.reginfo import ContactDocument, write_reginfo

_EVENTS: Final[Mapping[End, str]] = {
    "signed out": "unregistered",
    "expired": "expired",
    "connection lost": "expired",
    "replaced": "unregistered",
    "too many": "unregistered",
    "rejected": "rejected",
    "deactivated": "deactivated",
    "revoked": "deactivated",
}


class RegistrationPackage:
    """Tells of the registrar's bindings; every notification holds all of a person's."""

    def __init__(self, registrar: Registrar[Way], clock: Callable[[], datetime], now: Callable[[], float]) -> None:
        """``clock``: aware time; ``now``: the registrar's clock."""
        self._registrar = registrar
        self._clock = clock
        self._now = now
        self._watches: dict[str, dict[Subscription, None]] = {}
        """By the address that is watched."""
        registrar.listen(self._added, self._removed)

    def subscribe(self, subscription: Subscription, inbound: Inbound) -> Content:
        """See ``Package``. Raises ``Failure`` where somebody else's are asked for."""
        address = own_person(inbound).sip.lower()
        check_accepted(inbound.request, REG_INFO_TYPE, "Registrations come as reginfo")
        if subscription.state is None:
            # Later than any of the server before, whose dialogs are gone on with.
            subscription.state = int(self._clock().timestamp())
            self._watches.setdefault(address, {})[subscription] = None
            subscription.closing = lambda: self._leave(address, subscription)
        return self._content(subscription, address, ())

    def _leave(self, address: str, subscription: Subscription) -> None:
        watches = self._watches.get(address, {})
        watches.pop(subscription, None)
        if not watches:
            self._watches.pop(address, None)

    def _added(self, endpoint: Endpoint[Way]) -> None:
        self._tell(endpoint.address, ())

    def _removed(self, endpoint: Endpoint[Way], end: End) -> None:
        gone = ContactDocument(
            id=str(endpoint.number), uri=endpoint.contact, event=_EVENTS[end], active=False, call_id=endpoint.call_id
        )
        self._tell(endpoint.address, (gone,))

    def _tell(self, address: str, gone: tuple[ContactDocument, ...]) -> None:
        for subscription in list(self._watches.get(address, ())):
            subscription.notify(self._content(subscription, address, gone))

    def _content(self, subscription: Subscription, address: str, gone: tuple[ContactDocument, ...]) -> Content:
        assert isinstance(subscription.state, int)
        subscription.state += 1
        now = self._now()
        bound = [
            ContactDocument(
                id=str(one.number),
                uri=one.contact,
                event="registered",
                expires=max(int(one.expires_at - now), 0),
                call_id=one.call_id,
                cseq=one.cseq,
                gruu="" if one.lync else one.public_gruu,
            )
            for one in self._registrar.endpoints(address)
        ]
        text = write_reginfo(f"sip:{address}", subscription.state, [*bound, *gone])
        return Content(REG_INFO_TYPE, text.encode("utf-8", "replace"))
