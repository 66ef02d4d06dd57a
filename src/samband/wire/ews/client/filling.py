"""Filling a mailbox over EWS: folders found or made, items with what hangs on them, occurrences of series.

Every item carries a mark, so that one whose answer never came is found again.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from typing import Any

from lxml import etree

from samband.wire.ews.client.answers import Refused, check
from samband.wire.ews.client.mailboxes import messages
from samband.wire.ews.fields.extended import Extended, read_path
from samband.wire.ews.fields.shape import Shape
from samband.wire.ews.fields.table import ELEMENTS, FIELDS
from samband.wire.ews.names import DECLARED, M, T
from samband.wire.xml.reading import Element, Malformed, local_name
from samband.wire.xml.text import element as leaf
from samband.wire.xml.text import escape, escape_attribute
from samband.wire.xml.values import write_boolean

_MARK = (
    '<t:ExtendedFieldURI PropertySetId="5b8ae4e4-3c0c-4c3f-9a52-0c6c0f7f9a61" PropertyName="SambandSource" '
    'PropertyType="String"/>'
)
_FLAGS = '<t:ExtendedFieldURI PropertyTag="0x0e07" PropertyType="Integer"/>'
_RECEIVED = '<t:ExtendedFieldURI PropertyTag="0x0e06" PropertyType="SystemTime"/>'


def _path(written: str) -> Extended:
    return read_path(etree.fromstring(f"<x {DECLARED}>{written}</x>")[0])


MARK, FLAGS, RECEIVED = _path(_MARK), _path(_FLAGS), _path(_RECEIVED)
_MAIL = ("item:ItemClass", "item:Categories", "message:IsRead", "item:Flag")
_MESSAGE = Shape(paths=(*(FIELDS[uri] for uri in _MAIL), MARK, FLAGS, RECEIVED))
_WHOLE = Shape(base="AllProperties", paths=(FIELDS["item:Body"], MARK, RECEIVED))
_DRAFT = Shape(base="AllProperties", paths=(FIELDS["item:Body"], MARK, FLAGS, RECEIVED))
_NOT_SAID = frozenset({"MeetingTimeZone", "MimeContent", "Attachments", "ReceivedBy", "ReceivedRepresenting"})
"""Elements that another server refuses beside others that say the same, or that are written apart."""
_OF_OCCURRENCES = (
    "item:Subject",
    "item:Sensitivity",
    "item:Body",
    "item:Categories",
    "item:Importance",
    "item:ReminderIsSet",
    "item:ReminderMinutesBeforeStart",
    "calendar:Start",
    "calendar:End",
    "calendar:LegacyFreeBusyStatus",
    "calendar:Location",
)
_SENT = 'MessageDisposition="SaveOnly" SendMeetingInvitations="SendToNone"'


def mail_element(item: Any, mime: bytes) -> str:
    """A message to be made of ``mime``, with what the message itself does not say."""
    content = f"<t:MimeContent>{base64.b64encode(mime).decode('ascii')}</t:MimeContent>"
    return _writable(_MESSAGE.write(item), content)


def item_element(item: Any, files: Sequence[tuple[Any, bytes]]) -> str:
    """Any other item to be made, and a message that is still written, with its files."""
    shape = _DRAFT if FLAGS.key in item.properties.extended else _WHOLE
    return _writable(shape.write(item), "", "".join(_file(head, content) for head, content in files))


def _writable(written: str, mime: str, files: str = "") -> str:
    """An item without what only servers set; attachments come after the body, as the schema has it."""
    item = etree.fromstring(f"<x {DECLARED}>{written}</x>")[0]
    kind = local_name(item)
    for child in list(item):
        name = local_name(child)
        known = ELEMENTS[kind].get(name)
        if name in _NOT_SAID or (known is not None and not known.writable):
            item.remove(child)
    before = {"ItemClass", "Subject", "Sensitivity", "Body"}
    place = sum(1 for child in item if local_name(child) in before)
    if files:
        item.insert(place, etree.fromstring(f"<x {DECLARED}><t:Attachments>{files}</t:Attachments></x>")[0])
    if mime:
        item.insert(0, etree.fromstring(f"<x {DECLARED}>{mime}</x>")[0])
    return etree.tostring(item, encoding="unicode", with_tail=False)


def _file(head: Any, content: bytes) -> str:
    texts = (("Name", head.name), ("ContentType", head.content_type), ("ContentId", head.content_id))
    said = "".join(leaf(f"t:{name}", text) for name, text in texts if text)
    flags = f"<t:IsInline>{write_boolean(head.is_inline)}</t:IsInline>"
    if head.is_contact_photo:
        flags += "<t:IsContactPhoto>true</t:IsContactPhoto>"
    data = f"<t:Content>{base64.b64encode(content).decode('ascii')}</t:Content>"
    return f"<t:FileAttachment>{said}{flags}{data}</t:FileAttachment>"


def create_item(folder: str, item: str) -> str:
    """CreateItem that tells nobody."""
    place = f"<m:SavedItemFolderId>{_id('FolderId', folder)}</m:SavedItemFolderId>"
    return f"<m:CreateItem {_SENT}>{place}<m:Items>{item}</m:Items></m:CreateItem>"


def marked_items(folder: str, mark: str) -> str:
    """FindItem: what in ``folder`` carries ``mark``."""
    constant = f'<t:FieldURIOrConstant><t:Constant Value="{escape_attribute(mark)}"/></t:FieldURIOrConstant>'
    return (
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>'
        f"<m:Restriction><t:IsEqualTo>{_MARK}{constant}</t:IsEqualTo></m:Restriction>"
        f"<m:ParentFolderIds>{_id('FolderId', folder)}</m:ParentFolderIds></m:FindItem>"
    )


def delete_items(identifiers: Iterable[str]) -> str:
    """DeleteItem for good that tells nobody."""
    ids = "".join(_id("ItemId", one) for one in identifiers)
    return _delete(ids)


def delete_occurrence(series: str, ordinal: int) -> str:
    """DeleteItem of one occurrence."""
    return _delete(_occurrence(series, ordinal))


def _delete(ids: str) -> str:
    how = 'DeleteType="HardDelete" SendMeetingCancellations="SendToNone" AffectedTaskOccurrences="AllOccurrences"'
    return f"<m:DeleteItem {how}><m:ItemIds>{ids}</m:ItemIds></m:DeleteItem>"


def update_occurrence(series: str, ordinal: int, occurrence: Any) -> str:
    """UpdateItem that makes one occurrence what ``occurrence`` is."""
    changes = ""
    for uri in _OF_OCCURRENCES:
        written = FIELDS[uri].writer()(occurrence)
        if written:
            changes += (
                f'<t:SetItemField><t:FieldURI FieldURI="{uri}"/><t:CalendarItem>{written}</t:CalendarItem>'
                "</t:SetItemField>"
            )
    how = 'ConflictResolution="AlwaysOverwrite" SendMeetingInvitationsOrCancellations="SendToNone"'
    change = f"<t:ItemChange>{_occurrence(series, ordinal)}<t:Updates>{changes}</t:Updates></t:ItemChange>"
    return f"<m:UpdateItem {how}><m:ItemChanges>{change}</m:ItemChanges></m:UpdateItem>"


def _occurrence(series: str, ordinal: int) -> str:
    return f'<t:OccurrenceItemId RecurringMasterId="{escape_attribute(series)}" InstanceIndex="{ordinal}"/>'


def folders_in(parent: str) -> str:
    """FindFolder: what stands directly below ``parent``."""
    return (
        '<m:FindFolder Traversal="Shallow"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>'
        f"<m:ParentFolderIds>{_id('FolderId', parent)}</m:ParentFolderIds></m:FindFolder>"
    )


def create_folder(parent: str, kind: str, name: str, folder_class: str) -> str:
    """CreateFolder."""
    said = f"<t:FolderClass>{escape(folder_class)}</t:FolderClass>" if folder_class else ""
    folder = f"<t:{kind}>{said}{leaf('t:DisplayName', name)}</t:{kind}>"
    place = f"<m:ParentFolderId>{_id('FolderId', parent)}</m:ParentFolderId>"
    return f"<m:CreateFolder>{place}<m:Folders>{folder}</m:Folders></m:CreateFolder>"


def read_folder_id(body: bytes) -> str:
    """The identifier of a folder that was made. Raises ``Refused`` or ``Malformed``."""
    return _first(body, "FolderId")


def read_item_id(body: bytes) -> str:
    """The identifier of an item that was made. Raises ``Refused`` or ``Malformed``."""
    return _first(body, "ItemId")


def _first(body: bytes, name: str) -> str:
    message = read_done(body)
    found = next(message.iter(T + name), None)
    if found is None:
        raise Malformed(f"no {name}")
    return found.get("Id", "")


def read_item_ids(body: bytes) -> list[str]:
    """The identifiers of what FindItem found. Raises ``Refused`` or ``Malformed``."""
    return [one.get("Id", "") for one in read_done(body).iterfind(f"{M}RootFolder/{T}Items/*/{T}ItemId")]


def read_done(body: bytes) -> Element:
    """The one message of an answer. Raises ``Refused`` or ``Malformed``."""
    message = next(iter(messages(body)), None)
    check(message)
    if message is None:
        raise Refused("ErrorInvalidRequest", "the answer is empty")
    return message


def _id(name: str, identifier: str) -> str:
    return f'<t:{name} Id="{escape_attribute(identifier)}"/>'
