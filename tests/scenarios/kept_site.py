"""A site that outlives its server: made and changed by the command line, served by a process that may be killed."""

from __future__ import annotations

import copy
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from samband.net import ports
from tests.clients.waiting import until

DOMAIN = "contoso.test"
ADDRESS = "127.0.0.1"
_SERVING = "samband: serving "
LISTENERS = ("https", "http", "smtp", "submission", "submissions", "sip_tls", "sip_tcp", "sip_udp", "sip_servers")


class KeptSite:
    """The site in ``folder``, on ports of its own that stay the same from one server to the next."""

    program: Sequence[str] = ("-m", "samband.cli.main")
    """What Python serves the site with."""

    def __init__(
        self,
        folder: Path,
        database: str = "",
        domain: str = DOMAIN,
        address: str = ADDRESS,
        ports: Mapping[str, int] | None = None,
    ) -> None:
        """``database``: the address of a PostgreSQL schema; empty: SQLite, as a new site has it. ``ports`` by the names
        of ``LISTENERS``; None: free ones."""
        self.folder = folder
        self.domain = domain
        self.address = address
        self.ports = dict(ports or free_ports(address))
        self._log = folder.with_name(f"{folder.name}.log")
        self._process: subprocess.Popen[bytes] | None = None
        self.samband("init", "--domain", domain, *(("--storage", database) if database else ()))
        settings = folder / "samband.toml"
        text = settings.read_text()
        for name, port in self.ports.items():
            text = re.sub(rf"^{name} = \d+.*$", f"{name} = {port}", text, flags=re.MULTILINE)
        text = text.replace(f"autodiscover.{domain}/", f"autodiscover.{domain}:{self.ports['https']}/")
        text = text.replace(f'address = "{ADDRESS}"', f'address = "{address}"')
        settings.write_text(text)

    def copied(self, folder: Path) -> KeptSite:
        """Another site with the same people and settings in ``folder``; this one must not be served meanwhile."""
        shutil.copytree(self.folder, folder)
        other = copy.copy(self)
        other.folder = folder
        other._log = folder.with_name(f"{folder.name}.log")
        other._process = None
        return other

    @property
    def ca_file(self) -> Path:
        return self.folder / "keys" / "ca.crt"

    @property
    def log(self) -> str:
        """What every server so far has said."""
        return self._log.read_text() if self._log.exists() else ""

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def samband(self, command: str, *words: str, standard_input: str = "") -> str:
        """Run ``samband COMMAND DIR WORDS`` (two words: ``samband user add DIR WORDS``); what it printed."""
        line = [sys.executable, "-m", "samband.cli.main", *command.split(), str(self.folder), *words]
        done = subprocess.run(line, input=standard_input, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def add_person(self, login: str, password: str) -> None:
        """Somebody with a mailbox, enabled for Lync."""
        self.samband("user add", login, standard_input=f"{password}\n")

    def start(self) -> None:
        """Serve; returns when the listeners are there."""
        known = self.log.count(_SERVING)
        with self._log.open("ab") as log:
            line = [sys.executable, *self.program, "serve", str(self.folder)]
            self._process = subprocess.Popen(line, stdout=log, stderr=log)
        until(lambda: self._serves(known), "the server's listeners", 90)

    def kill(self) -> None:
        """End the server as a crash of the machine's process table would: nothing of its own runs any more."""
        assert self._process is not None
        assert self._process.poll() is None, self.log[-3000:]
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End the server by SIGTERM; it must end well."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        assert self._process.wait(60) == 0, self.log[-3000:]

    def __enter__(self) -> KeptSite:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def _serves(self, known: int) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log[-3000:]
        return self.log.count(_SERVING) > known


def free_ports(address: str = ADDRESS, listeners: Sequence[str] = LISTENERS) -> dict[str, int]:
    """A free port a listener."""
    return {name: ports.take(address, 0, ports.UDP if name == "sip_udp" else ports.TCP) for name in listeners}
