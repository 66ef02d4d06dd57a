"""What a communications server asks of a mailbox to show the conversations there: found, read, marked, removed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from samband.wire.ews.client.conversation_history import CONVERSATION_CLASS, MARK, MISSED_CLASS, Folder
from samband.wire.ews.client.filling import read_done
from samband.wire.ews.client.requests import envelope
from samband.wire.ews.names import M, T
from samband.wire.xml.reading import Element, Malformed, text
from samband.wire.xml.text import escape_attribute
from samband.wire.xml.values import read_instant

CLASSES = (CONVERSATION_CLASS, MISSED_CLASS)
_FIELDS = "".join(
    f'<t:FieldURI FieldURI="{uri}"/>'
    for uri in (
        *("item:ItemClass", "item:Subject", "item:Body", "item:Importance", "item:DateTimeReceived"),
        *("message:From", "message:ToRecipients", "message:IsRead"),
    )
)
_RECEIVED = '<t:FieldURI FieldURI="item:DateTimeReceived"/>'


@dataclass(frozen=True, slots=True)
class Found:
    """Some items of a folder with the time each came, the newest first; ``total``: how many there are."""

    items: tuple[tuple[datetime, str], ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedItem:
    """A conversation as a message. People are (name, address); ``body`` is HTML."""

    item_class: str
    subject: str
    body: str
    importance: str
    received: datetime
    sender: tuple[str, str]
    receivers: tuple[tuple[str, str], ...]
    is_read: bool
    mark: str


def find_logs(folder: Folder, item_class: str, limit: int, *, unread: bool = False) -> bytes:
    """FindItem of the newest messages of a class, answered by ``read_found``; ``unread``: of those that are."""
    wanted = _equals("item:ItemClass", item_class)
    if unread:
        wanted = f"<t:And>{wanted}{_equals('message:IsRead', 'false')}</t:And>"
    return envelope(
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>'
        f"<t:AdditionalProperties>{_RECEIVED}</t:AdditionalProperties></m:ItemShape>"
        f'<m:IndexedPageItemView MaxEntriesReturned="{limit}" Offset="0" BasePoint="Beginning"/>'
        f"<m:Restriction>{wanted}</m:Restriction>"
        f'<m:SortOrder><t:FieldOrder Order="Descending">{_RECEIVED}</t:FieldOrder></m:SortOrder>'
        f"<m:ParentFolderIds>{folder.written}</m:ParentFolderIds></m:FindItem>"
    )


def read_found(body: bytes) -> Found:
    """Raises ``Refused`` or ``Malformed``."""
    root = read_done(body).find(f"{M}RootFolder")
    if root is None:
        raise Malformed("no RootFolder")
    items = tuple((_instant(one), _id(one)) for one in root.iterfind(f"{T}Items/*"))
    total = root.get("TotalItemsInView", "")
    return Found(items, int(total) if total.isdigit() else len(items))


def get_log(identifier: str) -> bytes:
    """GetItem, answered by ``read_log``."""
    return envelope(
        "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:BodyType>HTML</t:BodyType>"
        f"<t:AdditionalProperties>{_FIELDS}{MARK}</t:AdditionalProperties></m:ItemShape>"
        f"<m:ItemIds>{_written(identifier)}</m:ItemIds></m:GetItem>"
    )


def read_log(body: bytes) -> LoggedItem:
    """Raises ``Refused`` or ``Malformed``."""
    item = read_done(body).find(f"{M}Items/*")
    if item is None:
        raise Malformed("no item")
    people = tuple(_mailbox(one) for one in item.iterfind(f"{T}ToRecipients/{T}Mailbox"))
    return LoggedItem(
        item_class=text(item.find(f"{T}ItemClass")),
        subject=text(item.find(f"{T}Subject")),
        body=text(item.find(f"{T}Body")),
        importance=text(item.find(f"{T}Importance"), "Normal"),
        received=_instant(item),
        sender=_mailbox(item.find(f"{T}From/{T}Mailbox")),
        receivers=people,
        is_read=text(item.find(f"{T}IsRead")) == "true",
        mark=text(item.find(f"{T}ExtendedProperty/{T}Value")),
    )


def mark_read(identifier: str) -> bytes:
    """UpdateItem, answered by ``filling.read_done``."""
    return envelope(
        '<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite"><m:ItemChanges>'
        f'<t:ItemChange>{_written(identifier)}<t:Updates><t:SetItemField><t:FieldURI FieldURI="message:IsRead"/>'
        "<t:Message><t:IsRead>true</t:IsRead></t:Message></t:SetItemField></t:Updates></t:ItemChange>"
        "</m:ItemChanges></m:UpdateItem>"
    )


def remove_log(identifier: str) -> bytes:
    """DeleteItem into Deleted Items, as its owner's mail client would, answered by ``filling.read_done``."""
    return envelope(
        f'<m:DeleteItem DeleteType="MoveToDeletedItems"><m:ItemIds>{_written(identifier)}</m:ItemIds></m:DeleteItem>'
    )


def _equals(uri: str, value: str) -> str:
    constant = f'<t:FieldURIOrConstant><t:Constant Value="{value}"/></t:FieldURIOrConstant>'
    return f'<t:IsEqualTo><t:FieldURI FieldURI="{uri}"/>{constant}</t:IsEqualTo>'


def _written(identifier: str) -> str:
    return f'<t:ItemId Id="{escape_attribute(identifier)}"/>'


def _id(item: Element) -> str:
    found = item.find(f"{T}ItemId")
    if found is None:
        raise Malformed("no ItemId")
    return found.get("Id", "")


def _instant(item: Element) -> datetime:
    try:
        return read_instant(text(item.find(f"{T}DateTimeReceived")))
    except ValueError:
        raise Malformed("no DateTimeReceived") from None


def _mailbox(found: Element | None) -> tuple[str, str]:
    if found is None:
        return ("", "")
    return text(found.find(f"{T}Name")), text(found.find(f"{T}EmailAddress"))
