"""Fields of folders: one row a FieldURI, in the schema's order [MS-OXWSFOLD]."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

from samband.wire.ews.fields.codecs import INTEGER, TEXT
from samband.wire.ews.fields.contents import write_rights
from samband.wire.ews.fields.retention import RETENTION_TAG
from samband.wire.ews.fields.row import Field, InFind, composed
from samband.wire.ews.folder_ids import write_folder_id
from samband.wire.ews.ids import IdKind, write_id
from samband.wire.ews.permissions import PERMISSION_SET, write_permission_set
from samband.wire.ews.search_folders import SEARCH_PARAMETERS, write_search_parameters
from samband.wire.ews.versions import ServerVersion

_SP1 = ServerVersion.Exchange2007_SP1
_2013 = ServerVersion.Exchange2013


def _folder_id(folder: Any) -> str:
    return write_folder_id(folder.mailbox, folder.id, folder.change_key)


def _parent_folder_id(folder: Any) -> str:
    """The root of a mailbox is its own parent."""
    return f'<t:ParentFolderId Id="{write_id(IdKind.FOLDER, folder.mailbox, folder.parent or folder.id)}"/>'


def _effective_rights(folder: Any) -> str:
    """The owner of a mailbox may do everything with a folder but delete a default one."""
    if folder.rights is not None:
        return write_rights(folder.rights)
    delete = "false" if folder.default else "true"
    return (
        "<t:EffectiveRights><t:CreateAssociated>true</t:CreateAssociated><t:CreateContents>true</t:CreateContents>"
        f"<t:CreateHierarchy>true</t:CreateHierarchy><t:Delete>{delete}</t:Delete><t:Modify>true</t:Modify>"
        "<t:Read>true</t:Read><t:ViewPrivateItems>true</t:ViewPrivateItems></t:EffectiveRights>"
    )


def _distinguished(folder: Any) -> str:
    name = folder.distinguished
    return f"<t:DistinguishedFolderId>{name}</t:DistinguishedFolderId>" if name else ""


def _count(uri: str, attribute: str) -> Field:
    return Field(uri, uri.rpartition(":")[2], INTEGER, attribute, of_item=True, writable=False)


TAG_KEYS = {"folder:PolicyTag": "0x3019:Binary", "folder:ArchiveTag": "0x3018:Binary"}
"""The extended properties that hold a folder's retention tags: guids as bytes [MS-OXPROPS]."""


def _tag(name: str) -> Field:
    key, write = TAG_KEYS[f"folder:{name}"], RETENTION_TAG.writer(name)

    def whole(folder: Any) -> str:
        value = folder.properties.extended.get(key)
        data = base64.b64decode(value) if isinstance(value, str) else b""
        return write(str(UUID(bytes_le=data))) if len(data) == 16 else ""

    return Field(
        f"folder:{name}", name, RETENTION_TAG, whole=whole, searchable=False, sortable=False, listed=False, since=_2013
    )


TAGS = tuple(_tag(name) for name in ("PolicyTag", "ArchiveTag"))


def tag_value(guid: str) -> str:
    """A tag's guid as the extended property has it."""
    return base64.b64encode(UUID(guid).bytes_le).decode("ascii")


FOLDER_ID = composed("folder:FolderId", _folder_id)
DISPLAY_NAME = Field("folder:DisplayName", "DisplayName", TEXT, "name", of_item=True)
FOLDER_CLASS = Field("folder:FolderClass", "FolderClass", TEXT, "folder_class", of_item=True)
TOTAL_COUNT = _count("folder:TotalCount", "total")
CHILD_FOLDER_COUNT = _count("folder:ChildFolderCount", "children")
UNREAD_COUNT = _count("folder:UnreadCount", "unread")

BEFORE_EXTENDED: tuple[Field, ...] = (
    FOLDER_ID,
    composed("folder:ParentFolderId", _parent_folder_id),
    FOLDER_CLASS,
    DISPLAY_NAME,
    TOTAL_COUNT,
    CHILD_FOLDER_COUNT,
)
"""The schema has extended properties after these."""

AFTER_EXTENDED: tuple[Field, ...] = (
    composed("folder:EffectiveRights", _effective_rights, since=_SP1),
    composed("folder:DistinguishedFolderId", _distinguished, since=_2013),
    *TAGS,
)
PERMISSION_SET_FIELD = Field(
    "folder:PermissionSet",
    "PermissionSet",
    PERMISSION_SET,
    "permissions",
    whole=write_permission_set,
    searchable=False,
    in_find=InFind.NEVER,
    since=_SP1,
)
SEARCH_PARAMETERS_FIELD = Field(
    "folder:SearchParameters",
    "SearchParameters",
    SEARCH_PARAMETERS,
    "search",
    whole=write_search_parameters,
    searchable=False,
)
TRAILING: tuple[Field, ...] = (PERMISSION_SET_FIELD, UNREAD_COUNT, SEARCH_PARAMETERS_FIELD)

FIELDS: dict[str, Field] = {field.uri: field for field in (*BEFORE_EXTENDED, *AFTER_EXTENDED, *TRAILING)}
"""Every field of folders by its FieldURI."""

UNKEPT = frozenset(
    {
        "folder:ManagedFolderInformation",
        "folder:ReplicaList",
        "folder:SharingEffectiveRights",
    }
)
"""FieldURIs of folders that no folder here has a value for."""

DEFAULT_SHAPE = frozenset({FOLDER_ID, DISPLAY_NAME, TOTAL_COUNT, CHILD_FOLDER_COUNT, UNREAD_COUNT})
"""What BaseShape Default has."""

WITHOUT_UNREAD = frozenset({"CalendarFolder", "ContactsFolder"})
"""Kinds of folder whose schema has no UnreadCount."""
