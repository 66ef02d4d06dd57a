"""Several requests in one: ``multipart/batching``; each part is a whole request, or a whole answer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

from samband.wire.http import Headers

BATCH_TYPE = "multipart/batching"
MOST_PARTS = 100
_BOUNDARY = re.compile(r'boundary="?([0-9A-Za-z\'()+_,./:=? -]{1,70})"?\s*(?:;|$)', re.IGNORECASE)
_START = re.compile(r"([A-Z]{1,16}) (\S{1,4096}) HTTP/1\.[01]")


class BadBatch(ValueError):
    """A body that is no batch; the text says why."""


class LongBatch(BadBatch):
    """More requests than are served at once; fewer may be sent again."""


@dataclass(frozen=True, slots=True)
class BatchedRequest:
    """One request. ``path`` is decoded."""

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes


def read_batch(content_type: str, body: bytes) -> list[BatchedRequest]:
    """The requests in order. Raises ``BadBatch``."""
    boundary = _BOUNDARY.search(content_type)
    if content_type.partition(";")[0].strip().lower() != BATCH_TYPE or boundary is None:
        raise BadBatch(f"not {BATCH_TYPE} with a boundary")
    line = b"--" + boundary[1].rstrip().encode()
    pieces = (b"\r\n" + body).split(b"\r\n" + line)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise BadBatch("the last boundary is missing")
    if len(pieces) - 2 > MOST_PARTS:
        raise LongBatch(f"more than {MOST_PARTS} requests")
    return [_read_part(piece) for piece in pieces[1:-1]]


def _read_part(piece: bytes) -> BatchedRequest:
    outer, _, inner = piece.lstrip(b" \t").removeprefix(b"\r\n").partition(b"\r\n\r\n")
    kind = _fields(outer).get("Content-Type").partition(";")[0].strip().lower()
    if kind != "application/http":
        raise BadBatch("a part that is not application/http")
    head, _, content = inner.partition(b"\r\n\r\n")
    start, _, fields = head.partition(b"\r\n")
    found = _START.fullmatch(start.decode("latin-1").strip())
    if found is None:
        raise BadBatch("a part without a request line")
    try:
        target = urlsplit(found[2])
    except ValueError:
        raise BadBatch("a request for no address") from None
    return BatchedRequest(found[1], unquote(target.path), target.query, _fields(fields), content)


def _fields(text: bytes) -> Headers:
    lines = text.decode("latin-1").split("\r\n")
    pairs = [line.partition(":")[::2] for line in lines if ":" in line]
    return Headers((name.strip(), value.strip()) for name, value in pairs)


@dataclass(frozen=True, slots=True)
class BatchedResponse:
    """One answer."""

    status: int
    headers: Iterable[tuple[str, str]]
    body: bytes


def write_batch(responses: Iterable[BatchedResponse], boundary: str) -> bytes:
    """The answers in order; ``boundary`` must stand in none of them."""
    parts = []
    for one in responses:
        lines = [f"--{boundary}", "Content-Type: application/http; msgtype=response", ""]
        lines.append(f"HTTP/1.1 {one.status} {HTTPStatus(one.status).phrase}")
        lines += [f"{name}: {value}" for name, value in one.headers]
        lines += [f"Content-Length: {len(one.body)}", "", ""]
        parts.append("\r\n".join(lines).encode() + one.body + b"\r\n")
    return b"".join(parts) + f"--{boundary}--\r\n".encode()
