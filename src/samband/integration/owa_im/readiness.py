"""Why somebody has no instant messaging in the web client: the article's steps 1, 2 and 5, looked at one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from samband.model.im_client import ImStatus, NoInstantMessaging
from samband.model.instant_messaging import OwaVirtualDirectory
from samband.model.people import Person
from samband.wire.dns import Outcome, Resolver

DISCOVERY = ("lyncdiscoverinternal", "lyncdiscover")
FEDERATION = "_sipfederationtls._tcp"
KEPT = 4.0
"""Seconds that an answer of the DNS is used for everybody of a domain."""


class Readiness:
    """Looks at settings, directory and DNS. ``now``: seconds on a clock that never goes back."""

    def __init__(
        self, settings: Callable[[], OwaVirtualDirectory], resolver: Resolver, now: Callable[[], float]
    ) -> None:
        self._settings = settings
        self._resolver = resolver
        self._now = now
        self._domains: dict[str, tuple[float, asyncio.Future[str]]] = {}

    async def server(self, person: Person) -> str:
        """The host of the Lync pool for ``person``. Raises ``NoInstantMessaging``, which says what is missing."""
        settings = self._settings()
        if not settings.instant_messaging_enabled or settings.instant_messaging_type == "None":
            raise NoInstantMessaging(settings.missing[0], 5, ImStatus.OFF)
        if settings.missing:
            raise NoInstantMessaging(settings.missing[0], 5)
        if not person.proxy_sip:
            raise NoInstantMessaging(f"{person.userPrincipalName} has no sip: address in proxyAddresses", 2)
        domain = person.proxy_sip.rpartition("@")[2].lower()
        if missing := await self._unresolved(domain):
            raise NoInstantMessaging(missing, 1)
        return settings.instant_messaging_server_name

    async def _unresolved(self, domain: str) -> str:
        known = self._domains.get(domain)
        if known is None or known[0] <= self._now():
            looking = asyncio.ensure_future(self._look(domain))
            known = self._domains[domain] = (self._now() + KEPT, looking)
        return await asyncio.shield(known[1])

    async def _look(self, domain: str) -> str:
        """What does not resolve of what leads to the Lync side of a domain; empty where all does."""
        owner = f"{FEDERATION}.{domain}"
        asked = asyncio.gather(*(self._resolver.addresses(f"{name}.{domain}") for name in DISCOVERY))
        looked, found = await asyncio.gather(self._resolver.lookup(owner, "SRV"), asked)
        if not any(found):
            return f"neither {' nor '.join(f'{name}.{domain}' for name in DISCOVERY)} resolves"
        return "" if looked.outcome is Outcome.FOUND else f"the SRV record {owner} does not resolve"
