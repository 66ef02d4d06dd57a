"""Debian's coturn with a configuration of its own, at the address that this machine has on its network."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from samband.net import ports
from tests.clients.waiting import until

RELAYED = range(12_000, 13_000)
"""Ports of what is relayed: none that a listener of another test is given, and none of outgoing connections."""
_SERVER, _CLIENT = shutil.which("turnserver"), shutil.which("turnutils_uclient")
_SECRET = "secret of the relay"


def own_address() -> str:
    """The address others would see; empty where there is no network. Nothing is sent."""
    with socket.socket(type=socket.SOCK_DGRAM) as probe, suppress(OSError):
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])
    return ""


def missing_coturn() -> str:
    """Why there is no relay, empty where there is one."""
    if not (_SERVER and _CLIENT):
        return "needs Debian's coturn"
    return "" if own_address() else "a relay needs a network address besides loopback"


class Coturn:
    """``words`` are for ``samband demo``."""

    def __init__(self, folder: Path) -> None:
        self.host = own_address()
        self.port = ports.take(self.host, 0, ports.TCP + ports.UDP)
        secret_file = folder / "secret"
        secret_file.write_text(_SECRET + "\n")
        self.words = ("--turn", f"turn:{self.host}:{self.port}", "--turn-secret-file", str(secret_file))

    def relays(self, username: str, password: str) -> bool:
        """Whether what is sent through the relay with these credentials comes back whole."""
        words = ["-y", "-c", "-n", "3", "-m", "1", "-u", username, "-w", password, "-p", str(self.port), self.host]
        done = subprocess.run([str(_CLIENT), *words], capture_output=True, text=True, timeout=60, check=False)
        return done.returncode == 0 and "Total lost packets 0 " in done.stdout + done.stderr


@contextmanager
def running_coturn() -> Iterator[Coturn]:
    """A relay for as long as the context lasts."""
    with tempfile.TemporaryDirectory(prefix="samband-coturn-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        coturn = Coturn(folder)
        words = [
            *("-n", "--no-cli", "--no-tls", "--no-dtls", "--use-auth-secret", "--realm=contoso.test"),
            f"--static-auth-secret={_SECRET}",
            *(f"--listening-ip={coturn.host}", f"--listening-port={coturn.port}", f"--relay-ip={coturn.host}"),
            *(f"--min-port={RELAYED[0]}", f"--max-port={RELAYED[-1]}", "--log-file=stdout"),
            *(f"--pidfile={folder}/pid", f"--userdb={folder}/users"),
        ]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen([str(_SERVER), *words], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:

            def listens() -> bool:
                assert process.poll() is None, (folder / "log").read_text()[-3000:]
                with suppress(OSError), socket.create_connection((coturn.host, coturn.port), 5):
                    return True
                return False

            until(listens, "coturn")
            yield coturn
        finally:
            process.kill()
            process.wait()
