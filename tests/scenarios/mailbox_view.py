"""A whole mailbox as its owner sees it over EWS, without what names things in one mailbox only."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from tests.scenarios.ews_session import EwsSession, M, T

IDENTITY = frozenset(
    {
        "ItemId",
        "ParentFolderId",
        "ConversationId",
        "InstanceKey",
        "StoreEntryId",
        "AttachmentId",
        "Size",
        "AssociatedCalendarItemId",
        "LastModifiedTime",
    }
)
_DEFAULTS = ("inbox", "sentitems", "drafts", "deleteditems", "junkemail", "calendar", "contacts", "tasks", "notes")
Seen = dict[str, list[str]]


def seen(session: EwsSession, ignored: frozenset[str] = IDENTITY) -> Seen:
    """What is in each folder, each item as text, in an order of its own."""
    return {
        name: sorted(_item(session, identifier, ignored) for identifier in listed(session, folder))
        for name, folder in _folders(session)
    }


def _folders(session: EwsSession) -> Iterator[tuple[str, str]]:
    for name in _DEFAULTS:
        yield name, f'<t:DistinguishedFolderId Id="{name}"/>'
    found = session.ask(
        '<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>'
        '<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindFolder>'
    )
    for folder in found.iter(T + "FolderId"):
        parent = folder.getparent()
        assert parent is not None
        yield str(parent.findtext(T + "DisplayName")), f'<t:FolderId Id="{folder.get("Id")}"/>'


def listed(session: EwsSession, folder: str) -> list[str]:
    """The identifiers of what is in a folder (its written reference)."""
    found: list[str] = []
    state, complete = "", False
    while not complete:
        since = f"<m:SyncState>{state}</m:SyncState>" if state else ""
        answer = session.ask_quickly(
            "<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
            f"<m:SyncFolderId>{folder}</m:SyncFolderId>{since}"
            "<m:MaxChangesReturned>512</m:MaxChangesReturned></m:SyncFolderItems>"
        )
        state = answer.findtext(f".//{M}SyncState") or ""
        complete = answer.findtext(f".//{M}IncludesLastItemInRange") == "true"
        found += [str(one.get("Id")) for one in answer.iter(T + "ItemId")]
    return found


def _item(session: EwsSession, identifier: str, ignored: frozenset[str]) -> str:
    answer = session.ask(
        "<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape>"
        '<t:AdditionalProperties><t:FieldURI FieldURI="item:Body"/></t:AdditionalProperties>'
        f'</m:ItemShape><m:ItemIds><t:ItemId Id="{identifier}"/></m:ItemIds></m:GetItem>'
    )
    item = answer.find(f".//{M}Items")
    assert item is not None
    parts = [_plain(item[0], ignored)]
    for attachment in item.iter(T + "AttachmentId"):
        content = session.ask(
            "<m:GetAttachment><m:AttachmentShape/><m:AttachmentIds>"
            f'<t:AttachmentId Id="{attachment.get("Id")}"/></m:AttachmentIds></m:GetAttachment>'
        )
        parts += [_plain(one, ignored) for one in content.iter(M + "Attachments")]
    for occurrence in item.iterfind(f".//{T}ModifiedOccurrences/{T}Occurrence/{T}ItemId"):
        parts.append(_item(session, str(occurrence.get("Id")), ignored))
    return "\n".join(parts)


def _plain(element: etree._Element, ignored: frozenset[str]) -> str:
    copy = etree.fromstring(etree.tostring(element, with_tail=False))
    for one in list(copy.iter()):
        if etree.QName(one).localname in ignored:
            parent = one.getparent()
            if parent is not None:
                parent.remove(one)
    etree.cleanup_namespaces(copy)
    return etree.tostring(copy, encoding="unicode", pretty_print=True)
