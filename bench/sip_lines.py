"""The users of a SIP load: their connections over TCP, and the single things they do. Raw bytes, minimal parsing."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable
from typing import cast

from bench.sip_requests import User, accept, field, user_name

CONNECTIONS = 100
PATIENCE = 10.0
"""Seconds without any progress after which a run has failed."""

Answer = Callable[[bytes], None]


class Line(asyncio.Protocol):
    """One connection: cuts the stream into messages, answers requests, hands responses to whoever asked."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.rest = b""
        self.port = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.write = cast(asyncio.Transport, transport).write
        self.port = transport.get_extra_info("sockname")[1]

    def data_received(self, data: bytes) -> None:
        if self.rest:
            data = self.rest + data
        start, end = 0, len(data)
        while start < end:
            head = data.find(b"\r\n\r\n", start)
            if head < 0:
                break
            length = data.rfind(b"Content-Length:", start, head + 2)
            stop = head + 4 + (int(data[length + 15 : data.find(b"\r", length)]) if length >= 0 else 0)
            if stop > end:
                break
            self._message(data[start:stop])
            start = stop
        self.rest = data[start:]

    def connection_lost(self, error: Exception | None) -> None:
        self.load.fail(b"the server closed a connection")

    def _message(self, message: bytes) -> None:
        if message.startswith(b"SIP/2.0 "):
            if message[8:9] != b"1":
                answer = self.load.waiting.get(field(message, b"Call-ID"))
                if answer is not None:
                    answer(message)
        else:
            self.write(accept(message))
            if message.startswith(b"NOTIFY"):
                self.load.notified(message)


class Load:
    """Everyone's connections, and who waits for which answer by Call-ID."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.waiting: dict[bytes, Answer] = {}
        self.notified: Callable[[bytes], None] = lambda message: None
        self.lines: list[Line] = []
        self.users: list[User] = []
        self.bad: list[bytes] = []
        self.calls = 0
        self.closing = False

    async def connect(self) -> None:
        """Open the connections and spread the users over them."""
        loop = asyncio.get_running_loop()
        for _ in range(min(CONNECTIONS, self.options.users)):
            line = Line(self)
            await loop.create_connection(lambda line=line: line, "127.0.0.1", self.options.port)  # type: ignore[misc]
            self.lines.append(line)
        lines = self.lines
        self.users = [User(n, self.options.password, lines[n % len(lines)].port) for n in range(self.options.users)]

    def fail(self, message: bytes) -> None:
        if not self.closing:
            self.bad.append(message[:1500])

    def call(self) -> str:
        """A Call-ID that was never used."""
        self.calls += 1
        return f"{self.calls:x}.{self.options.stamp}"

    def send(self, number: int, call: str, request: bytes, answer: Answer) -> None:
        self.waiting[call.encode()] = answer
        self.lines[number % len(self.lines)].write(request)

    # --- single operations; ``done`` is called with the final answer

    def register(self, number: int, done: Answer) -> None:
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
