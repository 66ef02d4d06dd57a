"""SIP: every scenario through our Lync side, beside the floor, Kamailio and whatever peer is named, in one run.

The same scenario over TLS, and signed as Lync clients sign, stands beside the plain one.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from bench.kamailio import NotInstalled, kamailio
from bench.processes import Measured, Server, load, resident_mb, started
from bench.sip_held import held
from bench.table import OURS, compare, heading, skipped
from samband.wire.sip.native import READER

USERS = 1000
SIGNED_USERS = 200
"""Those who have a connection and a certificate each."""
KAMAILIO = "kamailio"

TLS = (f"{OURS} TLS",)
SIGNED = (f"{OURS} NTLM", f"{OURS} TLS-DSK")
"""What else of ours is loaded: over TLS, and over TLS with every message signed."""
KEPT = (f"{OURS} kept",)
"""A second server of ours, which keeps what people write for their mailboxes."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What ``bench.sip_load`` is to do; ``ways`` beside the plain one that ours goes."""

    name: str
    words: tuple[str, ...]
    ways: tuple[str, ...] = ()
    ours_alone: bool = False
    """Whether no other server knows how."""


SCENARIOS = [
    Scenario("REGISTER", ("register",), TLS + SIGNED),
    Scenario("MESSAGE, relayed, 200", ("message",), TLS + SIGNED + KEPT),
    Scenario("MESSAGE, one at a time", ("message", "--window", "1"), KEPT),
    Scenario("IM session, 10 MESSAGEs", ("session",), TLS + SIGNED + KEPT),
    Scenario("NOTIFY to 1", ("presence", "--watchers", "1")),
    Scenario("NOTIFY to 10", ("presence", "--watchers", "10")),
    Scenario("NOTIFY to 100", ("presence", "--watchers", "100"), TLS + SIGNED),
    Scenario("NOTIFY to 100, 4 publish", ("presence", "--watchers", "100", "--publishers", "4"), TLS + SIGNED),
    Scenario("NOTIFY to 1000", ("presence", "--watchers", "1000")),
    Scenario("BENOTIFY to 100", ("presence-lync", "--watchers", "100"), SIGNED, ours_alone=True),
    Scenario("sign-in, 100 SUBSCRIBEs", ("signin",)),
    Scenario("sign-in, 1 SUBSCRIBE for 100", ("signin-batch",), TLS + SIGNED, ours_alone=True),
]


def run(seconds: float, runs: int, only: str, peer: str, other: Server | None) -> None:
    """Print the whole table. ``peer``: ``kamailio`` where it is to be started; ``other`` runs already."""
    with ExitStack() as stack:
        program = ("bench.samband_server", "sip", str(USERS), "--certificates", str(SIGNED_USERS))
        ours = stack.enter_context(started(OURS, *program))
        print(f"SIP read in {READER}; started, with {USERS} people: {resident_mb(ours.pids):.0f} MB", flush=True)
        chosen = [scenario for scenario in SCENARIOS if only.lower() in scenario.name.lower()]
        keeping = None
        if any(KEPT[0] in scenario.ways for scenario in chosen):
            keeping = stack.enter_context(started(KEPT[0], *program, "--history"))
        others = [stack.enter_context(started("floor", "bench.floor_sip", str(USERS))), *([other] if other else [])]
        if peer == KAMAILIO and _is_there():
            others.append(Server(KAMAILIO, (), 0))
        heading()
        for scenario in chosen:
            servers = [ours, *(_way(ours, name) for name in scenario.ways if name not in KEPT)]
            if keeping is not None and KEPT[0] in scenario.ways:
                servers.append(keeping)
            compare(
                scenario.name,
                servers if scenario.ours_alone else servers + others,
                runs,
                lambda server, scenario=scenario: load_sip(server, scenario, seconds),  # type: ignore[misc]
            )
        print(f"{OURS} afterwards: {resident_mb(ours.pids):.0f} MB", flush=True)
    if only.lower() in "endpoints held":
        held(peer == KAMAILIO and _is_there(quiet=True))


def load_sip(server: Server, scenario: Scenario, seconds: float) -> Measured:
    """One run of one scenario."""
    with _fresh(server) as loaded:
        words = [str(loaded.port), *scenario.words, "--seconds", str(seconds), "--users", str(USERS), *server.words]
        if loaded.pids:
            words += ["--pids", *map(str, loaded.pids)]
        found, _ = load(loaded, b"", "bench.sip_load", *words, patience=seconds + 90)
    time.sleep(0.05)
    used = 1e6 * found["cpu_seconds"] / max(1, found["count"])
    return Measured(found["rate"], used, found["p50_ms"], found["p99_ms"])


@contextmanager
def _fresh(server: Server) -> Iterator[Server]:
    """Kamailio is started for each run: what earlier ones left behind slows its presence down."""
    if server.name != KAMAILIO:
        yield server
        return
    with kamailio() as loaded:
        yield loaded


def _way(ours: Server, name: str) -> Server:
    """Ours over TLS, by people who sign where ``name`` says so."""
    words: tuple[str, ...] = ("--tls",)
    if name in SIGNED:
        everyone = str(SIGNED_USERS)
        protocol = name.removeprefix(f"{OURS} ")
        words += ("--users", everyone, "--connections", everyone, "--sign", protocol, "--folder", ours.folder)
    return replace(ours, name=name, port=ours.tls_port, words=words)


def _is_there(*, quiet: bool = False) -> bool:
    try:
        with kamailio():
            return True
    except NotInstalled as reason:
        if not quiet:
            skipped(KAMAILIO, str(reason))
        return False
