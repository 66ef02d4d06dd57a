"""What a demo does wrong on demand, and real SIP clients that get over it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from samband.net import ports
from tests.clients import baresip
from tests.clients.baresip import Baresip
from tests.clients.names import Names
from tests.clients.purple_process import Account, PurpleProcess, missing_packages
from tests.clients.running_demo import Demo, running_demo
from tests.clients.test_presence import shown
from tests.clients.waiting import until
from tests.scenarios.people import DOMAIN, address, lync

SIPP = shutil.which("sipp")
SCENARIOS = Path(__file__).parent / "sipp"
ALICE, BOB, DAVE = address("alice"), address("bob"), address("dave")
needs_sipe = pytest.mark.skipif(bool(missing_packages()), reason=missing_packages() or "never")
needs_baresip = pytest.mark.skipif(bool(baresip.missing()), reason=baresip.missing() or "never")

LOSSES = {
    "close": "Server has disconnected",
    "unregistered": "You have been rejected by the server: User was unregistered by the registrar",
    "deactivated": "You have been rejected by the server: User is temporarily not served here",
    "rejected": "You have been rejected by the server: User is disabled for SIP",
}
"""What sipe says of each."""


@pytest.fixture(scope="module")
def running() -> Iterator[Demo]:
    with running_demo("--ports", "free") as started:
        yield started


@pytest.fixture
def demo(running: Demo) -> Iterator[Demo]:
    running.faults("DELETE")
    yield running
    running.faults("DELETE")


def struck(demo: Demo, place: int = 0) -> int:
    """How often a fault has struck."""
    times: int = demo.faults()[place]["struck"]
    return times


def plain(demo: Demo, name: str, transport: str = "tcp", *contacts: str) -> Baresip:
    """baresip of one person."""
    password, server = demo.person(name)["password"], demo.table["sip"][transport]
    return Baresip(name, password, DOMAIN, server, transport=transport, contacts=contacts)


def reconnecting(demo: Demo, name: str) -> PurpleProcess:
    """pidgin-sipe of one person, which comes back by itself."""
    person = demo.person(name)
    account = Account(
        user=address(name),
        login=person["login"],
        password=person["password"],
        server=f"lync.{DOMAIN}:{demo.table['sip']['tls'].rpartition(':')[2]}",
        transport="tls",
        authentication="ntlm",
        ca_file=Path(demo.table["ca_file"]),
        reconnect=1,
    )
    return PurpleProcess(account, Names(demo.table["hosts"]))


def settled(client: PurpleProcess, before: int) -> int:
    """Wait until sipe has published more than ``before``; how often it has now."""
    return until(lambda: max(0, client.log.count("msrtc-category-publish") - before), "its presence", 60) + before


@pytest.mark.skipif(SIPP is None, reason="sipp is not installed")
def test_sipp_comes_again_when_it_was_told_to(demo: Demo, tmp_path: Path) -> None:
    demo.fault(method="REGISTER", sender=DAVE, status=503, retry_after=1)
    users, errors = tmp_path / "users.csv", tmp_path / "errors"
    password = demo.person("dave")["password"]
    users.write_text(f"SEQUENTIAL\ndave;[authentication username=dave password={password}];r1\n")
    command = [
        str(SIPP), demo.table["sip"]["tcp"], "-sf", str(SCENARIOS / "register_again.xml"), "-inf", str(users),
        "-t", "t1", "-i", "127.0.0.1", "-p", str(ports.take("127.0.0.1", 0)), "-m", "1",
        "-nostdin", "-timeout", "60s", "-timeout_error", "-trace_err", "-error_file", str(errors),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, timeout=90)
    assert done.returncode == 0, errors.read_text() if errors.exists() else done.stdout[-2000:]
    assert struck(demo) == 1


@needs_sipe
def test_sipe_comes_back(demo: Demo) -> None:
    why = {"ms-diagnostics": '1;reason="Being mended"', "ms-diagnostics-public": '1;reason="Being mended"'}
    demo.fault(method="REGISTER", sender=ALICE, status=503, retry_after=1, fields=why)
    with reconnecting(demo, "alice") as alice:
        assert "Being mended" in alice.wait("connection-error", timeout=60)["text"]
        alice.wait("signed-on", timeout=60)
        assert struck(demo) == 1
        published = 0
        for now, said in LOSSES.items():
            mark, published = alice.mark(), settled(alice, published)
            demo.fault(now=now, who=ALICE)
            error = alice.wait("connection-error", since=mark, timeout=60)
            assert said in error["text"]
            if error["fatal"]:
                alice.wait("signed-off", since=mark)
                alice.do("sign-on")
            alice.wait("signed-on", since=mark, timeout=60)


@needs_sipe
def test_sipe_says_what_was_not_delivered(demo: Demo) -> None:
    with lync(demo, "alice") as alice, lync(demo, "bob") as bob:
        demo.fault(method="INVITE", to=BOB, status=480)
        alice.do("im", to=BOB, text="one")
        assert "offline:\none" in alice.wait("im-notice", timeout=60)["text"]
        alice.do("im", to=BOB, text="two")
        bob.wait("im", text="two", timeout=60)
        mark = alice.mark()
        demo.fault(method="MESSAGE", sender=ALICE, status=500)
        alice.do("im", to=BOB, text="three")
        assert "not available:\nthree" in alice.wait("im-notice", since=mark, timeout=60)["text"]
        alice.do("im", to=BOB, text="four")
        bob.wait("im", text="four", timeout=60)
        assert [one["text"] for one in bob.events if one["event"] == "im"] == ["two", "four"]


@needs_sipe
def test_sipe_takes_nothing_that_is_wrongly_signed(demo: Demo) -> None:
    with lync(demo, "alice") as alice, lync(demo, "bob") as bob:
        shown(alice, BOB, status="available")
        demo.fault(method="BENOTIFY", at="delivery", to=ALICE, signature="wrong")
        bob.do("status", status="busy")
        assert "Invalid message signature" in alice.wait("connection-error", timeout=60)["text"]
        bob.do("status", status="available")
        assert struck(demo) == 1


@needs_baresip
@needs_sipe
def test_byte_by_byte(demo: Demo) -> None:
    demo.fault(method="*", at="answer", sender=DAVE, pieces=1, times=3)
    for method in ("NOTIFY", "MESSAGE"):
        demo.fault(method=method, at="delivery", to=DAVE, pieces=1)
    with lync(demo, "alice") as alice, plain(demo, "dave", "tcp", ALICE) as dave:
        dave.registered()
        dave.sees(ALICE, "Online")
        alice.do("im", to=DAVE, text="in crumbs")
        dave.hears("in crumbs")
        dave.say(ALICE, "swallowed")
        alice.wait("im", who=DAVE, text="swallowed")
        assert [one["struck"] for one in demo.faults()] == [3, 1, 1]


@needs_sipe
def test_sipe_signs_in_piece_by_piece(demo: Demo) -> None:
    demo.fault(method="*", at="answer", sender=ALICE, pieces=100, times=1000)
    demo.fault(method="*", at="delivery", to=ALICE, pieces=100, times=1000)
    with lync(demo, "alice"):
        assert struck(demo) > 3


@needs_baresip
@pytest.mark.parametrize(
    ("transport", "fault"),
    [
        ("udp", {"at": "answer", "drop": True, "times": 2}),
        ("udp", {"drop": True}),
        ("tcp", {"at": "answer", "twice": True, "times": 3}),
        ("tcp", {"status": 401, "stale": True, "skip": 1}),
        ("tcp", {"delay": 0.3, "times": 2}),
    ],
)
def test_baresip_registers_all_the_same(demo: Demo, transport: str, fault: dict[str, Any]) -> None:
    demo.fault(method="REGISTER", sender=DAVE, **fault)
    with plain(demo, "dave", transport) as dave:
        dave.registered()
        assert struck(demo) >= 1


@needs_baresip
def test_baresip_subscribes_anew(demo: Demo) -> None:
    grace = address("grace")
    with plain(demo, "dave", "tcp", grace) as dave:
        dave.registered()
        dave.sees(grace, "Offline")
        before = dave.log.count("\nSUBSCRIBE sip:grace")
        ended = {"Subscription-State": "terminated;reason=deactivated"}
        demo.fault(method="NOTIFY", at="delivery", sender=grace, to=DAVE, fields=ended)
        with plain(demo, "grace"):
            until(lambda: dave.log.count("\nSUBSCRIBE sip:grace") > before, "another SUBSCRIBE", 60)
            dave.sees(grace, "Online")
        assert struck(demo) == 1
