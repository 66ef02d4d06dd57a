"""Where another organisation's access edge is: its SRV record, read strictly [RFC3263 4; RFC2782]."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from samband.lync.sip import diagnostics
from samband.wire.dns import Outcome, Resolver, Service

GOOD: Final = 300.0
BAD: Final = 20.0
"""Seconds for which an answer is kept, by whether there were servers in it."""
MOST: Final = 10_000
"""Most domains kept."""


class Unreachable(Exception):
    """There is no way to a domain. ``diagnosis`` says why."""

    def __init__(self, diagnosis: diagnostics.Diagnosis) -> None:
        super().__init__(diagnosis[1])
        self.diagnosis = diagnosis


class FederationDns:
    """Asks for ``_sipfederationtls._tcp`` records. ``now``: seconds; ``chance``: a number from 0 up to 1."""

    def __init__(self, resolver: Resolver, now: Callable[[], float], chance: Callable[[], float]) -> None:
        self._resolver = resolver
        self._now = now
        self._chance = chance
        self._known: dict[str, tuple[float, tuple[Service, ...] | Unreachable]] = {}

    async def servers(self, domain: str) -> tuple[Service, ...]:
        """The access edges of ``domain`` (lower case), the one to try first in front. Raises ``Unreachable``."""
        known = self._known.get(domain)
        if known is None or known[0] <= self._now():
            found = await self._ask(domain)
            self._known.pop(domain, None)
            while len(self._known) >= MOST:
                del self._known[next(iter(self._known))]
            life = BAD if isinstance(found, Unreachable) else GOOD
            known = self._known[domain] = (self._now() + life, found)
        if isinstance(known[1], Unreachable):
            raise Unreachable(known[1].diagnosis)
        return in_order(known[1], self._chance)

    async def addresses(self, host: str) -> tuple[str, ...]:
        """Where a server is. Raises ``Unreachable``."""
        found = await self._resolver.addresses(host)
        if not found:
            raise Unreachable(diagnostics.NO_ADDRESS)
        return found

    async def _ask(self, domain: str) -> tuple[Service, ...] | Unreachable:
        lookup = await self._resolver.lookup(f"_sipfederationtls._tcp.{domain}", "SRV")
        if lookup.outcome is not Outcome.FOUND:
            return Unreachable(diagnostics.NO_SRV)
        services = [service for value in lookup.values if (service := _read(value)) is not None]
        if not services:
            return Unreachable(diagnostics.NO_SRV)
        strict = tuple(one for one in services if one.target == domain or one.target.endswith(f".{domain}"))
        return strict or Unreachable(diagnostics.OTHER_DOMAIN)


def _read(value: str) -> Service | None:
    """None for what cannot be read, and for the target ``.``: the service is not there [RFC2782]."""
    try:
        service = Service.read(value)
    except ValueError:
        return None
    return service if service.target and 0 < service.port < 65536 else None


def in_order(services: tuple[Service, ...], chance: Callable[[], float]) -> tuple[Service, ...]:
    """Lowest priority first; among equals by weighted chance."""
    left, ordered = sorted(services, key=lambda one: (one.priority, one.weight)), []
    while left:
        group = [one for one in left if one.priority == left[0].priority]
        mark = chance() * sum(one.weight for one in group)
        chosen = group[-1]
        for one in group:
            mark -= one.weight
            if mark < 0:
                chosen = one
                break
        ordered.append(chosen)
        left.remove(chosen)
    return tuple(ordered)
