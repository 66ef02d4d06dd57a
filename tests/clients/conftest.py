"""One demo on standard ports for all tests that drive real clients against them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clients.running_demo import STANDARD_ADDRESS, Demo, can_take_standard_ports, names_of, running_demo


@pytest.fixture(scope="session")
def standard_demo() -> Iterator[Demo]:
    """The demo on 443, 80, 25, 5060 and 5061 of its own loopback address."""
    if not can_take_standard_ports():
        pytest.skip(f"port 443 of {STANDARD_ADDRESS} cannot be taken: clients that insist on it need root")
    with running_demo("--ports", "standard", "--address", STANDARD_ADDRESS) as demo:
        yield demo


@pytest.fixture
def named_demo(standard_demo: Demo) -> Iterator[Demo]:
    """The same, its names resolved and its CA trusted in this process."""
    with names_of(standard_demo):
        yield standard_demo
