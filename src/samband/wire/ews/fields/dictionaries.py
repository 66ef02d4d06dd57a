"""Codecs of a contact's dictionaries and of a distribution list's members [MS-OXWSCONT], [MS-OXWSDLIST]."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from samband.wire.ews.fields.codecs import BASE64, Codec, Plain, Write, child
from samband.wire.ews.fields.contents import no_reading
from samband.wire.ews.fields.people import MAX_RECIPIENTS, read_mailbox, write_mailbox
from samband.wire.ews.names import T
from samband.wire.xml.reading import Element, attribute_of, bad_element
from samband.wire.xml.text import escape, escape_attribute
from samband.wire.xml.values import write_boolean

EMAIL_KEYS = ("EmailAddress1", "EmailAddress2", "EmailAddress3")
IM_KEYS = ("ImAddress1", "ImAddress2", "ImAddress3")
PLACE_KEYS = ("Home", "Business", "Other")
PHONE_KEYS = (
    "AssistantPhone",
    "BusinessFax",
    "BusinessPhone",
    "BusinessPhone2",
    "Callback",
    "CarPhone",
    "CompanyMainPhone",
    "HomeFax",
    "HomePhone",
    "HomePhone2",
    "Isdn",
    "MobilePhone",
    "OtherFax",
    "OtherTelephone",
    "Pager",
    "PrimaryPhone",
    "RadioPhone",
    "Telex",
    "TtyTddPhone",
    "BusinessMobile",
    "IPPhone",
    "Mms",
    "Msn",
)
PLACE_PARTS = (
    ("Street", "street"),
    ("City", "city"),
    ("State", "state"),
    ("CountryOrRegion", "country_or_region"),
    ("PostalCode", "postal_code"),
)


def _read_text(entry: Element) -> Plain:
    return entry.text or ""


def _read_email(entry: Element) -> Plain:
    address = entry.text or ""
    if not address:
        return ""
    return (entry.get("Name", ""), address, entry.get("RoutingType") or "SMTP", entry.get("MailboxType", ""))


def _read_place(entry: Element) -> Plain:
    return {attribute: child(entry, name) or "" for name, attribute in PLACE_PARTS}


def _write_text(key: str, value: str) -> str:
    return f'<t:Entry Key="{key}">{escape(value)}</t:Entry>'


def _write_email(key: str, value: Any) -> str:
    name = f' Name="{escape_attribute(value.name)}"' if value.name else ""
    kind = f' MailboxType="{escape_attribute(value.mailbox_type)}"' if value.mailbox_type else ""
    routing = f' RoutingType="{escape_attribute(value.routing_type)}"'
    return f'<t:Entry Key="{key}"{name}{routing}{kind}>{escape(value.address)}</t:Entry>'


def _write_place(key: str, value: Any) -> str:
    parts = "".join(
        f"<t:{name}>{escape(text)}</t:{name}>" for name, attribute in PLACE_PARTS if (text := getattr(value, attribute))
    )
    return f'<t:Entry Key="{key}">{parts}</t:Entry>'


def _dictionary(
    keys: Sequence[str], read_entry: Callable[[Element], Plain], write_entry: Callable[[str, Any], str]
) -> Codec:
    allowed = frozenset(keys)

    def read(element: Element) -> Plain:
        found = {attribute_of(entry, "Key", allowed): read_entry(entry) for entry in element.iterchildren(T + "Entry")}
        return {key: value for key, value in found.items() if value}

    def writer(name: str) -> Write:
        def write(values: Mapping[str, Any]) -> str:
            if not values:
                return ""
            entries = "".join([write_entry(key, values[key]) for key in keys if key in values])
            return f"<t:{name}>{entries}</t:{name}>"

        return write

    return Codec(read, writer)


EMAIL_ADDRESSES = _dictionary(EMAIL_KEYS, _read_email, _write_email)
IM_ADDRESSES = _dictionary(IM_KEYS, _read_text, _write_text)
PHONE_NUMBERS = _dictionary(PHONE_KEYS, _read_text, _write_text)
PHYSICAL_ADDRESSES = _dictionary(PLACE_KEYS, _read_place, _write_place)


def complete_name(item: Any) -> str:
    """``<t:CompleteName>``: a contact's name in one element; the server makes it of the other properties."""
    own = item.properties
    suffix = own.complete_name.suffix or own.generation
    spoken = " ".join(filter(None, (own.given_name, own.middle_name, own.surname, suffix)))
    parts = (
        ("Title", own.complete_name.title),
        ("FirstName", own.given_name),
        ("MiddleName", own.middle_name),
        ("LastName", own.surname),
        ("Suffix", suffix),
        ("Initials", own.initials),
        ("FullName", own.display_name or spoken),
        ("Nickname", own.nickname),
        ("YomiFirstName", own.complete_name.yomi_first_name),
        ("YomiLastName", own.complete_name.yomi_last_name),
    )
    written = "".join(f"<t:{name}>{escape(text)}</t:{name}>" for name, text in parts if text)
    return f"<t:CompleteName>{written}</t:CompleteName>" if written else ""


def has_picture(item: Any) -> str:
    """``<t:HasPicture>``: whether an attachment of a contact is its photo."""
    found = any(attachment.is_contact_photo for attachment in item.attachments)
    return f"<t:HasPicture>{write_boolean(found)}</t:HasPicture>"


def _read_members(element: Element) -> Plain:
    if len(element) > MAX_RECIPIENTS:
        raise bad_element(element)
    members: list[Plain] = []
    for member in element.iterchildren(T + "Member"):
        mailbox = member.find(T + "Mailbox")
        if mailbox is not None:
            members.append({"mailbox": read_mailbox(mailbox), "key": member.get("Key", "")})
    return members


def _members_writer(name: str) -> Write:
    def write(values: Any) -> str:
        if not values:
            return ""
        members = "".join(
            f'<t:Member Key="{escape_attribute(value.key)}">{write_mailbox(value.mailbox)}'
            "<t:Status>Normal</t:Status></t:Member>"
            for value in values
        )
        return f"<t:{name}>{members}</t:{name}>"

    return write


MEMBERS = Codec(_read_members, _members_writer)


def _binaries_writer(name: str) -> Write:
    write_one = BASE64.writer("Base64Binary")

    def write(values: Sequence[bytes]) -> str:
        return f"<t:{name}>{''.join(map(write_one, values))}</t:{name}>" if values else ""

    return write


BINARIES = Codec(
    lambda element: [BASE64.read(entry) for entry in element.iterchildren(T + "Base64Binary")], _binaries_writer
)

PHOTO = Codec(no_reading, BASE64.writer)
