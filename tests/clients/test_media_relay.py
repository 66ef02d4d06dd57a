"""Credentials of a real TURN server: told to pidgin-sipe and to browsers, and good there."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.clients.chromium import Browser, missing_browser
from tests.clients.coturn import Coturn, missing_coturn, running_coturn
from tests.clients.janus import missing_janus, running_janus
from tests.clients.purple_process import missing_packages
from tests.clients.running_demo import Demo, running_demo
from tests.clients.test_join_page import meeting
from tests.clients.test_meeting_media import Windows, sees_and_hears
from tests.clients.test_online_meetings import lync
from tests.clients.waiting import until

pytestmark = pytest.mark.skipif(bool(missing_coturn()), reason=missing_coturn() or "never")
_BROWSERS = missing_browser() or missing_janus()
_PAIRS = """
const done = arguments[arguments.length - 1];
const { sender, receiver } = document.getElementById("media").media;
const found = [];
(async () => {
  for (const one of [sender, receiver]) {
    const stats = one ? await one.getStats() : new Map();
    for (const pair of stats.values())
      if (pair.type === "candidate-pair" && pair.nominated && pair.state === "succeeded")
        found.push(stats.get(pair.localCandidateId).candidateType);
  }
  done(found);
})();
"""


@pytest.fixture(scope="module")
def coturn() -> Iterator[Coturn]:
    with running_coturn() as running:
        yield running


@pytest.fixture(scope="module")
def demo(coturn: Coturn) -> Iterator[Demo]:
    with ExitStack() as stack:
        words = stack.enter_context(running_janus()).words if not missing_janus() else ()
        yield stack.enter_context(running_demo("--ports", "free", *words, *coturn.words))


@pytest.mark.skipif(bool(missing_packages()), reason=missing_packages() or "never")
def test_a_lync_client_is_told_credentials_that_the_relay_takes(demo: Demo, coturn: Coturn) -> None:
    with lync(demo, "alice") as alice:
        until(lambda: f"Media relay: {coturn.host} TCP: {coturn.port} UDP: {coturn.port}" in alice.log, "the relay")
        said = re.search(r"<username>(.*?)</username><password>(.*?)</password>", alice.log)
    assert said is not None
    username, password = (base64.b64decode(one).decode() for one in said.groups())
    assert username.endswith(":alice@contoso.test")
    assert coturn.relays(username, password)
    assert not coturn.relays(username, password[:-2] + "x=")
    assert not coturn.relays("1" + username, password)


def test_a_check_finds_nothing_wrong_with_relay_and_janus(demo: Demo) -> None:
    assert "media." not in demo.samband("check", demo.folder, "--user", "alice")


@pytest.mark.skipif(bool(_BROWSERS), reason=_BROWSERS or "never")
def test_browsers_that_reach_nothing_but_the_relay(demo: Demo, tmp_path: Path) -> None:
    url = meeting(demo, accessLevel="Everyone")["joinUrl"]
    with ExitStack() as stack:
        windows = Windows(demo, tmp_path, stack)
        ann, ben = windows.guest(url, "Ann"), windows.guest(url, "Ben")
        for browser in (ann, ben):
            browser.find("#media-join")
            browser.run("document.getElementById('media').media.settings = { iceTransportPolicy: 'relay' }")
            browser.click("#media-join")
        sees_and_hears(ann, ben)
        for browser in (ann, ben):
            assert pairs(browser) == ["relay", "relay"]


def pairs(browser: Browser) -> list[str]:
    """The kind of the own end of each connection in use."""
    found: list[str] = browser.call("POST", "/execute/async", script=_PAIRS, args=[])
    return found
