"""Two organisations: their people see each other and write to each other, and nobody else gets in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clients.purple_process import PurpleProcess, missing_packages
from tests.clients.test_presence import shown
from tests.scenarios.two_organisations import CONTOSO, FABRIKAM, Two, two_organisations

pytestmark = pytest.mark.skipif(bool(missing_packages()), reason=missing_packages() or "never")

ALICE, BOB, CAROL = f"alice@{CONTOSO}", f"bob@{FABRIKAM}", f"carol@{FABRIKAM}"


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    with two_organisations(tmp_path_factory.mktemp("federation")) as both:
        yield both


@pytest.fixture
def alice(two: Two) -> Iterator[PurpleProcess]:
    with two.contoso.client("alice") as client:
        yield client


@pytest.fixture
def bob(two: Two) -> Iterator[PurpleProcess]:
    with two.fabrikam.client("bob") as client:
        yield client


def test_presence_goes_both_ways(alice: PurpleProcess, bob: PurpleProcess) -> None:
    alice.do("add", who=BOB)
    bob.do("add", who=ALICE)
    shown(alice, BOB, status="available")
    shown(bob, ALICE, status="available")
    bob.do("status", status="busy", note="")
    shown(alice, BOB, status="busy")
    alice.do("status", status="away", note="")
    shown(bob, ALICE, status="away")
    bob.do("quit")
    bob.wait("ended")
    shown(alice, BOB, online=False)


def test_a_conversation(alice: PurpleProcess, bob: PurpleProcess) -> None:
    alice.do("im", to=BOB, text="hello <b>bob</b> äö")
    assert bob.wait("im", who=ALICE)["text"] == "hello bob äö"
    bob.do("im", to=ALICE, text="hi alice")
    alice.wait("im", who=BOB, text="hi alice")
    alice.do("typing", to=BOB)
    bob.wait("typing", who=ALICE, typing=True)
    alice.do("close-im", to=BOB)
    bob.do("im", to=ALICE, text="one more")
    alice.wait("im", who=BOB, text="one more")
    assert not [event for client in (alice, bob) for event in client.events if event["event"] == "im-notice"]
