"""A whole mailbox read over EWS: its folders, what is in them, and items with what hangs on them.

Requests ask for nothing that Exchange 2010 SP1 does not know. Answers are read as Exchange, not its schema, has them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from samband.wire.ews.client.answers import Refused, answered, check
from samband.wire.ews.names import MESSAGES, TYPES, M, T
from samband.wire.soap.envelope import SOAP
from samband.wire.xml.reading import Element, Malformed, local_name, parse, text
from samband.wire.xml.text import escape, escape_attribute

PAGE = 500
"""Folders a page, and changes a SyncFolderItems."""
_BACK_OFF = re.compile(rb'Name="BackOffMilliseconds">\s*(\d{1,9})\s*<')
_HIDDEN = '<t:ExtendedFieldURI PropertyTag="0x10f4" PropertyType="Boolean"/>'


@dataclass(frozen=True, slots=True)
class FolderEntry:
    """A folder as a server lists it. ``kind`` is its element's name."""

    id: str
    parent: str
    name: str
    folder_class: str
    kind: str
    total: int
    hidden: bool


class ListedItem(NamedTuple):
    """An item as a folder lists it; ``kind`` is its element's name, ``size`` in bytes."""

    id: str
    kind: str
    size: int
    draft: bool = False


class Listing(NamedTuple):
    """A part of what a folder holds: the state after it, and whether that was the last part."""

    state: str
    complete: bool
    items: tuple[ListedItem, ...]


