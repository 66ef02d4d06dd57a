"""What one client knows of a mailbox: nothing but what SyncFolderHierarchy and SyncFolderItems told it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from lxml import etree

from tests.scenarios.ews_session import EwsSession, M, T

_SHAPE = (
    "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    '<t:FieldURI FieldURI="item:Subject"/><t:FieldURI FieldURI="message:IsRead"/>'
    '<t:FieldURI FieldURI="item:HasAttachments"/></t:AdditionalProperties></m:ItemShape>'
)
GONE = frozenset({"ErrorSyncFolderNotFound", "ErrorItemNotFound", "ErrorFolderNotFound"})


class Known(NamedTuple):
    """An item as a list shows it."""

    kind: str
    change_key: str
    subject: str
    is_read: str
    has_attachments: str


class KnownFolder(NamedTuple):
    name: str
    parent: str
    kind: str


@dataclass
class Mailbox:
    """Folders and items, and how far each was followed."""

    folders: dict[str, KnownFolder] = field(default_factory=dict)
    items: dict[str, dict[str, Known]] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    hierarchy: str = ""

    def follow_folders(self, session: EwsSession) -> None:
        """Take up what happened to folders. New ones are empty until they are followed."""
        state = f"<m:SyncState>{self.hierarchy}</m:SyncState>" if self.hierarchy else ""
        answer = session.ask_quickly(
            "<m:SyncFolderHierarchy><m:FolderShape><t:BaseShape>Default</t:BaseShape><t:AdditionalProperties>"
            '<t:FieldURI FieldURI="folder:ParentFolderId"/></t:AdditionalProperties></m:FolderShape>'
            f"{state}</m:SyncFolderHierarchy>"
        )
        self.hierarchy = answer.findtext(f".//{M}SyncState") or ""
        for change in answer.iterfind(f".//{M}Changes/*"):
            self._folder_change(etree.QName(change).localname, change)

    def _folder_change(self, what: str, change: etree._Element) -> None:
        found = next(change.iter(T + "FolderId"))
        folder = str(found.get("Id"))
        if what == "Delete":
            self.folders.pop(folder, None)
            self.items.pop(folder, None)
            self.states.pop(folder, None)
            return
        parent = next(change.iter(T + "ParentFolderId")).get("Id")
        name = change.findtext(f".//{T}DisplayName")
        assert what == "Create" or folder in self.folders, "a folder that nobody told of changed"
        self.folders[folder] = KnownFolder(str(name), str(parent), etree.QName(change[0]).localname)
        self.items.setdefault(folder, {})

    def follow(self, session: EwsSession, folder: str) -> None:
        """Take up what happened in one folder; one that is gone by now stays to be taken out by the hierarchy."""
        complete = False
        while not complete and folder in self.folders:
            answer = session.answer(_sync(folder, self.states.get(folder, "")))
            code = answer.findtext(f".//{M}ResponseCode")
            if code in GONE:
                return
            assert code == "NoError", code
            self.states[folder] = answer.findtext(f".//{M}SyncState") or ""
            complete = answer.findtext(f".//{M}IncludesLastItemInRange") == "true"
            for change in answer.iterfind(f".//{M}Changes/*"):
                self._item_change(self.items[folder], etree.QName(change).localname, change)

    @staticmethod
    def _item_change(items: dict[str, Known], what: str, change: etree._Element) -> None:
        found = next(change.iter(T + "ItemId"))
        item, key = str(found.get("Id")), str(found.get("ChangeKey"))
        if what == "Delete":
            items.pop(item, None)
        elif what == "ReadFlagChange":
            assert item in items, "a flag of an item that nobody told of"
            items[item] = items[item]._replace(change_key=key, is_read=str(change.findtext(T + "IsRead")))
        else:
            assert what == "Create" or item in items, "an item that nobody told of changed"
            one = change[0]
            items[item] = Known(
                etree.QName(one).localname,
                key,
                one.findtext(T + "Subject") or "",
                one.findtext(T + "IsRead") or "",
                one.findtext(T + "HasAttachments") or "",
            )

    def everything(self, session: EwsSession) -> Mailbox:
        """Follow all folders to the end."""
        self.follow_folders(session)
        for folder in list(self.folders):
            self.follow(session, folder)
        return self


def _sync(folder: str, state: str) -> str:
    since = f"<m:SyncState>{state}</m:SyncState>" if state else ""
    return (
        f'<m:SyncFolderItems>{_SHAPE}<m:SyncFolderId><t:FolderId Id="{folder}"/></m:SyncFolderId>{since}'
        "<m:MaxChangesReturned>100</m:MaxChangesReturned></m:SyncFolderItems>"
    )


def difference(one: Mailbox, other: Mailbox) -> str:
    """Where two clients' knowledge differs, empty where it does not."""
    lines = []
    for folder in sorted(one.folders.keys() | other.folders.keys()):
        if one.folders.get(folder) != other.folders.get(folder):
            lines.append(f"folder {folder}: {one.folders.get(folder)} / {other.folders.get(folder)}")
        here, there = one.items.get(folder, {}), other.items.get(folder, {})
        for item in sorted(here.keys() | there.keys()):
            if here.get(item) != there.get(item):
                lines.append(f"{one.folders.get(folder)} {item[-24:]}: {here.get(item)} / {there.get(item)}")
    return "\n".join(lines[:20])
