"""Thunderbird without a window, driven through Marionette: its own account set-up, folders, messages and sending."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from samband.net import ports
from tests.clients.marionette import Marionette
from tests.clients.running_demo import Demo

SCRIPTS = Path(__file__).with_name("thunderbird.js")


def missing_packages() -> str:
    """What keeps Thunderbird from running here, empty where nothing does."""
    return "" if shutil.which("thunderbird") else "needs Debian's thunderbird"


def _preferences(port: int) -> Mapping[str, Any]:
    return {
        "marionette.port": port,
        "app.update.enabled": False,
        "datareporting.policy.dataSubmissionEnabled": False,
        "mail.provider.enabled": False,
        "mail.rights.version": 1,
        "mail.spotlight.firstRunDone": True,
        "mailnews.start_page.enabled": False,
        "mailnews.auto_config_url": "",
        "network.captive-portal-service.enabled": False,
        "network.connectivity-service.enabled": False,
        "network.proxy.type": 0,
        "network.trr.mode": 5,
        "browser.dom.window.dump.enabled": True,
        "mail.setup.loglevel": "Debug",
    }


class Thunderbird:
    """A running Thunderbird; everything it does is a function of ``thunderbird.js``."""

    def __init__(self, process: subprocess.Popen[bytes], session: Marionette, folder: Path) -> None:
        self._process = process
        self._session = session
        self._folder = folder

    @property
    def log(self) -> str:
        """What Thunderbird wrote to its standard error so far."""
        return (self._folder / "stderr").read_text(errors="replace")

    def do(self, name: str, /, **words: Any) -> Any:
        """What the function ``name`` of ``thunderbird.js`` returns for ``words``."""
        return self._session.run(f"{SCRIPTS.read_text()}\nreturn await actions.{name}(words);", **words)


@contextmanager
def thunderbird(demo: Demo, dialogues: str = "dismiss and notify") -> Iterator[Thunderbird]:
    """A Thunderbird with an empty profile that resolves the demo's names and trusts its CA."""
    with tempfile.TemporaryDirectory(prefix="samband-thunderbird-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        port = ports.take("127.0.0.1", 0)
        profile = folder / "profile"
        profile.mkdir()
        lines = [f"user_pref({json.dumps(key)}, {json.dumps(said)});" for key, said in _preferences(port).items()]
        (profile / "user.js").write_text("\n".join(lines) + "\n")
        command = ["thunderbird", "--headless", "--marionette", "-remote-allow-system-access", "--no-remote"]
        environment = os.environ | {"HOME": name, "MOZ_HEADLESS": "1", "MOZ_CRASHREPORTER_DISABLE": "1"}
        with (folder / "stderr").open("wb") as stderr:
            process = subprocess.Popen(
                [*command, "--profile", str(profile)], env=environment, stdout=stderr, stderr=stderr
            )
        try:
            session = _session(port, dialogues, process)
            client = Thunderbird(process, session, folder)
            client.do("prepare", hosts=demo.table["hosts"], ca=Path(demo.table["ca_file"]).read_text())
            yield client
            session.quit()
        finally:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _session(port: int, dialogues: str, process: subprocess.Popen[bytes]) -> Marionette:
    deadline = time.monotonic() + 120
    while True:
        try:
            return Marionette(port, dialogues)
        except (ConnectionError, TimeoutError):
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.2)
