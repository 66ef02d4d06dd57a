from __future__ import annotations

from types import SimpleNamespace

import msgspec
import pytest

from samband.model.permissions import LEVELS, FolderPermission
from samband.wire.ews.permissions import PERMISSION_SET, write_permission_set
from samband.wire.xml.reading import SchemaViolation
from tests.wire.ews.parts import element

ONLY_CALENDARS = {"FreeBusyTimeOnly", "FreeBusyTimeAndSubjectAndLocation"}


@pytest.mark.parametrize("kind", ["Folder", "CalendarFolder"])
@pytest.mark.parametrize("level", sorted(LEVELS))
def test_levels_read_back(level: str, kind: str) -> None:
    if kind == "Folder" and level in ONLY_CALENDARS:
        return
    given = [
        {"user": "Default", "level": level},
        {"address": "bob@contoso.test", "display_name": "Bob & co", "sid": "S-1", "level": level},
        {"user": "Anonymous", "level": "Custom", "visible": True, "read": "FullDetails", "edit": "Owned"},
    ]
    permissions = msgspec.convert(given, tuple[FolderPermission, ...])
    folder = SimpleNamespace(kind=kind, permissions=permissions, rights=None)
    read = PERMISSION_SET.read(element(write_permission_set(folder)))
    assert msgspec.convert(read, tuple[FolderPermission, ...]) == permissions


@pytest.mark.parametrize(
    "written",
    [
        "<t:PermissionSet/>",
        "<t:PermissionSet><t:Permissions><t:Permission/></t:Permissions></t:PermissionSet>",
        "<t:PermissionSet><t:Permissions><t:Permission><t:UserId/><t:PermissionLevel>King</t:PermissionLevel>"
        "</t:Permission></t:Permissions></t:PermissionSet>",
        "<t:PermissionSet><t:Permissions><t:Permission><t:UserId/><t:PermissionLevel>FreeBusyTimeOnly"
        "</t:PermissionLevel></t:Permission></t:Permissions></t:PermissionSet>",
        "<t:PermissionSet><t:Permissions><t:Permission><t:UserId><t:DistinguishedUser>Me</t:DistinguishedUser>"
        "</t:UserId><t:PermissionLevel>None</t:PermissionLevel></t:Permission></t:Permissions></t:PermissionSet>",
    ],
)
def test_what_is_no_permission(written: str) -> None:
    with pytest.raises(SchemaViolation):
        PERMISSION_SET.read(element(written))