def request(body: str, version: str = "Exchange2010_SP1", impersonate: str = "") -> bytes:
    """A whole request; ``impersonate`` is the SMTP address of whom it acts as."""
    header = f'<t:RequestServerVersion Version="{version}"/>'
    if impersonate:
        sid = f"<t:PrimarySmtpAddress>{escape(impersonate)}</t:PrimarySmtpAddress>"
        header += f"<t:ExchangeImpersonation><t:ConnectingSID>{sid}</t:ConnectingSID></t:ExchangeImpersonation>"
    return (
        f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{SOAP}" xmlns:t="{TYPES}" xmlns:m="{MESSAGES}">'
        f"<s:Header>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def back_off(body: bytes) -> float | None:
    """How many seconds a busy server asks to be left alone; None where the answer is no such wish."""
    if b"ErrorServerBusy" not in body:
        return None
    found = _BACK_OFF.search(body)
    return int(found.group(1)) / 1000 if found else 0.0


def default_folders(names: Iterable[str], mailbox: str = "") -> str:
    """GetFolder of distinguished folders, of the own mailbox or of the one with the address ``mailbox``."""
    owner = f"<t:Mailbox><t:EmailAddress>{escape(mailbox)}</t:EmailAddress></t:Mailbox>" if mailbox else ""
    ids = "".join(f'<t:DistinguishedFolderId Id="{name}">{owner}</t:DistinguishedFolderId>' for name in names)
    shape = "<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
    return f"<m:GetFolder>{shape}<m:FolderIds>{ids}</m:FolderIds></m:GetFolder>"


def read_default_folders(body: bytes, names: Sequence[str]) -> dict[str, str]:
    """Identifiers by those of ``names`` that are there. Raises ``Refused`` or ``Malformed``."""
    found = {}
    for name, message in zip(names, messages(body), strict=True):
        identifier = message.find(f"{M}Folders/*/{T}FolderId")
        if identifier is not None:
            found[name] = identifier.get("Id", "")
    return found


def folders_below(folder: str, offset: int) -> str:
    """FindFolder, deep, below ``folder``, a page from ``offset``."""
    return (
        '<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>Default</t:BaseShape><t:AdditionalProperties>'
        '<t:FieldURI FieldURI="folder:FolderClass"/><t:FieldURI FieldURI="folder:ParentFolderId"/>'
        f"{_HIDDEN}</t:AdditionalProperties></m:FolderShape>"
        f'<m:IndexedPageFolderView MaxEntriesReturned="{PAGE}" Offset="{offset}" BasePoint="Beginning"/>'
        f"<m:ParentFolderIds>{_id('FolderId', folder)}</m:ParentFolderIds></m:FindFolder>"
    )


def read_folders(body: bytes) -> tuple[list[FolderEntry], bool]:
    """A page of folders, and whether it is the last. Raises ``Refused`` or ``Malformed``."""
    message = _only(body)
    root = message.find(f"{M}RootFolder")
    if root is None:
        raise Malformed("no RootFolder")
    entries = [_folder(one) for one in root.iterfind(f"{T}Folders/*")]
    return entries, root.get("IncludesLastItemInRange", "true") != "false" or not entries


def _folder(found: Element) -> FolderEntry:
    identifier, parent = found.find(f"{T}FolderId"), found.find(f"{T}ParentFolderId")
    total = text(found.find(f"{T}TotalCount"))
    return FolderEntry(
        "" if identifier is None else identifier.get("Id", ""),
        "" if parent is None else parent.get("Id", ""),
        text(found.find(f"{T}DisplayName")),
        text(found.find(f"{T}FolderClass")),
        local_name(found),
        int(total) if total.isdigit() else 0,
        text(found.find(f"{T}ExtendedProperty/{T}Value")).lower() in ("true", "1"),
    )


def items_of(folder: str, state: str) -> str:
    """SyncFolderItems: what is in ``folder`` after ``state``. Items that come meanwhile are not missed."""
    since = f"<m:SyncState>{escape(state)}</m:SyncState>" if state else ""
    return (
        "<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
        '<t:FieldURI FieldURI="item:Size"/><t:FieldURI FieldURI="item:IsDraft"/></t:AdditionalProperties></m:ItemShape>'
        f"<m:SyncFolderId>{_id('FolderId', folder)}</m:SyncFolderId>{since}"
        f"<m:MaxChangesReturned>{PAGE}</m:MaxChangesReturned></m:SyncFolderItems>"
    )


def read_listing(body: bytes) -> Listing:
    """A part of a folder's items. Raises ``Refused`` or ``Malformed``."""
    message = _only(body)
    listed = []
    for item in message.iterfind(f"{M}Changes/{T}Create/*"):
        identifier, size = item.find(f"{T}ItemId"), text(item.find(f"{T}Size"))
        if identifier is not None:
            draft = text(item.find(f"{T}IsDraft")) == "true"
            listed.append(
                ListedItem(identifier.get("Id", ""), local_name(item), int(size) if size.isdigit() else 0, draft)
            )
    complete = text(message.find(f"{M}IncludesLastItemInRange"), "true") != "false"
    return Listing(text(message.find(f"{M}SyncState")), complete, tuple(listed))


def items(identifiers: Iterable[str], base: str, paths: Iterable[str], mime: bool) -> str:
    """GetItem; ``paths`` are written property paths beyond the base shape."""
    more = "".join(paths)
    additional = f"<t:AdditionalProperties>{more}</t:AdditionalProperties>" if more else ""
    content = "<t:IncludeMimeContent>true</t:IncludeMimeContent>" if mime else ""
    ids = "".join(_id("ItemId", identifier) for identifier in identifiers)
    return (
        f"<m:GetItem><m:ItemShape><t:BaseShape>{base}</t:BaseShape>{content}{additional}</m:ItemShape>"
        f"<m:ItemIds>{ids}</m:ItemIds></m:GetItem>"
    )


def read_items(body: bytes) -> list[Element | Refused]:
    """Items in the order asked for, refusals in their places. Raises ``Refused`` for a fault, or ``Malformed``."""
    return [_content(message, f"{M}Items/*") for message in messages(body)]


def attachments(identifiers: Iterable[str]) -> str:
    """GetAttachment, items among them with their MIME."""
    ids = "".join(_id("AttachmentId", identifier) for identifier in identifiers)
    return (
        "<m:GetAttachment><m:AttachmentShape><t:IncludeMimeContent>true</t:IncludeMimeContent></m:AttachmentShape>"
        f"<m:AttachmentIds>{ids}</m:AttachmentIds></m:GetAttachment>"
    )


def read_attachments(body: bytes) -> list[Element | Refused]:
    """Attachments like ``read_items``."""
    return [_content(message, f"{M}Attachments/*") for message in messages(body)]


def _content(message: Element, path: str) -> Element | Refused:
    try:
        check(message)
    except Refused as refused:
        return refused
    found = message.find(path)
    return Refused("ErrorItemNotFound", "the answer holds nothing") if found is None else found


def messages(body: bytes) -> list[Element]:
    """The response messages of a batch. Raises ``Refused`` for a fault, or ``Malformed``."""
    found = answered(body).find(f"{M}ResponseMessages")
    if found is None:
        raise Malformed("no ResponseMessages")
    return list(found)


def _only(body: bytes) -> Element:
    message = next(iter(messages(body)), None)
    check(message)
    assert message is not None
    return message


def absence(address: str) -> str:
    """GetUserOofSettings of the mailbox with ``address``."""
    mailbox = f"<t:Mailbox><t:Address>{escape(address)}</t:Address></t:Mailbox>"
    return f"<m:GetUserOofSettingsRequest>{mailbox}</m:GetUserOofSettingsRequest>"


@dataclass(frozen=True, slots=True)
class Absence:
    """Out-of-office settings as another server has them; instants as written."""

    state: str
    audience: str
    start: str
    end: str
    internal_reply: str
    external_reply: str


def read_absence(body: bytes) -> Absence:
    """The settings in a GetUserOofSettingsResponse. Raises ``Refused`` or ``Malformed``."""
    answer = answered(body)
    check(answer.find(f"{M}ResponseMessage"))
    settings = answer.find(f"{T}OofSettings")
    if settings is None:
        raise Malformed("no OofSettings")

    def said(path: str, default: str = "") -> str:
        return text(settings.find("/".join(T + part for part in path.split("/"))), default)

    return Absence(
        said("OofState", "Disabled"),
        said("ExternalAudience", "None"),
        said("Duration/StartTime"),
        said("Duration/EndTime"),
        said("InternalReply/Message"),
        said("ExternalReply/Message"),
    )


def field(uri: str) -> str:
    """A FieldURI as a property path."""
    return f'<t:FieldURI FieldURI="{uri}"/>'


def _id(name: str, identifier: str) -> str:
    return f'<t:{name} Id="{escape_attribute(identifier)}"/>'


def is_answer(body: bytes) -> bool:
    """Whether ``body`` is a SOAP envelope: a gateway's page is none."""
    try:
        return parse(body).tag == "{" + SOAP + "}Envelope"
    except Malformed:
        return False
