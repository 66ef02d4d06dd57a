"""Credentials of media relays for Lync clients, which ask the address that provisioning names as ``mrasUri``."""

from __future__ import annotations

from datetime import timedelta

from samband.lync.actions.media_relay import MediaRelay
from samband.lync.sip.inbound import Inbound
from samband.lync.sip.services import Services
from samband.model.failures import Failure
from samband.model.people import Person
from samband.wire.media_relay import TYPE, Granted, read_relays, read_request, write_answer
from samband.wire.sip.uri import aor_of


class MediaRelayDoor:
    """Adds its content type to ``services``."""

    def __init__(self, services: Services, relay: MediaRelay) -> None:
        self._services = services
        self._relay = relay
        self._relays = read_relays(relay.urls)
        services.of_site[TYPE] = self.grant

    def grant(self, inbound: Inbound, person: Person) -> None:
        """Give credentials to whoever asks for their own. Raises ``Failure`` and what ``read_request`` does."""
        request = read_request(inbound.request.body)
        if any(aor_of(wish.identity) != person.sip.lower() for wish in request.wishes):
            raise Failure("Forbidden", "Credentials are for oneself only")
        granted = []
        for wish in request.wishes:
            longest = timedelta(minutes=wish.minutes) if wish.minutes else None
            good = self._relay.credentials(person.sip.lower(), longest)
            granted.append(Granted(wish, good.username, good.password, int(good.lifetime.total_seconds()) // 60))
        self._services.answer(inbound, 200, TYPE, write_answer(request, granted, self._relays))


def mras_settings(relay: MediaRelay, host: str) -> dict[str, str]:
    """What provisioning tells: where credentials are asked for, where any relay speaks what these clients do."""
    return {"mrasUri": f"sip:{host};gruu;opaque=srvr:MRAS"} if read_relays(relay.urls) else {}
