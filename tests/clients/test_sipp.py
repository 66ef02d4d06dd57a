"""sipp: 1,000 users register with Digest and 1,000 messages pass, without an error or a retransmission."""

from __future__ import annotations

import asyncio
import csv
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
import uvloop

from samband.lync.sip.digest_clients import DigestPolicy
from samband.lync.sip.lync_side import LyncSide
from samband.lync.sip.places import Places
from samband.lync.sip.security import Guard
from samband.model.people import Person
from samband.net.ports import UDP, take
from samband.net.sip_server import SipServer
from samband.trust.forms import ha1
from samband.trust.sip.digest import DigestVerifier
from samband.trust.sip.nonces import Nonces
from samband.trust.sip.turns import Turns
from tests.lync.sip.guarded import Site
from tests.trust.fakes import Clock, person

SIPP = shutil.which("sipp")
SCENARIOS = Path(__file__).parent / "sipp"
HOST = "127.0.0.1"
UDP_SOCKETS = Path("/proc/net/udp")
USERS = 1000
RATE = 400
"""Calls a second: a pace that a busy machine keeps, so that nothing has to be repeated."""

pytestmark = pytest.mark.skipif(SIPP is None, reason="sipp is not installed")


def write_users(folder: Path, group: str) -> Path:
    lines = ["SEQUENTIAL"]
    for number in range(USERS):
        name = f"{group}{number:04}"
        lines.append(f"{name};[authentication username={name} password=pw-{name}];r{number:04}")
    file = folder / f"{group}.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


class Crowd:
    """A directory of many, and their passwords."""

    def __init__(self, names: Iterable[str]) -> None:
        self.known = {name: person(name) for name in names}

    def by_guid(self, guid: str) -> Person | None:
        return self.known.get(guid.removeprefix("guid-"))

    def by_login(self, login: str) -> Person | None:
        return self.known.get(login)

    def by_sip(self, address: str) -> Person | None:
        return self.known.get(address.removesuffix("@contoso.test"))

    def ha1(self, guid: str, algorithm: str, username: str = "") -> str | None:
        return ha1(algorithm, username, "contoso.test", f"pw-{guid.removeprefix('guid-')}")

    def account(self, login: str) -> str:
        return login


async def serve() -> tuple[SipServer, LyncSide, dict[str, int]]:
    crowd = Crowd(f"{group}{number:04}" for group in "rs" for number in range(USERS))
    clock = Clock()
    # sipp 3.6 knows MD5 alone, and reads no further than the first challenge.
    nonces = Nonces(bytes(32), clock, os.urandom)
    verifier = DigestVerifier("contoso.test", nonces, crowd, crowd, os.urandom, ("MD5",))  # type: ignore[arg-type]
    where = Places("lync.contoso.test", frozenset({"contoso.test"}))
    guard = Guard(
        {},
        DigestPolicy(verifier, Turns(Site(), clock.sleep), where.is_own),
        crowd,  # type: ignore[arg-type]
        host="lync.contoso.test",
        sts_uri="",
        clock=clock.time,
        token=token,
        random=os.urandom,
    )
    side = LyncSide(
        directory=crowd,  # type: ignore[arg-type]
        guard=guard,
        places=where,
        now=asyncio.get_running_loop().time,
        token=token,
    )
    server = SipServer(side)
    ports = {"t1": await server.listen(HOST, 0), "u1": await server.listen_udp(HOST, 0)}
    return server, side, ports


def token() -> str:
    return os.urandom(8).hex()


class Sipp:
    """One run of sipp."""

    def __init__(
        self, folder: Path, scenario: str, transport: str, port: int, own_port: int, users: Path | None
    ) -> None:
        self.stats = folder / f"{scenario}.stats.csv"
        self.errors = folder / f"{scenario}.errors"
        self.command: Sequence[str] = [
            str(SIPP), f"{HOST}:{port}", "-sf", str(SCENARIOS / f"{scenario}.xml"), "-t", transport,
            "-i", HOST, "-p", str(own_port), "-m", str(USERS), "-r", str(RATE), "-l", "400",
            "-nostdin", "-trace_stat", "-stf", str(self.stats), "-trace_err", "-error_file", str(self.errors),
            "-timeout", "60s", "-timeout_error", *(["-inf", str(users)] if users else []),
        ]  # fmt: skip
        self.own_port = own_port
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        quiet = asyncio.subprocess.DEVNULL
        self.process = await asyncio.create_subprocess_exec(*self.command, stdin=quiet, stdout=quiet, stderr=quiet)

    async def listens(self) -> None:
        """Wait until its port for datagrams is bound; the kernel says so, as a probe might take it first."""
        assert self.process is not None
        async with asyncio.timeout(30):
            while f":{self.own_port:04X}" not in (line.split()[1][-5:] for line in UDP_SOCKETS.open()):
                assert self.process.returncode is None, "sipp does not run"
                await asyncio.sleep(0.02)

    async def finish(self) -> None:
        """Wait for the end and see that nothing went wrong."""
        assert self.process is not None
        code = await asyncio.wait_for(self.process.wait(), 90)
        said = self.errors.read_text() if self.errors.exists() else ""
        assert code == 0, said
        last = list(csv.DictReader(self.stats.open(), delimiter=";"))[-1]
        assert (int(last["SuccessfulCall(C)"]), int(last["FailedCall(C)"])) == (USERS, 0), said

    async def run(self) -> None:
        await self.start()
        await self.finish()


def test_from_tcp_to_udp(tmp_path: Path) -> None:
    async def main() -> None:
        server, side, ports = await serve()
        own_port = take(HOST, 0, UDP)
        await Sipp(tmp_path, "register", "u1", ports["u1"], own_port, write_users(tmp_path, "r")).run()
        assert len(side.registrar) == USERS
        receiver = Sipp(tmp_path, "receive", "u1", ports["u1"], own_port, None)
        await receiver.start()
        await receiver.listens()
        await Sipp(tmp_path, "send", "t1", ports["t1"], take(HOST, 0), write_users(tmp_path, "s")).run()
        await receiver.finish()
        await server.close()

    uvloop.run(main())


def test_messages_over_udp_are_challenged_and_proven(tmp_path: Path) -> None:
    async def main() -> None:
        server, _, ports = await serve()
        own_port = take(HOST, 0, UDP)
        await Sipp(tmp_path, "register", "u1", ports["u1"], own_port, write_users(tmp_path, "r")).run()
        receiver = Sipp(tmp_path, "receive", "u1", ports["u1"], own_port, None)
        await receiver.start()
        await receiver.listens()
        sender = take(HOST, 0, UDP)
        await Sipp(tmp_path, "send_proven", "u1", ports["u1"], sender, write_users(tmp_path, "s")).run()
        await receiver.finish()
        await server.close()

    uvloop.run(main())


def test_over_one_connection(tmp_path: Path) -> None:
    async def main() -> None:
        server, side, ports = await serve()
        users = write_users(tmp_path, "r")
        await Sipp(tmp_path, "register_and_talk", "t1", ports["t1"], take(HOST, 0), users).run()
        await server.close()
        assert side.transactions.alive == 0

    uvloop.run(main())
