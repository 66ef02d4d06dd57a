"""Debian's Janus with a configuration of its own, and nothing in it but VideoRoom over HTTP."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from samband.net import ports
from tests.clients.waiting import until

_PROGRAM = shutil.which("janus")
_MODULES = next(Path("/usr/lib").glob("*/janus/plugins"), Path("/none")).parent
_SECRET, _ROOM_KEY = "secret of the interface", "key of the rooms"


def missing_janus() -> str:
    """Why there is no Janus, empty where there is one."""
    return "" if _PROGRAM and (_MODULES / "transports").exists() else "needs Debian's janus"


class Janus:
    """One server, in a folder and at a port that outlive its process.

    ``secret_file`` has its ``api_secret``, ``room_key_file`` the key without which nobody makes rooms.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.secret_file = folder / "secret"
        self.secret_file.write_text(_SECRET + "\n")
        self.room_key_file = folder / "room-key"
        self.room_key_file.write_text(_ROOM_KEY + "\n")
        port = ports.take("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{port}/janus"
        self._write(port)

    @property
    def words(self) -> tuple[str, ...]:
        """For ``samband demo``."""
        files = ("--janus-secret-file", str(self.secret_file), "--janus-room-key-file", str(self.room_key_file))
        return ("--janus", self.url, *files)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with (self._folder / "log").open("ab") as log:
            command = [str(_PROGRAM), "-F", str(self._folder), "-C", str(self._folder / "janus.jcfg")]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until(self._answers, "Janus")

    def kill(self) -> None:
        """End it without a word."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._folder / "log").read_text()[-3000:]
        try:
            with urllib.request.urlopen(f"{self.url}/info", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def _write(self, port: int) -> None:
        plugins = sorted(one.name for one in (_MODULES / "plugins").glob("*.so") if "videoroom" not in one.name)
        transports = sorted(one.name for one in (_MODULES / "transports").glob("*.so") if "http" not in one.name)
        for name, sections in {
            "janus.jcfg": {
                "general": {
                    "configs_folder": self._folder,
                    "plugins_folder": _MODULES / "plugins",
                    "transports_folder": _MODULES / "transports",
                    "api_secret": _SECRET,
                    "debug_level": 4,
                    "debug_colors": False,
                },
                "plugins": {"disable": ",".join(plugins)},
                "transports": {"disable": ",".join(transports)},
            },
            "janus.transport.http.jcfg": {
                "general": {"http": True, "ip": "127.0.0.1", "port": port, "https": False},
                "admin": {"admin_http": False, "admin_https": False},
            },
            "janus.plugin.videoroom.jcfg": {"general": {"admin_key": _ROOM_KEY}},
        }.items():
            (self._folder / name).write_text("\n".join(_section(title, values) for title, values in sections.items()))


def _section(title: str, values: dict[str, object]) -> str:
    def shown(value: object) -> str:
        return str(value).lower() if isinstance(value, bool | int) else f'"{value}"'

    return f"{title}: {{\n" + "".join(f"  {name} = {shown(value)}\n" for name, value in values.items()) + "}\n"


@contextmanager
def running_janus() -> Iterator[Janus]:
    """A server for as long as the context lasts."""
    with tempfile.TemporaryDirectory(prefix="samband-janus-", ignore_cleanup_errors=True) as folder:
        janus = Janus(Path(folder))
        janus.start()
        try:
            yield janus
        finally:
            janus.kill()
