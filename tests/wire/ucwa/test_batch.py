"""Batches: read and written, whatever stands in them."""

from __future__ import annotations

import contextlib
from email import message_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.wire.ucwa.batch import BATCH_TYPE, MOST_PARTS, BadBatch, BatchedResponse, read_batch, write_batch

TYPE = f'{BATCH_TYPE}; boundary="abc"'


def part(request: str, kind: str = "application/http; msgtype=request") -> str:
    return f"--abc\r\nContent-Type: {kind}\r\n\r\n{request}\r\n"


def body(*parts: str) -> bytes:
    return ("".join(parts) + "--abc--\r\n").encode()


def test_requests_in_order() -> None:
    found = read_batch(
        TYPE,
        body(
            part("GET /a/b%20c?x=1&y=2 HTTP/1.1\r\nHost: h\r\nAccept: application/json\r\n\r\n"),
            part('POST /d HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{"a": "\r\n\r\n"}'),
        ),
    )
    assert [(one.method, one.path, one.query, one.body) for one in found] == [
        ("GET", "/a/b c", "x=1&y=2", b""),
        ("POST", "/d", "", b'{"a": "\r\n\r\n"}'),
    ]
    assert found[0].headers.get("accept") == "application/json"
    assert read_batch(f"{BATCH_TYPE};boundary=abc", body()) == []


BAD = [
    ("application/json", body()),
    (BATCH_TYPE, body()),
    (TYPE, b""),
    (TYPE, b"--abc\r\n"),
    (TYPE, body(part("GET / HTTP/1.1\r\n\r\n", "text/plain"))),
    (TYPE, body(part("hello"))),
    (TYPE, body(part("GET http://[ HTTP/1.1\r\n\r\n"))),
    (TYPE, body(*[part("GET / HTTP/1.1\r\n\r\n")] * (MOST_PARTS + 1))),
]


@pytest.mark.parametrize(("kind", "data"), BAD)
def test_what_is_no_batch(kind: str, data: bytes) -> None:
    with pytest.raises(BadBatch):
        read_batch(kind, data)


@given(st.binary(max_size=300))
def test_anything_is_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(BadBatch):
        read_batch(TYPE, b"--abc\r\nContent-Type: application/http\r\n\r\n" + data + b"\r\n--abc--")


def test_answers_are_read_by_others() -> None:
    answers = [
        BatchedResponse(200, [("Content-Type", "application/json")], b'{"a": 1}'),
        BatchedResponse(204, [], b""),
        BatchedResponse(428, [], b"x"),
    ]
    text = write_batch(answers, "b1")
    read = message_from_bytes(b"Content-Type: multipart/mixed; boundary=b1\r\n\r\n" + text)
    parts = [str(one.get_payload()) for one in read.get_payload()]  # type: ignore[union-attr]
    assert [one.split("\r\n")[0] for one in parts] == [
        "HTTP/1.1 200 OK",
        "HTTP/1.1 204 No Content",
        "HTTP/1.1 428 Precondition Required",
    ]
    assert parts[0].endswith('Content-Length: 8\r\n\r\n{"a": 1}')
