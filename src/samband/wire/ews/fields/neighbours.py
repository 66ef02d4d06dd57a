"""Meetings at the same time as an item, and right before or after it [MS-OXWSMTGS]."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from samband.wire.ews.fields.codecs import INSTANT, TEXT
from samband.wire.ews.fields.contents import item_id

_SUBJECT, _LOCATION = TEXT.writer("Subject"), TEXT.writer("Location")
_START, _END = INSTANT.writer("Start"), INSTANT.writer("End")


def _meeting(item: Any) -> str:
    own = item.properties
    return (
        f"<t:CalendarItem>{item_id(item)}{_SUBJECT(own.subject)}{_START(own.start)}{_END(own.end)}"
        f"<t:LegacyFreeBusyStatus>{own.legacy_free_busy_status.value}</t:LegacyFreeBusyStatus>{_LOCATION(own.location)}"
        "</t:CalendarItem>"
    )


def count_of(name: str, neighbours: Callable[[Any], Sequence[Any] | None]) -> Callable[[Any], str]:
    """Writes how many there are; nothing where nobody looked."""

    def write(item: Any) -> str:
        found = neighbours(item)
        return "" if found is None else f"<t:{name}>{len(found)}</t:{name}>"

    return write


def list_of(name: str, neighbours: Callable[[Any], Sequence[Any] | None]) -> Callable[[Any], str]:
    """Writes which they are."""

    def write(item: Any) -> str:
        found = neighbours(item)
        return f"<t:{name}>{''.join([_meeting(one) for one in found])}</t:{name}>" if found else ""

    return write
