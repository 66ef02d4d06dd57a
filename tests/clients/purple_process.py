"""A real SIP client in a process of its own, pidgin-sipe or libpurple's SIMPLE, driven by ``tests.clients.purple``."""

from __future__ import annotations

import ctypes.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.clients import names
from tests.clients.names import Names

Event = dict[str, Any]

SIPE = Path("/usr/lib/purple-2/libsipe.so")
_REPOSITORY = Path(__file__).parents[2]


def missing_packages() -> str:
    """What keeps sipe from running here, empty where nothing does."""
    if ctypes.util.find_library("purple") is None or not SIPE.exists():
        return "needs Debian's pidgin-sipe and libpurple0"
    return names.missing()


@dataclass(frozen=True, kw_only=True)
class Account:
    """Who signs in where. ``server`` is ``host:port``, empty to be discovered; ``authentication`` is ``ntlm``,
    ``tls-dsk`` or ``auto``; ``ca_file`` the PEM to trust; ``settings`` go to the account as they are."""

    user: str
    password: str = field(repr=False)
    login: str = ""
    server: str = ""
    transport: str = "auto"
    authentication: str = "auto"
    protocol: str = "prpl-sipe"
    ca_file: Path | None = None
    other_authorities: tuple[Path, ...] = ()
    reconnect: float = 0
    """Seconds after which a client that lost its server tries again; 0: never."""
    settings: Mapping[str, str | int | bool] = field(default_factory=dict)


class PurpleProcess:
    """One client; a context manager that ends it. Every event is kept in ``events``."""

    def __init__(self, account: Account, names: Names | None = None) -> None:
        self.account = account
        self.events: list[Event] = []
        self._folder = tempfile.TemporaryDirectory(prefix="samband-purple-", ignore_cleanup_errors=True)
        self._changed = threading.Condition()
        self._process = self._start(Path(self._folder.name), names)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def log(self) -> str:
        """What libpurple and sipe said so far, with every message on the wire."""
        path = Path(self._folder.name) / "purple.log"
        return path.read_text(errors="replace") if path.exists() else ""

    @property
    def ended(self) -> bool:
        """Whether the program runs no more, for whatever reason."""
        return self._process.poll() is not None

    def do(self, command: str, **words: Any) -> None:
        """Give a command of ``tests.clients.purple``."""
        try:
            self._say({"do": command, **words})
        except BrokenPipeError:
            said = (Path(self._folder.name) / "stderr").read_text()[-2000:]
            raise AssertionError(f"{self.account.user} has ended with {self._process.wait()}: {said}") from None

    def _say(self, command: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()

    def mark(self) -> int:
        """A place in the stream of events, for ``wait(since=...)``."""
        return len(self.events)

    def wait(
        self,
        event: str,
        *,
        since: int = 0,
        timeout: float = 60.0,
        where: Callable[[Event], bool] = lambda found: True,
        **fields: Any,
    ) -> Event:
        """The first event of this name with these fields, heard already or within ``timeout`` seconds.

        Fails with the latest events where there is none, and at once where the client has ended.
        """
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                for found in self.events[since:]:
                    if found["event"] == event and fields.items() <= found.items() and where(found):
                        return found
                left = deadline - time.monotonic()
                if left <= 0 or (not self._reader.is_alive() and self._process.poll() is not None):
                    latest = "\n".join(map(str, self.events[-15:]))
                    raise AssertionError(f"{self.account.user} did not hear {event} {fields}; it heard:\n{latest}")
                self._changed.wait(min(left, 0.5))

    def buddy(self, who: str) -> Event:
        """What the contact list shows of somebody now."""
        since = self.mark()
        self.do("buddies")
        found = self.wait("buddies", since=since)["buddies"]
        return next((one for one in found if one["who"] == who), {})

    def quit(self) -> None:
        """Sign off and end."""
        if self._process.poll() is None:
            try:
                with suppress(BrokenPipeError):  # it is ending already
                    self._say({"do": "quit"})
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._reader.join(5)
        self._folder.cleanup()

    def kill(self) -> None:
        """End without signing off."""
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> PurpleProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.quit()

    def _start(self, folder: Path, names: Names | None) -> subprocess.Popen[str]:
        home = folder / "home"
        home.mkdir()
        wanted: dict[str, Any] = {
            "protocol": self.account.protocol,
            "user": self.account.user,
            "login": self.account.login,
            "password": self.account.password,
            "server": self.account.server,
            "transport": self.account.transport,
            "authentication": self.account.authentication,
            "settings": dict(self.account.settings),
            "reconnect": self.account.reconnect,
            "home": str(home),
            "log": str(folder / "purple.log"),
        }
        if self.account.ca_file is not None:
            trusted = folder / "trusted"
            trusted.mkdir()
            for number, one in enumerate((self.account.ca_file, *self.account.other_authorities)):
                shutil.copy(one, trusted / f"ca{number}.pem")
            wanted["ca"] = str(trusted)
        environment = os.environ | {"LC_ALL": "C.UTF-8"} | (names.environment(folder) if names else {})
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.clients.purple"],
            cwd=_REPOSITORY,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(folder / "stderr").open("w"),
            text=True,
        )
        assert process.stdin is not None
        process.stdin.write(json.dumps(wanted) + "\n")
        process.stdin.flush()
        return process

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._changed:
                try:
                    self.events.append(json.loads(line))
                except ValueError:
                    self.events.append({"event": "noise", "text": line})
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()
