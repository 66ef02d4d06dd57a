"""How requests and answers name folders [MS-OXWSFOLD]."""

from __future__ import annotations

from dataclasses import dataclass

from samband.wire.ews.ids import IdKind, MalformedId, ObjectId, read_id, write_change_key, write_id
from samband.wire.ews.names import T
from samband.wire.xml.reading import (
    Element,
    at_most,
    attribute,
    attribute_of,
    first,
    missing,
    required,
    unexpected,
)

_NAMES = """
    calendar contacts deleteditems drafts inbox journal notes outbox sentitems tasks msgfolderroot publicfoldersroot
    root junkemail searchfolders voicemail recoverableitemsroot recoverableitemsdeletions recoverableitemsversions
    recoverableitemspurges recoverableitemsdiscoveryholds archive archiveroot archivemsgfolderroot
    archivedeleteditems archiveinbox archiverecoverableitemsroot archiverecoverableitemsdeletions
    archiverecoverableitemsversions archiverecoverableitemspurges archiverecoverableitemsdiscoveryholds syncissues
    conflicts localfailures serverfailures recipientcache quickcontacts conversationhistory adminauditlogs
    todosearch mycontacts directory imcontactlist peopleconnect favorites mecontact personmetadata teamspaceactivity
    teamspacemessaging teamspaceworkitems scheduled orionnotes tagitems alltaggeditems externalcontacts teamchat
    teamchathistory yammerroot yammerinbound yammeroutbound yammerfeeds onedriveroot onedriverecylebin
    onedrivesystem onedrivevolume important starred
"""
DISTINGUISHED = frozenset(_NAMES.split())
"""Every name of a default folder; most mailboxes have only some of them."""


MAX_FOLDERS = 1000
"""How many folders one request may name."""


@dataclass(frozen=True, slots=True)
class GivenFolderId:
    """``t:FolderId``: ``id`` is None where the text is no identifier of a folder."""

    id: ObjectId | None
    change_key: str = ""


@dataclass(frozen=True, slots=True)
class GivenDistinguishedId:
    """``t:DistinguishedFolderId``: of the mailbox with the SMTP ``address``, the caller's where it is empty."""

    name: str
    address: str = ""


GivenFolder = GivenFolderId | GivenDistinguishedId


def read_folder(element: Element) -> GivenFolder:
    """One ``t:FolderId`` or ``t:DistinguishedFolderId``. Raises ``SchemaViolation``."""
    if element.tag == T + "FolderId":
        text = attribute(element, "Id")
        try:
            return GivenFolderId(read_id(text, IdKind.FOLDER), element.get("ChangeKey", ""))
        except MalformedId:
            return GivenFolderId(None, element.get("ChangeKey", ""))
    if element.tag == T + "DistinguishedFolderId":
        name = attribute_of(element, "Id", DISTINGUISHED)
        mailbox = first(element, T + "Mailbox")
        if mailbox is None:
            return GivenDistinguishedId(name)
        address = first(mailbox, T + "EmailAddress")
        if address is None:
            address = first(mailbox, T + "Address")
        return GivenDistinguishedId(name, (address.text or "").strip() if address is not None else "")
    parent = element.getparent()
    raise unexpected(element if parent is None else parent, element)


def read_target(parent: Element, tag: str) -> GivenFolder:
    """The folder in the required child ``tag`` (TargetFolderIdType) of ``parent``. Raises ``SchemaViolation``."""
    target = required(parent, tag)
    if len(target) == 0:
        raise missing(target, T + "FolderId")
    return read_folder(target[0])


def read_folders(parent: Element, tag: str) -> list[GivenFolder]:
    """The folders in the required, non-empty child ``tag`` of ``parent``. Raises ``SchemaViolation``."""
    container = required(parent, tag)
    if len(container) == 0:
        raise missing(container, T + "FolderId")
    at_most(container, MAX_FOLDERS)
    return [read_folder(child) for child in container]


def write_folder_id(mailbox: str, folder: int, change_key: int, element: str = "FolderId") -> str:
    """``<t:FolderId Id= ChangeKey=/>``, or the same under another name."""
    return f'<t:{element} Id="{write_id(IdKind.FOLDER, mailbox, folder)}" ChangeKey="{write_change_key(change_key)}"/>'
