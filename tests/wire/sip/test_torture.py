"""The messages of RFC 4475, read: as datagrams, and cut in every way as a stream."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from samband.wire.sip.address import parse_address, tag_in
from samband.wire.sip.message import SipRequest, SipResponse
from samband.wire.sip.stream import Broken, Event, StreamReader, read_datagram

FOLDER = Path(__file__).parent / "rfc4475"

READ: dict[str, str | int] = {
    # 3.1.1 valid messages
    "wsinv": "INVITE",
    "intmeth": "!interesting-Method0123456789_*+`.%indeed'~",
    "esc01": "INVITE",
    "escnull": "REGISTER",
    "esc02": "RE%47IST%45R",
    "lwsdisp": "OPTIONS",
    "longreq": "INVITE",
    "dblreq": "REGISTER",
    "semiuri": "OPTIONS",
    "transports": "OPTIONS",
    "mpart01": "MESSAGE",
    "unreason": "200",
    "noreason": "100",
    # 3.1.2 invalid messages
    "badinv01": 400,
    "clerr": 400,
    "ncl": 400,
    "scalar02": 400,
    "scalarlg": 0,
    "quotbal": 400,
    "ltgtruri": "INVITE",
    "lwsruri": 400,
    "lwsstart": 400,
    "trws": 400,
    "escruri": "INVITE",
    "baddate": "INVITE",
    "regbadct": "REGISTER",
    "badaspec": "OPTIONS",
    "baddn": 400,
    "badvers": 505,
    "mismatch01": 400,
    "mismatch02": 400,
    "bigcode": 0,
    # 3.2 transaction layer
    "badbranch": "OPTIONS",
    # 3.3 application layer
    "insuf": 400,
    "unkscm": "OPTIONS",
    "novelsc": "OPTIONS",
    "unksm2": "REGISTER",
    "bext01": "OPTIONS",
    "invut": "INVITE",
    "regaut01": "REGISTER",
    "multi01": 400,
    "mcl01": 400,
    "bcast": "200",
    "zeromf": "OPTIONS",
    "cparam01": "REGISTER",
    "cparam02": "REGISTER",
    "regescrt": "REGISTER",
    "sdp01": "INVITE",
    # 3.4 backward compatibility
    "inv2543": "INVITE",
    # in the archive only
    "test": 0,
}
"""Method or status of what is read; a number is the answer to what cannot be read, 0 where nothing may be answered."""


def outcome(event: Event) -> str | int:
    if isinstance(event, SipRequest):
        return event.method
    if isinstance(event, SipResponse):
        return str(event.status)
    assert isinstance(event, Broken)
    return event.error.status if event.error.partial is not None else 0


def bytes_of(name: str) -> bytes:
    return (FOLDER / f"{name}.dat").read_bytes()


def test_every_message_is_in_the_table() -> None:
    assert {path.stem for path in FOLDER.glob("*.dat")} == READ.keys()


@pytest.mark.parametrize("name", READ)
def test_as_datagram(name: str) -> None:
    assert outcome(read_datagram(bytes_of(name))) == READ[name]


@pytest.mark.parametrize("name", sorted(READ.keys() - {"clerr", "inv2543", "baddn"}))
def test_as_stream_however_it_is_cut(name: str) -> None:
    data = bytes_of(name)
    whole = [repr(event) for event in StreamReader().feed(data)]
    single = StreamReader()
    assert [repr(event) for byte in data for event in single.feed(bytes([byte]))] == whole
    dice = random.Random(name)
    for _ in range(20):
        reader, events, rest = StreamReader(), [], data
        while rest:
            size = dice.randrange(1, 200)
            events += [repr(event) for event in reader.feed(rest[:size])]
            rest = rest[size:]
        assert events == whole


def test_two_requests_in_one_stream() -> None:
    events = StreamReader().feed(bytes_of("dblreq"))
    assert [event.method for event in events if isinstance(event, SipRequest)] == ["REGISTER", "INVITE"]


@pytest.mark.parametrize("name", ["ncl", "mcl01"])
def test_lost_framing_is_fatal(name: str) -> None:
    reader = StreamReader()
    (event,) = reader.feed(bytes_of(name))
    assert isinstance(event, Broken)
    assert event.fatal
    assert reader.feed(bytes_of("dblreq")) == []


@pytest.mark.parametrize("name", [name for name, read in READ.items() if isinstance(read, str)])
def test_written_and_read_again_they_are_the_same(name: str) -> None:
    first = read_datagram(bytes_of(name))
    assert isinstance(first, SipRequest | SipResponse)
    second = read_datagram(first.to_bytes())
    assert isinstance(second, SipRequest | SipResponse)
    assert (second.headers, second.body) == (first.headers, first.body)


def test_the_tortuous_invite() -> None:
    message = read_datagram(bytes_of("wsinv"))
    assert isinstance(message, SipRequest)
    assert message.uri == "sip:vivekg@chair-dnrc.example.com;unknownparam"
    assert message.cseq == (9, "INVITE")
    assert message.get("Max-Forwards") == "0068"
    assert message.get("Subject") == ""
    assert message.get("NewFangledHeader") == "newfangled value continued newfangled value"
    assert message.get("UnknownHeaderWithUnusualValue") == ";;,,;;,;"
    assert len(message.all("Via")) == 2
    assert message.all("Route") == ["<sip:services.example.com;lr;unknownwith=value;unknown-no-value>"]
    contact = parse_address(message.all("Contact")[0])
    assert contact.display == 'Quoted string ""'
    assert contact.params == {"newparam": "newvalue", "secondparam": "", "q": "0.33"}
    assert tag_in(message.get("To") or "") == "1918181833n"
    assert tag_in(message.get("From") or "") == "98asjd8"


def test_the_binary_body_is_kept() -> None:
    message = read_datagram(bytes_of("mpart01"))
    assert isinstance(message, SipRequest)
    assert len(message.body) == 553
    assert bytes_of("mpart01").endswith(message.body)


def test_the_cyrillic_reason_is_kept() -> None:
    message = read_datagram(bytes_of("unreason"))
    assert isinstance(message, SipResponse)
    assert message.reason.encode("utf-8", "surrogateescape") in bytes_of("unreason")
