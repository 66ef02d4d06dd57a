"""Via: where responses go."""

from __future__ import annotations

import pytest

from samband.wire.sip.via import branch_in, mark_source, reply_port, sent_by

PEER = ("10.0.0.9", 40001)


@pytest.mark.parametrize(
    ("via", "marked"),
    [
        ("SIP/2.0/TCP 10.0.0.9:5062;branch=z9hG4bK1", None),
        ("SIP/2.0/tls 10.0.0.9", None),
        ("SIP/2.0/UDP 10.0.0.90:5062;branch=b", "SIP/2.0/UDP 10.0.0.90:5062;branch=b;received=10.0.0.9"),
        ("SIP/2.0/UDP pc.example.com;branch=b", "SIP/2.0/UDP pc.example.com;branch=b;received=10.0.0.9"),
        ("SIP/2.0/UDP 10.0.0.9;rport;branch=b", "SIP/2.0/UDP 10.0.0.9;rport=40001;branch=b;received=10.0.0.9"),
        ("SIP/2.0/UDP 10.0.0.9;branch=b;rport", "SIP/2.0/UDP 10.0.0.9;branch=b;rport=40001;received=10.0.0.9"),
        ("SIP/2.0/UDP 10.0.0.9;rport=7", None),
        ("SIP/2.0/UDP h;rport, SIP/2.0/UDP g", "SIP/2.0/UDP h;rport=40001;received=10.0.0.9, SIP/2.0/UDP g"),
        ("SIP/2.0/UDP rport.example.com:5060", "SIP/2.0/UDP rport.example.com:5060;received=10.0.0.9"),
    ],
)
def test_mark(via: str, marked: str | None) -> None:
    assert mark_source(via, PEER) == marked


@pytest.mark.parametrize(
    ("via", "port"),
    [
        ("SIP/2.0/UDP h;rport=7;branch=b", 7),
        ("SIP/2.0/UDP h:5070;branch=b", 5070),
        ("SIP/2.0/UDP h;branch=b", 5060),
        ("SIP/2.0/UDP [2001:db8::1]:5071;branch=b", 5071),
        ("SIP/2.0/UDP h;rport=seven", None),
        ("nonsense", 5060),
        ("SIP/2.0/UDP :::", None),
        ("", None),
        (",", None),
    ],
)
def test_port(via: str, port: int | None) -> None:
    assert reply_port(via) == port


@pytest.mark.parametrize(
    ("via", "branch"),
    [
        ("SIP/2.0/TCP h:1;branch=z9hG4bK1", "z9hG4bK1"),
        ("SIP/2.0/TCP h:1;rport;branch=z9hG4bK1;received=x", "z9hG4bK1"),
        ("SIP/2.0/TCP h:1;branch=z9hG4bK1, SIP/2.0/UDP g;branch=z9hG4bK2", "z9hG4bK1"),
        ("SIP/2.0/TCP h:1", ""),
    ],
)
def test_branch(via: str, branch: str) -> None:
    assert branch_in(via) == branch


def test_sent_by() -> None:
    assert sent_by("SIP / 2.0 / UDP  Host:5062 ;branch=x") == ("host", 5062)
    assert sent_by("SIP/2.0/UDP a:b:c") == ("", None)
