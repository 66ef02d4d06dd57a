"""pidgin-sipe finds its server by itself: Lync discovery with a web ticket, or SRV records where that fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.names import Names
from tests.clients.purple_process import Account, PurpleProcess, missing_packages
from tests.clients.running_demo import Demo

pytestmark = pytest.mark.skipif(bool(missing_packages()), reason=missing_packages() or "never")


def account(demo: Demo) -> Account:
    alice = demo.person("alice")
    return Account(
        user=alice["sip"].removeprefix("sip:"),
        login=alice["login"],
        password=alice["password"],
        ca_file=Path(demo.table["ca_file"]),
    )


def names(demo: Demo, *, discovery: bool) -> Names:
    hosts = {name: address for name, address in demo.table["hosts"].items() if discovery or "lyncdiscover" not in name}
    services = {} if discovery else {name: (at["target"], at["port"]) for name, at in demo.table["srv"].items()}
    return Names(hosts, services)


def test_by_lync_discovery(standard_demo: Demo) -> None:
    with PurpleProcess(account(standard_demo), names(standard_demo, discovery=True)) as alice:
        alice.wait("signed-on")
        assert "X-MS-WebTicketURL:" in alice.log
        assert "X-MS-WebTicket: opaque=" in alice.log
        assert "<SipClientInternalAccess" in alice.log
        assert 'Authorization: TLS-DSK qop="auth"' in alice.log


def test_by_service_records(standard_demo: Demo) -> None:
    with PurpleProcess(account(standard_demo), names(standard_demo, discovery=False)) as alice:
        alice.wait("signed-on")
        assert "X-MS-WebTicket: opaque=" not in alice.log
