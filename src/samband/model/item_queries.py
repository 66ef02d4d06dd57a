"""What is asked of the columns that copy properties of items, and of the index of their words."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple


class Condition(NamedTuple):
    """``column`` ``operator`` ``value``.

    Operators are ``=``, ``<``, ``<=``, ``>``, ``>=`` and, for texts in any case, ``contains`` and ``begins``.
    """

    column: str
    operator: str
    value: str | int | float | bytes | datetime


class Words(NamedTuple):
    """``text`` stands in one of the ``fields`` (letters of ``model.words``), in any case.

    Where it does not begin (end) with whole words (``begins``, ``ends``), its first (last) word may be a part of one.
    """

    fields: str
    text: str
    begins: bool = True
    ends: bool = False


class AnyOf(NamedTuple):
    """One of ``alternatives`` is true: all of its conditions are."""

    alternatives: tuple[tuple[ItemCondition, ...], ...]


ItemCondition = Condition | Words | AnyOf


class Word(NamedTuple):
    """A word of the index: whole, or the beginning of one."""

    key: str
    prefix: bool


WordQuery = tuple[tuple[Word, ...], ...]
"""All of these, each of them one of several words."""
