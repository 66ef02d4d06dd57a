"""Contacts and distribution lists between the model and vCards.

What vCard 3.0 has no place for stands in ``X-SAMBAND-`` properties, so that a card written here reads as it was.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from samband.model.item_requests import Draft, DraftAttachment
from samband.model.item_values import (
    Body,
    BodyKind,
    CompleteName,
    EmailAddress,
    Importance,
    ListMember,
    PhysicalAddress,
    Sensitivity,
)
from samband.model.items import Attachment, ContactProperties, DistributionListProperties, Item, ItemKind
from samband.wire.ews.fields.codecs import Codec
from samband.wire.ews.fields.contact import FILE_AS_MAPPING, PLACE
from samband.wire.ews.fields.dictionaries import EMAIL_KEYS, IM_KEYS, PHONE_KEYS, PLACE_KEYS
from samband.wire.vcard import BadCard, CardLine, listed, parameter, prop, read_card, said, structured, write_card

_TEXTS = {
    "FN": "display_name",
    "NICKNAME": "nickname",
    "TITLE": "job_title",
    "ROLE": "profession",
    "URL": "business_home_page",
    "X-MANAGER": "manager",
    "X-ASSISTANT": "assistant_name",
    "X-SPOUSE": "spouse_name",
    "X-EVOLUTION-FILE-AS": "file_as",
    "X-PHONETIC-FIRST-NAME": "phonetic_first_name",
    "X-PHONETIC-LAST-NAME": "phonetic_last_name",
    "X-SAMBAND-FILE-AS-MAPPING": "file_as_mapping",
    "X-SAMBAND-INITIALS": "initials",
    "X-SAMBAND-GENERATION": "generation",
    "X-SAMBAND-MILEAGE": "mileage",
    "X-SAMBAND-OFFICE": "office_location",
    "X-SAMBAND-POSTAL-ADDRESS-INDEX": "postal_address_index",
    "X-SAMBAND-PHONETIC-FULL-NAME": "phonetic_full_name",
    "X-SAMBAND-ALIAS": "alias",
    "X-SAMBAND-DIRECTORY-NOTES": "notes",
}
"""Properties with one text, by attribute."""
_ENUMERATED = {"X-SAMBAND-FILE-AS-MAPPING": FILE_AS_MAPPING, "X-SAMBAND-POSTAL-ADDRESS-INDEX": PLACE}
"""Those of them that are only ever one of a few."""
_OTHER_NAMES = {
    "X-EVOLUTION-MANAGER": "X-MANAGER",
    "X-EVOLUTION-ASSISTANT": "X-ASSISTANT",
    "X-EVOLUTION-SPOUSE": "X-SPOUSE",
}
_LISTS = {"X-SAMBAND-CHILDREN": "children", "X-SAMBAND-COMPANIES": "companies"}
_DATES = {"BDAY": "birthday", "X-ANNIVERSARY": "wedding_anniversary", "ANNIVERSARY": "wedding_anniversary"}
_PHONES = {
    "BusinessPhone": "WORK,VOICE",
    "BusinessPhone2": "WORK,VOICE",
    "HomePhone": "HOME,VOICE",
    "HomePhone2": "HOME,VOICE",
    "MobilePhone": "CELL",
    "BusinessFax": "WORK,FAX",
    "HomeFax": "HOME,FAX",
    "OtherFax": "FAX",
    "Pager": "PAGER",
    "CarPhone": "CAR",
    "Isdn": "ISDN",
    "PrimaryPhone": "PREF",
    "OtherTelephone": "VOICE",
}
"""How telephones are called; all others are just telephones."""
_ADDRESSES = {"Business": "WORK", "Home": "HOME", "Other": ""}
_MARK = "X-EWS-KEY"
_KEYS = frozenset((*EMAIL_KEYS, *PHONE_KEYS, *PLACE_KEYS, *IM_KEYS))
_SENSITIVITY = {
    "PRIVATE": Sensitivity.PRIVATE,
    "CONFIDENTIAL": Sensitivity.CONFIDENTIAL,
    "PERSONAL": Sensitivity.PERSONAL,
}
_IM = ("IMPP", "X-SIP", "X-JABBER", "X-MSN", "X-AIM", "X-ICQ", "X-YAHOO", "X-SKYPE", "X-GTALK")


def card_of(item: Item, files: Sequence[tuple[Attachment, bytes]]) -> str:
    """A contact or distribution list as a vCard."""
    own = item.properties
    if isinstance(own, DistributionListProperties):
        return write_card(_list_lines(item, own))
    if not isinstance(own, ContactProperties):
        raise TypeError("neither a contact nor a list")
    return write_card(_contact_lines(item, own, files))


def _common(item: Item) -> Iterator[str]:
    own = item.properties
    yield prop("UID", f"{item.mailbox}-{item.id:x}")
    if own.body is not None and own.body.content:
        text = own.text_body
        yield said("NOTE", text.content if text is not None else "")
        if own.body.kind is BodyKind.HTML:
            yield said("X-SAMBAND-HTML-NOTE", own.body.content)
    if own.categories:
        yield listed("CATEGORIES", own.categories)
    if own.sensitivity is not Sensitivity.NORMAL:
        yield prop("CLASS", own.sensitivity.value.upper())
    if own.importance is not Importance.NORMAL:
        yield prop("X-SAMBAND-IMPORTANCE", own.importance.value)
    if own.subject:
        yield said("X-SAMBAND-SUBJECT", own.subject)
    if item.item_class:
        yield said("X-SAMBAND-CLASS", item.item_class)
    if own.last_modified_time is not None:
        yield prop("REV", f"{own.last_modified_time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")


def _contact_lines(item: Item, own: ContactProperties, files: Sequence[tuple[Attachment, bytes]]) -> Iterator[str]:
    shown = own.display_name or own.file_as or own.subject
    if not own.display_name:
        yield said("FN", shown)
    for name, attribute in _TEXTS.items():
        if getattr(own, attribute):
            yield said(name, getattr(own, attribute))
    full = own.complete_name
    yield structured("N", [own.surname, own.given_name, own.middle_name, full.title, full.suffix])
    if own.company_name or own.department:
        yield structured("ORG", [own.company_name, own.department])
    for key, email in own.email_addresses.items():
        yield said("EMAIL", email.address, TYPE="INTERNET", X_EWS_KEY=key, X_NAME=parameter(email.name))
    for key, number in own.phone_numbers.items():
        yield said("TEL", number, TYPE=_PHONES.get(key, ""), X_EWS_KEY=key)
    for key, place in own.physical_addresses.items():
        parts = ["", "", place.street, place.city, place.state, place.postal_code, place.country_or_region]
        yield structured("ADR", parts, TYPE=_ADDRESSES.get(key, ""), X_EWS_KEY=key)
    for key, address in own.im_addresses.items():
        yield said("IMPP", address, X_EWS_KEY=key)
    for name, attribute in _LISTS.items():
        if getattr(own, attribute):
            yield listed(name, getattr(own, attribute))
    for name, moment in (("BDAY", own.birthday), ("X-ANNIVERSARY", own.wedding_anniversary)):
        if moment is not None:
            yield prop(name, f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
    yield from _common(item)
    for head, content in files:
        if head.is_contact_photo and head.kind is None:
            yield prop("PHOTO", base64.b64encode(content).decode("ascii"), ENCODING="b", TYPE=_picture(content))


def _picture(content: bytes) -> str:
    return "PNG" if content.startswith(b"\x89PNG") else "GIF" if content.startswith(b"GIF8") else "JPEG"


def _list_lines(item: Item, own: DistributionListProperties) -> Iterator[str]:
    yield said("FN", own.display_name or own.subject)
    yield structured("N", [own.display_name or own.subject, "", "", "", ""])
    yield prop("X-ADDRESSBOOKSERVER-KIND", "group")
    if own.file_as:
        yield said("X-EVOLUTION-FILE-AS", own.file_as)
    for member in own.members:
        box = member.mailbox
        yield said(
            "X-ADDRESSBOOKSERVER-MEMBER", f"mailto:{box.address}", CN=parameter(box.name), X_KEY=parameter(member.key)
        )
    yield from _common(item)


def draft_of_card(text: str) -> tuple[str, Draft]:
    """A card's UID, empty where it has none, and the contact or list that it describes. Raises ``BadCard``."""
    lines = read_card(text)
    first = {line.name: line for line in reversed(lines)}
    kind = first.get("KIND") or first.get("X-ADDRESSBOOKSERVER-KIND")
    values = _common_values(lines)
    files: list[DraftAttachment] = []
    is_list = kind is not None and kind.text.strip().lower() == "group"
    if is_list:
        values |= _list_values(lines)
    else:
        values |= _contact_values(lines)
        files = _photos(lines)
    try:
        properties: Any = DistributionListProperties(**values) if is_list else ContactProperties(**values)
        properties = msgspec.convert(
            msgspec.to_builtins(properties, builtin_types=_KEPT), type(properties), builtin_types=_KEPT
        )
    except msgspec.ValidationError:
        raise BadCard("a value cannot be kept") from None
    draft = Draft(
        kind=ItemKind.DISTRIBUTION_LIST if is_list else ItemKind.CONTACT,
        item_class=first["X-SAMBAND-CLASS"].text if "X-SAMBAND-CLASS" in first else "",
        properties=properties,
        attachments=tuple(files),
        given=frozenset(values),
    )
    return (first["UID"].text if "UID" in first else ""), draft


