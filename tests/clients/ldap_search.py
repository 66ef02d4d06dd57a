"""A search by LDAP, as an address book does it: sign in, ask how an attribute begins, read entries [RFC4511]."""

from __future__ import annotations

import socket
from collections.abc import Iterator

Entry = dict[str, list[str]]

_BIND, _UNBIND, _SEARCH, _ENTRY, _DONE = 0x60, 0x42, 0x63, 0x64, 0x65


def _element(tag: int, content: bytes) -> bytes:
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([0x82, size >> 8, size & 255])
    return bytes([tag]) + length + content


def _text(value: str, tag: int = 0x04) -> bytes:
    return _element(tag, value.encode())


def _number(value: int, tag: int = 0x02) -> bytes:
    return _element(tag, bytes([value]))


def _elements(content: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(content):
        tag, size, start = content[at], content[at + 1], at + 2
        if size & 0x80:
            more = size & 0x7F
            size, start = int.from_bytes(content[start : start + more], "big"), start + more
        yield tag, content[start : start + size]
        at = start + size


def _answers(connection: socket.socket) -> Iterator[tuple[int, bytes]]:
    """The operations in the messages that come: their tags and contents."""
    with connection.makefile("rb") as stream:
        while head := stream.read(2):
            size = head[1]
            if size & 0x80:
                size = int.from_bytes(stream.read(size & 0x7F), "big")
            yield list(_elements(stream.read(size)))[1]


def search(port: int, user: str, password: str, base: str, attribute: str, beginning: str) -> list[Entry]:
    """The entries below ``base`` whose ``attribute`` begins so; fails where sign-in or search does."""
    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        answers = _answers(connection)
        bind = _number(3) + _text(user) + _text(password, 0x80)
        connection.sendall(_element(0x30, _number(1) + _element(_BIND, bind)))
        assert next(_elements(next(answers)[1])) == (0x0A, b"\0"), "sign-in was refused"
        starts = _element(0xA4, _text(attribute) + _element(0x30, _text(beginning, 0x80)))
        asked = _text(base) + _number(2, 0x0A) + _number(0, 0x0A) + _number(0) + _number(0) + _number(0, 0x01)
        connection.sendall(_element(0x30, _number(2) + _element(_SEARCH, asked + starts + _element(0x30, b""))))
        found = []
        for tag, content in answers:
            if tag == _DONE:
                assert next(_elements(content)) == (0x0A, b"\0"), "the search failed"
                break
            if tag == _ENTRY:
                found.append(_entry(content))
        connection.sendall(_element(0x30, _number(3) + _element(_UNBIND, b"")))
        return found


def _entry(content: bytes) -> Entry:
    _, (_, attributes) = _elements(content)
    pairs = [list(_elements(pair)) for _, pair in _elements(attributes)]
    return {name.decode(): [value.decode() for _, value in _elements(values)] for (_, name), (_, values) in pairs}
