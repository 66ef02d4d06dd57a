"""The address book as vCards: a card for everybody in it, and one for each distribution group [RFC6350]."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from samband.lync.actions.address_book import MOST_MEMBERS, Everything
from samband.model.groups import Group
from samband.model.people import Person
from samband.model.phone_numbers import tel_uri
from samband.wire.vcard import prop, said, structured, write_card

VERSION = "4.0"
Link = Callable[[Person], str]
"""Where the photo of somebody is; empty where none is shown."""


def cards(book: Everything, photo: Link) -> Iterator[str]:
    """Each card of the book: people first, then groups. The same book gives the same cards."""
    known = {one.objectGUID for one in book.people} | {one.objectGUID for one in book.groups}
    for person in book.people:
        yield write_card(_person(person, photo(person)), VERSION)
    for group in book.groups:
        yield write_card(_group(group, known), VERSION)


def _person(person: Person, photo: str) -> Iterator[str]:
    yield _uid("UID", person.objectGUID)
    yield said("FN", person.displayName or person.sip)
    if person.sn or person.givenName:
        yield structured("N", [person.sn, person.givenName, "", "", ""])
    if person.mail:
        yield said("EMAIL", person.mail, TYPE="work")
    yield prop("IMPP", f"sip:{person.sip}", TYPE="work")
    yield from _telephone(person.telephoneNumber, "work,voice")
    yield from _telephone(person.mobile, "work,cell")
    if person.title:
        yield said("TITLE", person.title)
    if person.company or person.department:
        yield structured("ORG", [person.company, person.department] if person.department else [person.company])
    if person.physicalDeliveryOfficeName:
        # There is no property for an office; the second part of an address is what a room is.
        yield structured("ADR", ["", person.physicalDeliveryOfficeName, "", "", "", "", ""], TYPE="work")
    if photo:
        yield prop("PHOTO", photo, MEDIATYPE="image/jpeg")


def _telephone(number: str, kinds: str) -> Iterator[str]:
    """A ``tel:`` URI where the number says which country it is in, else what was typed."""
    uri = tel_uri(number)
    if uri.startswith("tel:+"):
        yield prop("TEL", uri, VALUE="uri", TYPE=kinds)
    elif number:
        yield said("TEL", number, TYPE=kinds)


def _group(group: Group, known: Collection[str]) -> Iterator[str]:
    """A group with those of its members who are in the book; a large one alone."""
    yield prop("KIND", "group")
    yield _uid("UID", group.objectGUID)
    yield said("FN", group.displayName or group.mail)
    yield said("EMAIL", group.mail)
    if len(group.member) <= MOST_MEMBERS:
        for guid in group.member:
            if guid in known:
                yield _uid("MEMBER", guid)


def _uid(name: str, guid: str) -> str:
    return prop(name, f"urn:uuid:{guid}")
