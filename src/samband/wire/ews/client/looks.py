"""Small requests by which a server is tried: a folder, what is in it, a note put there and taken away again."""

from __future__ import annotations

from samband.wire.ews.client.answers import answered, check
from samband.wire.ews.client.requests import envelope
from samband.wire.ews.names import M, T
from samband.wire.xml.reading import Element, Malformed
from samband.wire.xml.text import escape, escape_attribute

CONVERSATION = "IPM.Note.Microsoft.Conversation"
"""ItemClass of a conversation's history."""


def folder_request(name: str) -> bytes:
    """GetFolder of a distinguished folder of one's own."""
    return envelope(
        "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
        f'<m:FolderIds><t:DistinguishedFolderId Id="{name}"/></m:FolderIds></m:GetFolder>'
    )


def find_request(name: str) -> bytes:
    """FindItem: one item of a distinguished folder."""
    return envelope(
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>'
        '<m:IndexedPageItemView MaxEntriesReturned="1" Offset="0" BasePoint="Beginning"/>'
        f'<m:ParentFolderIds><t:DistinguishedFolderId Id="{name}"/></m:ParentFolderIds></m:FindItem>'
    )


def keep_request(folder: str, item_class: str, subject: str) -> bytes:
    """CreateItem: a read note in a distinguished folder, sent to nobody."""
    return envelope(
        '<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>'
        f'<t:DistinguishedFolderId Id="{folder}"/></m:SavedItemFolderId><m:Items><t:Message>'
        f"<t:ItemClass>{escape(item_class)}</t:ItemClass><t:Subject>{escape(subject)}</t:Subject>"
        "<t:IsRead>true</t:IsRead></t:Message></m:Items></m:CreateItem>"
    )


def read_request(item: str) -> bytes:
    """GetItem of one item, its subject included."""
    return envelope(
        "<m:GetItem><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>"
        f'<m:ItemIds><t:ItemId Id="{escape_attribute(item)}"/></m:ItemIds></m:GetItem>'
    )


def remove_request(item: str) -> bytes:
    """DeleteItem, without a trace."""
    return envelope(
        '<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>'
        f'<t:ItemId Id="{escape_attribute(item)}"/></m:ItemIds></m:DeleteItem>'
    )


def read_done(body: bytes) -> Element:
    """The only response message. Raises ``Refused`` or ``Malformed``."""
    messages = answered(body).find(f"{M}ResponseMessages")
    if messages is None or not len(messages):
        raise Malformed("no response message")
    check(messages[0])
    return messages[0]


def read_kept(body: bytes) -> str:
    """The identifier of the item that was kept or read. Raises ``Refused`` or ``Malformed``."""
    found = read_done(body).find(f"{M}Items/*/{T}ItemId")
    if found is None:
        raise Malformed("no ItemId")
    return found.get("Id", "")
