"""The users of a SIP load: their connections, and the single things they do. Raw bytes, minimal parsing."""

from __future__ import annotations

import argparse
import asyncio
import ssl
from collections.abc import Callable
from typing import cast

from bench.sip_requests import User, accept, field, user_name
from bench.sip_signing import Signer, device

PATIENCE = 30.0
"""Seconds without any progress after which a run has failed."""
FROM_ONE_ADDRESS = 1500
"""Connections from one of our addresses: servers bound them."""
LOOKED_AT = 32
"""Of so many signed messages to a connection the signature of one is checked; that there is one, of all."""
_UNANSWERED = (b"ACK ", b"BENOTIFY ")

Answer = Callable[[bytes], None]


class Line(asyncio.Protocol):
    """One connection: cuts the stream into messages, answers requests, hands responses to whoever asked."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.rest = b""
        self.port = 0
        self.signers: dict[bytes, Signer] = {}
        """Those of the endpoints that speak over it, by the name of their association."""
        self.signed = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.write: Callable[[bytes], None] = self.transport.write
        self.port = transport.get_extra_info("sockname")[1]

    def data_received(self, data: bytes) -> None:
        if self.rest:
            data = self.rest + data
        start, end = 0, len(data)
        while start < end:
            head = data.find(b"\r\n\r\n", start)
            if head < 0:
                break
            if head == start:
                start += 4
                continue
            length = data.rfind(b"Content-Length:", start, head + 2)
            stop = head + 4 + (int(data[length + 15 : data.find(b"\r", length)]) if length >= 0 else 0)
            if stop > end:
                break
            self._message(data[start:stop].lstrip(b"\r\n"))
            start = stop
        self.rest = data[start:]

    def connection_lost(self, error: Exception | None) -> None:
        self.load.fail(b"the server closed a connection")

    def _message(self, message: bytes) -> None:
        signer = self._signer(message) if self.signers else None
        if message.startswith(b"SIP/2.0 "):
            if message[8:9] != b"1":
                answer = self.load.waiting.get(field(message, b"Call-ID"))
                if answer is not None:
                    answer(message)
            return
        if not message.startswith(_UNANSWERED):
            answer_bytes = accept(message)
            self.write(answer_bytes if signer is None else signer.seal(answer_bytes))
        if b"NOTIFY " in message[:9]:
            self.load.notified(message)

    def _signer(self, message: bytes) -> Signer | None:
        """Whose association signed ``message``; an unsigned one is a wrong answer, but for challenges and 1xx."""
        information = field(message, b"Authentication-Info")
        start = information.find(b'opaque="') + 8
        signer = self.signers.get(information[start : information.find(b'"', start)])
        self.signed += 1
        if signer is None:
            if message[8:11] != b"401" and message[8:9] != b"1":
                self.load.fail(b"unsigned: " + message)
        elif self.signed % LOOKED_AT == 0 and not signer.holds(message):
            self.load.fail(b"wrongly signed: " + message)
        return signer


def _to_nobody(_data: bytes) -> None: ...


class Load:
    """Everyone's connections, and who waits for which answer by Call-ID.

    Of ``options``: ``users`` endpoints of ``people`` people over ``connections`` connections, by TLS with ``tls``,
    signing by the protocol ``sign``, whose certificates are in ``folder``.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.waiting: dict[bytes, Answer] = {}
        self.notified: Callable[[bytes], None] = lambda message: None
        self.lines: list[Line] = []
        self.users: list[User] = []
        self.signers: list[Signer] = []
        self.bad: list[bytes] = []
        self.calls = 0
        self.closing = False

    async def connect(self) -> None:
        """Open the connections and spread the endpoints over them."""
        options = self.options
        self.lines = await self.open(min(options.connections, options.users), options.port, tls=options.tls)
        self.settle(options.users, lync=bool(options.sign) or options.lync)

    async def open(self, count: int, port: int, *, tls: bool) -> list[Line]:
        """So many connections, a hundred at a time."""
        context = _unchecked() if tls else None
        lines = [Line(self) for _ in range(count)]
        loop = asyncio.get_running_loop()
        for start in range(0, count, 100):
            local = (f"127.0.0.{1 + start // FROM_ONE_ADDRESS}", 0)
            async with asyncio.timeout(60), asyncio.TaskGroup() as group:
                for line in lines[start : start + 100]:
                    opening = loop.create_connection(
                        lambda line=line: line,
                        "127.0.0.1",
                        port,
                        ssl=context,
                        server_hostname="lync.bench.test" if tls else None,
                        local_addr=local,
                    )
                    group.create_task(opening)
        return lines

    def settle(self, count: int, *, lync: bool) -> None:
        """So many endpoints on the connections there are."""
        options, lines = self.options, self.lines
        people = options.people or count
        for n in range(len(self.users), count):
            number, line = n % people, lines[n % len(lines)]
            transport = "tls" if options.tls else "tcp"
            user = User(number, options.password, line.port, transport=transport, device=n // people, lync=lync)
            self.users.append(user)
            if options.sign:
                own = device(options.folder, user.name) if options.sign == "TLS-DSK" else None
                self.signers.append(Signer(options.sign, user.name, options.password, own))

    def close(self) -> None:
        """Leave: what is there of these endpoints is gone before others come."""
        self.closing = True
        for line in self.lines:
            # What still arrives, or was to be sent later, is answered by nobody any more.
            line.write = _to_nobody
            line.transport.abort()

    def fail(self, message: bytes) -> None:
        if not self.closing:
            self.bad.append(message[:1500])

    def call(self) -> str:
        """A Call-ID that was never used."""
        self.calls += 1
        return f"{self.calls:x}.{self.options.stamp}"

    def send(self, number: int, call: str, request: bytes, answer: Answer) -> None:
        self.waiting[call.encode()] = answer
        self.tell(number, request)

    def tell(self, number: int, request: bytes) -> None:
        """Send a request, signed where its sender signs."""
        if self.signers and self.signers[number].ready:
            request = self.signers[number].seal(request)
        self.lines[number % len(self.lines)].write(request)

    # --- single operations; ``done`` is called with the final answer

    def register(self, number: int, done: Answer) -> None:
        """REGISTER, with whatever it takes to be let in."""
        if self.signers:
            self._register_signed(number, done)
        else:
            self._register_by_digest(number, done)

    def _register_by_digest(self, number: int, done: Answer) -> None:
        """REGISTER, and again with a fresh proof: a proof is asked for also where the connection is known already."""
        user, call = self.users[number], self.call()

        def challenged(message: bytes) -> None:
            start = message.find(b'nonce="') + 7
            nonce = message[start : message.find(b'"', start)].decode()
            if start < 7:
                self.fail(message)
            self.send(number, call, user.register(call, nonce), accepted)

        def accepted(message: bytes) -> None:
            del self.waiting[call.encode()]
            self.end(message, done)

        self.send(number, call, user.register(call), challenged)

    def _register_signed(self, number: int, done: Answer) -> None:
        """The whole handshake the first time, afterwards one signed REGISTER: what Lync clients do to stay."""
        user, signer, call = self.users[number], self.signers[number], self.call()
        if signer.ready:
            self.once(number, call, user.register_unproved(call, 1), done)
            return
        line = self.lines[number % len(self.lines)]
        steps = [1]

        def answered(message: bytes) -> None:
            steps[0] += 1
            if not message.startswith(b"SIP/2.0 401") or steps[0] > 6:
                del self.waiting[call.encode()]
                self.end(message, done)
                return
            request = user.register_unproved(call, steps[0])
            if steps[0] == 2:
                signer.offered(message)
                line.write(signer.hello(request))
                return
            try:
                line.write(signer.next(message, request))
            except ValueError:
                self.fail(message)
            line.signers[signer.opaque] = signer

        self.send(number, call, user.register_unproved(call, 1), answered)

    def message(self, number: int, to: int, done: Answer) -> None:
        """MESSAGE to another user, who answers."""
        call = self.call()
        self.once(number, call, self.users[number].message(user_name(to), call), done)

    def subscribe(self, number: int, to: int, done: Answer) -> str:
        """SUBSCRIBE to the presence of another user; the Call-ID of the dialog."""
        call = self.call()
        self.once(number, call, self.users[number].subscribe(user_name(to), call), done)
        return call

    def once(self, number: int, call: str, request: bytes, done: Answer) -> None:
        def answered(message: bytes) -> None:
            del self.waiting[call.encode()]
            self.end(message, done)

        self.send(number, call, request, answered)

    def end(self, message: bytes, done: Answer) -> None:
        if message[8:9] != b"2":
            self.fail(message)
        done(message)

    # --- many of them

    async def all(self, count: int, start: Callable[[int, Answer], object], window: int = 32) -> None:
        """Run ``start`` for 0 to ``count - 1``, ``window`` at a time. Raises ``TimeoutError`` where it stands still."""
        turn = asyncio.Semaphore(window)
        for number in range(count):
            async with asyncio.timeout(PATIENCE):
                await turn.acquire()
            start(number, lambda message: turn.release())
        async with asyncio.timeout(PATIENCE):
            for _ in range(window):
                await turn.acquire()


def _unchecked() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
