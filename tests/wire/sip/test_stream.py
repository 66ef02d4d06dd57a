"""Framing: the same events however bytes are cut, and bounds on what is held."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.wire.sip.message import SipRequest
from samband.wire.sip.stream import Broken, KeepAlive, StreamReader, read_datagram


def message(body: bytes = b"", length: str | None = None, name: str = "Content-Length") -> bytes:
    count = str(len(body)) if length is None else length
    lines = ("INFO sip:a@b SIP/2.0", "Via: SIP/2.0/TCP h", "From: f", "To: t", "Call-ID: c", "CSeq: 1 INFO")
    return "\r\n".join((*lines, f"{name}: {count}", "", "")).encode() + body


STREAMS = st.lists(
    st.one_of(
        st.binary(max_size=40).map(message),
        st.just(b"\r\n"),
        st.just(b"\r\n\r\n"),
        st.just(b"\n"),
        st.just(b"garbage\r\n\r\n"),
        st.just(message(b"", "zz")),
    ),
    max_size=6,
).map(b"".join)


def shape(events: list[object]) -> list[str]:
    return [f"{event!r} {event.body!r}" if isinstance(event, SipRequest) else repr(event) for event in events]


@given(STREAMS, st.data())
def test_cuts_do_not_matter(data: bytes, draw: st.DataObject) -> None:
    whole = shape(list(StreamReader().feed(data)))
    single = StreamReader()
    assert shape([event for byte in data for event in single.feed(bytes([byte]))]) == whole
    places = sorted(draw.draw(st.lists(st.integers(0, len(data)), max_size=5)))
    reader, events = StreamReader(), []
    for start, stop in zip([0, *places], [*places, len(data)], strict=True):
        events += reader.feed(data[start:stop])
    assert shape(events) == whole


@given(st.binary(max_size=500))
def test_any_bytes_are_survived(data: bytes) -> None:
    StreamReader().feed(data)
    read_datagram(data)


def test_messages_pings_and_pongs() -> None:
    reader = StreamReader()
    events = reader.feed(b"\r\n\r\n" + message(b"one") + b"\r\n" + message(b"two", name="l") + b"\r\n\r\n\r\n\r\n")
    assert [type(event) for event in events] == [KeepAlive, SipRequest, SipRequest, KeepAlive, KeepAlive]
    assert [event.body for event in events if isinstance(event, SipRequest)] == [b"one", b"two"]
    assert reader.idle


def test_the_answer_to_a_keep_alive_is_idle() -> None:
    reader = StreamReader()
    assert (reader.feed(b"\r\n"), reader.idle) == ([], True)


def test_half_a_message_is_not_idle() -> None:
    reader = StreamReader()
    data = message(b"body")
    assert (reader.feed(data[:10]), reader.idle) == ([], False)
    assert (reader.feed(data[10:-2]), reader.idle) == ([], False)
    assert (len(reader.feed(data[-2:])), reader.idle) == (1, True)


@pytest.mark.parametrize("length", ["-1", "x", "99999999999", "0x10", "1 1", "\u0661"])
def test_a_length_that_is_none_loses_the_frame(length: str) -> None:
    reader = StreamReader()
    (event,) = reader.feed(message(b"", length))
    assert isinstance(event, Broken)
    assert (event.fatal, event.error.status) == (True, 400)
    assert event.error.partial is not None
    assert reader.feed(message()) == []


def test_bounds() -> None:
    reader = StreamReader(max_head=300, max_body=10)
    assert len(reader.feed(message(b"0123456789"))) == 1
    (event,) = reader.feed(message(b"0123456789x"))
    assert isinstance(event, Broken)
    assert (event.fatal, event.error.status) == (True, 513)
    endless = StreamReader(max_head=300)
    events = [event for _ in range(100) for event in endless.feed(b"INFO sip:a SIP/2.0\r\n"[:10])]
    assert [isinstance(event, Broken) and event.fatal for event in events] == [True]
    assert len(endless) == 0


def test_a_bad_message_with_a_good_length_does_not_lose_the_frame() -> None:
    bad = message(b"skip").replace(b"CSeq: 1 INFO", b"CSeq: 1 BYE")
    events = StreamReader().feed(bad + message(b"good"))
    assert isinstance(events[0], Broken)
    assert (events[0].fatal, events[0].error.status) == (False, 400)
    assert isinstance(events[1], SipRequest)
    assert events[1].body == b"good"


def test_datagrams() -> None:
    assert isinstance(read_datagram(b"\r\n\r\n"), KeepAlive)
    assert isinstance(read_datagram(b""), KeepAlive)
    padded = read_datagram(b"\r\n" + message(b"four") + b"ignored")
    assert isinstance(padded, SipRequest)
    assert padded.body == b"four"
    cut = read_datagram(message(b"four")[:-1])
    assert isinstance(cut, Broken)
    assert (cut.fatal, cut.error.status) == (False, 400)
    headless = read_datagram(message()[:-2])
    assert isinstance(headless, Broken)
    big = read_datagram(message(b"x" * 50), max_body=10)
    assert isinstance(big, Broken)
    assert big.error.status == 513
    without = read_datagram(message(b"rest").replace(b"Content-Length: 4\r\n", b""))
    assert isinstance(without, SipRequest)
    assert without.body == b"rest"


def test_what_is_broken_holds_on_to_nothing() -> None:
    """Not to the frames of the reader, which would then live until somebody looks for garbage."""
    (event,) = StreamReader().feed(message().replace(b"CSeq: 1 INFO\r\n", b""))
    assert isinstance(event, Broken)
    assert event.error.__traceback__ is None
    assert event.error.__context__ is None
