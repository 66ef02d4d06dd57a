"""Asking the DNS, and changing it by signed updates [RFC2136] [RFC8945]."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field

import dns.asyncquery
import dns.asyncresolver
import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.tsig
import dns.update

from samband.wire.dns import Kind, Lookup, Outcome, Resolver

PATIENCE = 5.0
"""Seconds for one question, repetitions included."""
UPDATE_PATIENCE = 10.0


class DnsRefusal(OSError):
    """A server refused a change, or did not answer; the text says why."""


@dataclass(frozen=True, slots=True)
class TsigKey:
    """A key shared with a server. ``secret`` is base64."""

    name: str
    algorithm: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Change:
    """A record to be there, the only one of its kind at its name, or (``there`` false) to be there no more."""

    owner: str
    kind: Kind
    ttl: int
    value: str
    there: bool = True


class DnsClient:
    """Questions to one server (``host`` or ``host:port``), or to those the machine uses. See ``wire.dns.Resolver``."""

    def __init__(self, server: str = "") -> None:
        self._machine = not server
        self._resolver: dns.asyncresolver.Resolver | None = None
        self._server = server

    def _asked(self) -> dns.asyncresolver.Resolver:
        if self._resolver is None:
            resolver = dns.asyncresolver.Resolver(configure=self._machine)
            if not self._machine:
                host, port = split_server(self._server)
                resolver.nameservers, resolver.port = [host], port
            self._resolver = resolver
        return self._resolver

    async def lookup(self, name: str, kind: Kind) -> Lookup:
        """See ``wire.dns.Resolver``."""
        try:
            answer = await self._asked().resolve(name, kind, lifetime=PATIENCE, search=False)
        except dns.resolver.NXDOMAIN:
            return Lookup(Outcome.NO_NAME)
        except dns.resolver.NoAnswer:
            return Lookup(Outcome.NO_DATA)
        except dns.resolver.LifetimeTimeout:
            asked = self._server or "the machine's name servers"
            return Lookup(Outcome.NO_ANSWER, why=f"{asked} said nothing within {PATIENCE:.0f} seconds")
        except (dns.exception.DNSException, OSError) as error:
            return Lookup(Outcome.NO_ANSWER, why=_words(error))
        return Lookup(Outcome.FOUND, tuple(record.to_text().rstrip(".").lower() for record in answer))

    async def addresses(self, name: str) -> tuple[str, ...]:
        """See ``wire.dns.Resolver``. The machine's own way counts its hosts file too."""
        if self._machine:
            return await _by_machine(name)
        found = await asyncio.gather(self.lookup(name, "A"), self.lookup(name, "AAAA"))
        return tuple(value for lookup in found for value in lookup.values)


class RememberingResolver:
    """Asks each question of ``resolver`` once, so that all who ask see the same. See ``wire.dns.Resolver``."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._lookups: dict[tuple[str, Kind], asyncio.Task[Lookup]] = {}
        self._addresses: dict[str, asyncio.Task[tuple[str, ...]]] = {}

    async def lookup(self, name: str, kind: Kind) -> Lookup:
        """See ``wire.dns.Resolver``."""
        key = (name.lower(), kind)
        if key not in self._lookups:
            self._lookups[key] = asyncio.ensure_future(self._resolver.lookup(name, kind))
        return await asyncio.shield(self._lookups[key])

    async def addresses(self, name: str) -> tuple[str, ...]:
        """See ``wire.dns.Resolver``."""
        key = name.lower()
        if key not in self._addresses:
            self._addresses[key] = asyncio.ensure_future(self._resolver.addresses(name))
        return await asyncio.shield(self._addresses[key])


async def _by_machine(name: str) -> tuple[str, ...]:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(PATIENCE):
            answers = await loop.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError):
        return ()
    found = dict.fromkeys(str(answer[4][0]) for answer in answers)
    return tuple(sorted(found, key=lambda address: ":" in address))


async def update(server: str, key: TsigKey | None, changes: Iterable[Change]) -> list[str]:
    """Make ``changes`` at an authoritative server, a message a zone; the zones changed.

    Raises ``DnsRefusal`` where it refuses one: earlier zones then stay changed.
    """
    host, port = split_server(server)
    zones: dict[str, list[Change]] = {}
    for change in changes:
        zones.setdefault(await _zone_of(host, port, change.owner), []).append(change)
    for zone, mine in zones.items():
        message = _message(zone, key, mine)
        answer = await _asked(host, port, message)
        if answer.rcode() != dns.rcode.NOERROR:
            raise DnsRefusal(f"{server} refuses to change {zone}: {dns.rcode.to_text(answer.rcode())}")
    return sorted(zones)


def _message(zone: str, key: TsigKey | None, changes: Iterable[Change]) -> dns.update.UpdateMessage:
    message = dns.update.UpdateMessage(zone)
    for change in changes:
        owner = dns.name.from_text(change.owner)
        value = f"{change.value}." if change.kind in ("SRV", "CNAME") else change.value
        if change.there:
            message.replace(owner, change.ttl, change.kind, value)
        else:
            message.delete(owner, change.kind, value)
    if key is not None:
        name, algorithm = dns.name.from_text(key.name), dns.name.from_text(key.algorithm)
        try:
            message.use_tsig(dns.tsig.Key(name, key.secret, algorithm))
        except ValueError:
            raise DnsRefusal(f"the secret of the key {key.name} is not base64") from None
    return message


async def _zone_of(host: str, port: int, owner: str) -> str:
    """The zone at that server that holds ``owner``: what its SOA record says."""
    name = dns.name.from_text(owner)
    while len(name) > 1:
        answer = await _asked(host, port, dns.message.make_query(name, dns.rdatatype.SOA))
        for section in (answer.answer, answer.authority):
            for rrset in section:
                if rrset.rdtype == dns.rdatatype.SOA:
                    return str(rrset.name.to_text(omit_final_dot=True))
        name = name.parent()
    raise DnsRefusal(f"{host}:{port} has no zone for {owner}")


async def _asked(host: str, port: int, message: dns.message.Message) -> dns.message.Message:
    try:
        return await dns.asyncquery.tcp(message, host, timeout=UPDATE_PATIENCE, port=port)
    except dns.tsig.PeerError as error:
        raise DnsRefusal(f"{host}:{port} does not accept the key: {error}") from None
    except dns.exception.FormError as error:
        # What a server says of a key it does not know it cannot sign [RFC8945 5.3.2].
        raise DnsRefusal(f"{host}:{port} does not accept the key, or answers no DNS: {error}") from None
    except (dns.exception.DNSException, OSError, EOFError) as error:
        raise DnsRefusal(f"no answer from the name server at {host}:{port}: {_words(error)}") from None


def split_server(server: str) -> tuple[str, int]:
    """``host``, ``host:port`` or ``[address]:port`` -> the host and the port (53). The host must be an address."""
    host, port = server, 53
    if server.startswith("["):
        host, _, rest = server[1:].partition("]")
        port = int(rest.lstrip(":") or 53)
    elif server.count(":") == 1:
        host, _, rest = server.partition(":")
        port = int(rest)
    ipaddress.ip_address(host)
    return host, port


def _words(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
