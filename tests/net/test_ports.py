"""Which ports a listener may take."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from samband.net import ports
from tests.clients.coturn import RELAYED

HOST = "127.0.0.1"


def test_free_ports_differ_and_nothing_outgoing_takes_them() -> None:
    found = [ports.take(HOST, 0) for _ in range(200)]
    assert len(set(found)) == len(found)
    told = Path("/proc/sys/net/ipv4/ip_local_port_range")
    lowest = int(told.read_text().split()[0]) if told.exists() else 32768
    assert all(1024 < port < lowest for port in found)


def test_no_listener_is_given_a_port_of_what_the_relay_relays() -> None:
    given = range(ports._LOWEST, ports._LOWEST + ports._COUNT)
    assert not set(given) & set(RELAYED)


def test_one_port_for_two_transports() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as taken:
        port = ports.take(HOST, 0, ports.TCP + ports.UDP)
        taken.bind((HOST, port))
        assert ports.take(HOST, port) == port
        with pytest.raises(OSError, match=f"^.*{re.escape(f'{HOST}:{port} is in use by another program')}"):
            ports.take(HOST, port, ports.TCP + ports.UDP)


def test_what_is_in_use_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        listener.listen()
        taken = listener.getsockname()[1]
        monkeypatch.setattr(ports, "_LOWEST", taken)
        monkeypatch.setattr(ports, "_COUNT", 1)
        with pytest.raises(OSError, match=f"no port of {HOST} from {taken} to {taken} is free"):
            ports.take(HOST, 0)


def test_an_address_of_another_machine() -> None:
    with pytest.raises(OSError, match=r"198\.51\.100\.77 is not an address of this machine"):
        ports.take("198.51.100.77", 0)
