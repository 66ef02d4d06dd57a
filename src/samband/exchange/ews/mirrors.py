"""Extended properties that clients write and that are another name for an ordinary one: written to that one."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from samband.model.failures import Failure
from samband.model.item_properties import MAX_SUBJECT
from samband.model.item_requests import Edit, EditAction
from samband.model.item_values import Body, BodyKind, Flag, FlagStatus
from samband.model.items import ItemKind
from samband.wire.ews.fields.mapi import COLUMNS, KEYWORDS
from samband.wire.ews.fields.mapi_contact import MIRRORS, Mirror

_READ, _UNSENT = 0x01, 0x08
_FLAGS = {"0": FlagStatus.NOT_FLAGGED, "1": FlagStatus.COMPLETE, "2": FlagStatus.FLAGGED}
_FLAG_KEY = "0x1090:Integer"


def _guid(text: str) -> str:
    data = base64.b64decode(text)
    return str(UUID(bytes_le=data)) if len(data) == 16 else ""


_SIMPLE: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "0x0037:String": ("subject", lambda text: text[:MAX_SUBJECT]),
    "0x0039:SystemTime": ("date_time_sent", datetime.fromisoformat),
    "0x0e06:SystemTime": ("date_time_received", datetime.fromisoformat),
    "0x1000:String": ("body", lambda text: Body(BodyKind.TEXT, text)),
    "0x3018:Binary": ("archive_tag", _guid),
    "0x3019:Binary": ("policy_tag", _guid),
    KEYWORDS: ("categories", tuple),
}
"""What a property of any item is another name for, and how its canonical text becomes the value."""


def values_of(kind: ItemKind, extended: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(what stays an extended property, plain values by attribute) of a new item's extended properties."""
    rest: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for key, value in extended.items():
        mirror = MIRRORS.get(key) if kind is ItemKind.CONTACT else None
        if mirror is not None:
            _put(values, mirror, _plain(key, value))
        elif key not in COLUMNS:
            found = _meaning(key, value)
            values.update({name: msgspec.to_builtins(one, builtin_types=_KEPT) for name, one in found.items()})
            if not found:
                rest[key] = value
    return rest, values


_KEPT = (bytes, datetime)


def merged(values: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """``values`` and ``more``; entries of the same dictionary stand side by side."""
    result = dict(values)
    for name, value in more.items():
        now = result.get(name)
        result[name] = merged(now, value) if isinstance(now, dict) and isinstance(value, dict) else value
    return result


def _put(values: dict[str, Any], mirror: Mirror, value: Any) -> None:
    if not mirror.entry:
        values[mirror.attribute] = value
        return
    entries = values.setdefault(mirror.attribute, {})
    if mirror.part:
        entries.setdefault(mirror.entry, {})[mirror.part] = value
    else:
        entries[mirror.entry] = value


def _plain(key: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if key.endswith(":SystemTime") else value


def _meaning(key: str, value: Any) -> dict[str, Any]:
    """Values by attribute that the property ``key`` says; none where it says nothing but itself."""
    if key == "0x0e07:Integer":
        return {"is_draft": bool(int(value) & _UNSENT), "is_read": bool(int(value) & _READ)}
    if key == _FLAG_KEY:
        return {"flag": Flag(_FLAGS[value])} if value in _FLAGS else {}
    if key not in _SIMPLE:
        return {}
    attribute, read = _SIMPLE[key]
    return {attribute: read(value)}


def edits_of(kind: ItemKind, action: EditAction, key: str, value: Any, path: str) -> list[Edit]:
    """What a change of the extended property ``key`` is to an item of ``kind``. Raises ``Failure``."""
    mirror = MIRRORS.get(key) if kind is ItemKind.CONTACT else None
    if mirror is not None:
        said = None if action is EditAction.DELETE else _plain(key, value)
        return [Edit(action, mirror.attribute, said, key=mirror.entry, part=mirror.part, path=path)]
    if key in COLUMNS:
        raise Failure("ErrorInvalidPropertySet", "Set action is invalid for property.", path=path)
    if action is EditAction.DELETE:
        gone = [Edit(action, "extended", key=key, path=path)]
        attribute = "flag" if key == _FLAG_KEY else _SIMPLE[key][0] if key in _SIMPLE else ""
        return [*gone, Edit(action, attribute, path=path)] if attribute else gone
    found = _meaning(key, value)
    if not found:
        return [Edit(action, "extended", value, key=key, path=path)]
    # A number that is no state of a flag was kept as it was; it must not outlive one that is.
    old = [Edit(EditAction.DELETE, "extended", key=key, path=path)] if key == _FLAG_KEY else []
    return [*old, *(Edit(action, attribute, changed, path=path) for attribute, changed in found.items())]
