"""GetReminders and PerformReminderAction on the wire."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from samband.wire.ews.item_ids import GivenItemId, read_item_id
from samband.wire.ews.names import M, T
from samband.wire.ews.responses import write_single
from samband.wire.xml.reading import Element, bad_element, missing, one_of, required, text
from samband.wire.xml.text import element as leaf
from samband.wire.xml.values import read_instant, read_integer, write_instant

_KINDS = frozenset({"All", "Current", "Old"})
_ACTIONS = frozenset({"Dismiss", "Snooze"})
_MOST = 200


@dataclass(frozen=True, slots=True)
class RemindersWish:
    """Which reminders are asked for; None: no bound."""

    begin: datetime | None
    end: datetime | None
    limit: int
    kind: str


def read_reminders_wish(element: Element, zone: tzinfo) -> RemindersWish:
    """A GetReminders request; times without offset are in ``zone``. Raises ``SchemaViolation``."""
    begin, end = (_instant(element.find(M + name), zone) for name in ("BeginTime", "EndTime"))
    said, kind = element.find(M + "MaxItems"), element.find(M + "ReminderType")
    limit = _MOST
    if said is not None:
        try:
            limit = read_integer(text(said))
        except ValueError:
            raise bad_element(said) from None
        if not 0 <= limit <= _MOST:
            raise bad_element(said)
    return RemindersWish(begin, end, limit or _MOST, "All" if kind is None else one_of(kind, _KINDS))


def _instant(element: Element | None, zone: tzinfo) -> datetime | None:
    if element is None:
        return None
    try:
        return read_instant(text(element).strip(), zone)
    except ValueError:
        raise bad_element(element) from None


@dataclass(frozen=True, slots=True)
class GivenAction:
    """One ``t:ReminderItemAction``: ``until`` None for Dismiss."""

    item: GivenItemId
    until: datetime | None


def read_reminder_actions(element: Element, zone: tzinfo) -> list[GivenAction]:
    """A PerformReminderAction request. Raises ``SchemaViolation``."""
    container = required(element, M + "ReminderItemActions")
    if len(container) == 0:
        raise missing(container, T + "ReminderItemAction")
    found = []
    for one in container:
        snooze = one_of(required(one, T + "ActionType"), _ACTIONS) == "Snooze"
        item = read_item_id(required(one, T + "ItemId"))
        found.append(GivenAction(item, _instant(required(one, T + "NewReminderTime"), zone) if snooze else None))
    return found


@dataclass(frozen=True, slots=True)
class ReminderView:
    """One reminder as it is told; ``item_id`` and ``master_id`` are written, the latter empty where there is none."""

    subject: str
    location: str
    at: datetime
    start: datetime
    end: datetime
    item_id: str
    master_id: str
    group: str
    uid: str


def write_reminders(reminders: Iterable[ReminderView]) -> str:
    """A whole GetRemindersResponse."""
    written = "".join(
        f"<t:Reminder>{leaf('t:Subject', one.subject)}{leaf('t:Location', one.location) if one.location else ''}"
        f"<t:ReminderTime>{write_instant(one.at)}</t:ReminderTime><t:StartDate>{write_instant(one.start)}"
        f"</t:StartDate><t:EndDate>{write_instant(one.end)}</t:EndDate>{one.item_id}{one.master_id}"
        f"<t:ReminderGroup>{one.group}</t:ReminderGroup>{leaf('t:UID', one.uid)}</t:Reminder>"
        for one in reminders
    )
    return write_single("GetReminders", f"<m:Reminders>{written}</m:Reminders>")


def write_performed(item_ids: Iterable[str]) -> str:
    """A whole PerformReminderActionResponse with the written identifiers of the items that changed."""
    return write_single("PerformReminderAction", f"<m:UpdatedItemIds>{''.join(item_ids)}</m:UpdatedItemIds>")
