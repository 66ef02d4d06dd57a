"""The messages of RFC 4475 and RFC 5118, answered or dropped by a server for the domains in them."""

from __future__ import annotations

import re

import pytest

from samband.wire.sip.message import SipResponse
from samband.wire.sip.stream import read_datagram
from tests import sip_torture
from tests.lync.sip.torture import FOLDER, ROWS, Row, statuses, torture_world, torturer

BY_NAME = {row.name: row for row in ROWS}


def test_every_message_is_in_the_table() -> None:
    for folder in ("rfc4475", "rfc5118"):
        assert {path.stem for path in (FOLDER / folder).glob("*.dat")} == {
            row.name for row in ROWS if row.rfc == folder
        }


def check(row: Row, got: list[int]) -> None:
    assert set(got) <= set(row.answers), got
    assert bool(got) == bool(row.answers)


@pytest.mark.parametrize("name", BY_NAME)
def test_over_udp(name: str) -> None:
    row = BY_NAME[name]
    client = torturer(torture_world(), row, "udp")
    client.feed(row.data)
    check(row, statuses(client))


@pytest.mark.parametrize("name", sorted(BY_NAME.keys() - {"clerr", "baddn", "inv2543", "dblreq"}))
def test_over_tcp(name: str) -> None:
    row = BY_NAME[name]
    client = torturer(torture_world(), row, "tcp")
    client.feed(row.data)
    check(row, statuses(client))
    assert client.closed == (name in ("ncl", "mcl01"))


def test_the_vias_of_every_version_come_back() -> None:
    row = BY_NAME["mult-ip-in-header"]
    client = torturer(torture_world(), row, "udp")
    client.feed(row.data)
    answer = read_datagram(client.raw[0])
    assert isinstance(answer, SipResponse)
    assert [via.partition(";")[0].rpartition(" ")[2] for via in answer.all("Via")] == [
        "[2001:db8::9:1]:6050",
        "192.0.2.1",
        "[2001:db8::9:255]",
    ]


def test_the_server_is_well_afterwards() -> None:
    world = torture_world()
    for row in ROWS:
        torturer(world, row, "udp").feed(row.data)
        torturer(world, row, "tcp").feed(row.data)
    world.sleep(80)
    assert world.side.transactions.alive == 0
    alice = world.client("alice")
    alice.register()
    assert alice.take_response().status == 200


def test_the_page_is_what_the_router_does() -> None:
    assert sip_torture.PAGE.read_text() == sip_torture.page(), "write it anew: python -m tests.sip_torture"
    rows = re.findall(r"^\| `", sip_torture.PAGE.read_text(), re.MULTILINE)
    assert len(rows) == len(ROWS)
