"""A name server for a site's own domains, over UDP and TCP [RFC1035 4.2]; changed by signed updates only."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import struct

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.tsig
import dns.update

from samband.net.dns_client import TsigKey
from samband.net.dns_zone import Zones

log = logging.getLogger(__name__)

_DATAGRAM = 1232
"""Bytes of an answer over UDP; what is longer is cut and asked for over TCP."""
_IDLE = 30.0
_AT_ONCE = 100
"""Connections, and datagrams being answered."""


class DnsServer:
    """Answers for ``zones``. ``key`` signs updates; without one every update is refused."""

    def __init__(self, zones: Zones, key: TsigKey | None) -> None:
        self._zones = zones
        self._keyring: dict[dns.name.Name, dns.tsig.Key] = {}
        if key is not None:
            name = dns.name.from_text(key.name)
            self._keyring[name] = dns.tsig.Key(name, key.secret, dns.name.from_text(key.algorithm))
        self._writing = asyncio.Lock()
        self._datagrams: set[asyncio.Task[None]] = set()
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._transport: asyncio.DatagramTransport | None = None

    async def listen(self, address: str, port: int) -> None:
        """Listen on one port of both kinds. Raises ``OSError``."""
        loop = asyncio.get_running_loop()
        self._server = await asyncio.start_server(self._serve, address, port, limit=65535 + 2)
        self._transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), local_addr=(address, port))

    async def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
        if self._transport is not None:
            self._transport.close()
        for writer in list(self._open):
            writer.close()
        for task in list(self._datagrams):
            task.cancel()
        await asyncio.gather(*self._datagrams, return_exceptions=True)

    async def respond(self, wire: bytes, longest: int) -> bytes | None:
        """The answer to one message, None where it deserves none."""
        if len(wire) < 12 or wire[2] & 0x80:
            return None
        try:
            message = dns.message.from_wire(wire, keyring=self._keyring)
        except (dns.tsig.BadSignature, dns.tsig.BadTime, dns.message.UnknownTSIGKey, dns.tsig.BadKey):
            return _bare(wire, dns.rcode.NOTAUTH)
        except dns.exception.DNSException:
            return _bare(wire, dns.rcode.FORMERR)
        if isinstance(message, dns.update.UpdateMessage):
            answer = await self._update(message)
        elif message.opcode() == dns.opcode.QUERY:
            answer = self._zones.answer(message)
        else:
            return _bare(wire, dns.rcode.NOTIMP)
        try:
            return bytes(answer.to_wire(max_size=longest))
        except dns.exception.TooBig:
            answer.answer.clear()
            answer.authority.clear()
            answer.flags |= dns.flags.TC
            return bytes(answer.to_wire())

    async def _update(self, message: dns.update.UpdateMessage) -> dns.message.Message:
        answer = dns.message.make_response(message)
        if not message.had_tsig:
            answer.set_rcode(dns.rcode.REFUSED)
            return answer
        async with self._writing:
            try:
                answer.set_rcode(await asyncio.to_thread(self._zones.update, message))
            except (OSError, dns.exception.DNSException, ValueError) as error:
                log.error("a change of the zone was not kept: %s", error)
                answer.set_rcode(dns.rcode.SERVFAIL)
        return answer

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._open) >= _AT_ONCE:
            writer.close()
            return
        self._open.add(writer)
        try:
            while True:
                async with asyncio.timeout(_IDLE):
                    (length,) = struct.unpack("!H", await reader.readexactly(2))
                    wire = await reader.readexactly(length)
                    answer = await self.respond(wire, 65535)
                    if answer is None:
                        return
                    writer.write(struct.pack("!H", len(answer)) + answer)
                    await writer.drain()
        except (OSError, EOFError, TimeoutError):
            return
        finally:
            self._open.discard(writer)
            writer.close()

    def datagram(self, wire: bytes, peer: tuple[str, int]) -> None:
        """Answer one datagram; when too many are under way it is dropped, and asked again."""
        if len(self._datagrams) >= _AT_ONCE:
            return
        task = asyncio.get_running_loop().create_task(self._answer_datagram(wire, peer))
        self._datagrams.add(task)
        task.add_done_callback(self._datagrams.discard)

    async def _answer_datagram(self, wire: bytes, peer: tuple[str, int]) -> None:
        answer = await self.respond(wire, _DATAGRAM)
        if answer is not None and self._transport is not None:
            with contextlib.suppress(OSError):
                self._transport.sendto(answer, peer)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: DnsServer) -> None:
        self._server = server

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._server.datagram(data, addr)


def _bare(wire: bytes, code: dns.rcode.Rcode) -> bytes:
    """A header that refuses a message which could not be read."""
    flags = 0x8000 | (wire[2] & 0x78) << 8 | int(code)
    return wire[:2] + struct.pack("!HHHHH", flags, 0, 0, 0, 0)
