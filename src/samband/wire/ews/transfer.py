"""ExportItems and UploadItems on the wire."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from samband.wire.ews.folder_ids import GivenFolderId
from samband.wire.ews.ids import IdKind, MalformedId, read_id, write_change_key, write_id
from samband.wire.ews.item_ids import GivenItemId, read_item_id
from samband.wire.ews.names import M, T
from samband.wire.xml.reading import (
    Element,
    attribute,
    attribute_of,
    bad_attribute,
    bad_element,
    missing,
    required,
    text,
)
from samband.wire.xml.values import read_boolean

ACTIONS = frozenset({"CreateNew", "Update", "UpdateOrCreate"})


@dataclass(frozen=True, slots=True)
class GivenUpload:
    """One item to upload; ``associated`` is None where the request does not say."""

    action: str
    folder: GivenFolderId
    item: GivenItemId | None
    data: bytes
    associated: bool | None


def read_uploads(element: Element) -> list[GivenUpload]:
    """The items of an UploadItems request. Raises ``SchemaViolation``."""
    items = required(element, M + "Items")
    if len(items) == 0:
        raise missing(items, T + "Item")
    return [_upload(item) for item in items.iterchildren(T + "Item")]


def _upload(element: Element) -> GivenUpload:
    parent = required(element, T + "ParentFolderId")
    item = element.find(T + "ItemId")
    data = required(element, T + "Data")
    try:
        content = base64.b64decode("".join(text(data).split()), validate=True)
    except (ValueError, binascii.Error):
        raise bad_element(data) from None
    return GivenUpload(
        action=attribute_of(element, "CreateAction", ACTIONS),
        folder=_folder(attribute(parent, "Id")),
        item=None if item is None else read_item_id(item),
        data=content,
        associated=_associated(element.get("IsAssociated")),
    )


def _folder(identifier: str) -> GivenFolderId:
    try:
        return GivenFolderId(read_id(identifier, IdKind.FOLDER))
    except MalformedId:
        return GivenFolderId(None)


def _associated(value: str | None) -> bool | None:
    try:
        return None if value is None else read_boolean(value)
    except ValueError:
        raise bad_attribute("IsAssociated", value or "") from None


def write_item_id(mailbox: str, item: int, change_key: int) -> str:
    """``<m:ItemId>`` of an item that was exported or uploaded."""
    return f'<m:ItemId Id="{write_id(IdKind.ITEM, mailbox, item)}" ChangeKey="{write_change_key(change_key)}"/>'


def write_data(data: bytes) -> str:
    """``<m:Data>``."""
    return f"<m:Data>{base64.b64encode(data).decode('ascii')}</m:Data>"
