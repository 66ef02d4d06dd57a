"""Which servers take mail for a domain: its MX records, else the domain itself [RFC5321 5.1]."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import dns.asyncresolver
import dns.exception
import dns.name
import dns.resolver

from samband.wire.smtp import Reply, Unreachable

_LIFETIME = 20.0
"""Seconds for one question, all servers and repetitions together."""
MOST = 10
"""How many servers of a domain are tried, the best first."""


@dataclass(frozen=True, slots=True)
class Exchanger:
    """A server by name, and its addresses."""

    host: str
    addresses: tuple[str, ...]


class MailExchangers:
    """Asks the DNS. ``own`` is this server's name: it is not mail's way out, nor is any that is preferred less."""

    def __init__(self, own: str, resolver: dns.asyncresolver.Resolver | None = None) -> None:
        self._own = own.lower().rstrip(".")
        self._resolver = resolver or dns.asyncresolver.Resolver()

    async def of(self, domain: str) -> list[Exchanger]:
        """The servers of ``domain``, best first. Raises ``Unreachable``."""
        try:
            name = dns.name.from_text(domain.encode("idna").decode() if not domain.isascii() else domain)
        except (dns.exception.DNSException, UnicodeError):
            raise Unreachable(Reply(550, f"5.1.2 {domain} is no mail domain")) from None
        hosts = await self._hosts(name, domain)
        found = [Exchanger(host, addresses) for host in hosts if (addresses := await self._addresses(host))]
        if not found:
            raise Unreachable(Reply(450, f"4.4.4 No mail server of {domain} has an address"))
        return found

    async def _hosts(self, name: dns.name.Name, domain: str) -> list[str]:
        records = await self._ask(name, "MX", domain)
        if not records:
            host = name.to_text(omit_final_dot=True)
            if not await self._addresses(host):
                raise Unreachable(Reply(550, f"5.1.2 {domain} has no mail server"))
            return [host]
        if len(records) == 1 and records[0].exchange == dns.name.root:
            raise Unreachable(Reply(556, f"5.1.10 {domain} takes no mail"))  # [RFC7505 3]
        return self._sorted(records, domain)

    def _sorted(self, records: list[Any], domain: str) -> list[str]:
        hosts: list[str] = []
        for _, group in groupby(sorted(records, key=lambda one: int(one.preference)), lambda one: one.preference):
            equal = [str(one.exchange.to_text(omit_final_dot=True)) for one in group]
            if any(host.lower() == self._own for host in equal):
                break
            random.shuffle(equal)
            hosts += equal
        if not hosts:
            raise Unreachable(
                Reply(554, f"5.4.6 The DNS sends mail for {domain} to this server, which does not take it")
            )
        return hosts[:MOST]

    async def _addresses(self, host: str) -> tuple[str, ...]:
        name = dns.name.from_text(host)
        found = [*await self._ask(name, "A", host, strict=False), *await self._ask(name, "AAAA", host, strict=False)]
        return tuple(str(one.address) for one in found)

    async def _ask(self, name: dns.name.Name, kind: str, domain: str, *, strict: bool = True) -> list[Any]:
        """Records; none where the name has none of this kind. ``strict``: a name that is not there is an error."""
        try:
            answer = await self._resolver.resolve(name, kind, lifetime=_LIFETIME, search=False)
        except dns.resolver.NoAnswer:
            return []
        except dns.resolver.NXDOMAIN:
            if strict:
                raise Unreachable(Reply(550, f"5.1.2 There is no domain {domain}")) from None
            return []
        except (dns.exception.DNSException, OSError):
            if strict:
                raise Unreachable(Reply(451, f"4.4.3 The DNS says nothing about {domain} now")) from None
            return []
        return list(answer)
