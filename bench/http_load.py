"""A closed-loop HTTP/1.1 load generator: a process of its own, ready requests in, counts and latencies out.

``python -m bench.http_load PORT CONNECTIONS SECONDS < requests`` where the input is a sequence of 4-byte lengths and
whole HTTP requests; each connection sends one, waits for its answer, sends the next. Prints one line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import struct
import sys
import time
from typing import cast

import uvloop


class Client(asyncio.Protocol):
    """One connection that cycles through the requests."""

    def __init__(self, requests: list[bytes], offset: int, until: float) -> None:
        self.requests, self.at, self.until = requests, offset, until
        self.rest = b""
        self.times: list[float] = []
        self.bad: list[bytes] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.ask()

    def ask(self) -> None:
        self.began = time.perf_counter()
        self.transport.write(self.requests[self.at % len(self.requests)])
        self.at += 1

    def data_received(self, data: bytes) -> None:
        self.rest += data
        head = self.rest.find(b"\r\n\r\n")
        if head < 0:
            return
        unchanged = self.rest[9:12] == b"304"
        start = self.rest.lower().find(b"content-length:", 0, head)
        end = self.rest.find(b"\r", start)
        if not unchanged and len(self.rest) < head + 4 + int(self.rest[start + 15 : end]):
            return
        if (self.rest[9:12] != b"200" and not unchanged) or b'ResponseClass="Error"' in self.rest:
            self.bad.append(self.rest[:2000])
        self.rest = b""
        now = time.perf_counter()
        self.times.append(now - self.began)
        if now < self.until:
            self.ask()
        else:
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def run(port: int, connections: int, seconds: float, requests: list[bytes]) -> dict[str, object]:
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    clients = [
        Client(requests, number * len(requests) // connections, began + seconds) for number in range(connections)
    ]
    for client in clients:
        await loop.create_connection(lambda client=client: client, "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.gather(*(client.done for client in clients))
    took = time.perf_counter() - began
    times = sorted(one for client in clients for one in client.times)
    bad = [one for client in clients for one in client.bad]
    return {
        "count": len(times),
        "rate": len(times) / took,
        "p50_ms": 1000 * times[len(times) // 2] if times else 0,
        "p99_ms": 1000 * times[len(times) * 99 // 100] if times else 0,
        "bad": len(bad),
        "first_bad": bad[0].decode("utf-8", "replace") if bad else "",
    }


def main() -> None:
    port, connections, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    data, requests = sys.stdin.buffer.read(), []
    while data:
        (length,) = struct.unpack_from(">I", data)
        requests.append(data[4 : 4 + length])
        data = data[4 + length :]
    print(json.dumps(uvloop.run(run(port, connections, seconds, requests))))


if __name__ == "__main__":
    main()
