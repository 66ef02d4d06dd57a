"""Files read on a thread, piece by piece, so that neither the loop nor memory is held up."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

from samband.exchange.actions.imports import Arrival
from samband.exchange.imports.source import BATCH_BYTES, BATCH_ITEMS, Batch, Known, Left

T = TypeVar("T")
_BEGINNING = 4096
"""Bytes in which a file says what it is: some have comments or empty lines first."""


class Piece(NamedTuple):
    """One item in a file: its key, how large it is, and how it is read once it is known that it is wanted."""

    key: str
    size: int
    read: Callable[[], Arrival | Left]


def expect(path: Path, mark: bytes, kind: str) -> None:
    """Raises ``OSError`` where ``path`` has something in it, but not ``mark`` in its beginning: it is no ``kind``."""
    with path.open("rb") as file:
        beginning = file.read(_BEGINNING)
    if beginning.strip() and mark.lower() not in beginning.lower():
        raise OSError(errno.EINVAL, f"is no {kind}: it does not begin with {mark.decode()!r}", str(path))


async def batches(pieces: Iterator[Piece], known: Known) -> AsyncIterator[Batch]:
    """``pieces`` that did not come before, read. Whatever blocks does so on a thread."""
    while part := await asyncio.to_thread(_part, pieces):
        there = await known([one.key for one in part])
        wanted = [one for one in part if one.key not in there]
        if wanted:
            yield await asyncio.to_thread(_read, wanted)


def _part(pieces: Iterator[Piece]) -> list[Piece]:
    part: list[Piece] = []
    size = 0
    for one in pieces:
        part.append(one)
        size += one.size
        if len(part) >= BATCH_ITEMS or size >= BATCH_BYTES:
            break
    return part


def _read(pieces: list[Piece]) -> list[Arrival | Left]:
    return [one.read() for one in pieces]
