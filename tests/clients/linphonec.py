"""linphonec, Linphone on a terminal: driven over its standard input."""

from __future__ import annotations

import shutil
from collections.abc import Iterable

from tests.clients.client_process import TerminalClient
from tests.clients.waiting import until

PROGRAM = shutil.which("linphonec")


def missing() -> str:
    """What keeps it from running here, empty where nothing does."""
    return "" if PROGRAM else "needs Debian's linphone-cli"


_SETTINGS = """\
[sip]
sip_port=-2
sip_tcp_port=-2
sip_tls_port=-2
default_proxy=0
use_ipv6=0
root_ca={ca_file}
verify_server_certs=1
verify_server_cn=0
[proxy_0]
reg_proxy=<sip:{server};transport={transport}>
reg_route=<sip:{server};transport={transport};lr>
reg_identity=sip:{user}@{domain}
reg_sendregister=1
reg_expires=600
publish=1
[auth_info_0]
username={user}
userid={user}
passwd={password}
realm={domain}
domain={domain}
[misc]
auto_net_state_mon=0
"""
_FRIEND = """\
[friend_{number}]
url="{address}" <sip:{address}>
pol=accept
subscribe=1
"""


class Linphonec(TerminalClient):
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
        super().__init__("linphonec")
        folder = self.folder
        (folder / ".local" / "share" / "linphone").mkdir(parents=True)
        settings = _SETTINGS.format(
            user=user, password=password, domain=domain, server=server, transport=transport, ca_file=ca_file
        )
        friends = [_FRIEND.format(number=number, address=address) for number, address in enumerate(contacts)]
        (folder / "settings").write_text(settings + "".join(friends))
        self.start([str(PROGRAM), "-c", str(folder / "settings"), "-d", "6", "-l", str(folder / "log")])

    @property
    def log(self) -> str:
        """Everything it noted, with every message on the wire."""
        return self.read("log")

    def registered(self) -> None:
        """Wait until it is signed in."""
        until(lambda: "LinphoneRegistrationOk" in self.log, f"a registration:\n{self.log[-3000:]}")

    def refused(self) -> None:
        """Wait until its password was not taken, nor anything else."""
        until(lambda: self.log.count("SIP/2.0 401 ") > 1, f"a refusal:\n{self.log[-3000:]}")
        assert "SIP/2.0 200 " not in self.log

    def sees(self, address: str, status: str) -> None:
        """Wait until somebody is shown so, and was not shown otherwise since."""

        def latest() -> bool:
            lines = [line for line in self.shown.splitlines() if f"<sip:{address}> is " in line]
            return bool(lines) and status in lines[-1]

        until(latest, f"{address} {status}")

    def say(self, to: str, text: str) -> None:
        """Send a message."""
        self.do(f"chat sip:{to} {text}")

    def hears(self, text: str) -> None:
        """Wait for a message."""
        until(lambda: f": {text}" in self.shown, f"the message {text!r}")
