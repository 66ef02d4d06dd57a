"""Twinkle on a terminal (twinkle-console): driven over its standard input, watched in its log."""

from __future__ import annotations

import shutil
from collections.abc import Iterable

from samband.net import ports
from tests.clients.client_process import TerminalClient
from tests.clients.waiting import until

PROGRAM = shutil.which("twinkle-console")


def missing() -> str:
    """What keeps it from running here, empty where nothing does."""
    return "" if PROGRAM else "needs Debian's twinkle-console"


_PROFILE = """\
user_name={user}
user_domain={domain}
user_display={user}
auth_name={user}
auth_pass={password}
outbound_proxy={server}
all_requests_to_proxy=yes
registrar={server}
register_at_startup=yes
sip_transport={transport}
pres_publish_startup=yes
zrtp_enabled=no
"""
_SYSTEM = """\
sip_port={port}
log_show_sip=yes
log_show_debug=yes
validate_audio_dev=no
"""


class Twinkle(TerminalClient):
    """One account, ``user`` of ``domain``, whose server is at ``server`` (host:port, with ``transport``)."""

    patience = 10

    def __init__(
        self,
        user: str,
        password: str,
        domain: str,
        server: str,
        *,
        transport: str = "tcp",
        contacts: Iterable[str] = (),
    ) -> None:
        super().__init__("twinkle")
        settings = self.folder / ".twinkle"
        settings.mkdir()
        words = {"user": user, "password": password, "domain": domain, "server": server, "transport": transport}
        (settings / "account.cfg").write_text(_PROFILE.format(**words))
        (settings / "account.bud").write_text("".join(f"{one}|{one}|y\n" for one in contacts))
        port = ports.take("0.0.0.0", 0, (*ports.TCP, *ports.UDP))
        (settings / "twinkle.sys").write_text(_SYSTEM.format(port=port))
        self.start([str(PROGRAM), "account.cfg"])

    @property
    def log(self) -> str:
        """Everything it noted, with every message on the wire."""
        return self.read(".twinkle/twinkle.log")

    def registered(self) -> None:
        """Wait until it is signed in."""
        until(lambda: "registration succeeded" in self.shown, f"a registration:\n{self.shown}\n{self.log[-3000:]}")

    def refused(self) -> None:
        """Wait until its password was not taken, nor anything else."""
        until(lambda: "registration failed: 401" in self.shown, f"a refusal:\n{self.shown}\n{self.log[-3000:]}")
        assert "SIP/2.0 200 " not in self.log

    def publish(self, state: str) -> None:
        """Say that the user is ``online`` or ``offline``."""
        self.do(f"presence -b {state}")

    def sees(self, address: str, basic: str) -> None:
        """Wait until it takes somebody's state for ``open`` or ``closed``, and not for anything else since.

        The terminal has no list of buddies; the log says of every one how they are.
        """

        def latest() -> bool:
            states = self.log.split("Presence state changed to: ")[1:]
            heard = [one.splitlines()[0] for one in states if one.splitlines()[1:2] == [address]]
            return heard[-1:] == [basic]

        until(latest, f"{address} {basic}")

    def say(self, to: str, text: str) -> None:
        """Send a message."""
        self.do(f'message {to} "{text}"')

    def hears(self, text: str) -> None:
        """Wait for a message."""
        until(lambda: f"\n{text}\n" in self.shown, f"the message {text!r}")
