"""The one place that decides what a visitor may do in somebody else's mailbox.

A reference into another mailbox carries its ``Visitor`` (``Access.visitor``). Whoever then opens the folder or the item
inside a transaction says what for; who says nothing gets nothing, so a verb that never thought of visitors refuses
them. A visitor is told that what they may not see is not there, and that what they may not change is refused.
"""

from __future__ import annotations

import msgspec

from samband.model.failures import Failure
from samband.model.folders import Folder
from samband.model.item_values import Sensitivity
from samband.model.items import CalendarProperties, Item, ItemKind
from samband.model.permissions import EffectiveRights, FolderPermission, Need, Visitor, allows, is_there
from samband.store import delegates
from samband.store import folders as rows
from samband.store.api import Tx

PRIVATE_SUBJECT = "Private Appointment"
_HIDDEN = (Sensitivity.PRIVATE, Sensitivity.CONFIDENTIAL)


def denied() -> Failure:
    """What who may not gets."""
    return Failure("ErrorAccessDenied", "Access is denied. Check credentials and try again.")


def is_private(item: Item) -> bool:
    """Whether only the owner, and delegates who may see private items, see what it is."""
    return item.properties.sensitivity in _HIDDEN


class Pass:
    """What one visitor may do in one mailbox, inside one transaction."""

    def __init__(self, tx: Tx, mailbox: str, visitor: Visitor) -> None:
        self._tx = tx
        self._visitor = visitor
        delegate = delegates.get(tx, mailbox, visitor.guid)
        self.sees_private = delegate is not None and delegate.view_private_items
        self._known: dict[int, FolderPermission | None] = {}

    def permission(self, folder: int) -> FolderPermission | None:
        """What the visitor has on a folder by its row; None where it does not exist."""
        if folder not in self._known:
            found = rows.get(self._tx, folder)
            self._known[folder] = None if found is None else self._visitor.permission(found.permissions)
        return self._known[folder]

    def admits(self, folder: Folder, need: Need | None) -> bool:
        """Whether ``folder`` is there for the visitor. Raises ``Failure`` where they may not do what they need."""
        permission = self._visitor.permission(folder.permissions)
        if not is_there(permission):
            return False
        if need is None or not allows(permission, need):
            raise denied()
        return True

    def sees(self, folder: Folder) -> bool:
        """Whether the visitor finds ``folder`` among others."""
        return allows(self._visitor.permission(folder.permissions), Need.SEE)

    def shown_folder(self, folder: Folder) -> Folder:
        """``folder`` as the visitor gets it."""
        permission = self._visitor.permission(folder.permissions)
        rights = EffectiveRights(
            associated=permission.create_items and permission.owner,
            contents=permission.create_items,
            hierarchy=permission.create_folders,
            delete=permission.owner and not folder.default,
            modify=permission.owner,
            read=allows(permission, Need.READ),
            private=self.sees_private,
        )
        return msgspec.structs.replace(folder, rights=rights)

    def item(self, item: Item, need: Need | None) -> Item:
        """``item`` as the visitor gets it. Raises ``Failure``: ErrorItemNotFound, ErrorAccessDenied."""
        permission = self.permission(item.folder)
        if permission is None or not is_there(permission):
            raise _not_found()
        if need is None:
            raise denied()
        calendar = item.kind is ItemKind.CALENDAR_ITEM
        hidden = is_private(item) and not self.sees_private
        if hidden and not calendar:
            raise _not_found()
        owned = item.properties.creator == self._visitor.guid
        if need is Need.GLIMPSE and calendar and (hidden or not allows(permission, Need.READ)):
            if not allows(permission, Need.GLIMPSE):
                raise denied()
            return glimpse(item, details=permission.read != "TimeOnly" and not hidden)
        wanted = Need.READ if need is Need.GLIMPSE else need
        if hidden or not allows(permission, wanted, owned=owned):
            raise denied()
        rights = EffectiveRights(
            delete=allows(permission, Need.DELETE, owned=owned),
            modify=allows(permission, Need.EDIT, owned=owned),
            read=allows(permission, Need.READ),
            private=self.sees_private,
        )
        return msgspec.structs.replace(item, rights=rights)

    def hides(self, item: Item) -> bool:
        """Whether an item of a folder that the visitor may read is none for them."""
        return not self.sees_private and is_private(item)


def glimpse(item: Item, *, details: bool) -> Item:
    """A calendar item as somebody sees it who may see when it is and, with ``details``, what and where.

    A series keeps its pattern, and loses what its occurrences were called.
    """
    whole = item.properties
    assert isinstance(whole, CalendarProperties)
    private = is_private(item)
    shown = CalendarProperties(
        subject=whole.subject if details else PRIVATE_SUBJECT if private else "",
        location=whole.location if details else "",
        sensitivity=whole.sensitivity if private else Sensitivity.NORMAL,
        start=whole.start,
        end=whole.end,
        is_all_day_event=whole.is_all_day_event,
        legacy_free_busy_status=whole.legacy_free_busy_status,
        calendar_item_type=whole.calendar_item_type,
        recurrence=whole.recurrence,
    )
    return msgspec.structs.replace(
        item, item_class="IPM.Appointment", properties=shown, attachments=(), size=0, rights=EffectiveRights()
    )


def admit(tx: Tx, folder: Folder, visitor: Visitor | None, need: Need | None) -> bool:
    """Whether ``folder`` is there for ``visitor`` (None: its owner). Raises ``Failure`` where that is not enough."""
    return visitor is None or Pass(tx, folder.mailbox, visitor).admits(folder, need)


def _not_found() -> Failure:
    return Failure("ErrorItemNotFound", "The specified object was not found in the store.")
