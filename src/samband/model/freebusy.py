"""What a calendar says of somebody's time: busy stretches, merged digits, working hours. Pure rules.

Stretches are whole seconds since 1970, so that a window over thousands of them costs little.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

import msgspec

from samband.model.item_values import FreeBusy

DIGITS: dict[FreeBusy, int] = {
    FreeBusy.FREE: 0,
    FreeBusy.TENTATIVE: 1,
    FreeBusy.BUSY: 2,
    FreeBusy.OOF: 3,
    FreeBusy.NO_DATA: 4,
    FreeBusy.WORKING_ELSEWHERE: 0,
}
"""The digit of each state in MergedFreeBusy; whoever works elsewhere can be met."""

IS_MEETING, IS_RECURRING, IS_EXCEPTION, IS_REMINDER_SET, IS_PRIVATE = (1 << bit for bit in range(5))
"""Bits of ``Stretch.flags``."""

STATES: tuple[FreeBusy, ...] = tuple(FreeBusy)
"""``Stretch.busy`` is a place in this tuple."""
_DIGIT_OF = bytes(ord("0") + DIGITS[state] for state in STATES)


class Stretch(NamedTuple):
    """One appointment, or one occurrence of a series (``ordinal`` > 0), as free/busy shows it."""

    start: int
    end: int
    busy: int
    flags: int = 0
    subject: str = ""
    location: str = ""
    item: int = 0
    ordinal: int = 0


class View(StrEnum):
    """How much a free/busy answer tells (FreeBusyViewType)."""

    NONE = "None"
    MERGED_ONLY = "MergedOnly"
    FREE_BUSY = "FreeBusy"
    FREE_BUSY_MERGED = "FreeBusyMerged"
    DETAILED = "Detailed"
    DETAILED_MERGED = "DetailedMerged"

    @property
    def merged(self) -> bool:
        """Whether it has MergedFreeBusy."""
        return self in (View.MERGED_ONLY, View.FREE_BUSY_MERGED, View.DETAILED_MERGED)

    @property
    def detailed(self) -> bool:
        """Whether it has subjects and places."""
        return self in (View.DETAILED, View.DETAILED_MERGED)

    def without_details(self) -> View:
        """The most of it that somebody may see who may see no details."""
        return {View.DETAILED: View.FREE_BUSY, View.DETAILED_MERGED: View.FREE_BUSY_MERGED}.get(self, self)


def merge(stretches: Iterable[Stretch], start: int, end: int, interval: int) -> str:
    """One digit for each ``interval`` seconds of [``start``, ``end``); where several states meet, the highest digit.

    The last slot may reach beyond ``end``.
    """
    slots = bytearray(b"0") * -(-(end - start) // interval)
    for stretch in stretches:
        digit = _DIGIT_OF[stretch.busy]
        begins, ends = max(stretch.start, start), min(stretch.end, end)
        if begins >= ends:
            continue
        first, last = (begins - start) // interval, -(-(ends - start) // interval)
        for slot in range(first, last):
            if slots[slot] < digit:
                slots[slot] = digit
    return slots.decode("ascii")


class WorkingPeriod(msgspec.Struct, frozen=True):
    """Days (bits, Sunday lowest) on which work goes from ``start`` to ``end`` minutes after midnight."""

    days: int
    start: int
    end: int


class WorkingHours(msgspec.Struct, frozen=True):
    """When somebody works, in the time zone with a Windows id."""

    zone: str
    periods: tuple[WorkingPeriod, ...] = (WorkingPeriod(0x3E, 480, 1020),)
