"""Every SIP scenario of the benchmark runs and gets right answers; how fast is nobody's business here."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from bench.kamailio import NotInstalled, kamailio
from bench.processes import Server, load, started
from bench.sip_lines import Load
from bench.sip_scenarios import SCENARIOS

from bench import sip_held, sip_load, sip_model

PEOPLE = 12
MODELLED = 80
"""People of the user model, of whom each has 40 contacts; twelve endpoints have one connection."""
LYNC_ALONE = {"presence-lync", "signin-batch"}
"""What only servers do that speak as Lync does."""
SMALL = ["--users", str(PEOPLE), "--connections", str(PEOPLE), "--watchers", "5", "--window", "4", "--seconds", "0.02"]


@pytest.fixture(scope="module")
def ours() -> Iterator[Server]:
    with started("samband", "bench.samband_server", "sip", str(MODELLED), "--certificates", str(PEOPLE)) as server:
        yield server


@pytest.fixture(scope="module")
def floor() -> Iterator[Server]:
    with started("floor", "bench.floor_sip", str(PEOPLE)) as server:
        yield server


@pytest.fixture
def peer() -> Iterator[Server]:
    try:
        with kamailio() as server:
            yield server
    except NotInstalled as reason:
        pytest.skip(f"Kamailio is not there: {reason}")


def _runs(port: int, scenario: str, *words: str) -> None:
    found = asyncio.run(sip_load.run(sip_load.options_of([str(port), scenario, *SMALL, *words])))
    assert not found["bad"], found["first_bad"]
    assert found["count"] >= 1


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_plain(ours: Server, scenario: str) -> None:
    _runs(ours.port, scenario)


@pytest.mark.parametrize("protocol", ["NTLM", "TLS-DSK"])
@pytest.mark.parametrize("scenario", sorted(SCENARIOS.keys() - {"signin"}))
def test_signed_over_tls(ours: Server, scenario: str, protocol: str) -> None:
    _runs(ours.tls_port, scenario, "--tls", "--sign", protocol, "--folder", ours.folder)


@pytest.mark.parametrize("scenario", sorted(SCENARIOS.keys() - LYNC_ALONE))
def test_floor(floor: Server, scenario: str) -> None:
    _runs(floor.port, scenario)


@pytest.mark.parametrize("scenario", sorted(SCENARIOS.keys() - LYNC_ALONE))
def test_kamailio(peer: Server, scenario: str) -> None:
    _runs(peer.port, scenario)


@pytest.mark.parametrize("stage", ["plain", "signed"])
def test_endpoints_held(ours: Server, stage: str) -> None:
    port = ours.port if stage == "plain" else ours.tls_port
    words = [str(port), "--stage", stage, "--endpoints", "24", "--people", str(PEOPLE), "--connections", str(PEOPLE)]
    words += ["--watchers", "2", "--seconds", "0.02", "--quiet", "0"]
    found = asyncio.run(sip_held.run(sip_held.options_of(words)))
    assert not found["bad"], found["first_bad"]


def test_user_model(ours: Server) -> None:
    words = [str(ours.tls_port), "--users", str(MODELLED), "--seconds", "0.2", "--haste", "500", "--sign", "NTLM"]
    found = asyncio.run(sip_model.play(sip_model.options_of(words)))
    assert not found["bad"], found["first_bad"]
    assert found["told"]


def test_a_changed_message_is_wrongly_signed(ours: Server) -> None:
    """The load generator is no friend of the server: what it did not sign is a wrong answer."""
    options = sip_load.options_of([str(ours.tls_port), "register", "--users", "1", "--tls", "--sign", "NTLM"])
    answers = []

    async def sign_in() -> Load:
        one = Load(options)
        await one.connect()
        await one.all(1, lambda n, done: one.register(n, lambda answer: (answers.append(answer), done(answer))))
        one.close()
        return one

    (signer,) = asyncio.run(sign_in()).signers
    (answer,) = answers
    assert signer.holds(answer)
    assert not signer.holds(answer.replace(b"SIP/2.0 200", b"SIP/2.0 202"))


def test_wrong_answers_end_a_scenario(ours: Server) -> None:
    with pytest.raises(RuntimeError, match="wrong answers"):
        load(ours, b"", "bench.sip_load", str(ours.port), "register", *SMALL, "--password", "another", patience=60)
