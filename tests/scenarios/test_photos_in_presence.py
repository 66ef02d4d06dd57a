"""Photos of mailboxes in pidgin-sipe, which learns from presence where they are."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest

from tests.clients.ews_over_https import ask
from tests.clients.purple_process import missing_packages
from tests.clients.running_demo import Demo, names_of, running_demo
from tests.exchange.photographs import drawn, edges
from tests.scenarios.people import address, lync

pytestmark = pytest.mark.skipif(bool(missing_packages()), reason=missing_packages() or "never")

DAVE = address("dave")


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running_demo("--ports", "free") as running, names_of(running):
        yield running


def upload(demo: Demo, edge: int) -> None:
    picture = base64.b64encode(drawn(edge, edge)).decode()
    body = f"<m:SetUserPhoto><m:Email>{DAVE}</m:Email><m:Content>{picture}</m:Content></m:SetUserPhoto>"
    assert ask(demo, "dave", body).findtext(".//{*}ResponseCode") == "NoError"


def test_cards_say_where_photos_are(demo: Demo) -> None:
    """Another photo is fetched as soon as there is one."""
    upload(demo, 700)
    with lync(demo, "carol") as carol:
        carol.do("add", who=DAVE, group="Friends")
        first = carol.wait("buddy-icon", who=DAVE, where=lambda event: bool(event["picture"]))
        assert edges(base64.b64decode(first["picture"])) == (48, 48)
        upload(demo, 60)
        carol.wait("buddy-icon", who=DAVE, where=lambda event: event["picture"] not in ("", first["picture"]))
