"""evolution-data-server and evolution-ews without a window, on a message bus and in folders of their own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import ssl
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.clients import names
from tests.clients.names import Names
from tests.clients.running_demo import Demo
from tests.clients.waiting import until

_CHILD = Path(__file__).with_name("evolution_child.py")
_PYTHON = "/usr/bin/python3"
FOLDERS = ("Calendar", "Contacts", "Tasks")
_TYPELIBS = ("ECal-2.0", "EBook-1.2", "EDataServer-1.2", "Camel-1.2")
_KEYRING = "printf samband | gnome-keyring-daemon --unlock --components=secrets --foreground >/dev/null &"


def missing_packages() -> str:
    """What keeps evolution-ews from running here, empty where nothing does."""
    programs = all(map(shutil.which, ("dbus-run-session", "gnome-keyring-daemon")))
    folders = [folder / "girepository-1.0" for folder in Path("/usr/lib").glob("*-linux-gnu")]
    libraries = all(any((folder / f"{name}.typelib").exists() for folder in folders) for name in _TYPELIBS)
    if programs and libraries and Path("/usr/lib/evolution-ews/libevolution-ews.so").exists():
        return names.missing()
    return "needs Debian's evolution-ews, python3-gi, gir1.2-{ecal-2.0,ebook-1.2,camel-1.2}, dbus-daemon, gnome-keyring"


class Evolution:
    """One account of evolution-ews; what it can do stands in ``evolution_child.Client``."""

    def __init__(self, process: subprocess.Popen[str], demo: Demo, name: str, errors: Path) -> None:
        self._process = process
        self._errors = errors
        self.person = demo.person(name)
        hosts = [urlsplit(demo.table[url]).hostname for url in ("autodiscover_url", "ews_url")]
        address = demo.table["https"].rpartition(":")
        pem = ssl.get_server_certificate((address[0], int(address[2])), timeout=60)
        self.certificates = {host: pem for host in hosts if host}

    @property
    def log(self) -> str:
        """What its processes wrote to their standard error."""
        return self._errors.read_text(errors="replace")

    def sign_in(self, url: str) -> None:
        """Add the account; its folders come in their own time."""
        words = {name: self.person[name] for name in ("email", "password")}
        host = urlsplit(url)
        place = {"host": host.hostname, "port": host.port or 443, "url": url}
        self.do("sign_in", **words, **place, certificates=self.certificates)

    def until(self, look: Callable[[], object], what: str, seconds: float = 60.0) -> None:
        """Wait until ``look`` is true; fails with what the session said."""
        try:
            until(look, what, seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}; the session said:\n{self.log[-3000:]}") from None

    def do(self, command: str, /, **words: Any) -> Any:
        """What ``command`` answers; fails with what it raised."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": command, **words}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"evolution-data-server's client ended: {self.log[-3000:]}"
        answer = json.loads(line)
        assert "error" not in answer, f"{command}: {answer['trace']}"
        return answer["value"]


@contextmanager
def evolution(demo: Demo, name: str) -> Iterator[Evolution]:
    """The account of one of the demo's people, signed in, its folders there; it ends with the block."""
    with tempfile.TemporaryDirectory(prefix="samband-evolution-", ignore_cleanup_errors=True) as where:
        folder = Path(where)
        environment = os.environ | {"HOME": where, "LC_ALL": "C.UTF-8", "GSETTINGS_BACKEND": "memory"}
        environment |= {"GIO_USE_VFS": "local", "NO_AT_BRIDGE": "1", "TZ": "UTC"}
        environment |= Names(demo.table["hosts"]).environment(folder)
        for kind in ("CONFIG", "DATA", "CACHE", "STATE"):
            environment[f"XDG_{kind}_HOME"] = str(folder / kind.lower())
        environment["XDG_RUNTIME_DIR"] = str(folder / "run")
        (folder / "run").mkdir(mode=0o700)
        environment.pop("DISPLAY", None)
        # Services that the bus starts share its output; answers have one of their own, number 3.
        session = f"exec 3>&1 1>&2; exec dbus-run-session -- sh -c '{_KEYRING} exec {_PYTHON} -E -s {_CHILD}'"
        with (folder / "stderr").open("w") as stderr:
            process = subprocess.Popen(
                ["sh", "-c", session],
                env=environment,
                cwd="/",
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                start_new_session=True,
            )
        try:
            client = Evolution(process, demo, name, folder / "stderr")
            client.sign_in(demo.table["ews_url"])
            client.until(lambda: set(FOLDERS) <= client.do("sources").keys(), "the account's folders")
            yield client
        finally:
            assert process.stdin is not None
            process.stdin.close()
            with suppress(subprocess.TimeoutExpired):
                process.wait(5)
            _end(process.pid)
            process.wait()


def _end(group: int) -> None:
    """End whatever the session left behind: services that the bus had started."""
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
