"""The ``contactCard`` element a server publishes for its people [MS-PRES]."""

from __future__ import annotations

import re
from dataclasses import dataclass

from samband.wire.presence.elements import child, child_text, children
from samband.wire.presence.names import CONTACT_CARD
from samband.wire.xml.reading import Element
from samband.wire.xml.text import element as write
from samband.wire.xml.text import escape

_NOT_DIALLED = re.compile(r"[^+\d]")


@dataclass(frozen=True, slots=True, kw_only=True)
class CardDocument:
    """A contact card. Phone numbers as the directory writes them."""

    display_name: str = ""
    email: str = ""
    company: str = ""
    title: str = ""
    office: str = ""
    phone: str = ""
    mobile: str = ""


def write_card(card: CardDocument) -> str:
    """The element as text."""
    name = f"<name>{write('displayName', card.display_name)}</name>" if card.display_name else ""
    mail = write("email", card.email) if card.email else ""
    parts = [f"<identity>{name}{mail}</identity>"] if name or mail else []
    for element, value in (("company", card.company), ("title", card.title), ("office", card.office)):
        if value:
            parts.append(write(element, value))
    for kind, number in (("work", card.phone), ("mobile", card.mobile)):
        if number:
            dialled = "tel:" + _NOT_DIALLED.sub("", number)
            parts.append(f'<phone type="{kind}"><uri>{escape(dialled)}</uri>{write("displayString", number)}</phone>')
    return f'<contactCard xmlns="{CONTACT_CARD}">{"".join(parts)}</contactCard>'


def write_photo_card(url: str, smtp: str, tag: str) -> str:
    """A card with nothing but where a photo is: in a mailbox that is asked by EWS, named by elements in the ``uri``."""
    place = write("ewsUrl", url) + write("primarySMTP", smtp)
    photo = f'<photo type="enterprise"><uri>{escape(place)}</uri>{write("hash", tag)}</photo>'
    return f'<contactCard xmlns="{CONTACT_CARD}"><displayADPhoto>true</displayADPhoto>{photo}</contactCard>'


def read_card(element: Element) -> CardDocument:
    """A ``contactCard`` element."""
    identity = child(element, "identity")
    name = None if identity is None else child(identity, "name")
    phones = {phone.get("type"): child_text(phone, "displayString") or "" for phone in children(element, "phone")}
    return CardDocument(
        display_name="" if name is None else child_text(name, "displayName") or "",
        email="" if identity is None else child_text(identity, "email") or "",
        company=child_text(element, "company") or "",
        title=child_text(element, "title") or "",
        office=child_text(element, "office") or "",
        phone=phones.get("work", ""),
        mobile=phones.get("mobile", ""),
    )
