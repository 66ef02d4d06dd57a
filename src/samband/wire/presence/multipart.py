"""``multipart/related`` bodies of notifications about several people [RFC2387; RFC4662 5].

Each part ends with an empty line before the boundary: widely used clients cut four octets there.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from samband.wire.presence.names import RLMI_TYPE
from samband.wire.xml.reading import Malformed

ROOT = "resourceList"


class Part(Struct, frozen=True):
    """One part; ``cid`` without angle brackets."""

    cid: str
    content_type: str
    body: bytes


def content_type(boundary: str) -> str:
    """The Content-Type of the whole."""
    return f'multipart/related; type="{RLMI_TYPE}";start={ROOT};boundary={boundary}'


def related_type(boundary: str, root: str) -> str:
    """The same for clients that read it as [RFC2387 3] has it; ``root`` is the Content-ID of the first part."""
    return f'multipart/related; type="{RLMI_TYPE}"; start="<{root}>"; boundary="{boundary}"'


def write_multipart(boundary: str, parts: Iterable[Part]) -> bytes:
    """The body; ``boundary`` must not occur in any part."""
    head = f"--{boundary}\r\nContent-Transfer-Encoding: binary\r\nContent-ID: "
    out: list[bytes] = []
    for part in parts:
        out += (f"{head}<{part.cid}>\r\nContent-Type: {part.content_type}\r\n\r\n".encode(), part.body, b"\r\n\r\n")
    out.append(f"--{boundary}--\r\n".encode())
    return b"".join(out)


def read_multipart(content_type_field: str, body: bytes) -> list[Part]:
    """The parts of a body under its Content-Type. Raises ``Malformed``."""
    boundary = content_type_field.partition("boundary=")[2].partition(";")[0].strip().strip('"')
    if not boundary:
        raise Malformed("a multipart body without a boundary")
    pieces = (b"\r\n" + body).split(f"\r\n--{boundary}".encode())
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise Malformed("a multipart body that does not end")
    return [_read_part(piece) for piece in pieces[1:-1]]


def _read_part(piece: bytes) -> Part:
    head, found, body = piece.partition(b"\r\n\r\n")
    if not found:
        raise Malformed("a part without an empty line")
    fields: dict[str, str] = {}
    for line in head.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(":")
        fields[name.strip().lower()] = value.strip()
    return Part(fields.get("content-id", "").strip("<>"), fields.get("content-type", ""), body.removesuffix(b"\r\n"))
