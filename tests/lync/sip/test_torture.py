"""The messages of RFC 4475, answered or dropped by a server for the domains in them."""

from __future__ import annotations

import pytest

from samband.lync.sip.flow import Flow
from samband.lync.sip.router import Verdict
from samband.model.people import Person
from samband.wire.sip.address import uri_in
from samband.wire.sip.message import SipRequest
from samband.wire.sip.uri import aor_of
from tests.lync.sip.sides import Client, Let, World
from tests.wire.sip.test_torture import READ, bytes_of

DOMAINS = frozenset({"example.com", "example.net", "example.org", "chair-dnrc.example.com"})

ANSWERS: dict[str, tuple[int, ...]] = {
    # 3.1.1: well-formed. Nobody is signed in: 480, or a registration that succeeds.
    "wsinv": (404,),
    "intmeth": (404,),
    "esc01": (404,),
    "escnull": (200,),
    "esc02": (404,),
    "lwsdisp": (480,),
    "longreq": (480,),
    "dblreq": (200,),
    "semiuri": (404,),
    "transports": (480,),
    "mpart01": (404,),
    # 3.1.2: malformed
    "badinv01": (400,),
    "clerr": (400,),
    "ncl": (400,),
    "scalar02": (400,),
    "quotbal": (400,),
    "ltgtruri": (400,),
    "lwsruri": (400,),
    "lwsstart": (400,),
    "trws": (400,),
    "escruri": (400,),
    "baddate": (480,),
    "regbadct": (400,),
    "badaspec": (404,),
    "baddn": (400,),
    "badvers": (505,),
    "mismatch01": (400,),
    "mismatch02": (400,),
    # 3.2
    "badbranch": (480,),
    # 3.3
    "insuf": (400,),
    "unkscm": (416,),
    "novelsc": (416,),
    "unksm2": (400,),
    "bext01": (420,),
    "invut": (480,),
    "regaut01": (200,),
    "multi01": (400,),
    "mcl01": (400,),
    "zeromf": (483,),
    "cparam01": (200,),
    "cparam02": (200,),
    "regescrt": (200,),
    "sdp01": (480,),
    # 3.4
    "inv2543": (404,),
}
"""Every acceptable status. What is not listed is dropped: responses nobody waits for, and what cannot be answered."""


def torture_world() -> World:
    world = World()
    world.side.places.domains |= DOMAINS
    user = Person(
        objectGUID="guid-user",
        sAMAccountName="user",
        userPrincipalName="user@example.com",
        displayName="user",
        msRTCSIP_PrimaryUserAddress="sip:user@example.com",
        msRTCSIP_UserEnabled=True,
    )

    def anybody(request: SipRequest, flow: Flow) -> Verdict:
        """Believe every From that can be read."""
        address = aor_of(uri_in(request.headers["From"][0]))
        person = Person(
            objectGUID=address,
            sAMAccountName=address,
            userPrincipalName=address,
            displayName=address,
            msRTCSIP_PrimaryUserAddress=f"sip:{address}",
            msRTCSIP_UserEnabled=True,
        )
        return Let(person)

    world.directory.known["user"] = user
    world.gate.inspect = anybody  # type: ignore[method-assign]
    return world


def statuses(client: Client) -> list[int]:
    """Read off the status lines: an answer to a malformed request repeats what was malformed."""
    return [int(data.split(b" ", 2)[1]) for data in client.raw]


@pytest.mark.parametrize("name", READ)
def test_over_udp(name: str) -> None:
    world = torture_world()
    client = world.client("torturer", "udp")
    client.feed(bytes_of(name))
    got = statuses(client)
    assert set(got) <= set(ANSWERS.get(name, ())), got
    assert bool(got) == (name in ANSWERS)


@pytest.mark.parametrize("name", sorted(READ.keys() - {"clerr", "baddn", "inv2543", "dblreq"}))
def test_over_tcp(name: str) -> None:
    world = torture_world()
    client = world.client("torturer", "tcp")
    client.feed(bytes_of(name))
    got = statuses(client)
    assert set(got) <= set(ANSWERS.get(name, ())), got
    assert bool(got) == (name in ANSWERS)
    assert client.closed == (name in ("ncl", "mcl01"))


def test_the_server_is_well_afterwards() -> None:
    world = torture_world()
    for name in READ:
        world.client("torturer", "udp").feed(bytes_of(name))
        world.client("torturer", "tcp").feed(bytes_of(name))
    world.sleep(80)
    assert world.side.transactions.alive == 0
    alice = world.client("alice")
    alice.register()
    assert alice.take_response().status == 200
