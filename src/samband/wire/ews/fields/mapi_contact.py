"""MAPI properties of contacts that are another view of the contact's own [MS-OXPROPS], [MS-OXOCNTC].

A client may write either; there is one value.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from samband.wire.xml.values import write_instant


class Mirror(NamedTuple):
    """What a property shows: an attribute of the contact, an entry of it, a part of that entry."""

    attribute: str
    entry: str = ""
    part: str = ""


_ADDRESS = "{00062004-0000-0000-c000-000000000046}"
_NAMES = {
    0x3001: "display_name",
    0x3A05: "generation",
    0x3A06: "given_name",
    0x3A0A: "initials",
    0x3A11: "surname",
    0x3A16: "company_name",
    0x3A17: "job_title",
    0x3A18: "department",
    0x3A19: "office_location",
    0x3A30: "assistant_name",
    0x3A44: "middle_name",
    0x3A46: "profession",
    0x3A48: "spouse_name",
    0x3A4E: "manager",
    0x3A4F: "nickname",
    0x3A51: "business_home_page",
}
_PHONES = {
    0x3A02: "Callback",
    0x3A08: "BusinessPhone",
    0x3A09: "HomePhone",
    0x3A1A: "PrimaryPhone",
    0x3A1B: "BusinessPhone2",
    0x3A1C: "MobilePhone",
    0x3A1D: "RadioPhone",
    0x3A1E: "CarPhone",
    0x3A1F: "OtherTelephone",
    0x3A21: "Pager",
    0x3A23: "OtherFax",
    0x3A24: "BusinessFax",
    0x3A25: "HomeFax",
    0x3A2C: "Telex",
    0x3A2D: "Isdn",
    0x3A2E: "AssistantPhone",
    0x3A2F: "HomePhone2",
    0x3A4B: "TtyTddPhone",
    0x3A57: "CompanyMainPhone",
}
_PLACES = {
    0x3A59: ("Home", "city"),
    0x3A5A: ("Home", "country_or_region"),
    0x3A5B: ("Home", "postal_code"),
    0x3A5C: ("Home", "state"),
    0x3A5D: ("Home", "street"),
    0x3A5F: ("Other", "city"),
    0x3A60: ("Other", "country_or_region"),
    0x3A61: ("Other", "postal_code"),
    0x3A62: ("Other", "state"),
    0x3A63: ("Other", "street"),
}
_BUSINESS = {0x8045: "street", 0x8046: "city", 0x8047: "state", 0x8048: "postal_code", 0x8049: "country_or_region"}

MIRRORS: dict[str, Mirror] = {
    **{f"0x{tag:04x}:String": Mirror(attribute) for tag, attribute in _NAMES.items()},
    **{f"0x{tag:04x}:String": Mirror("phone_numbers", entry) for tag, entry in _PHONES.items()},
    **{f"0x{tag:04x}:String": Mirror("physical_addresses", *place) for tag, place in _PLACES.items()},
    **{
        f"{_ADDRESS}:0x{number:04x}:String": Mirror("physical_addresses", "Business", part)
        for number, part in _BUSINESS.items()
    },
    f"{_ADDRESS}:0x8005:String": Mirror("file_as"),
    f"{_ADDRESS}:0x8062:String": Mirror("im_addresses", "ImAddress1"),
    "0x3a41:SystemTime": Mirror("wedding_anniversary"),
    "0x3a42:SystemTime": Mirror("birthday"),
}
"""The contact's property that an extended property shows, by its key."""

_EMAILS = {0x8083: "EmailAddress1", 0x8093: "EmailAddress2", 0x80A3: "EmailAddress3"}
ADDRESSES = {f"{_ADDRESS}:0x{number:04x}:String": entry for number, entry in _EMAILS.items()}
"""Properties that show the address of an entry of ``email_addresses``; clients write the entry itself."""


def show(key: str, properties: Any) -> str | None:
    """The value of an extended property of a contact; None where it has none."""
    mirror = MIRRORS.get(key)
    if mirror is None:
        email = properties.email_addresses.get(ADDRESSES[key])
        return email.address if email is not None and email.address else None
    value = getattr(properties, mirror.attribute)
    if mirror.entry:
        value = value.get(mirror.entry)
    if mirror.part and value is not None:
        value = getattr(value, mirror.part)
    if not value:
        return None
    return value if isinstance(value, str) else write_instant(value)
