"""baresip, a SIP client of its own make, without a sound: driven over its control connection."""

from __future__ import annotations

import json
import re
import shutil
import socket
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from samband.net import ports
from tests.clients.client_process import ClientProcess
from tests.clients.waiting import until

PROGRAM = shutil.which("baresip")
_MODULES = Path("/usr/lib/baresip/modules")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def missing() -> str:
    """What keeps it from running here, empty where nothing does."""
    return "" if PROGRAM and (_MODULES / "ctrl_tcp.so").exists() else "needs Debian's baresip-core"


class Baresip(ClientProcess):
    """One account, ``user`` of ``domain``, whose server is at ``server`` (host:port, with ``transport``)."""

    def __init__(
        self,
        user: str,
        password: str,
        domain: str,
        server: str,
        *,
        transport: str = "tcp",
        contacts: Iterable[str] = (),
        ca_file: str = "",
    ) -> None:
        super().__init__("baresip")
        folder = self.folder
        self._port = ports.take("127.0.0.1", 0)
        account = (
            f"<sip:{user}@{domain};transport={transport}>;auth_user={user};auth_pass={password};"
            f'outbound="sip:{server};transport={transport}";regint=300;pubint=300'
        )
        (folder / "accounts").write_text(account + "\n")
        people = [f'"{one}" <sip:{one}>;presence=p2p;access=allow\n' for one in contacts]
        (folder / "contacts").write_text("".join(people))
        (folder / "config").write_text(self._config(ca_file))
        self.said: list[dict[str, Any]] = []
        self.start([str(PROGRAM), "-s", "-f", str(folder)])
        self._control = until(self._connect, "baresip's control connection")
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def log(self) -> str:
        """Everything it said, with every message on the wire."""
        return _COLOUR.sub("", self.shown)

    def do(self, command: str, words: str = "") -> str:
        """Run one of its commands; what it printed."""
        order = json.dumps({"command": command, "params": words, "token": command})
        asked = len(self.said)
        self._control.sendall(f"{len(order.encode())}:{order},".encode())
        answer = until(lambda: self._answer(command, asked), f"baresip's answer to {command}")
        return _COLOUR.sub("", str(answer.get("data", "")))

    def registered(self) -> None:
        """Wait until it is signed in."""
        until(lambda: re.search(r"200 OK \(\) \[\d+ bindings?\]", self.log), f"a registration:\n{self.log[-3000:]}")

    def refused(self) -> None:
        """Wait until its password was not taken, nor anything else."""
        until(lambda: self.log.count("SIP/2.0 401 ") > 1, f"a refusal:\n{self.log[-3000:]}")
        assert "SIP/2.0 200 " not in self.log

    def publish(self, state: str) -> None:
        """Say that the user is ``online`` or ``offline``."""
        self.do(f"presence_{state}")

    def sees(self, address: str, status: str) -> None:
        """Wait until its contact list shows somebody so."""
        until(lambda: status in self._contact(address), f"{address} {status}")

    def say(self, to: str, text: str) -> None:
        """Send a message to the only contact."""
        assert to in self._contact(to), "it writes to its current contact"
        self.do("message", text)

    def hears(self, text: str) -> None:
        """Wait for a message; the trace of what is on the wire ends with its text."""
        until(lambda: text in self.log.rpartition("\nMESSAGE sip:")[2], f"the message {text!r}")

    def _contact(self, address: str) -> str:
        return next((line for line in self.do("contacts").splitlines() if address in line), "")

    def quit(self) -> None:
        self._control.close()
        super().quit()

    def _config(self, ca_file: str) -> str:
        modules = ("account", "contact", "presence", "menu", "ctrl_tcp")
        lines = [f"module_path {_MODULES}", "sip_listen 127.0.0.1:0", f"ctrl_tcp_listen 127.0.0.1:{self._port}"]
        lines += [f"sip_cafile {ca_file}"] if ca_file else []
        lines += ["module_app ctrl_tcp.so"] + [f"module_app {name}.so" for name in modules if name != "ctrl_tcp"]
        return "\n".join(lines) + "\n"

    def _connect(self) -> socket.socket | None:
        if self._process.poll() is not None:
            raise AssertionError(f"baresip ended: {self.log[-3000:]}")
        try:
            control = socket.create_connection(("127.0.0.1", self._port), 5)
        except ConnectionRefusedError:
            return None
        control.settimeout(None)
        return control

    def _answer(self, token: str, since: int) -> dict[str, Any] | None:
        return next((one for one in self.said[since:] if one.get("response") and one.get("token") == token), None)

    def _listen(self) -> None:
        """Netstrings, each a JSON object."""
        data = b""
        while True:
            try:
                more = self._control.recv(65536)
            except OSError:
                return
            if not more:
                return
            data += more
            while (length := re.match(rb"(\d+):", data)) is not None:
                start, size = length.end(), int(length.group(1))
                if len(data) < start + size + 1:
                    break
                self.said.append(json.loads(data[start : start + size]))
                data = data[start + size + 1 :]