_KEPT = (bytes, datetime)


def _common_values(lines: Sequence[CardLine]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for line in lines:
        if line.name == "NOTE" and "body" not in values and line.text:
            values["body"] = Body(BodyKind.TEXT, line.text.replace("\n", "\r\n"))
        elif line.name == "X-SAMBAND-HTML-NOTE":
            values["body"] = Body(BodyKind.HTML, line.text)
        elif line.name == "CATEGORIES":
            values["categories"] = tuple(line.listed)
        elif line.name == "CLASS":
            values["sensitivity"] = _SENSITIVITY.get(line.text.strip().upper(), Sensitivity.NORMAL)
        elif line.name == "X-SAMBAND-IMPORTANCE" and line.text in set(Importance):
            values["importance"] = Importance(line.text)
        elif line.name in ("X-SAMBAND-SUBJECT", "FN"):
            if line.name != "FN" or "subject" not in values:
                values["subject"] = line.text[:255]
        elif line.name == "REV":
            moment = _moment(line.text)
            if moment is not None:
                values["last_modified_time"] = moment
    return values


def _contact_values(lines: Sequence[CardLine]) -> dict[str, Any]:
    values: dict[str, Any] = {"email_addresses": {}, "phone_numbers": {}, "physical_addresses": {}, "im_addresses": {}}
    for line in lines:
        name = _OTHER_NAMES.get(line.name, line.name)
        if name in _TEXTS:
            if name not in _ENUMERATED or _is_listed(_ENUMERATED[name], line.text):
                values.setdefault(_TEXTS[name], line.text)
        elif name in _LISTS:
            values[_LISTS[name]] = tuple(line.listed)
        elif name in _DATES:
            moment = _moment(line.text)
            if moment is not None:
                values[_DATES[name]] = moment
        elif name == "N":
            surname, given, middle, title, suffix = [*line.parts, *[""] * 5][:5]
            values |= {"surname": surname, "given_name": given, "middle_name": middle}
            values["complete_name"] = CompleteName(title=title, suffix=suffix)
        elif name == "ORG":
            company, department = [*line.parts, "", ""][:2]
            values |= {"company_name": company, "department": department}
        elif name in ("EMAIL", "TEL", "ADR", *_IM):
            _entry(values, name, line)
    values.setdefault("file_as", values.get("display_name", ""))
    return values


def _is_listed(codec: Codec, text: str) -> bool:
    try:
        return codec.constant is not None and codec.constant(text) is not None
    except ValueError:
        return False


def _entry(values: dict[str, Any], name: str, line: CardLine) -> None:
    marked = line.parameters.get(_MARK, "")
    marked = marked if marked in _KEYS else ""
    if name == "EMAIL":
        keys = [marked] if marked else [f"EmailAddress{number}" for number in (1, 2, 3)]
        _put(values["email_addresses"], keys, EmailAddress(line.parameters.get("X-NAME", ""), line.text.strip()))
    elif name == "TEL":
        number = line.text.strip().removeprefix("tel:")
        _put(values["phone_numbers"], [marked] if marked else _phone_keys(line.kinds), number)
    elif name == "ADR":
        box, extra, street, city, state, code, country = [*line.parts, *[""] * 7][:7]
        whole = "\r\n".join(part for part in (box, extra, street) if part) if not marked else street
        place = PhysicalAddress(whole, city, state, country, code)
        key = marked or ("Home" if "HOME" in line.kinds else "Business" if "WORK" in line.kinds else "Other")
        _put(values["physical_addresses"], [key, "Other", "Business", "Home"] if not marked else [key], place)
    else:
        keys = [marked] if marked else [f"ImAddress{number}" for number in (1, 2, 3)]
        _put(values["im_addresses"], keys, line.text.strip())


def _put(entries: dict[str, Any], keys: Iterable[str], value: Any) -> None:
    """Into the first place that is free; there is no other for what comes after."""
    for key in keys:
        if key not in entries:
            entries[key] = value
            return


def _phone_keys(kinds: frozenset[str]) -> list[str]:
    if "FAX" in kinds:
        return ["HomeFax"] if "HOME" in kinds else ["BusinessFax"] if "WORK" in kinds else ["OtherFax", "BusinessFax"]
    for kind, key in (("CELL", "MobilePhone"), ("PAGER", "Pager"), ("CAR", "CarPhone"), ("ISDN", "Isdn")):
        if kind in kinds:
            return [key, "OtherTelephone", "BusinessMobile"]
    if "HOME" in kinds:
        return ["HomePhone", "HomePhone2", "OtherTelephone"]
    if "WORK" in kinds:
        return ["BusinessPhone", "BusinessPhone2", "OtherTelephone"]
    return ["PrimaryPhone", "OtherTelephone", "Callback"] if "PREF" in kinds else ["OtherTelephone", "PrimaryPhone"]


def _moment(text: str) -> datetime | None:
    text = text.strip().partition("T")[0] if text.strip().endswith("T000000Z") else text.strip()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _photos(lines: Sequence[CardLine]) -> list[DraftAttachment]:
    for line in lines:
        content = line.content if line.name == "PHOTO" else None
        if content:
            kind = f"image/{_picture(content).lower()}"
            head = Attachment(id=0, name="ContactPicture.jpg", content_type=kind, is_contact_photo=True)
            return [DraftAttachment(head, content)]
    return []


def _list_values(lines: Sequence[CardLine]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    members = []
    for line in lines:
        if line.name == "FN":
            values["display_name"] = line.text
        elif line.name == "X-EVOLUTION-FILE-AS":
            values["file_as"] = line.text
        elif line.name in ("MEMBER", "X-ADDRESSBOOKSERVER-MEMBER") and line.text[:7].lower() == "mailto:":
            box = EmailAddress(line.parameters.get("CN", ""), line.text[7:])
            members.append(ListMember(box, line.parameters.get("X-KEY", "")))
    values["members"] = tuple(members)
    values.setdefault("file_as", values.get("display_name", ""))
    return values
