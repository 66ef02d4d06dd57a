"""STUN keep-alives; the addresses and their XOR are those of the test vectors of [RFC5769 2.2, 2.3]."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.wire.stun import answer_binding, is_stun

TRANSACTION = bytes.fromhex("2112a442b7e7a701bc34d686fa87dfae")
REQUEST = b"\0\x01\0\0" + TRANSACTION


@pytest.mark.parametrize(
    ("host", "written"),
    [
        ("192.0.2.1", "002000080001a147e112a643"),
        ("2001:db8:1234:5678:11:2233:4455:6677", "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9"),
    ],
)
def test_the_address_is_told(host: str, written: str) -> None:
    body = bytes.fromhex(written)
    assert is_stun(REQUEST)
    assert answer_binding(REQUEST, (host, 32853)) == b"\x01\x01" + len(body).to_bytes(2, "big") + TRANSACTION + body


def test_whoever_knows_no_cookie_gets_the_address_as_it_is() -> None:
    old = b"\0\x01\0\0" + bytes(range(16))
    assert answer_binding(old, ("192.0.2.1", 32853)) == bytes.fromhex(
        "0101000c000102030405060708090a0b0c0d0e0f" + "000100080001" + "8055" + "c0000201"
    )


def test_what_must_be_understood_and_is_not() -> None:
    asks = bytes.fromhex("80220003616263000003000400000006" + "0006000161000000")
    answer = answer_binding(b"\0\x01" + len(asks).to_bytes(2, "big") + TRANSACTION + asks, ("192.0.2.1", 1))
    assert answer is not None
    assert answer[:2] == b"\x01\x11"
    assert answer[4:20] == TRANSACTION
    assert answer[20:44] == b"\0\x09\0\x15\0\0\x04\x14Unknown Attribut"
    assert answer[48:] == b"\0\x0a\0\x02\0\x03\0\0", "CHANGE-REQUEST, not SOFTWARE nor USERNAME"
    assert len(answer) == 20 + int.from_bytes(answer[2:4], "big")


@pytest.mark.parametrize(
    "data",
    [
        b"\0\x11\0\0" + TRANSACTION,  # an indication
        b"\x01\x01\0\0" + TRANSACTION,  # an answer
        b"\0\x01\0\x04" + TRANSACTION,  # cut short
        b"\0\x01\0\x03" + TRANSACTION + b"\x80\x22\0",
        b"\0\x01\0\x04" + TRANSACTION + b"\x80\x22\0\x08",
    ],
)
def test_what_gets_no_answer(data: bytes) -> None:
    assert is_stun(data)
    assert answer_binding(data, ("192.0.2.1", 1)) is None


@pytest.mark.parametrize(("attributes", "is_answered"), [(315, True), (316, False), (16_000, False)])
def test_what_is_long_is_not_looked_at(attributes: int, is_answered: bool) -> None:
    asks = b"".join(kind.to_bytes(2, "big") + b"\0\0" for kind in range(0x100, 0x100 + attributes))
    data = b"\0\x01" + len(asks).to_bytes(2, "big") + TRANSACTION + asks
    assert (answer_binding(data, ("192.0.2.1", 1)) is not None) is is_answered


@pytest.mark.parametrize("data", [b"", b"\r\n\r\n", b"\0\x01\0\0", b"!x sip:a SIP/2.0\r\nVia: x\r\n\r\n"])
def test_what_is_not_stun(data: bytes) -> None:
    assert not is_stun(data)


@given(st.binary(max_size=80))
def test_nothing_is_answered_by_much_more(rest: bytes) -> None:
    data = REQUEST + rest
    data = data[:2] + len(rest).to_bytes(2, "big") + data[4:]
    assert len(answer_binding(data, ("2001:db8::1", 1)) or b"") <= len(data) + 96
