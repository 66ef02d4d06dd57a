"""SIP messages as values and as bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.wire.sip.message import SipRequest, SipResponse, respond
from samband.wire.sip.names import SPELLINGS, canonical
from samband.wire.sip.parsing import MAX_FIELDS, Unreadable, parse_head, read_carefully, read_ordinary

HEAD = (
    "MESSAGE sip:bob@contoso.test SIP/2.0\r\nv: SIP/2.0/TCP 127.0.0.1:5062;branch=z9hG4bK1\r\n"
    "VIA: SIP/2.0/TCP 127.0.0.1:5063\r\nf: <sip:alice@contoso.test>;tag=1\r\nt: <sip:bob@contoso.test>\r\n"
    "i: c1\r\nCSEQ: 7 MESSAGE\r\nsupported: a, B\r\nSupported: c\r\nx-own: kept\r\nl: 5"
)


def head(**changes: str) -> bytes:
    """A good head with lines changed (or dropped, where the new line is empty)."""
    lines = HEAD.split("\r\n")
    for name, line in changes.items():
        lines = [line if one.lower().startswith(f"{name}:") else one for one in lines]
    return "\r\n".join(line for line in lines if line).encode()


def test_compact_and_odd_spellings_are_one_field() -> None:
    message, length = parse_head(HEAD.encode())
    assert isinstance(message, SipRequest)
    assert (message.method, message.uri, length) == ("MESSAGE", "sip:bob@contoso.test", 5)
    assert (
        message.all("Via")
        == message.all("v")
        == ["SIP/2.0/TCP 127.0.0.1:5062;branch=z9hG4bK1", "SIP/2.0/TCP 127.0.0.1:5063"]
    )
    assert message.get("to") == message.get("T") == message.get("TO") == "<sip:bob@contoso.test>"
    assert message.cseq == (7, "MESSAGE")
    assert message.tokens("k") == {"a", "b", "c"}
    assert message.get("X-OWN") == "kept"
    assert message.get("Content-Length") is None
    assert message.tokens("Require") == set()


@pytest.mark.parametrize(
    "name", ["Via", "VIA", "v", "V", "via", "call-ID", "WWW-authenticate", "MS-DIAGNOSTICS", "x-Odd-ONE"]
)
def test_canonical_is_stable(name: str) -> None:
    assert canonical(canonical(name)) == canonical(name)
    assert canonical(name.upper()) == canonical(name.lower())


def test_the_table_of_spellings_agrees_with_the_rule() -> None:
    assert all(canonical(spelling) == name for spelling, name in SPELLINGS.items())


def test_changes_do_not_reach_a_copy() -> None:
    message, _ = parse_head(HEAD.encode())
    assert isinstance(message, SipRequest)
    copy = message.copy()
    copy.push("Via", "mine").add("Supported", "d").put("To", "other").drop("From")
    assert message.all("Via")[0] != "mine"
    assert message.tokens("Supported") == {"a", "b", "c"}
    assert (message.get("To"), message.get("From")) == ("<sip:bob@contoso.test>", "<sip:alice@contoso.test>;tag=1")
    assert (copy.all("Via")[0], copy.get("To"), copy.get("From")) == ("mine", "other", None)


def test_written_form() -> None:
    request = SipRequest("OPTIONS", "sip:x", {"Via": ["a", "b"], "To": ["c"]}, b"\xff\x00")
    assert (
        request.to_bytes() == b"OPTIONS sip:x SIP/2.0\r\nVia: a\r\nVia: b\r\nTo: c\r\nContent-Length: 2\r\n\r\n\xff\x00"
    )
    assert SipResponse(486).to_bytes() == b"SIP/2.0 486 Busy Here\r\nContent-Length: 0\r\n\r\n"


def test_response_repeats_what_it_must() -> None:
    message, _ = parse_head(HEAD.encode())
    assert isinstance(message, SipRequest)
    answer = respond(message, 404, tag="t1")
    assert answer.all("Via") == message.all("Via")
    assert answer.get("To") == "<sip:bob@contoso.test>;tag=t1"
    assert message.get("To") == "<sip:bob@contoso.test>"
    message.put("To", "<sip:bob@contoso.test> ; TAG = x")
    assert respond(message, 404, tag="t1").get("To") == "<sip:bob@contoso.test> ; TAG = x"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"cseq": "CSeq: 7 INVITE"}, 400),
        ({"cseq": "CSeq: x MESSAGE"}, 400),
        ({"cseq": "CSeq: 2147483648 MESSAGE"}, 400),
        ({"cseq": "CSeq: MESSAGE"}, 400),
        ({"cseq": "CSeq: \u0661 MESSAGE"}, 400),
        ({"cseq": ""}, 400),
        ({"f": ""}, 400),
        ({"t": ""}, 400),
        ({"i": ""}, 400),
        ({"i": "i: a\r\ni: b"}, 400),
        ({"t": 't: "open <sip:bob@contoso.test>'}, 400),
        ({"x-own": "no colon here"}, 400),
        ({"x-own": "spaced name: x"}, 400),
        ({"x-own": "m: <sip:a@b>;;q=1"}, 400),
        ({"l": "l: -1"}, 400),
        ({"l": "l: 5\r\nContent-Length: 6"}, 400),
        ({"x-own": "\r\n".join(f"x: {n}" for n in range(MAX_FIELDS))}, 400),
    ],
)
def test_refused_heads(changes: dict[str, str], status: int) -> None:
    with pytest.raises(Unreadable) as caught:
        parse_head(head(**changes))
    assert caught.value.status == status
    assert caught.value.partial is not None


@pytest.mark.parametrize(
    ("start", "status"),
    [
        ("MESSAGE sip:bob@contoso.test SIP/3.0", 505),
        ("MESSAGE sip:bob@contoso.test HTTP/1.1", 400),
        ("MESSAGE sip:bob@contoso.test", 400),
        ("MESSAGE  sip:bob@contoso.test SIP/2.0", 400),
        ("MES(SAGE sip:bob@contoso.test SIP/2.0", 400),
        ("", 400),
    ],
)
def test_refused_start_lines(start: str, status: int) -> None:
    with pytest.raises(Unreadable) as caught:
        parse_head(HEAD.replace("MESSAGE sip:bob@contoso.test SIP/2.0", start, 1).encode())
    assert caught.value.status == status


def test_nothing_answers_a_bad_response_or_a_request_without_via() -> None:
    for text in (HEAD.replace("MESSAGE sip:bob@contoso.test SIP/2.0", "SIP/2.0 99 Low"), "MESSAGE a SIP/2.0\r\nTo: x"):
        with pytest.raises(Unreadable) as caught:
            parse_head(text.encode())
        assert caught.value.partial is None


NAMES = st.sampled_from(["Via", "Contact", "Route", "X-Any", "Supported", "Subject", "ms-diagnostics"])
VALUES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=30).filter(
    lambda text: not any(pair in text for pair in (";;", ",,", ";,", ",;"))
)


@given(st.lists(st.tuples(NAMES, VALUES), max_size=12), st.binary(max_size=64))
def test_what_is_written_is_read_again(fields: list[tuple[str, str]], body: bytes) -> None:
    request = SipRequest(
        "INFO", "sip:a@b", {"Via": ["v"], "From": ["f"], "To": ["t"], "Call-ID": ["c"], "CSeq": ["1 INFO"]}, body
    )
    for name, value in fields:
        request.add(name, value)
    wire = request.to_bytes()
    read, length = parse_head(wire.partition(b"\r\n\r\n")[0])
    assert length == len(body)
    assert read.headers == request.headers


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        parse_head(data)
    except Unreadable as error:
        assert error.status in (400, 505)


PIECES = st.lists(
    st.sampled_from(
        [
            "MESSAGE sip:b SIP/2.0",
            "SIP/2.0 200 OK",
            "SIP/2.0 486 Busy",
            "ODD sip:b SIP/2.0",
            "\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1",
            "\r\nv: SIP/2.0/TCP g",
            "\r\nFrom: <sip:a>;tag=1",
            '\r\nf: "A, B" <sip:a>',
            "\r\nTo: <sip:b>",
            "\r\nTo : <sip:b>",
            "\r\nCall-ID: c",
            "\r\nCSeq: 1 MESSAGE",
            "\r\nCSeq: 1  MESSAGE",
            "\r\nCSeq: 1 ODD",
            "\r\n folded",
            "\r\nX-Own: a,,b",
            "\r\nm: <sip:a>;;",
            "\r\nl: 5",
            "\r\nContent-Length: 5",
            "\r\nContent-Length: \u0665",
            "\r\nno colon",
            "\r\nTo",
            "\r\nX-Own",
        ]
    ),
    max_size=14,
).map("".join)


@given(PIECES)
def test_the_quick_reading_agrees_with_the_careful_one(text: str) -> None:
    quick = read_ordinary(text)
    if quick is None:
        return
    message, length = quick
    careful, same_length = read_carefully(text)
    assert (type(message), message.headers, length) == (type(careful), careful.headers, same_length)
    assert message.to_bytes() == careful.to_bytes()


def test_usual_messages_are_read_quickly() -> None:
    assert read_ordinary(HEAD) is not None
    assert read_ordinary(HEAD.replace("MESSAGE sip:bob@contoso.test SIP/2.0", "SIP/2.0 200 OK")) is not None
    assert read_ordinary(HEAD + "\r\n folded") is None


@pytest.mark.parametrize("cseq", ["", " ", "1", "INVITE", "\t1\t"])
def test_a_cseq_that_lacks_a_half_is_malformed(cseq: str) -> None:
    head = f"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: a\r\nTo: b\r\nCall-ID: c\r\nCSeq: {cseq}"
    with pytest.raises(Unreadable) as caught:
        parse_head(head.encode())
    assert caught.value.status == 400
    assert caught.value.partial is not None


@pytest.mark.parametrize("end", ["\n", "\r", "\n\r", "\r\r\n", "\r\n\n"])
@pytest.mark.parametrize("start", ["MESSAGE sip:bob@contoso.test SIP/2.0", "SIP/2.0 200 OK"])
def test_half_a_line_end_hides_no_field(end: str, start: str) -> None:
    """Many readers would see a field of its own, which nobody has looked at."""
    hidden = HEAD.replace("x-own: kept", f"Subject: x{end}P-Asserted-Identity: <sip:boss@contoso.test>")
    hidden = hidden.replace("MESSAGE sip:bob@contoso.test SIP/2.0", start)
    with pytest.raises(Unreadable) as refused:
        parse_head(hidden.encode())
    assert (refused.value.status, refused.value.length) == (400, 5)


def test_half_a_line_end_where_the_head_ends() -> None:
    with pytest.raises(Unreadable):
        parse_head(HEAD.encode() + b"\r")
