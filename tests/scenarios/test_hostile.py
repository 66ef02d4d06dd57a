"""A running server among enemies: each gets its protocol's error, friends are served, nothing grows, nothing breaks."""

from __future__ import annotations

import random
import socket
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.clients.running_demo import running_demo
from tests.scenarios.ews_session import EwsSession
from tests.scenarios.hostile import ews_requests, floods, http_frames, signed_in_sip, sip_frames, tokens, xml_bombs
from tests.scenarios.hostile.from_schema import Schema
from tests.scenarios.hostile.target import Target
from tests.schema import schema_folder

ROUNDS = 8
GROWTH = 4 * 1024 * 1024
"""Bytes the second half of the barrages may add to the first: the allocator's noise, no leak."""


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    with running_demo("--ports", "free") as demo:
        yield Target(demo)


@pytest.fixture(autouse=True)
def _well_afterwards(target: Target) -> Iterator[None]:
    before = len(target.log)
    yield
    target.must_be_well()
    assert "Traceback" not in target.log[before:], target.log[before:][-4000:]
    assert target.demo.process.poll() is None


@pytest.fixture(scope="module")
def canary() -> Iterator[socket.socket]:
    """A port on which nobody may ever knock."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        listener.settimeout(0)
        yield listener


@pytest.fixture(scope="module")
def documents(canary: socket.socket, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    secret = tmp_path_factory.mktemp("secret") / "secret.txt"
    secret.write_text(xml_bombs.SECRET)
    return xml_bombs.documents(str(secret), canary.getsockname()[1])


@pytest.fixture(scope="module")
def forgers(target: Target) -> dict[str, tokens.Forger]:
    return tokens.forgers(Path(target.demo.folder))


@pytest.mark.parametrize("door", xml_bombs.DOORS)
def test_documents(target: Target, door: str, documents: dict[str, bytes], canary: socket.socket) -> None:
    for document in documents.values():
        xml_bombs.attack(target, xml_bombs.DOORS[door], document)
    with pytest.raises(BlockingIOError):
        canary.accept()


@pytest.mark.parametrize("name", http_frames.FRAMES)
def test_http_frames(target: Target, name: str) -> None:
    http_frames.attack(target, name)


def test_any_request_at_all(target: Target, dice: random.Random) -> None:
    folder = schema_folder()
    if folder is None:
        pytest.skip("needs the EWS schema in ../shared/schema (or SAMBAND_SHARED)")
    judy = target.demo.person("judy")
    with EwsSession(target.https, target.ca_file, judy["login"], judy["password"]) as session:
        ews_requests.attack(target, session, Schema(folder), dice, 2000)


def test_http_that_is_cut_off(target: Target) -> None:
    http_frames.cut_off(target)


@pytest.mark.parametrize("name", sip_frames.FRAMES)
def test_sip_frames(target: Target, name: str) -> None:
    sip_frames.attack(target, name)
    sip_frames.attack(target, name, target.tls, tls=True)


def test_torture_messages_of_a_stranger(target: Target) -> None:
    sip_frames.torture(target)


def test_mutilated_sip(target: Target, dice: random.Random) -> None:
    sip_frames.mutilate(target, dice, 300)


def test_anything_said_by_somebody_who_signed_in(target: Target, dice: random.Random) -> None:
    for _ in range(5):
        signed_in_sip.attack(target, dice, 200)


def test_slow_peers_hold_up_nobody(target: Target) -> None:
    with http_frames.slow_peers(target, 40):
        target.must_be_well()


@pytest.mark.parametrize("door", ["EWS", "lyncdiscover"])
def test_forged_tokens(target: Target, door: str, forgers: dict[str, tokens.Forger]) -> None:
    forger = forgers[door]
    assert tokens.present(target, door, forger.honest()).status == 200, "the forger has the right key"
    for name, text in forger.forged().items():
        assert text, name
        tokens.refused(tokens.present(target, door, text))


@pytest.mark.parametrize(("door", "other"), [("EWS", "lyncdiscover"), ("lyncdiscover", "EWS")])
def test_tokens_for_another_door(target: Target, door: str, other: str, forgers: dict[str, tokens.Forger]) -> None:
    tokens.refused(tokens.present(target, door, forgers[other].honest()))


def test_strangers_in_a_crowd(target: Target) -> None:
    floods.strangers(target, 400)
    floods.registrations(target, 500)
    floods.connections(target, 100)


def test_guessers_hold_up_nobody(target: Target) -> None:
    login = target.demo.person("ivan")["login"]
    with floods.guessers(target, lambda: login, 30, "127.0.7.2") as under_way:
        target.must_be_well()
        assert not all(one.done() for one in under_way), "guesses after the first few wait"


def _fresh_names() -> bytes:
    """A document whose every name is new: whoever keeps names keeps them all."""
    return f"<a>{''.join(f'<a{uuid.uuid4().hex}/>' for _ in range(30_000))}</a>".encode()


def _barrage(
    target: Target, documents: dict[str, bytes], forgers: dict[str, tokens.Forger], dice: random.Random, turn: int
) -> None:
    """Everything above, once."""
    for door in xml_bombs.DOORS.values():
        for document in documents.values():
            xml_bombs.attack(target, door, document)
        xml_bombs.attack(target, door, _fresh_names())
    for name in http_frames.FRAMES:
        http_frames.attack(target, name)
    http_frames.cut_off(target)
    for name in sip_frames.FRAMES:
        sip_frames.attack(target, name)
    sip_frames.torture(target)
    sip_frames.mutilate(target, dice, 100)
    signed_in_sip.attack(target, dice, 100)
    with http_frames.slow_peers(target, 10):
        pass
    for name, forger in forgers.items():
        for text in forger.forged().values():
            tokens.present(target, name, text)
    floods.strangers(target, 100)
    floods.registrations(target, 200)
    with floods.guessers(target, floods.unknown_logins, 20, f"127.0.8.{turn}"):
        pass


def test_memory_is_flat(
    target: Target, documents: dict[str, bytes], forgers: dict[str, tokens.Forger], dice: random.Random
) -> None:
    sizes = []
    for turn in range(1, ROUNDS + 1):
        _barrage(target, documents, forgers, dice, turn)
        sizes.append(target.memory())
    print("PSS after each barrage:", [f"{size / 2**20:.1f} MB" for size in sizes])
    assert min(sizes[-2:]) - min(sizes[ROUNDS // 2 - 2 : ROUNDS // 2]) < GROWTH
