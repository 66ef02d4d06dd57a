"""What a communications server asks of a mailbox to keep conversations there: items found, made and changed.

An item carries a mark of ours, so that one whose answer was lost is found again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from samband.wire.ews.client.filling import read_done
from samband.wire.ews.client.requests import envelope
from samband.wire.ews.names import T
from samband.wire.xml.text import element, escape, escape_attribute

CONVERSATION_CLASS = "IPM.Note.Microsoft.Conversation"
MISSED_CLASS = "IPM.Note.Microsoft.Missed"
HISTORY, INBOX = "conversationhistory", "inbox"
_FOLDER_NAME = "Conversation History"
MARK = (
    '<t:ExtendedFieldURI PropertySetId="5b8ae4e4-3c0c-4c3f-9a52-0c6c0f7f9a61" PropertyName="SambandConversation" '
    'PropertyType="String"/>'
)
_FLAGS = '<t:ExtendedFieldURI PropertyTag="0x0e07" PropertyType="Integer"/>'
_RECEIVED = '<t:ExtendedFieldURI PropertyTag="0x0e06" PropertyType="SystemTime"/>'
_SENT = '<t:ExtendedFieldURI PropertyTag="0x0039" PropertyType="SystemTime"/>'
_READ = 1
"""mfRead of PidTagMessageFlags; without mfUnsent the item is no draft [MS-OXCMSG 2.2.1.6]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryItem:
    """A conversation as a message. People are (name, address)."""

    item_class: str
    subject: str
    body: str
    """HTML."""
    sender: tuple[str, str]
    receivers: tuple[tuple[str, str], ...]
    began: datetime
    ended: datetime
    is_read: bool
    mark: str


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder by the name that every mailbox knows it by, or by its identifier."""

    name: str = ""
    id: str = ""

    @property
    def written(self) -> str:
        if self.id:
            return f'<t:FolderId Id="{escape_attribute(self.id)}"/>'
        return f'<t:DistinguishedFolderId Id="{self.name}"/>'


def create_item(folder: Folder, item: HistoryItem) -> bytes:
    """CreateItem, answered by ``read_item_id``."""
    flags = _property(_FLAGS, str(_READ if item.is_read else 0))
    times = _property(_RECEIVED, _instant(item.ended)) + _property(_SENT, _instant(item.began))
    message = (
        f"{element('t:ItemClass', item.item_class)}{element('t:Subject', item.subject)}"
        f'<t:Body BodyType="HTML">{escape(item.body)}</t:Body>'
        f"{_property(MARK, item.mark)}{flags}{times}"
        f"<t:Sender>{_mailbox(item.sender)}</t:Sender>{_receivers(item)}<t:From>{_mailbox(item.sender)}</t:From>"
        f"<t:IsRead>{'true' if item.is_read else 'false'}</t:IsRead>"
    )
    return envelope(
        f'<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>{folder.written}</m:SavedItemFolderId>'
        f"<m:Items><t:Message>{message}</t:Message></m:Items></m:CreateItem>"
    )


def update_item(identifier: str, item: HistoryItem) -> bytes:
    """UpdateItem that makes the item say what ``item`` says, answered by ``read_item_id``.

    Whom a message went to cannot be changed.
    """
    changes = (
        ('<t:FieldURI FieldURI="item:Subject"/>', element("t:Subject", item.subject)),
        ('<t:FieldURI FieldURI="item:Body"/>', f'<t:Body BodyType="HTML">{escape(item.body)}</t:Body>'),
        (_RECEIVED, _property(_RECEIVED, _instant(item.ended))),
    )
    updates = "".join(
        f"<t:SetItemField>{path}<t:Message>{value}</t:Message></t:SetItemField>" for path, value in changes
    )
    return envelope(
        '<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite"><m:ItemChanges>'
        f'<t:ItemChange><t:ItemId Id="{escape_attribute(identifier)}"/><t:Updates>{updates}</t:Updates></t:ItemChange>'
        "</m:ItemChanges></m:UpdateItem>"
    )


def delete_item(identifier: str) -> bytes:
    """DeleteItem for good, answered by ``read_done``."""
    return envelope(
        f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds><t:ItemId Id="{escape_attribute(identifier)}"/></m:ItemIds>'
        "</m:DeleteItem>"
    )


def find_item(folder: Folder, mark: str) -> bytes:
    """FindItem of what carries ``mark``, answered by ``read_item_ids``."""
    constant = f'<t:FieldURIOrConstant><t:Constant Value="{escape_attribute(mark)}"/></t:FieldURIOrConstant>'
    return envelope(
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>'
        f"<m:Restriction><t:IsEqualTo>{MARK}{constant}</t:IsEqualTo></m:Restriction>"
        f"<m:ParentFolderIds>{folder.written}</m:ParentFolderIds></m:FindItem>"
    )


def find_folder() -> bytes:
    """FindFolder of a folder for conversations that is no distinguished one, answered by ``read_found_folder``."""
    name = f'<t:FieldURIOrConstant><t:Constant Value="{_FOLDER_NAME}"/></t:FieldURIOrConstant>'
    return envelope(
        '<m:FindFolder Traversal="Shallow"><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>'
        f'<m:Restriction><t:IsEqualTo><t:FieldURI FieldURI="folder:DisplayName"/>{name}</t:IsEqualTo></m:Restriction>'
        '<m:ParentFolderIds><t:DistinguishedFolderId Id="msgfolderroot"/></m:ParentFolderIds></m:FindFolder>'
    )


def read_found_folder(body: bytes) -> str:
    """The identifier of the folder; empty where there is none. Raises ``Refused`` or ``Malformed``."""
    found = next(read_done(body).iter(f"{T}FolderId"), None)
    return "" if found is None else found.get("Id", "")


def create_folder() -> bytes:
    """CreateFolder of such a folder, answered by ``read_folder_id``."""
    return envelope(
        '<m:CreateFolder><m:ParentFolderId><t:DistinguishedFolderId Id="msgfolderroot"/></m:ParentFolderId><m:Folders>'
        f"<t:Folder><t:FolderClass>IPF.Note</t:FolderClass><t:DisplayName>{_FOLDER_NAME}</t:DisplayName></t:Folder>"
        "</m:Folders></m:CreateFolder>"
    )


def _receivers(item: HistoryItem) -> str:
    return f"<t:ToRecipients>{''.join(_mailbox(one) for one in item.receivers)}</t:ToRecipients>"


def _mailbox(person: tuple[str, str]) -> str:
    name, address = person
    return f"<t:Mailbox>{element('t:Name', name)}{element('t:EmailAddress', address)}</t:Mailbox>"


def _property(path: str, value: str) -> str:
    return f"<t:ExtendedProperty>{path}{element('t:Value', value)}</t:ExtendedProperty>"


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
