"""EWS: every scenario through the real stack, beside the same HTTP server answering the same bytes from memory.

With ``--floor PROGRAM`` another server is loaded with the same requests in the same run, as ``PROGRAM PORT``; it must
serve ``u0@bench.test`` to ``u29@bench.test`` with the password ``pw``.
"""

from __future__ import annotations

import http.client
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import ews_requests as ask
from bench.processes import SERVER_CORE, Measured, load_http, pinned, resident_mb

MAILBOXES = 30
LARGE = 4
PASSWORD = "pw"


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs: its name, process and plain HTTP port."""

    name: str
    pid: int
    port: int


def address(number: int) -> str:
    return f"u{number % MAILBOXES}@bench.test"


def call(server: Server, body: str, who: int = 0) -> str:
    """One request outside the measuring. Raises ``RuntimeError`` where it is refused."""
    head, _, envelope = ask.http(address(who), PASSWORD, body).partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    connection.request("POST", "/EWS/Exchange.asmx", envelope, headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    if answer.status != 200 or 'ResponseClass="Error"' in text:
        raise RuntimeError(f"{server.name} answered {answer.status}: {text[:1000]}")
    return text


def populate(server: Server) -> None:
    """1,000 messages in four mailboxes, 20 in the others, 300 appointments in all."""
    for who in range(MAILBOXES):
        for at in range(0, 1000 if who < LARGE else 20, 20):
            call(server, ask.create_messages("".join(ask.message(n, address(1)) for n in range(at, at + 20))), who)
        for at in range(0, 300, 20):
            items = "".join(ask.appointment(n + 13 * who) for n in range(at, at + 20))
            call(server, ask.create_appointments(items), who)


def _each(body: Callable[[int], str], count: int = 28) -> list[bytes]:
    return [ask.http(address(n % LARGE), PASSWORD, body(n)) for n in range(count)]


def scenarios(server: Server) -> dict[str, list[bytes]]:
    """Requests by name; identifiers and sync states are this server's own."""
    identifiers = re.findall(r'ItemId Id="([^"]+)"', call(server, ask.find_items()))
    state = _latest_state(server)
    mine = lambda body: [ask.http(address(0), PASSWORD, body)]  # noqa: E731
    others = [address(n) for n in range(20)]
    five = tuple(address(n) for n in range(5, 10))
    return {
        "GetFolder": _each(lambda n: ask.get_folder()),
        "GetItem": [ask.http(address(0), PASSWORD, ask.get_items([one])) for one in identifiers],
        "GetItem x10": mine(ask.get_items(identifiers[:10])),
        "FindItem 50 of 1,000": _each(lambda n: ask.find_items()),
        "GetUserAvailability 1 x 7 d": _each(lambda n: ask.availability([address(n)], n % 7 * 7)),
        "GetUserAvailability 20 x 7 d": _each(lambda n: ask.availability(others, n % 7 * 7)),
        "SyncFolderItems no change": mine(ask.sync(state)),
        "SyncFolderItems first 100": _each(lambda n: ask.sync()),
        "CreateItem message (durable)": _each(lambda n: ask.create_messages(ask.message(n, address(1)), "drafts")),
        "CreateItem meeting, 5 attendees": _each(lambda n: ask.create_appointments(ask.appointment(n, five))),
    }


def _latest_state(server: Server) -> str:
    state = ""
    while True:
        text = call(server, ask.sync(state, 500))
        state = re.search(r"SyncState>([^<]*)<", text)[1]  # type: ignore[index]
        if "IncludesLastItemInRange>true" in text:
            return state


@contextmanager
def memory_floor(requests: dict[str, list[bytes]], source: Server) -> Iterator[Server]:
    """The same HTTP server with the answers that ``source`` gave to the reading scenarios, from memory."""
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, bodies) in enumerate(requests.items()):
            answer = call_raw(source, bodies[0]) if not name.startswith("CreateItem") else b"x" * 1000
            for each in bodies:
                mark = each.partition(b"\r\n\r\n")[2]
                Path(folder, f"{number}-{abs(hash(mark))}.request").write_bytes(mark)
                Path(folder, f"{number}-{abs(hash(mark))}.answer").write_bytes(answer)
        command = [*pinned(SERVER_CORE), sys.executable, "-m", "bench.floor_memory", folder]
        with _started(command, "memory floor") as server:
            yield server


def call_raw(server: Server, request: bytes) -> bytes:
    """The body that ``server`` answers ``request`` with."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    head, _, body = request.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    connection.request("POST", "/EWS/Exchange.asmx", body, headers)
    answer = connection.getresponse().read()
    connection.close()
    return answer


@contextmanager
def _started(command: list[str], name: str) -> Iterator[Server]:
    """A server that prints its plain HTTP port on its first line."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield Server(name, process.pid, int(process.stdout.readline()))
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def samband() -> Iterator[Server]:
    """Our own server with the people of this benchmark, its files in a temporary folder."""
    command = [*pinned(SERVER_CORE), sys.executable, "-m", "bench.samband_server", str(MAILBOXES)]
    with _started(command, "samband") as server:
        yield server


@contextmanager
def other_floor(program: str, port: int = 18077) -> Iterator[Server]:
    process = subprocess.Popen([*pinned(SERVER_CORE), sys.executable, program, str(port)], stdout=subprocess.DEVNULL)
    try:
        server = Server("floor program", process.pid, port)
        for _ in range(100):
            time.sleep(0.1)
            try:
                call(server, ask.get_folder())
                break
            except OSError:
                continue
        yield server
    finally:
        process.terminate()
        process.wait(20)


def measure(servers: dict[str, tuple[Server, dict[str, list[bytes]]]], seconds: float, runs: int, only: str) -> None:
    """Every scenario on every server in turn, ``runs`` times; medians, and our share of each floor."""
    names = [name for name in next(iter(servers.values()))[1] if only.lower() in name.lower()]
    print(f"{'scenario':34}{'server':16}{'rate/s':>10}{'CPU us':>9}{'p50 ms':>9}{'p99 ms':>9}{'share':>8}{'CPU x':>7}")
    for name in names:
        found: dict[str, list[Measured]] = {key: [] for key in servers}
        for _ in range(runs):
            for key, (server, requests) in servers.items():
                found[key].append(load_http(server.pid, server.port, requests[name], 8, seconds))
        ours = statistics.median(one.rate for one in found["samband"])
        ours_cpu = statistics.median(one.cpu_us for one in found["samband"])
        for key, measured in found.items():
            rate = statistics.median(one.rate for one in measured)
            cpu = statistics.median(one.cpu_us for one in measured)
            p50 = statistics.median(one.p50_ms for one in measured)
            p99 = statistics.median(one.p99_ms for one in measured)
            share = "" if key == "samband" else f"{ours / rate:8.2f}{ours_cpu / cpu:7.1f}"
            print(f"{name:34}{key:16}{rate:10.0f}{cpu:9.0f}{p50:9.2f}{p99:9.2f}{share}", flush=True)


def run(seconds: float, runs: int, only: str, floor: str) -> None:
    """Print the whole table."""
    with samband() as ours:
        began = time.perf_counter()
        populate(ours)
        print(f"populated in {time.perf_counter() - began:.1f} s; {resident_mb(ours.pid):.0f} MB", flush=True)
        requests = scenarios(ours)
        with memory_floor(requests, ours) as memory:
            servers = {"samband": (ours, requests), "memory floor": (memory, requests)}
            if not floor:
                measure(servers, seconds, runs, only)
                return
            with other_floor(floor) as other:
                measure({**servers, "floor program": (other, scenarios(other))}, seconds, runs, only)
