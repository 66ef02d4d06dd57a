"""WebSocket frames against the examples of RFC 6455, cut anywhere, and broken in every way it forbids."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.wire import websocket
from samband.wire.websocket import Closed, Event, FrameReader, Message, Ping, Pong

MASK = bytes((0x37, 0xFA, 0x21, 0x3D))


def client(first: int, payload: bytes = b"", mask: bytes = MASK) -> bytes:
    """A frame as a client writes it: ``first`` is its first byte."""
    size = len(payload)
    if size < 126:
        head = bytes((first, 0x80 | size))
    elif size < 65536:
        head = bytes((first, 0x80 | 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((first, 0x80 | 127)) + size.to_bytes(8, "big")
    return head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


def read(data: bytes, most: int = 1000) -> list[Event]:
    return FrameReader(most).feed(data)


def test_examples_of_the_rfc() -> None:
    assert read(bytes.fromhex("818537fa213d7f9f4d5158")) == [Message(b"Hello", text=True)]
    assert read(bytes.fromhex("8a8537fa213d7f9f4d5158")) == [Pong()]
    assert websocket.message_frame(b"Hello") == bytes.fromhex("810548656c6c6f")
    assert websocket.message_frame(b"\xff") == bytes.fromhex("8201ff")
    assert websocket.accept_of("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def test_fragments_with_a_ping_between() -> None:
    data = client(0x01, b"Hel") + client(0x89, b"now") + client(0x80, b"lo")
    assert read(data) == [Ping(b"now"), Message(b"Hello", text=True)]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536, 70000])
def test_sizes(size: int) -> None:
    payload = b"x" * size
    assert read(client(0x82, payload), 70000) == [Message(payload, text=False)]
    framed = websocket.message_frame(payload)
    assert framed.endswith(payload)
    assert len(framed) - size == (2 if size < 126 else 4 if size < 65536 else 10)


PIECES = st.lists(
    st.tuples(st.sampled_from([0x81, 0x82, 0x89, 0x8A]), st.text(max_size=30), st.binary(min_size=4, max_size=4)),
    max_size=6,
)


@given(PIECES, st.lists(st.integers(0, 400), max_size=8))
def test_however_the_bytes_are_cut(pieces: list[tuple[int, str, bytes]], cuts: list[int]) -> None:
    data = b"".join(client(first, text.encode(), mask) for first, text, mask in pieces)
    places = sorted({0, *(cut for cut in cuts if cut < len(data)), len(data)})
    reader = FrameReader(1000)
    found = [event for at, end in itertools.pairwise(places) for event in reader.feed(data[at:end])]
    assert found == read(data)
    assert reader.idle


@given(st.binary(max_size=200))
def test_anything_at_all(data: bytes) -> None:
    for event in read(data, 100):
        assert isinstance(event, Message | Ping | Pong | Closed)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x81\x05Hello", 1002),  # not masked
        (client(0xC1, b"x"), 1002),  # an extension's bit
        (client(0x83, b"x"), 1002),  # an unknown kind
        (client(0x80, b"x"), 1002),  # continues nothing
        (client(0x01, b"x") + client(0x81, b"y"), 1002),  # a message within a message
        (client(0x09, b"x"), 1002),  # a ping in fragments
        (client(0x89, b"x" * 126), 1002),  # a ping too long
        (b"\x81\xfe\x00\x05" + MASK, 1002),  # a length that is not in its shortest form
        (b"\x81\xff" + (126).to_bytes(8, "big") + MASK, 1002),
        (client(0x81, b"\xff"), 1007),
        (client(0x01, b"\xc3") + client(0x80, b"x"), 1007),
        (b"\x82\xff" + (2**63).to_bytes(8, "big") + MASK, 1009),  # told by its length alone
        (client(0x02, b"x" * 600) + client(0x80, b"x" * 600), 1009),
        (client(0x88, b"\x03"), 1002),
        (client(0x88, (1005).to_bytes(2, "big")), 1002),
        (client(0x88, (1000).to_bytes(2, "big") + b"\xff"), 1007),
    ],
)
def test_what_breaks_the_rules_ends_it(data: bytes, code: int) -> None:
    reader = FrameReader(1000)
    found = reader.feed(data)[-1]
    assert isinstance(found, Closed)
    assert (found.code, bool(found.fault)) == (code, True)
    assert reader.feed(client(0x81, b"more")) == []


def test_a_peer_that_closes() -> None:
    assert read(client(0x88)) == [Closed(1000)]
    assert read(client(0x88, (1001).to_bytes(2, "big") + b"bye")) == [Closed(1001)]
    assert websocket.close_frame(1001) == bytes.fromhex("880203e9")


def test_fragments_of_one_message_are_bounded_together() -> None:
    reader = FrameReader(1000)
    assert reader.feed(client(0x02, b"x" * 500)) == []
    assert not reader.idle
    assert reader.feed(client(0x00, b"x" * 500)) == []
    assert isinstance(reader.feed(client(0x00, b"x"))[0], Closed)


@pytest.mark.parametrize("key", ["", "short", "dGhlIHNhbXBsZSBub25jZQ", "=" * 24, "å" * 24])
def test_keys_that_are_none(key: str) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        websocket.accept_of(key)
