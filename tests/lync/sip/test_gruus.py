"""Addresses of one plain client alone, and several flows to one client."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.lync.actions.gruus import PREFIX, TemporaryGruus, public_value
from samband.wire.sip.address import parse_address
from samband.wire.sip.message import SipResponse
from tests.lync.sip.sides import Client, World

ONE, TWO = "0e324752-e1ab-56eb-8f4a-267c85a97459", "1e324752-e1ab-56eb-8f4a-267c85a97459"
CALL = "sip:alice@contoso.test"


def register(client: Client, instance: str, cseq: int = 1, *, reg_id: str = "", **fields: str) -> SipResponse:
    """Sign in by a client that knows of GRUUs; the answer."""
    request = client.request("REGISTER", "sip:contoso.test", to=f"<{client.aor}>", cseq=cseq, call_id=client.contact)
    flow = f";reg-id={reg_id}" if reg_id else ""
    request.put("Contact", f'<{client.contact}>;+sip.instance="<urn:uuid:{instance}>"{flow}')
    request.put("Supported", "gruu, outbound, path").put("Expires", "600")
    for name, value in fields.items():
        request.put(name.replace("_", "-"), value)
    client.send(request)
    return client.take_response()


def contacts(answer: SipResponse) -> list[dict[str, str]]:
    return [parse_address(value).params for value in answer.all("Contact")]


def send(sender: Client, uri: str) -> None:
    sender.send(sender.request("MESSAGE", uri, body=b"hello", Content_Type="text/plain"))


@pytest.fixture
def world() -> World:
    made = World()
    made.gate.unsigned |= {"alice", "bob"}
    return made


def test_each_of_two_clients_is_reached_alone(world: World) -> None:
    first, second, bob = world.client("alice"), world.client("alice", "udp"), world.signed_in("bob")
    register(first, ONE)
    given_both = contacts(register(second, TWO))
    assert [one["pub-gruu"] for one in given_both] == [f"{CALL};gr=urn:uuid:{ONE}", f"{CALL};gr=urn:uuid:{TWO}"]
    assert [one["+sip.instance"] for one in given_both] == [f"<urn:uuid:{ONE}>", f"<urn:uuid:{TWO}>"]
    for client, other, params in ((first, second, given_both[0]), (second, first, given_both[1])):
        for uri in (params["pub-gruu"], params["temp-gruu"], params["pub-gruu"].upper().replace("SIP:", "sip:")):
            send(bob, uri.replace(";GR=", ";gr="))
            got = client.take_request()
            assert (got.uri, got.body) == (client.contact, b"hello")
            client.answer(got, 200)
            assert bob.take_response().status == 200
            assert not other.inbox()


def test_temporary_ones_do_not_tell_whose_they_are(world: World) -> None:
    alice, bob = world.client("alice"), world.signed_in("bob")
    (first,) = contacts(register(alice, ONE))
    (second,) = contacts(register(alice, ONE, 2))
    assert first["temp-gruu"] != second["temp-gruu"]
    assert re.fullmatch(r"sip:tgruu\.[a-z2-7]{32}@contoso\.test;gr", first["temp-gruu"])
    for params in (first, second):
        send(bob, params["temp-gruu"])
        alice.answer(alice.take_request(), 200)
        assert bob.take_response().status == 200


def test_what_leads_nowhere(world: World) -> None:
    alice, bob = world.client("alice"), world.signed_in("bob")
    (params,) = contacts(register(alice, ONE))
    old = params["temp-gruu"]
    made_up = f"sip:{PREFIX}{'a' * 32}@contoso.test;gr"
    for uri, status in (
        (f"{CALL};gr=urn:uuid:{TWO}", 480),
        (f"sip:nobody@contoso.test;gr=urn:uuid:{ONE}", 404),
        (made_up, 404),
        (f"{CALL};gr", 404),
        ("sip:tgruu.å@contoso.test;gr", 404),
    ):
        send(bob, uri)
        assert bob.take_response().status == status, uri
    renewed = alice.request("REGISTER", "sip:contoso.test", to=f"<{alice.aor}>", call_id="another")
    alice.send(renewed.put("Contact", f'<{alice.contact}>;+sip.instance="<urn:uuid:{ONE}>"').put("Supported", "gruu"))
    (params,) = contacts(alice.take_response())
    send(bob, old)
    assert bob.take_response().status == 404, "with another Call-ID those before are void"
    alice.hang_up()
    for uri, status in ((params["temp-gruu"], 404), (params["pub-gruu"], 480)):
        send(bob, uri)
        assert bob.take_response().status == status


def test_who_knows_nothing_of_them_is_told_nothing(world: World) -> None:
    alice = world.client("alice")
    alice.register(instance=ONE)
    (params,) = contacts(alice.take_response())
    assert params.keys() == {"expires", "+sip.instance"}


def test_several_flows_to_one_client(world: World) -> None:
    first, second, bob = world.client("alice"), world.client("alice"), world.signed_in("bob")
    answer = register(first, ONE, reg_id="1", Require="outbound")
    assert answer.status == 200
    assert answer.headers["Require"] == ["outbound"]
    both = contacts(register(second, ONE, reg_id="2"))
    assert [one["reg-id"] for one in both] == ["1", "2"]
    for uri in (CALL, both[0]["pub-gruu"]):
        send(bob, uri)
        second.answer(second.take_request(), 200)
        assert bob.take_response().status == 200
        assert not first.inbox(), "it is one client, and hears once"
    second.hang_up()
    send(bob, CALL)
    first.answer(first.take_request(), 200)
    assert bob.take_response().status == 200
    third = world.client("alice")
    (again,) = contacts(register(third, ONE, reg_id="1"))
    assert again["reg-id"] == "1", "the same flow anew takes the place of the one before"
    send(bob, CALL)
    assert third.take_request().body == b"hello"


@pytest.mark.parametrize("reg_id", ["", "0", "-1", "x", "9" * 30])
def test_what_is_no_flow(world: World, reg_id: str) -> None:
    answer = register(world.client("alice"), ONE, reg_id=reg_id)
    assert answer.status == 200
    assert "Require" not in answer.headers
    assert "reg-id" not in contacts(answer)[0]


@given(st.integers(1, 2**47), st.binary(min_size=6, max_size=6), st.text(max_size=60))
def test_only_the_key_reads_them(number: int, nonce: bytes, text: str) -> None:
    made = TemporaryGruus(b"k" * 32, lambda _size: nonce)
    assert made.number(made.user(number)) == number
    assert TemporaryGruus(b"o" * 32, lambda _size: nonce).number(made.user(number)) is None
    assert made.number(text) is None
    assert made.number(PREFIX + text) is None


@pytest.mark.parametrize(
    "instance", ["", "<>", "urn:", "<urn:uuid:a b>", '<urn:uuid:">', "<urn:uuid:a;b=c>", "x" * 300]
)
def test_instances_that_make_no_address(instance: str) -> None:
    assert public_value(instance) == ""
