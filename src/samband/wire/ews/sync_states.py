"""Sync states as clients keep them: opaque base64 around how far a client follows a folder.

A hierarchy's state is the folder and the number of a write. A state of items has besides how far the client knows the
items that were there (``known``: the last row) and, within the number, the last row whose change it was told of.
"""

from __future__ import annotations

import base64
import binascii
import struct
from typing import NamedTuple

_HIERARCHY = struct.Struct(">BBQQ")
_ITEMS = struct.Struct(">BBQQQQ")
_VERSION, _OF_HIERARCHY, _OF_ITEMS = 1, 1, 2
_MAX = 2**63 - 1


class MalformedState(ValueError):
    """A text that is no sync state of ours."""


class HierarchyMark(NamedTuple):
    """How far a client follows the folders below ``folder``."""

    folder: int
    seq: int


class ItemsMark(NamedTuple):
    """How far a client follows the items of ``folder``.

    It knows the items up to row ``known``, and their changes up to and with that of row ``row`` in the write ``seq``.
    """

    folder: int
    known: int
    seq: int
    row: int


def write_hierarchy_mark(mark: HierarchyMark) -> str:
    """The text of a mark."""
    return base64.b64encode(_HIERARCHY.pack(_VERSION, _OF_HIERARCHY, *mark)).decode("ascii")


def write_items_mark(mark: ItemsMark) -> str:
    """The text of a mark."""
    return binascii.b2a_base64(_ITEMS.pack(_VERSION, _OF_ITEMS, *mark), newline=False).decode("ascii")


def read_hierarchy_mark(text: str) -> HierarchyMark:
    """The mark in a text. Raises ``MalformedState``."""
    return HierarchyMark(*_unpack(text, _HIERARCHY, _OF_HIERARCHY))


def read_items_mark(text: str) -> ItemsMark:
    """The mark in a text. Raises ``MalformedState``."""
    return ItemsMark(*_unpack(text, _ITEMS, _OF_ITEMS))


def _unpack(text: str, form: struct.Struct, kind: int) -> tuple[int, ...]:
    try:
        raw = base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        raise MalformedState("not a sync state") from None
    if len(raw) != form.size or raw[0] != _VERSION or raw[1] != kind:
        raise MalformedState("not a sync state")
    values = form.unpack(raw)[2:]
    if max(values) > _MAX:
        raise MalformedState("not a sync state")
    return values
