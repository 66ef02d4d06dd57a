"""The functions in C and their equals in Python: the same answer to anything, byte for byte, and nothing kept."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.wire.sip import native, parsing
from samband.wire.sip.dialog import Dialog
from samband.wire.sip.message import SipRequest, SipResponse
from samband.wire.sip.names import SPELLINGS
from samband.wire.sip.parsing import MAX_FIELDS
from tests.fuzz.mutations import mutated
from tests.wire.sip.equals import (
    MODULES,
    OF_TEXT,
    PAIRS,
    outcome,
    same_answers,
    same_heads,
    same_marks,
    same_signed_messages,
    same_signed_requests,
    same_texts,
    same_wholes,
    same_writing,
)

READERS = ["C"]
HERE = Path(__file__).parent
ROOT = HERE.parents[2]
FOLDERS = (HERE / "rfc4475", HERE / "rfc5118", HERE.parents[1] / "fuzz" / "corpus" / "sip")
KEPT = [path.read_bytes() for folder in FOLDERS for path in sorted(folder.iterdir())]
HEAD = "\r\n".join(
    (
        "MESSAGE sip:bob@contoso.test SIP/2.0",
        "Via: SIP/2.0/TCP 10.0.0.1:5062;branch=z9hG4bK1",
        "v: SIP/2.0/TCP h",
        "From: <sip:alice@contoso.test>;tag=1;epid=0a",
        "TO: <sip:bob@contoso.test>",
        "call-ID: c",
        "CSeq: 7 MESSAGE",
        "X-own: ",
        'Authorization: NTLM realm="SIP", cnum="1", version=4',
        "Content-Length: 5",
    )
)


def test_all_of_them_are_in_c() -> None:
    assert PAIRS.keys() == {"read_head", "read_whole", "write", "mark_source", "message_text", "request_text", *OF_TEXT}
    assert all(
        getattr(module, name, PAIRS[name][1]) is PAIRS[name][1]
        for module in MODULES
        for name in PAIRS
        if (module, name) != (parsing, "read_ordinary")
    )


def test_what_is_kept_and_a_little_of_what_it_could_be() -> None:
    dice = random.Random("native")
    words = tuple(spelling.encode() for spelling in SPELLINGS)
    for data in KEPT:
        same_answers(data)
        for _ in range(8):
            same_answers(mutated(data, KEPT, words, dice))


LINES = st.sampled_from(
    [
        "MESSAGE sip:b SIP/2.0",
        "SIP/2.0 200 OK",
        "SIP/2.0 486 ",
        "SIP/2.0 100",
        "SIP/2.0 699 é",
        "SIP/2.0 700 x",
        "MESSAGE  SIP/2.0",
        "MESSAGE sip:é SIP/2.0",
        "ODD sip:b SIP/2.0",
        "Via: SIP/2.0/TCP h;branch=z9hG4bK1",
        "v:SIP/2.0/TCP g",
        "From: <sip:a>;tag=1",
        'f: "A, B" <sip:a>',
        "To:\t<sip:b> ",
        "To : <sip:b>",
        "i: c",
        "CSeq: 1 MESSAGE",
        "CSEQ: 000000001 MESSAGE",
        "CSeq: 0000000001 MESSAGE",
        "CSeq: 1  MESSAGE",
        "CSeq: 1 ODD",
        "CSeq: ١ MESSAGE",
        " folded",
        "X-Own: a,,b",
        "X-OWN: \u2003é\u00a0",
        "x-\u00e9: a",
        "X-Nul: a\0b\x1c",
        "m: <sip:a>;",
        "l: 5",
        "Content-Length: 0000000000",
        "Content-Length: \u0665",
        "no colon",
        ": nothing",
        "",
        "X: \r",
        "X: a\n",
    ]
)


@given(st.lists(LINES, max_size=14).map("\r\n".join), st.binary(max_size=8))
def test_heads(text: str, end: bytes) -> None:
    same_heads(text.encode() + end, end)


ORDINARY = ["Via: v", "From: f", "To: t", "Call-ID: c", "CSeq: 1 MESSAGE"]


@given(st.permutations(ORDINARY), st.lists(LINES, max_size=4), st.sampled_from(["", "\r\n", "é", "\ud800"]))
def test_heads_that_are_nearly_ordinary(needed: list[str], more: list[str], end: str) -> None:
    lines = ["MESSAGE sip:b SIP/2.0", *needed, *more]
    same_heads("\r\n".join(lines).encode() + end.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize(
    "start",
    [
        *(
            f"SIP/2.0 {status} x"
            for status in (0, 99, 100, 699, 700, 1000, "0100", "+20", "2 0", "1e1", "\u0661\u0660\u0660")
        ),
        *("SIP/2.0 200", "SIP/2.0 200 ", "SIP/2.0  200 x", "sip/2.0 200 x", "SIP/2.0 200 a  b ", "SIP/2.0 200 \u00e9"),
        *(
            "MESSAGE sip:b SIP/2.0 ",
            "MESSAGE  SIP/2.0",
            "MESSAGE sip:b sip/2.0",
            "MESSAGE sip:b",
            "message sip:b SIP/2.0",
        ),
        *(
            "MESSAGE sip:\u00e9 SIP/2.0",
            "MESSAGE \0 SIP/2.0",
            "INVITE sip:b SIP/2.0",
            " MESSAGE sip:b SIP/2.0",
            "",
            " ",
        ),
    ],
)
@pytest.mark.parametrize("method", ["MESSAGE", "MESSAGES", "ODD", "\u00e9", "a b", "", "message", "a,b"])
def test_start_lines(start: str, method: str) -> None:
    lines = [start, *ORDINARY[:-1], f"CSeq: 1 {method}"]
    same_heads("\r\n".join(lines).encode())


@pytest.mark.parametrize("number", ["", "0", "1", "-1", "999999999", "1000000000", "0x1", "1_0", "1.", "\u0661", "+1"])
def test_numbers(number: str) -> None:
    for more in (f"CSeq: {number} MESSAGE", f"CSeq:{number}MESSAGE", f"l: {number}", f"l: {number}\r\nl: {number}"):
        kept = ORDINARY[:-1] if more.startswith("CSeq") else ORDINARY
        same_heads("\r\n".join(["MESSAGE sip:b SIP/2.0", *kept, more]).encode())


MESSAGES = st.sampled_from([b"", b"hello", b"x" * 30]).map(
    lambda body: HEAD.replace("Content-Length: 5", f"l: {len(body)}").encode() + b"\r\n\r\n" + body
)


@given(
    st.lists(st.one_of(MESSAGES, st.sampled_from([b"\r\n", b"\r\n\r\n", b"\n", b"X\r\n\r\n"])), max_size=4),
    st.integers(0, 40),
    st.sampled_from([0, 5, 30, 2**62]),
    st.integers(300, 400),
)
def test_streams(parts: list[bytes], cut: int, max_body: int, max_head: int) -> None:
    data = b"".join(parts)
    same_wholes(data[: len(data) - cut], max_head, max_body)


def test_streams_without_bounds() -> None:
    in_c = PAIRS["read_whole"][1]
    for wrong in (("text", 1, 1), (b"", 1), (b"", "1", 1), (b"", 2**80, 1)):
        with pytest.raises((TypeError, OverflowError)):
            in_c(*wrong)


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    same_answers(data)
    same_heads(HEAD.encode() + b"\r\nX: " + data)


@given(st.text(alphabet='aAtTeE;=<>",\\ \t\r\n\x1c\0é\u2003:.' + "tag=epidbranch", max_size=60))
def test_any_text(text: str) -> None:
    same_texts(text)
    for value in (f"<sip:a>;tag={text}", f"<sip:a>;epid={text}", f"SIP/2.0/TCP h;branch={text}", f'"{text}" <sip:a>'):
        same_texts(value)
    for value in (f'realm="{text}", nonce=a', f"realm={text}", f"nc=1,{text}"):
        same_texts(value)


@pytest.mark.parametrize("value", ['""', '"a"', "a"])
def test_what_is_given_twice(value: str) -> None:
    text = f"nonce={value}, realm=a, nonce={value}"
    same_texts(text)
    assert PAIRS["read_ordinary"][1](text) is None


SIGNATURE = 'NTLM qop="auth", realm="R", opaque="0A", targetname="h", crand="1", cnum="2", response="00"'
PIECES = [*SIGNATURE.split(", "), "version=4", 'gssapi-data="a"', "cnum=3", "crand=", 'response=""', " ", "é", "a\\b"]


@given(st.permutations(PIECES), st.integers(5, len(PIECES)))
def test_signatures(pieces: list[str], count: int) -> None:
    pieces = sorted(pieces[:count], key=lambda piece: not piece.startswith("NTLM"))
    same_texts(", ".join(pieces))
    same_texts(",".join(pieces))


def test_what_is_read_of_a_signature() -> None:
    for more in ("", ", version=4"):
        for read in PAIRS["read_signature"]:
            assert read(SIGNATURE + more) == ("NTLM", "R", "h", "0A", "1", "2", "00")
    for piece in SIGNATURE.split(", ")[1:]:
        same_texts(SIGNATURE.replace(f", {piece}", ""))
        assert PAIRS["read_signature"][1](SIGNATURE.replace(f", {piece}", "")) is None
        assert PAIRS["read_signature"][1](f"{SIGNATURE}, {piece}") is None


VALUES = st.lists(
    st.one_of(
        st.sampled_from(
            ["", "1 MESSAGE", "1  A ", "<sip:a>;tag=1", '"A<" <sip:a> ; TAG=1', '"', "<sip:a", "sip:a;tag=2", "é", "0"]
        ),
        st.text(max_size=8),
        st.integers(0, 1),
    ),
    max_size=2,
)
FIELDS = ("Call-ID", "CSeq", "From", "To", "Expires", "P-Asserted-Identity", "P-Preferred-Identity")
ODD_STATUS = st.one_of(st.sampled_from([200, 0, -1, 2**70, True, None, "200"]), st.integers())


@given(st.dictionaries(st.sampled_from(FIELDS), VALUES), ODD_STATUS)
def test_signed_texts_of_messages(headers: dict[str, list[str]], status: int) -> None:
    same_signed_messages(SipRequest("A", "sip:a", headers))
    response = SipResponse(200, "OK", headers)
    response.status = status
    same_signed_messages(response)


WORDS = st.one_of(st.sampled_from(["", "<sip:a>;tag=1", "sip:a", "é", "\udcff", "a b"]), st.text(max_size=8))


@given(st.tuples(WORDS, WORDS, WORDS, WORDS, WORDS), WORDS, st.integers(-1, 2**70))
def test_signed_texts_of_requests(ends: tuple[str, str, str, str, str], method: str, number: int) -> None:
    call_id, local, local_tag, remote, remote_tag = ends
    same_signed_requests(Dialog(call_id, local, local_tag, remote, remote_tag, "sip:a", [], number), method)


@pytest.mark.parametrize(
    "rest",
    [
        ("more",),
        (4, "é", "a", "1", "t"),
        (4, "a", None, "1", "t"),
        (4, "a", "a", 1, "t"),
        (4, "a", "a", "1", "\ud800"),
        ("4", "a", "a", "1", "t"),
        (2**70, "a", "a", "1", "t"),
        (-(2**70), "a", "a", "1", "t"),
        (2.5, "a", "a", "1", "t"),
    ],
)
def test_signed_texts_of_what_no_one_signs(rest: tuple[object, ...]) -> None:
    message = parsing.read_head(HEAD.encode())
    assert message is not None
    same_signed_messages(message[0], *rest)
    same_signed_messages(None, *rest)
    same_signed_requests(Dialog("c", "<sip:a>;tag=1", "1", "<sip:b>", "", "sip:b"), "NOTIFY", *rest)
    same_signed_requests(Dialog("c", "<sip:a>;tag=1", "1", "<sip:b>", "", "sip:b"), None, *rest)
    same_signed_requests(None, "NOTIFY", *rest)


VIAS = st.lists(
    st.sampled_from(
        [
            "SIP/2.0/UDP ",
            "10.0.0.9",
            ":5060",
            ";rport",
            "rport",
            "=7",
            ";received=1.2.3.4",
            ";branch=b",
            ", ",
            ",",
            ";",
            " ",
            "é",
            "[::1]",
        ]
    ),
    max_size=9,
).map("".join)


@given(VIAS, st.sampled_from(["10.0.0.9", "0.0.9", "::1", "", "é", "1", ",", ";rport"]), st.integers(-1, 2**70))
def test_marks(via: str, host: str, port: int) -> None:
    same_marks(via, host, port)


def test_marks_of_what_is_no_place() -> None:
    for wrong in (("h",), ("h", 1, 2), None, ["h", 1]):
        pure, in_c = PAIRS["mark_source"]
        assert outcome(pure, "SIP/2.0/UDP h", wrong) == outcome(in_c, "SIP/2.0/UDP h", wrong)


@given(
    st.text(max_size=10),
    st.dictionaries(st.text(max_size=8), st.lists(st.one_of(st.text(max_size=20), st.integers()), max_size=3)),
    st.binary(max_size=30),
)
def test_writing(start: str, headers: dict[str, list[object]], body: bytes) -> None:
    same_writing(start, headers, body)


class _Loud(str):
    def __format__(self, spec: str) -> str:
        return self.upper()


@pytest.mark.parametrize(
    ("start", "headers", "body"),
    [
        ("s", {"A": ["x"]}, bytearray(b"b")),
        ("s", {"A": ("x",)}, b"b"),
        ("s", {"A": "xy"}, b"b"),
        ("s", {"A": None}, b"b"),
        ("s", {1: [_Loud("x"), None]}, b"b"),
        (_Loud("s"), {_Loud("a"): ["x"]}, b""),
        ("s", [], b""),
        ("s", {"A": []}, "text"),
        ("\ud800", {}, b""),
        ("\udcff", {"A": ["\udcff"]}, b"\xff"),
        (None, {}, None),
    ],
)
def test_writing_what_no_one_writes(start: object, headers: object, body: object) -> None:
    same_writing(start, headers, body)


@pytest.mark.parametrize("extra", range(-2, 3))
def test_the_most_fields(extra: int) -> None:
    fields = [*ORDINARY, *(f"x: {n}" for n in range(MAX_FIELDS - 1 - len(ORDINARY) + extra))]
    head = "\r\n".join(["MESSAGE sip:b SIP/2.0", *fields]).encode()
    same_heads(head)
    assert (PAIRS["read_head"][1](head) is None) == (extra > 0)


def test_what_is_no_head_and_no_text() -> None:
    read_head = PAIRS["read_head"][1]
    for wrong in ("text", None, bytearray(b"x")):
        with pytest.raises(TypeError):
            read_head(wrong)
    for name in OF_TEXT:
        with pytest.raises((TypeError, AttributeError)):
            PAIRS[name][1](None)


def _everything() -> None:
    """Each function in C, by each of its ways."""
    read_head, write = PAIRS["read_head"][1], PAIRS["write"][1]
    message = read_head(HEAD.encode())[0]
    PAIRS["read_whole"][1](2 * (HEAD.encode() + b"\r\n\r\nhello") + b"more", 10_000, 10_000)
    write("MESSAGE sip:b SIP/2.0", message.headers, b"hello")
    write("MESSAGE sip:b SIP/2.0", {"A": ["é"]}, b"hello")
    read_head(HEAD.encode() + b"\r\nX-\xc3\xa9: y")
    read_head(HEAD.encode() + b"\r\nX: \xc3\xa9\xff")
    read_head(HEAD.encode() + b"\r\nX-Not-Known: y\r\nbad")
    read_head(HEAD.replace("MESSAGE sip:bob@contoso.test SIP/2.0", "SIP/2.0 200 \xe9").encode())
    read_head(HEAD.replace("Content-Length: 5", "l: 5\r\nl: 6").encode())
    dialog = Dialog("c", "<sip:a>;tag=1", "1", "<sip:b>", "", "sip:b")
    for signed in (message, SipResponse(200, "", message.headers), SipRequest("A", "sip:é", {"From": ["é"]})):
        PAIRS["message_text"][1](signed, 4, "NTLM", "a", "1", "t")
    for method in ("NOTIFY", "é"):
        PAIRS["request_text"][1](dialog, method, 2, "NTLM", "a", "1", "t")
    for text in (
        SIGNATURE,
        "<sip:a>;tag=1;epid=2;branch=b",
        '"A" <sip:a> ; TAG=1',
        "é",
        'realm="a",nc=1',
        'realm="a",realm="b"',
        "",
    ):
        for name in OF_TEXT:
            PAIRS[name][1](text)
    for via in ("SIP/2.0/UDP h;rport, x", "SIP/2.0/UDP 1.2.3.4;b", "SIP/2.0/UDP é"):
        PAIRS["mark_source"][1](via, ("1.2.3.4", 5060))


KEPT_BY_THEM = """
import gc, os, sys
from pathlib import Path
from samband.wire.sip.names import SPELLINGS
from tests.wire.sip.test_native import _everything
held = [name for name in SPELLINGS if name in ("Via", "From", "CSeq", "Content-Length")]

