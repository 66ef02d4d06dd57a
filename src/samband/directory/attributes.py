"""Attributes as they are typed and shown on the command line: one row an attribute, by its Active Directory name."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samband.directory.rules import invalid
from samband.model.people import Person

ReadFile = Callable[[str], bytes]


def read_local_file(name: str) -> bytes:
    """The content of a file of the one who types."""
    return Path(name).read_bytes()


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: ``parse`` makes the field's value of what was typed, ``show`` the texts to print of the value."""

    name: str
    field: str
    parse: Callable[[str, Sequence[str], ReadFile], Any]
    show: Callable[[Any], list[str]]
    settable: bool = True


def _one(name: str, values: Sequence[str]) -> str:
    if len(values) > 1:
        raise invalid(name, f"{name} has one value, not {len(values)}")
    return values[0].strip() if values else ""


def _parse_text(name: str, values: Sequence[str], read: ReadFile) -> str:
    return _one(name, values)


def _parse_texts(name: str, values: Sequence[str], read: ReadFile) -> tuple[str, ...]:
    return tuple(value.strip() for value in values)


def _parse_flag(name: str, values: Sequence[str], read: ReadFile) -> bool:
    text = _one(name, values).upper()
    if text not in ("TRUE", "FALSE", ""):
        raise invalid(name, f"{name} is TRUE or FALSE, not {values[0]!r}")
    return text == "TRUE"


def _parse_guid(name: str, values: Sequence[str], read: ReadFile) -> str:
    text = _one(name, values)
    try:
        return str(uuid.UUID(text)) if text else ""
    except ValueError:
        raise invalid(name, f"{name} must be a GUID, not {text!r}") from None


def _parse_photo(name: str, values: Sequence[str], read: ReadFile) -> bytes:
    path = _one(name, values)
    if not path:
        return b""
    try:
        content = read(path.removeprefix("@"))
    except OSError as error:
        raise invalid(name, f"cannot read {path}: {error.strerror}") from None
    if not content.startswith(b"\xff\xd8\xff"):
        raise invalid(name, f"{path} is not a JPEG picture")
    return content


def _parse_number(name: str, values: Sequence[str], read: ReadFile) -> int:
    text = _one(name, values)
    try:
        return int(text or "0")
    except ValueError:
        raise invalid(name, f"{name} is a whole number, not {text!r}") from None


def _show_number(value: int) -> list[str]:
    return [str(value)] if value else []


def _show_text(value: str) -> list[str]:
    return [value] if value else []


def _show_flag(value: bool) -> list[str]:
    return ["TRUE" if value else "FALSE"]


def _show_photo(value: bytes) -> list[str]:
    return [f"JPEG picture of {len(value)} bytes"] if value else []


def _text(name: str, *, settable: bool = True) -> Attribute:
    return Attribute(name, name.replace("-", "_"), _parse_text, _show_text, settable)


ATTRIBUTES: tuple[Attribute, ...] = (
    _text("objectGUID", settable=False),
    _text("sAMAccountName"),
    _text("userPrincipalName"),
    Attribute("accountEnabled", "enabled", _parse_flag, _show_flag),
    _text("displayName"),
    _text("givenName"),
    _text("sn"),
    _text("mail"),
    Attribute("proxyAddresses", "proxyAddresses", _parse_texts, list),
    Attribute("msExchMailboxGuid", "msExchMailboxGuid", _parse_guid, _show_text),
    _text("legacyExchangeDN"),
    Attribute("msExchHideFromAddressLists", "msExchHideFromAddressLists", _parse_flag, _show_flag),
    _text("msRTCSIP-PrimaryUserAddress"),
    Attribute("msRTCSIP-UserEnabled", "msRTCSIP_UserEnabled", _parse_flag, _show_flag),
    Attribute("msRTCSIP-FederationEnabled", "msRTCSIP_FederationEnabled", _parse_flag, _show_flag),
    _text("title"),
    _text("department"),
    _text("company"),
    _text("physicalDeliveryOfficeName"),
    _text("telephoneNumber"),
    _text("mobile"),
    Attribute("msExchRecipientDisplayType", "msExchRecipientDisplayType", _parse_number, _show_number),
    Attribute("msExchResourceCapacity", "msExchResourceCapacity", _parse_number, _show_number),
    Attribute("msExchResourceMetaData", "msExchResourceMetaData", _parse_texts, list),
    _text("msExchResourceDisplay"),
    Attribute("msExchArchiveGUID", "msExchArchiveGUID", _parse_guid, _show_text),
    _text("msExchArchiveName"),
    Attribute("msExchDisabledArchiveGUID", "msExchDisabledArchiveGUID", _parse_guid, _show_text),
    Attribute("thumbnailPhoto", "thumbnailPhoto", _parse_photo, _show_photo),
)

_BY_NAME = {attribute.name.lower(): attribute for attribute in ATTRIBUTES}


def find(name: str) -> Attribute:
    """The attribute of that name, whatever its case. Raises ``Failure``."""
    found = _BY_NAME.get(name.lower())
    if found is None:
        known = ", ".join(attribute.name for attribute in ATTRIBUTES)
        raise invalid(name, f"there is no attribute {name}; there are {known}")
    return found


def parsed(values: Mapping[str, Sequence[str]], read: ReadFile = read_local_file) -> dict[str, Any]:
    """What was typed, by attribute, as fields of a ``Person`` to replace; ``[]`` clears one.

    ``thumbnailPhoto`` is the name of a JPEG file, with or without ``@`` before it. Raises ``Failure`` for an unknown
    attribute or a value of no sense.
    """
    fields: dict[str, Any] = {}
    for name, typed in values.items():
        attribute = find(name)
        if not attribute.settable:
            raise invalid(attribute.name, f"{attribute.name} cannot be changed")
        fields[attribute.field] = attribute.parse(attribute.name, typed, read)
    return fields


def shown(person: Person) -> list[tuple[str, list[str]]]:
    """Every attribute of ``person`` that has a value, with its values as text."""
    texts = ((attribute.name, attribute.show(getattr(person, attribute.field))) for attribute in ATTRIBUTES)
    return [(name, values) for name, values in texts if values]
