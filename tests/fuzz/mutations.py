"""Changes of bytes: blind ones, and such as know the words of the language."""

from __future__ import annotations

import random
from collections.abc import Sequence

_ODD = (
    b"\r\n",
    b"\r\n\r\n",
    b"\0",
    b"\xff",
    b"\xc3\x28",
    b'"',
    b"<",
    b">",
    b";",
    b",",
    b"=",
    b":",
    b"@",
    b"%",
    b"[",
    b"]",
    b" ",
)
_NUMBERS = (b"0", b"-1", b"65536", b"2147483648", b"4294967296", b"99999999999999999999", b"1e9", b"\xd9\xa3")
LONGEST = 40_000
"""Bytes that a mutation may have: more than the longest head."""


def mutated(data: bytes, others: Sequence[bytes], words: Sequence[bytes], dice: random.Random) -> bytes:
    """``data`` changed in one to six places; ``others`` lend parts, ``words`` are of the language."""
    for _ in range(1 << dice.randrange(3)):
        data = _CHANGES[dice.randrange(len(_CHANGES))](data, others, words, dice)[:LONGEST]
    return data


def _span(data: bytes, dice: random.Random, longest: int = 64) -> tuple[int, int]:
    start = dice.randrange(len(data) + 1)
    return start, min(len(data), start + dice.randrange(1, longest))


def _flip(data: bytes, _others: Sequence[bytes], _words: Sequence[bytes], dice: random.Random) -> bytes:
    if not data:
        return b"\0"
    at = dice.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << dice.randrange(8))]) + data[at + 1 :]


def _insert(data: bytes, _others: Sequence[bytes], words: Sequence[bytes], dice: random.Random) -> bytes:
    at = dice.randrange(len(data) + 1)
    return data[:at] + dice.choice(dice.choice((_ODD, _NUMBERS, words))) + data[at:]


def _replace(data: bytes, _others: Sequence[bytes], words: Sequence[bytes], dice: random.Random) -> bytes:
    start, end = _span(data, dice, 12)
    return data[:start] + dice.choice(dice.choice((_ODD, _NUMBERS, words))) + data[end:]


def _lose(data: bytes, _others: Sequence[bytes], _words: Sequence[bytes], dice: random.Random) -> bytes:
    start, end = _span(data, dice)
    return data[:start] + data[end:]


def _double(data: bytes, _others: Sequence[bytes], _words: Sequence[bytes], dice: random.Random) -> bytes:
    start, end = _span(data, dice)
    return data[:start] + data[start:end] * dice.choice((2, 3, 400)) + data[end:]


def _splice(data: bytes, others: Sequence[bytes], _words: Sequence[bytes], dice: random.Random) -> bytes:
    other = dice.choice(others)
    start, end = _span(other, dice, 300)
    at = dice.randrange(len(data) + 1)
    return data[:at] + other[start:end] + data[at + dice.choice((0, end - start)) :]


def _cut(data: bytes, _others: Sequence[bytes], _words: Sequence[bytes], dice: random.Random) -> bytes:
    return data[: dice.randrange(len(data) + 1)]


def _line(data: bytes, others: Sequence[bytes], _words: Sequence[bytes], dice: random.Random) -> bytes:
    """A line lost, doubled or taken from another message."""
    lines = data.split(b"\r\n")
    at = dice.randrange(len(lines))
    kind = dice.randrange(3)
    if kind == 0:
        del lines[at]
    else:
        source = lines if kind == 1 else dice.choice(others).split(b"\r\n")
        lines.insert(at, dice.choice(source))
    return b"\r\n".join(lines)


_CHANGES = (_flip, _insert, _replace, _lose, _double, _splice, _cut, _line)
