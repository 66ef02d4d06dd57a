"""One demo on standard ports for all tests that drive real clients against them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.clients.davmail import Gateway, davmail
from tests.clients.running_demo import Demo, names_of, running_demo, standard_address
from tests.schema import schema_errors, schema_folder


@pytest.fixture(scope="session")
def standard_demo() -> Iterator[Demo]:
    """The demo on 443, 80, 25, 5060 and 5061 of its own loopback address."""
    address = standard_address()
    if not address:
        pytest.skip("no port 443 of a loopback address can be taken: clients that insist on it need root")
    with running_demo("--ports", "standard", "--address", address) as demo:
        yield demo


@pytest.fixture(scope="session", autouse=True)
def answers_are_valid() -> Iterator[None]:
    """Every answer that a client of this process gets from EWS is held against the schema, whatever it asked."""
    real = requests.Session.send

    def send(session: requests.Session, request: Any, **wishes: Any) -> requests.Response:
        answer = real(session, request, **wishes)
        if not wishes.get("stream") and schema_folder() and b"Envelope" in answer.content[:200]:
            errors = schema_errors(answer.content)
            assert not errors, "\n".join([*errors, answer.text[:4000]])
        return answer

    requests.Session.send = send  # type: ignore[method-assign]
    yield
    requests.Session.send = real  # type: ignore[method-assign]


@pytest.fixture
def named_demo(standard_demo: Demo) -> Iterator[Demo]:
    """The same, its names resolved and its CA trusted in this process."""
    with names_of(standard_demo):
        yield standard_demo


@pytest.fixture(scope="session")
def gateway_demo() -> Iterator[Demo]:
    """A demo of its own for DavMail, on any ports."""
    with running_demo("--ports", "free") as demo:
        yield demo


@pytest.fixture(scope="session")
def gateway(gateway_demo: Demo) -> Iterator[Gateway]:
    """DavMail in front of it."""
    with davmail(gateway_demo) as found:
        yield found


@pytest.fixture
def demo(gateway_demo: Demo) -> Iterator[Demo]:
    """DavMail's demo, its names resolved and its CA trusted in this process."""
    with names_of(gateway_demo):
        yield gateway_demo
