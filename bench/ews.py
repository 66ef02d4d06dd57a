"""EWS: every scenario through the real stack, beside the same HTTP server answering the same bytes from memory.

With ``--floor PROGRAM`` another server is loaded with the same requests in the same run, as ``PROGRAM PORT``; it must
have the mailboxes of ``u0@bench.test`` to ``u29@bench.test`` filled, with the password ``pw``.
"""

from __future__ import annotations

import struct
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench import ews_requests as ask
from bench.ews_scenarios import MAILBOXES, NotThere, Scenario, call, populate, scenarios, send
from bench.processes import Measured, Server, cpu_seconds, load, other_program, resident_mb, started
from bench.table import OURS, compare, heading, skipped

CONNECTIONS = 8


def run(seconds: float, runs: int, only: str, floor: str) -> None:
    """Print the whole table."""
    with ExitStack() as stack:
        ours = stack.enter_context(started(OURS, "bench.samband_server", "http", str(MAILBOXES)))
        print(f"started: {resident_mb(ours.pids):.0f} MB", flush=True)
        _fill(ours)
        asked = {OURS: scenarios(ours)}
        servers = [ours, stack.enter_context(memory_floor(asked[OURS], ours))]
        asked[servers[1].name] = asked[OURS]
        if floor:
            other = other_program("floor program", floor, 18077, lambda server: call(server, ask.get_folder()))
            servers.append(stack.enter_context(other))
            asked[servers[2].name] = scenarios(servers[2])
        heading()
        for number, scenario in enumerate(asked[OURS]):
            if only.lower() in scenario.name.lower():
                _measure({server.name: asked[server.name][number] for server in servers}, servers, seconds, runs)
        print(f"memory: {resident_mb(ours.pids):.0f} MB")


def _fill(server: Server) -> None:
    began = time.perf_counter()
    try:
        populate(server)
    except NotThere as reason:
        print(f"the mailboxes stay empty: {reason}", flush=True)
    else:
        print(f"populated in {time.perf_counter() - began:.1f} s; {resident_mb(server.pids):.0f} MB", flush=True)
        _let_rest(server)


def _let_rest(server: Server, patience: float = 120) -> None:
    """Wait until ``server`` has done what it does after the requests that filled it: the index of words follows."""
    until = time.perf_counter() + patience
    busy = True
    while busy and time.perf_counter() < until:
        before = cpu_seconds(server.pids)
        time.sleep(1)
        busy = cpu_seconds(server.pids) - before > 0.05


def _measure(asked: dict[str, Scenario], servers: list[Server], seconds: float, runs: int) -> None:
    name = asked[OURS].name
    if reason := asked[OURS].reason:
        skipped(name, reason)
        return
    able = [server for server in servers if asked[server.name].requests]
    compare(name, able, runs, lambda server: load_http(server, asked[server.name].requests, seconds))


def load_http(server: Server, requests: list[bytes], seconds: float) -> Measured:
    """Load ``server`` with ``requests`` in turn over ``CONNECTIONS`` connections."""
    data = b"".join(struct.pack(">I", len(one)) + one for one in requests)
    module = ("bench.http_load", str(server.port), str(CONNECTIONS), str(seconds))
    found, used = load(server, data, *module, patience=seconds + 60)
    return Measured(found["rate"], 1e6 * used / max(1, found["count"]), found["p50_ms"], found["p99_ms"])


def _key(request: bytes) -> bytes:
    """What the memory floor knows a request by: its body, or the query of one that has none."""
    head, _, body = request.partition(b"\r\n\r\n")
    return body or head.split(b" ")[1].partition(b"?")[2]


@contextmanager
def memory_floor(asked: list[Scenario], source: Server) -> Iterator[Server]:
    """The HTTP server of Samband with the answers that ``source`` gave, from memory (1,000 bytes where it writes)."""
    with tempfile.TemporaryDirectory() as folder:
        for number, scenario in enumerate(asked):
            answer = b""
            if scenario.requests:
                answer = b"x" * 1000 if scenario.writes else send(source, scenario.requests[0])[1]
            for each, request in enumerate(scenario.requests):
                Path(folder, f"{number}-{each}.request").write_bytes(_key(request))
                Path(folder, f"{number}-{each}.answer").write_bytes(answer)
        with started("memory floor", "bench.floor_memory", folder) as server:
            yield server