def counted():
    gc.collect()
    return [sys.getallocatedblocks(), *(sys.getrefcount(one) for one in (*held, None, "", b""))]

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")

for _ in range(2_000):
    _everything()
before, megabytes = counted(), resident() / 2**20
for _ in range(20_000):
    _everything()
print(*(after - once for once, after in zip(before, counted())), int(resident() / 2**20 - megabytes))
"""


def test_nothing_is_kept() -> None:
    """Neither objects nor references nor memory, of 20,000 times everything: in a process where nothing else runs."""
    ran = subprocess.run(
        [sys.executable, "-c", KEPT_BY_THEM], cwd=ROOT, check=True, stdout=subprocess.PIPE, timeout=100
    )
    *grown, megabytes = [int(word) for word in ran.stdout.split()]
    assert len(grown) == 8
    assert all(-2_000 < count < 2_000 for count in grown), grown
    assert megabytes < 8


WITHOUT_MEMORY = """
import _testcapi
from tests.wire.sip.test_native import _everything, PAIRS
_everything()
for after in range(10_000):
    _testcapi.set_nomemory(after, after + 1)
    try:
        _everything()
    except MemoryError:
        continue
    finally:
        _testcapi.remove_mem_hooks()
    break
print(after)
_everything()
"""


def test_every_allocation_may_fail() -> None:
    pytest.importorskip("_testcapi")
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT_MEMORY], cwd=ROOT, check=True, stdout=subprocess.PIPE, timeout=100
    )
    assert 50 < int(ran.stdout) < 9_999


@pytest.mark.parametrize(("switch", "said"), [("1", "Python (SAMBAND_PURE is set)"), ("0", "C"), ("", "C")])
def test_the_switch(switch: str, said: str) -> None:
    asked = "from samband.wire.sip import native; print(native.READER)"
    ran = subprocess.run(
        [sys.executable, "-c", asked],
        env=os.environ | {native.SWITCH: switch},
        check=True,
        capture_output=True,
        text=True,
    )
    assert ran.stdout.strip() == said


def test_what_was_built_from_another_source_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in Path(native.__file__).parent.glob("_native*.[ch]"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    assert native.source_checksum(tmp_path) == native.source_checksum(Path(native.__file__).parent)
    monkeypatch.setattr(native, "__file__", str(tmp_path / "native.py"))
    assert native._load()[1] == ""
    (tmp_path / "_native.h").write_bytes(b"/* newer */")
    found, reason = native._load()
    assert found is None
    assert "another source" in reason
