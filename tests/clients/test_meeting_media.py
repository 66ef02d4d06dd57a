"""Sound and pictures of a meeting in real browsers through a real Janus, beside a Lync client that has text alone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.clients.chromium import Browser, browsing, missing_browser
from tests.clients.janus import Janus, missing_janus, running_janus
from tests.clients.purple_process import missing_packages
from tests.clients.running_demo import Demo, running_demo
from tests.clients.test_join_page import account, enter, meeting, picture, say
from tests.clients.test_online_meetings import lync
from tests.clients.tones import write_tone
from tests.clients.waiting import until

_MISSING = missing_browser() or missing_janus()
pytestmark = pytest.mark.skipif(bool(_MISSING), reason=_MISSING or "never")

FAKES = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
DENIED = ("--use-fake-device-for-media-stream", "--deny-permission-prompts")
PATIENCE = 60.0
_RECEIVED = """
const done = arguments[arguments.length - 1];
const found = {frames: 0, sound: 0, packets: 0};
const receiver = document.getElementById("media")?.media.receiver;
(receiver ? receiver.getStats() : Promise.resolve(new Map())).then((stats) => {
  for (const one of stats.values()) if (one.type === "inbound-rtp") {
    if (one.kind === "video") found.frames += one.framesDecoded || 0;
    else { found.sound += one.totalAudioEnergy || 0; found.packets += one.packetsReceived || 0; }
  }
  done(found);
});
"""


@pytest.fixture(scope="module")
def janus() -> Iterator[Janus]:
    with running_janus() as running:
        yield running


@pytest.fixture(scope="module")
def demo(janus: Janus) -> Iterator[Demo]:
    with running_demo("--ports", "free", *janus.words) as running:
        yield running


@pytest.fixture
def windows(demo: Demo, tmp_path: Path) -> Iterator[Windows]:
    with ExitStack() as stack:
        yield Windows(demo, tmp_path, stack)


class Windows:
    """Where browsers come from."""

    def __init__(self, demo: Demo, folder: Path, stack: ExitStack) -> None:
        self._demo = demo
        self._folder = folder
        self._stack = stack

    def organizer(self, url: str) -> Browser:
        """Alice, with her account."""
        browser = self._stack.enter_context(browsing(self._demo.table["hosts"], self._folder / "alice.log", FAKES))
        account(browser, self._demo, url, "alice")
        return browser

    def guest(self, url: str, name: str, flags: tuple[str, ...] = FAKES) -> Browser:
        """Somebody in the meeting, with a camera that shows a clock and a microphone that beeps."""
        log = self._folder / f"{name}.log"
        browser = self._stack.enter_context(browsing(self._demo.table["hosts"], log, flags))
        enter(browser, url, name)
        browser.find("#people .name", text=name)
        return browser


def received(browser: Browser) -> Any:
    """Frames decoded, energy of sound and packets of it, so far in the present connection."""
    return browser.call("POST", "/execute/async", script=_RECEIVED, args=[])


def sees_and_hears(*browsers: Browser) -> None:
    """Wait until each decodes frame after frame, and hears something."""
    for browser in browsers:
        before = until(lambda: (found := received(browser))["frames"] > 0 and found, "the first frame", PATIENCE)  # noqa: B023
        until(lambda: received(browser)["frames"] > before["frames"] + 10, "more frames", PATIENCE)  # noqa: B023
        until(lambda: received(browser)["sound"] > 0, "sound", PATIENCE)  # noqa: B023


def test_two_guests_see_each_other_while_a_lync_client_writes(demo: Demo, janus: Janus, windows: Windows) -> None:
    if missing_packages():
        pytest.skip(missing_packages())
    url = meeting(demo, accessLevel="Everyone")["joinUrl"]
    with lync(demo, "alice") as alice:
        alice.do("conf-join", uri=url)
        chat = alice.wait("chat-joined")["chat"]
        ann, ben = windows.guest(url, "Ann"), windows.guest(url, "Ben")
        for browser in (ann, ben):
            browser.click("#media-join", "Join with audio and video")
        sees_and_hears(ann, ben)
        ann.find("#tiles li.seen .who", text="Ben (guest)")
        ben.find("#tiles li.seen .who", text="Ann (guest)")
        picture(ann, "media-ann")
        picture(ben, "media-ben")
        say(ann, "do you see me?")
        alice.wait("chat", text="do you see me?")
        alice.do("chat", chat=chat, text="I read you")
        for browser in (ann, ben):
            browser.find("#lines li:not(.mine)", text="I read you")

        janus.kill()
        for browser in (ann, ben):
            browser.find("#media", text="Audio and video are not available right now.", seconds=PATIENCE)
        picture(ann, "media-unavailable")
        say(ben, "the picture is gone")
        alice.wait("chat", text="the picture is gone")
        ann.find("#lines li:not(.mine)", text="the picture is gone")
        janus.start()
        sees_and_hears(ann, ben)
        say(ben, "and back")
        alice.wait("chat", text="and back")

        ben.click("#leave")
        until(lambda: ann.run("return document.querySelectorAll('#tiles li').length") == 1, "a tile less", PATIENCE)


def test_camera_and_microphone_are_turned_off_and_on(demo: Demo, windows: Windows, tmp_path: Path) -> None:
    """Ann speaks all the time."""
    url = meeting(demo, accessLevel="Everyone")["joinUrl"]
    write_tone(tmp_path / "speech.wav", 300)
    ann = windows.guest(url, "Ann", (*FAKES, f"--use-file-for-fake-audio-capture={tmp_path / 'speech.wav'}"))
    ann.click("#media-join")
    ann.find("#tiles .self.seen")
    ann.click("#camera", "Camera off")
    ben = windows.guest(url, "Ben")
    ben.click("#media-join")
    ben.find("#tiles li:not(.self):not(.seen):not(.muted) .who", text="Ann", seconds=PATIENCE)
    ben.find("#tiles li.talking .who", text="Ann", seconds=PATIENCE)
    picture(ben, "media-talking")
    ann.click("#microphone", "Mute")
    ben.find("#tiles li.muted:not(.talking) .who", text="Ann", seconds=PATIENCE)
    picture(ben, "media-muted")
    ann.click("#camera", "Camera on")
    ben.find("#tiles li.seen .who", text="Ann", seconds=PATIENCE)
    ann.click("#microphone", "Unmute")
    ben.find("#tiles li:not(.self):not(.muted) .who", text="Ann", seconds=PATIENCE)
    sees_and_hears(ann, ben)
    ann.click("#media-leave")
    ann.find("#media-join")
    until(lambda: ben.run("return document.querySelectorAll('#tiles li').length") == 1, "a tile less", PATIENCE)


def test_who_may_not_use_a_camera_sees_the_others(demo: Demo, windows: Windows) -> None:
    url = meeting(demo, accessLevel="Everyone")["joinUrl"]
    ann, ben = windows.guest(url, "Ann"), windows.guest(url, "Ben", DENIED)
    for browser in (ann, ben):
        browser.click("#media-join")
    ben.find("#media", text="The browser may not use your microphone and camera. You see and hear the others.")
    sees_and_hears(ben)
    ann.find("#tiles li:not(.self):not(.seen).muted .who", text="Ben")
    picture(ben, "media-listener")


def test_a_presenter_mutes_a_guest_and_everybody(demo: Demo, windows: Windows, tmp_path: Path) -> None:
    """What the guest's browser sends all the same reaches nobody."""
    url = meeting(demo, accessLevel="Everyone")["joinUrl"]
    write_tone(tmp_path / "speech.wav", 300)
    alice = windows.organizer(url)
    ann = windows.guest(url, "Ann", (*FAKES, f"--use-file-for-fake-audio-capture={tmp_path / 'speech.wav'}"))
    for browser in (alice, ann):
        browser.click("#media-join")

    def hears() -> bool:
        before = received(alice)["packets"]
        time.sleep(1)
        return bool(received(alice)["packets"] > before)

    until(hears, "Ann is heard", PATIENCE)
    alice.click("#people .guest .menu summary")
    picture(alice, "media-menu")
    alice.click("#people .menu button", "Mute")
    ann.find("#media", text="You were muted.", seconds=PATIENCE)
    ann.find("#microphone", text="Unmute")
    alice.find("#tiles li.muted .who", text="Ann", seconds=PATIENCE)
    picture(ann, "media-was-muted")
    ann.run("document.getElementById('media').media.own.getAudioTracks()[0].enabled = true")
    until(lambda: not hears(), "nothing of Ann arrives", PATIENCE)
    ann.click("#microphone", "Unmute")
    until(hears, "Ann is heard again", PATIENCE)
    alice.click("#mute-all", "Mute everybody")
    ann.find("#media", text="A presenter has muted everybody.", seconds=PATIENCE)
    ann.find("#microphone:disabled")
    until(lambda: not hears(), "nothing of Ann arrives", PATIENCE)
    picture(ann, "media-all-muted")
    alice.click("#mute-all", "Let everybody speak")
    ann.find("#microphone:enabled", text="Unmute", seconds=PATIENCE)
    ann.click("#microphone")
    until(hears, "Ann is heard again", PATIENCE)
