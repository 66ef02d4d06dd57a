"""SyncFolderItems, read and written [MS-OXWSSYNC]."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from samband.wire.ews.fields.shape import Shape, read_shape
from samband.wire.ews.folder_ids import GivenFolder, read_target
from samband.wire.ews.ids import IdKind, MalformedId, read_id, write_change_key, write_id
from samband.wire.ews.names import M, T
from samband.wire.ews.versions import ServerVersion
from samband.wire.xml.reading import Element, bad_element, first, one_of, required
from samband.wire.xml.values import read_integer, write_boolean

MAX_CHANGES = 512
_SCOPES = frozenset({"NormalItems", "NormalAndAssociatedItems"})


@dataclass(frozen=True, slots=True)
class SyncItemsRequest:
    """SyncFolderItems. ``state`` is empty from the beginning; ``ignored`` are rows of items not to be told of."""

    shape: Shape
    folder: GivenFolder
    state: str
    ignored: frozenset[int]
    limit: int
    associated: bool


def read_sync_items(request: Element, version: ServerVersion) -> SyncItemsRequest:
    """The request. Raises ``SchemaViolation`` or ``PropertyError``."""
    limit = required(request, M + "MaxChangesReturned")
    scope = first(request, M + "SyncScope")
    state = first(request, M + "SyncState")
    return SyncItemsRequest(
        shape=read_shape(request, found=True, version=version, refuse=False),
        folder=read_target(request, M + "SyncFolderId"),
        state=(state.text or "").strip() if state is not None else "",
        ignored=_ignored(first(request, M + "Ignore")),
        limit=_limit(limit),
        associated=scope is not None and one_of(scope, _SCOPES) == "NormalAndAssociatedItems",
    )


def _limit(element: Element) -> int:
    try:
        limit = read_integer(element.text or "")
    except ValueError:
        raise bad_element(element) from None
    if not 1 <= limit <= MAX_CHANGES:
        raise bad_element(element)
    return limit


def _ignored(element: Element | None) -> frozenset[int]:
    """What is no identifier names nothing that could be told of."""
    rows: set[int] = set()
    for child in () if element is None else element.iterchildren(T + "ItemId"):
        try:
            rows.add(read_id(child.get("Id", ""), IdKind.ITEM).row)
        except MalformedId:
            continue
    return frozenset(rows)


def write_created(item: str) -> str:
    """An item (its written element) the client does not know."""
    return f"<t:Create>{item}</t:Create>"


def write_updated(item: str) -> str:
    """An item (its written element) with other content."""
    return f"<t:Update>{item}</t:Update>"


def write_read_flag(mailbox: str, item: int, change_key: int, is_read: bool) -> str:
    """An item of which nothing but the read flag changed."""
    return (
        f"<t:ReadFlagChange>{_item_id(mailbox, item, change_key)}<t:IsRead>{write_boolean(is_read)}</t:IsRead>"
        "</t:ReadFlagChange>"
    )


def write_deleted(mailbox: str, item: int, change_key: int) -> str:
    """An item that left the folder."""
    return f"<t:Delete>{_item_id(mailbox, item, change_key)}</t:Delete>"


def _item_id(mailbox: str, item: int, change_key: int) -> str:
    return f'<t:ItemId Id="{write_id(IdKind.ITEM, mailbox, item)}" ChangeKey="{write_change_key(change_key)}"/>'


def write_sync_items(state: str, complete: bool, changes: Iterable[str]) -> str:
    """The content of the message: the state after it, whether that is all, and the written changes."""
    return (
        f"<m:SyncState>{state}</m:SyncState>"
        f"<m:IncludesLastItemInRange>{write_boolean(complete)}</m:IncludesLastItemInRange>"
        f"<m:Changes>{''.join(changes)}</m:Changes>"
    )
