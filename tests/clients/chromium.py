"""Chromium without a screen, driven by ChromeDriver's own interface [W3C WebDriver 14]."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from samband.net import ports
from tests.clients.waiting import until

_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync --hide-scrollbars --window-size=1400,860"
)


def missing_browser() -> str:
    """Why there is no browser, empty where there is one."""
    missing = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    return f"needs {' and '.join(missing)} (Debian packages chromium, chromium-driver)" if missing else ""


class Browser:
    """One window."""

    def __init__(self, base: str) -> None:
        self._base = base

    def call(self, method: str, path: str, **values: Any) -> Any:
        """One command; its value. Raises ``LookupError`` with what the driver says."""
        body = json.dumps(values).encode() if method == "POST" else None
        request = urllib.request.Request(self._base + path, body, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise LookupError(json.load(error)["value"]["message"]) from None

    def open(self, url: str) -> None:
        self.call("POST", "/url", url=url)

    def find(self, css: str, seconds: float = 60.0, text: str = "") -> str:
        """The first element that is shown, with ``text`` in it."""

        def look() -> str | None:
            script = (
                "return [...document.querySelectorAll(arguments[0])].find(e => e.getClientRects().length"
                " && e.textContent.includes(arguments[1])) || null"
            )
            found = self.run(script, css, text)
            return found[_ELEMENT] if found else None

        return until(look, f"{css} {text!r}", seconds)

    def click(self, css: str, text: str = "") -> None:
        """Click the first such element; a page that draws itself anew in between is looked at again."""
        self._with(css, text, "click")

    def write(self, css: str, words: str) -> None:
        """Type into the first such element, in the same way."""
        self._with(css, "", "value", text=words)

    def _with(self, css: str, shown: str, command: str, **values: Any) -> None:
        def attempt() -> bool:
            try:
                self.call("POST", f"/element/{self.find(css, text=shown)}/{command}", **values)
            except LookupError as error:
                if "stale element" not in str(error):
                    raise
                return False
            return True

        until(attempt, f"{command} of {css} {shown!r}")

    def run(self, script: str, *arguments: Any) -> Any:
        """What a script returns."""
        return self.call("POST", "/execute/sync", script=script, args=list(arguments))

    def inside(self, css: str) -> str:
        """The text of a frame."""
        self.call("POST", "/frame", id={_ELEMENT: self.find(css)})
        try:
            return str(self.run("return document.body.innerText"))
        finally:
            self.call("POST", "/frame/parent")

    def devtools(self, command: str, **parameters: Any) -> Any:
        """One command of the browser's own protocol, such as ``Network.emulateNetworkConditions``."""
        return self.call("POST", "/goog/cdp/execute", cmd=command, params=parameters)

    def picture(self, file: Path) -> None:
        """A picture of the window."""
        file.write_bytes(base64.b64decode(self.call("GET", "/screenshot")))


@contextmanager
def browsing(hosts: dict[str, str], log: Path, flags: Sequence[str] = ()) -> Iterator[Browser]:
    """A browser for which ``hosts`` resolve, and which takes any certificate: its store cannot be given a CA.

    ``flags`` are more words for it.
    """
    port = ports.take("127.0.0.1", 0)
    with (
        tempfile.TemporaryDirectory(prefix="samband-chromium-", ignore_cleanup_errors=True) as folder,
        log.open("w") as out,
    ):
        driver = subprocess.Popen(["chromedriver", f"--port={port}"], stdout=out, stderr=out)
        base = f"http://127.0.0.1:{port}/session"
        rules = ", ".join(f"MAP {name} {address}" for name, address in hosts.items())
        options = {"args": [*_FLAGS.split(), *flags, f"--user-data-dir={folder}", f"--host-resolver-rules={rules}"]}
        wanted = {"browserName": "chrome", "acceptInsecureCerts": True, "goog:chromeOptions": options}
        try:
            session = _begin(Browser(base), wanted)
            browser = Browser(f"{base}/{session}")
            try:
                yield browser
            finally:
                browser.call("DELETE", "")
        finally:
            driver.terminate()
            driver.wait(20)


def _begin(driver: Browser, wanted: dict[str, Any]) -> str:
    for _ in range(100):
        try:
            return str(driver.call("POST", "", capabilities={"alwaysMatch": wanted})["sessionId"])
        except urllib.error.URLError:
            time.sleep(0.1)
    raise AssertionError("chromedriver did not start")
