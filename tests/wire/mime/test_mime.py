"""MIME: what is built reads back, what strangers send is read as far as it goes, and nothing of it hurts."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.wire.mime.building import BuiltFile, build, people, plain, with_fields, without_fields
from samband.wire.mime.parsing import parse_message
from samband.wire.mime.words import addresses, decode, encoded, instant, parameter, unstructured

TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"), max_size=200)
LINES = st.text("aZå€ .=-\n?&<", max_size=400)


@given(TEXT)
def test_words_survive_a_header_field(text: str) -> None:
    wanted = " ".join(text.split())
    assert " ".join(unstructured(encoded(text)).split()) == wanted
    assert encoded(text).isascii()


@given(st.lists(st.tuples(st.text('ab å"\\,;<>().@', max_size=12), st.just("x.y@z.test")), min_size=1, max_size=5))
def test_names_survive_an_address_field(pairs: list[tuple[str, str]]) -> None:
    read = addresses([people(pairs)])
    assert [address for _, address in read] == [address for _, address in pairs]
    for (name, address), (again, _) in zip(pairs, read, strict=True):
        assert " ".join(again.split()) == " ".join(name.split()) or name.strip() in ("", address)


@given(TEXT)
def test_file_names_survive(name: str) -> None:
    built = build([], "x", None, [BuiltFile(name, "image/png", b"\0\1")])
    part = parse_message(built).parts[0]
    wanted = name.replace("/", "_").replace("\\", "_").strip()
    assert " ".join(part.name.split()) == (" ".join(wanted.split()) or "attachment1")
    assert part.content == b"\0\1"


@given(LINES, st.none() | LINES, st.lists(st.binary(max_size=200), max_size=3))
def test_what_is_built_reads_back(text: str, html: str | None, files: list[bytes]) -> None:
    hung = [BuiltFile(f"f{n}", "a/b", content, f"c{n}", inline=n == 0) for n, content in enumerate(files)]
    raw = build([("Subject", plain("x"))], text, html, hung)
    parsed = parse_message(raw)
    assert parsed.html is (html is not None)
    assert (parsed.body or "").replace("\r\n", "\n") == (html if html is not None else text)
    found = {part.name: part for part in parsed.parts}
    assert {name: part.content for name, part in found.items()} == {f"f{n}": c for n, c in enumerate(files)}
    if files and html is not None:
        assert found["f0"].inline and found["f0"].content_id == "c0"
    standard = message_from_bytes(raw, policy=default)
    assert not [defect for part in standard.walk() for defect in part.defects]


def test_a_field_cannot_become_two() -> None:
    raw = build([("Subject", "a\r\nX-Evil: 1"), ("X-Bad\r\nName", "x"), ("X-Good", plain("a\r\nX-Evil: 1"))], "b", None)
    assert parse_message(raw).raw.keys() == {"x-good", "mime-version", "content-type", "content-transfer-encoding"}
    forged = build([("To", people([("a\r\nX-Evil: 1", "b@c\r\nX-Evil: 2")]))], "b", None)
    assert "x-evil" not in parse_message(forged).raw
    assert parameter("name", 'a"; x="b\r\n') == '; name="a\\"; x=\\"b  "'


def test_fields_are_taken_out_and_put_in_bytes_kept() -> None:
    raw = b"A: 1\r\nBcc: x,\r\n y\r\nbCC : z\r\nB: 2\r\n\r\nBcc: body\r\n"
    assert without_fields(raw, frozenset({b"bcc"})) == b"A: 1\r\nB: 2\r\n\r\nBcc: body\r\n"
    assert with_fields(b"A: 1\r\n\r\n", [("Bcc", "x")]) == b"Bcc: x\r\nA: 1\r\n\r\n"
    assert without_fields(b"no header at all", frozenset({b"bcc"})) == b"no header at all"


TORTURE: dict[str, tuple[bytes, str | None, list[str]]] = {
    "empty": (b"", "", []),
    "no header": (b"\r\n\r\njust text", "\r\njust text", []),
    "only header": (b"Subject: x", "", []),
    "broken base64": (b"Content-Transfer-Encoding: base64\r\n\r\naGVsb G8*=\r\n!!=", "hello", []),
    "broken quoted-printable": (b"Content-Transfer-Encoding: quoted-printable\r\n\r\na=ZZb=\r\nc=", "a=ZZbc", []),
    "unknown charset": (b"Content-Type: text/plain; charset=klingon\r\n\r\nd\xe5", "då", []),
    "wrong charset": (b"Content-Type: text/plain; charset=us-ascii\r\n\r\nd\xc3\xa5", "då", []),
    "evil charset": (b"Content-Type: text/plain; charset=unicode_escape\r\n\r\n\\x41", "\\x41", []),
    "codec that is no text": (b"Content-Type: text/plain; charset=zip\r\n\r\nx", "x", []),
    "utf-7": (b"Content-Type: text/plain; charset=utf-7\r\n\r\nd+AOU-", "då", []),
    "controls": (b"Subject: a\x00b\x08c\r\n\r\nx\x00y\x1bz", "xyz", []),
    "no boundary": (b"Content-Type: multipart/mixed\r\n\r\n--x\r\n\r\ny", None, []),
    "boundary never closed": (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\nContent-Type: a/b\r\n\r\ntwo",
        "one",
        ["attachment1"],
    ),
    "nul boundary": (b'Content-Type: multipart/mixed; boundary="\x00"\r\n\r\n--\x00\r\n\r\none', None, []),
    "alternative prefers html": (
        b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nplain\r\n--b\r\nContent-Type: text/html"
        b"\r\n\r\n<p>html\r\n--b--",
        "<p>html",
        [],
    ),
    "html last in related": (
        b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nplain\r\n--b\r\nContent-Type: "
        b"multipart/related; boundary=c\r\n\r\n--c\r\nContent-Type: text/html\r\n\r\n<p>html\r\n--c\r\nContent-Type: "
        b"image/png\r\nContent-ID: <p>\r\n\r\npng\r\n--c--\r\n--b--",
        "<p>html",
        ["attachment1"],
    ),
    "extended file name": (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Disposition: attachment; "
        b"filename*0*=utf-8''%e2%82; filename*1*=%ac; filename*2=.txt\r\n\r\nx\r\n--b--",
        None,
        ["€.txt"],
    ),
    "encoded file name": (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: a/b; "
        b'name="=?utf-8?b?4oKs?=.txt"\r\n\r\nx\r\n--b--',
        None,
        ["€.txt"],
    ),
    "path in file name": (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Disposition: attachment; "
        b'filename="../../etc/passwd"\r\n\r\nx\r\n--b--',
        None,
        [".._.._etc_passwd"],
    ),
    "type is nonsense": (b"Content-Type: ;;;===\r\n\r\nx", "x", []),
    "message in message": (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n"
        b"\r\ninner\r\n--b--",
        None,
        ["in"],
    ),
    "bare returns": (b"Subject: x\rContent-Type: text/html\r\rbody", None, []),
}


@pytest.mark.parametrize("name", TORTURE)
def test_what_is_broken_is_read_as_far_as_it_goes(name: str) -> None:
    raw, body, parts = TORTURE[name]
    parsed = parse_message(raw)
    if body is not None:
        assert (parsed.body or "").strip("\r\n") == body.strip("\r\n")
    assert [part.name for part in parsed.parts] == parts


HOSTILE = {
    "deep": b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3000)),
    "deep messages": b"Content-Type: message/rfc822\r\n\r\n" * 3000,
    "many parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    + b"--b\r\nContent-Type: a/b\r\n\r\nx\r\n" * 20000,
    "many fields": b"X: y\r\n" * 50000 + b"\r\n",
    "a long field": b"To: " + b"a@b.test, " * 100000 + b"\r\n\r\n",
    "nested comments": b"To: " + b"(" * 100000 + b"\r\n\r\n",
    "quotes": b'To: "' + b'\\"' * 100000 + b"\r\n\r\n",
    "encoded words": b"Subject: " + b"=?utf-8?q?=41?= " * 20000 + b"\r\n\r\n",
    "unfinished encoded words": b"Subject: " + b"=?utf-8?q?" * 30000 + b"\r\n\r\n",
    "parameters": b"Content-Type: text/plain" + b"; a=b" * 20000 + b"\r\n\r\n",
    "extended parameters": b"Content-Type: a/b" + b"".join(b"; name*%d*=x" % n for n in range(20000)) + b"\r\n\r\n",
    "empty lines": b"\r\n" * 300000,
    "folds": b"Subject: x" + b"\r\n y" * 50000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_messages_are_read_in_bounded_time(name: str) -> None:
    begun = time.process_time()
    parsed = parse_message(HOSTILE[name])
    parsed.text("subject")
    assert len(parsed.people("to")) <= 5000
    assert len(parsed.parts) <= 1000
    assert time.process_time() - begun < 10


@given(st.binary(max_size=600))
def test_any_bytes_are_a_message(content: bytes) -> None:
    parsed = parse_message(content)
    for value in (parsed.body or "", *(value for _, value in parsed.fields)):
        value.encode("utf-8")
        assert "\0" not in value
    parsed.people("from")
    parsed.when("date")


@given(st.binary(max_size=40), st.text(max_size=20))
def test_any_bytes_in_any_charset_are_text(content: bytes, charset: str) -> None:
    decode(content, charset).encode("utf-8")


def test_dates() -> None:
    assert instant("Mon, 2 Nov 2026 10:00:00 +0100") == datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert instant("Mon, 2 Nov 2026 10:00:00 -0000") == datetime(2026, 11, 2, 10, tzinfo=UTC)
    for wrong in ("", "yesterday", "Mon, 99 Nov 2026 10:00:00 +0100", "1 Jan 0000 00:00 +9999"):
        assert instant(wrong) is None


def test_a_calendar_part_is_set_apart() -> None:
    raw = build([], "text", None, calendar="BEGIN:VCALENDAR\nEND:VCALENDAR\n", method="REQUEST")
    parsed = parse_message(raw)
    assert parsed.body == "text" and parsed.method == "REQUEST"
    assert parsed.calendar.splitlines() == ["BEGIN:VCALENDAR", "END:VCALENDAR"] and parsed.parts == []


def test_messages_in_messages_are_read_so_deep_and_kept_below_that() -> None:
    content = b"Subject: inmost\r\n\r\nHello"
    for number in range(14):
        content = b"Subject: %d\r\nContent-Type: message/rfc822\r\n\r\n" % number + content
    message, level = parse_message(content), 0
    while message.parts[0].message is not None:
        message, level = message.parts[0].message, level + 1
    assert level == 10
    assert message.parts[0].content_type == "message/rfc822"
    assert b"Subject: inmost" in message.parts[0].content
