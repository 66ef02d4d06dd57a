"""Permissions of folders [MS-OXWSFOLD]: levels and elements."""

from __future__ import annotations

from typing import Any

from samband.wire.ews.fields.codecs import Codec, Plain, child, required_child
from samband.wire.ews.names import T
from samband.wire.xml.reading import Element, SchemaViolation, bad_element, local_name
from samband.wire.xml.text import escape
from samband.wire.xml.values import read_boolean, write_boolean

_FLAGS = (
    ("CanCreateItems", "create_items"),
    ("CanCreateSubFolders", "create_folders"),
    ("IsFolderOwner", "owner"),
    ("IsFolderVisible", "visible"),
    ("IsFolderContact", "contact"),
)
_ACTIONS = frozenset({"None", "Owned", "All"})
_READS = frozenset({"None", "FullDetails", "TimeOnly", "TimeAndSubjectAndLocation"})


_LEVELS = frozenset(
    {
        "None",
        "Owner",
        "PublishingEditor",
        "Editor",
        "PublishingAuthor",
        "Author",
        "NoneditingAuthor",
        "Reviewer",
        "Contributor",
        "FreeBusyTimeOnly",
        "FreeBusyTimeAndSubjectAndLocation",
        "Custom",
    }
)
_LEVEL_NAMES = ("PermissionLevel", "CalendarPermissionLevel")
_CALENDAR_ONLY = frozenset({"FreeBusyTimeOnly", "FreeBusyTimeAndSubjectAndLocation"})


def _read(element: Element) -> Plain:
    """The permissions in a PermissionSet, as attributes of the model's records. Raises ``SchemaViolation``.

    Of a named level nothing is read but its name.
    """
    for name, calendar in (("CalendarPermissions", True), ("Permissions", False)):
        container = element.find(T + name)
        if container is not None:
            return [_read_permission(permission, calendar) for permission in container]
    raise SchemaViolation(f"The element '{local_name(element)}' has incomplete content.")


def _read_permission(element: Element, calendar: bool) -> Plain:
    # Some clients say the level of any folder as that of a calendar.
    given = next((name for name in _LEVEL_NAMES if child(element, name) is not None), _LEVEL_NAMES[calendar])
    level = _text_of(element, given, _LEVELS)
    if not calendar and level in _CALENDAR_ONLY:
        raise SchemaViolation("The 'PermissionLevel' element is invalid.")
    found: dict[str, Plain] = {"level": level, **_read_user(required_child(element, "UserId"))}
    if level != "Custom":
        return found
    for name, attribute in _FLAGS:
        found[attribute] = _flag(element, name)
    for name, attribute, allowed in (
        ("EditItems", "edit", _ACTIONS),
        ("DeleteItems", "delete", _ACTIONS),
        ("ReadItems", "read", _READS),
    ):
        found[attribute] = _text_of(element, name, allowed) if child(element, name) is not None else "None"
    return found


def _text_of(element: Element, name: str, allowed: frozenset[str] | set[str]) -> str:
    found = required_child(element, name)
    text = found.text or ""
    if text not in allowed:
        raise bad_element(found)
    return text


def _flag(element: Element, name: str) -> bool:
    text = child(element, name)
    try:
        return text is not None and read_boolean(text)
    except ValueError:
        raise bad_element(required_child(element, name)) from None


def _read_user(element: Element) -> dict[str, Plain]:
    user = child(element, "DistinguishedUser") or ""
    if user not in ("", "Default", "Anonymous"):
        raise bad_element(required_child(element, "DistinguishedUser"))
    return {
        "user": user,
        "address": child(element, "PrimarySmtpAddress") or "",
        "display_name": child(element, "DisplayName") or "",
        "sid": child(element, "SID") or "",
    }


def write_permission_set(folder: Any) -> str:
    """``<t:PermissionSet>`` of a folder; nothing for a visitor who may not change it."""
    if folder.rights is not None and not folder.rights.modify:
        return ""
    calendar = folder.kind == "CalendarFolder"
    prefix = "Calendar" if calendar else ""
    written = "".join([_write_permission(one, prefix) for one in folder.permissions])
    return f"<t:PermissionSet><t:{prefix}Permissions>{written}</t:{prefix}Permissions></t:PermissionSet>"


def _write_permission(permission: Any, prefix: str) -> str:
    flags = "".join(
        f"<t:{name}>{write_boolean(getattr(permission, attribute))}</t:{name}>" for name, attribute in _FLAGS
    )
    return (
        f"<t:{prefix}Permission><t:UserId>{_write_user(permission)}</t:UserId>{flags}"
        f"<t:EditItems>{permission.edit}</t:EditItems><t:DeleteItems>{permission.delete}</t:DeleteItems>"
        f"<t:ReadItems>{permission.read}</t:ReadItems>"
        f"<t:{prefix}PermissionLevel>{permission.level}</t:{prefix}PermissionLevel></t:{prefix}Permission>"
    )


def _write_user(permission: Any) -> str:
    if permission.user:
        return f"<t:DistinguishedUser>{permission.user}</t:DistinguishedUser>"
    parts = (
        ("SID", permission.sid),
        ("PrimarySmtpAddress", permission.address),
        ("DisplayName", permission.display_name),
    )
    return "".join(f"<t:{name}>{escape(text)}</t:{name}>" for name, text in parts if text)


PERMISSION_SET = Codec(_read, lambda name: write_permission_set)
