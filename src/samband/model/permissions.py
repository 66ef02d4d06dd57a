"""Permissions on folders [MS-OXCPERM]: what was given to whom, and what somebody may do by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import msgspec

_DEFAULT = "Default"
_READS = ("None", "TimeOnly", "TimeAndSubjectAndLocation", "FullDetails")
_ACTIONS = ("None", "Owned", "All")


class FolderPermission(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What somebody may do with a folder and what is in it. Texts are those of EWS [MS-OXWSFOLD].

    ``user`` is ``Default`` (everybody in the organisation), ``Anonymous``, or empty for the person or group with
    ``address``.
    """

    user: str = ""
    address: str = ""
    display_name: str = ""
    sid: str = ""
    level: str = "None"
    create_items: bool = False
    create_folders: bool = False
    owner: bool = False
    visible: bool = False
    contact: bool = False
    edit: str = "None"
    delete: str = "None"
    read: str = "None"


def _level(name: str, create: bool, folders: bool, edit: str, delete: str, read: str) -> FolderPermission:
    owner = name == "Owner"
    visible = read == "FullDetails" or name == "Contributor"
    return FolderPermission(
        level=name, create_items=create, create_folders=folders, owner=owner, visible=visible, contact=owner,
        edit=edit, delete=delete, read=read,
    )  # fmt: skip


LEVELS: dict[str, FolderPermission] = {
    one.level: one
    for one in (
        _level("None", False, False, "None", "None", "None"),
        _level("Owner", True, True, "All", "All", "FullDetails"),
        _level("PublishingEditor", True, True, "All", "All", "FullDetails"),
        _level("Editor", True, False, "All", "All", "FullDetails"),
        _level("PublishingAuthor", True, True, "Owned", "Owned", "FullDetails"),
        _level("Author", True, False, "Owned", "Owned", "FullDetails"),
        _level("NoneditingAuthor", True, False, "None", "Owned", "FullDetails"),
        _level("Reviewer", False, False, "None", "None", "FullDetails"),
        _level("Contributor", True, False, "None", "None", "None"),
        _level("FreeBusyTimeOnly", False, False, "None", "None", "TimeOnly"),
        _level("FreeBusyTimeAndSubjectAndLocation", False, False, "None", "None", "TimeAndSubjectAndLocation"),
    )
}
"""What the named levels allow; ``Custom`` says it itself."""


def given(level: str, **who: str) -> FolderPermission:
    """A named level given to whom ``who`` says (``user``, or ``address``, ``display_name``, ``sid``)."""
    return msgspec.structs.replace(LEVELS[level], **who)


_ANONYMOUS = given("None", user="Anonymous")
_USUAL = {
    True: (given("FreeBusyTimeOnly", user=_DEFAULT), _ANONYMOUS),
    False: (given("None", user=_DEFAULT), _ANONYMOUS),
}


def usual(calendar: bool) -> tuple[FolderPermission, ...]:
    """What everybody has where nobody was given anything, in a calendar or another folder."""
    return _USUAL[calendar]


class Need(StrEnum):
    """What somebody wants to do with a folder, or with an item in it."""

    SEE = "see"
    """That the folder is there, and its name."""
    GLIMPSE = "glimpse"
    """At least when somebody is busy."""
    READ = "read"
    CREATE = "create"
    CREATE_FOLDERS = "create folders"
    EDIT = "edit"
    DELETE = "delete"
    OWN = "own"
    """To change the folder itself and who may do what with it."""


class EffectiveRights(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller may do with a folder or an item."""

    associated: bool = False
    contents: bool = False
    hierarchy: bool = False
    delete: bool = False
    modify: bool = False
    read: bool = False
    private: bool = False


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody in a mailbox that is not theirs: an objectGUID, and what permissions may name them by.

    ``addresses`` and ``groups`` are SMTP addresses in lower case: the person's own, and those of the groups they are
    in.
    """

    guid: str
    sid: str = ""
    addresses: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()

    def is_meant(self, permission: FolderPermission) -> bool:
        """Whether a permission was given to this very person."""
        if permission.user:
            return False
        return permission.address.lower() in self.addresses or bool(permission.sid and permission.sid == self.sid)

    def permission(self, permissions: Sequence[FolderPermission]) -> FolderPermission:
        """What the visitor has by the permissions of a folder.

        What was given to the person counts alone; else all that was given to their groups; else the default.
        """
        for one in permissions:
            if self.is_meant(one):
                return one
        groups = [one for one in permissions if not one.user and one.address.lower() in self.groups]
        if groups:
            return _union(groups)
        return next((one for one in permissions if one.user == _DEFAULT), LEVELS["None"])


def _union(permissions: Sequence[FolderPermission]) -> FolderPermission:
    return FolderPermission(
        level="Custom",
        create_items=any(one.create_items for one in permissions),
        create_folders=any(one.create_folders for one in permissions),
        owner=any(one.owner for one in permissions),
        visible=any(one.visible for one in permissions),
        contact=any(one.contact for one in permissions),
        edit=max((one.edit for one in permissions), key=_ACTIONS.index),
        delete=max((one.delete for one in permissions), key=_ACTIONS.index),
        read=max((one.read for one in permissions), key=_READS.index),
    )


def is_there(permission: FolderPermission) -> bool:
    """Whether a folder exists for somebody: they see it, or may do anything with it."""
    return (
        permission.visible
        or permission.owner
        or permission.create_items
        or permission.create_folders
        or (permission.edit, permission.delete, permission.read) != ("None", "None", "None")
    )


def allows(permission: FolderPermission, need: Need, *, owned: bool = False) -> bool:
    """Whether ``permission`` is enough; ``owned``: the item is one that who asks has made."""
    match need:
        case Need.SEE:
            return permission.visible or permission.owner
        case Need.GLIMPSE:
            return permission.read != "None"
        case Need.READ:
            return permission.read == "FullDetails"
        case Need.CREATE:
            return permission.create_items
        case Need.CREATE_FOLDERS:
            return permission.create_folders
        case Need.EDIT:
            return permission.edit == "All" or (owned and permission.edit == "Owned")
        case Need.DELETE:
            return permission.delete == "All" or (owned and permission.delete == "Owned")
        case Need.OWN:
            return permission.owner
