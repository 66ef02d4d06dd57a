"""GetReminders and PerformReminderAction."""

from __future__ import annotations

from samband.exchange.actions.reminders import Action, Reminder
from samband.exchange.ews.call import Call
from samband.exchange.ews.item_references import item_ref
from samband.model.failures import Failure
from samband.model.items import CalendarProperties, Item
from samband.wire.ews.ids import IdKind, write_change_key, write_id
from samband.wire.ews.reminders import (
    GivenAction,
    ReminderView,
    read_reminder_actions,
    read_reminders_wish,
    write_performed,
    write_reminders,
)
from samband.wire.xml.reading import Element


async def get_reminders(call: Call, element: Element) -> str:
    """What of the caller's calendar and tasks reminds of itself."""
    wish = read_reminders_wish(element, call.zone)
    found = await call.exchange.reminders.get(call.caller, wish.begin, wish.end, wish.kind, wish.limit)
    return write_reminders(map(_view, found))


def _view(found: Reminder) -> ReminderView:
    item, due = found
    properties = item.properties
    calendar = isinstance(properties, CalendarProperties)
    return ReminderView(
        subject=properties.subject,
        location=properties.location if isinstance(properties, CalendarProperties) else "",
        at=due.at,
        start=due.start,
        end=due.end,
        item_id=_id(item, "ItemId", due.ordinal),
        master_id=_id(item, "RecurringMasterItemId") if due.ordinal else "",
        group="Calendar" if calendar else "Task",
        uid=properties.uid if isinstance(properties, CalendarProperties) else "",
    )


def _id(item: Item, element: str, ordinal: int = 0) -> str:
    kind = IdKind.OCCURRENCE if ordinal else IdKind.ITEM
    said = write_id(kind, item.mailbox, item.id, ordinal)
    return f'<t:{element} Id="{said}" ChangeKey="{write_change_key(item.change_key)}"/>'


async def perform_reminder_action(call: Call, element: Element) -> str:
    """Dismiss and snooze reminders. Where none of them could be, the first reason ends the request."""
    actions = [_action(given) for given in read_reminder_actions(element, call.zone)]
    done = await call.exchange.reminders.perform(call.caller, actions)
    changed = [one for one in done if isinstance(one, Item)]
    if not changed:
        raise next(one for one in done if isinstance(one, Failure))
    return write_performed(_id(item, "ItemId") for item in changed)


def _action(given: GivenAction) -> Action | Failure:
    ref = item_ref(given.item)
    return ref if isinstance(ref, Failure) else Action(ref, given.until)
