"""The address book of the communications side: whom it shows, and by which attributes it finds them.

One row an attribute, by its Active Directory name; what the directory does not keep has no row, and finds nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from samband.model.people import Person
from samband.model.phone_numbers import digits, tel_uri

ADDRESS = "msRTCSIP-PrimaryUserAddress"


@dataclass(frozen=True, slots=True)
class Attribute:
    """``values`` are what is told of a person; ``begins`` says whether one of them begins with a folded text.

    ``several`` marks what may have more than one value.
    """

    name: str
    values: Callable[[Person], tuple[str, ...]]
    begins: Callable[[Person, str], bool]
    several: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """Asks for people one of whose ``attributes`` begins with ``value``, whatever its case."""

    attributes: tuple[str, ...]
    value: str


def _text(name: str, field: str = "") -> Attribute:
    read = field or name
    return Attribute(
        name,
        lambda person: _present(getattr(person, read)),
        lambda person, value: getattr(person, read).casefold().startswith(value),
    )


def _address(name: str) -> Attribute:
    return Attribute(
        name,
        lambda person: _present(f"sip:{person.sip}" if person.sip else ""),
        lambda person, value: person.sip.casefold().startswith(value),
    )


def _phone(name: str, field: str = "") -> Attribute:
    """The number as it was typed, and as a ``tel:`` URI where that says which country it is in."""
    read = field or name

    def values(person: Person) -> tuple[str, ...]:
        number = getattr(person, read)
        uri = tel_uri(number)
        return _present(number, uri if uri.startswith("tel:+") else "")

    def begins(person: Person, value: str) -> bool:
        number = getattr(person, read)
        wanted = digits(value)
        return number.casefold().startswith(value) or (bool(wanted) and digits(number).startswith(wanted))

    return Attribute(name, values, begins, several=True)


def _present(*values: str) -> tuple[str, ...]:
    return tuple(value for value in values if value)


ATTRIBUTES: tuple[Attribute, ...] = (
    _text("displayName"),
    _text("givenName"),
    _text("sn"),
    _text("mail"),
    _text("mailNickname", "sAMAccountName"),
    _address(ADDRESS),
    _text("title"),
    _text("department"),
    _text("company"),
    _text("physicalDeliveryOfficeName"),
    _phone("telephoneNumber"),
    _phone("mobile"),
)
BY_NAME = {attribute.name.lower(): attribute for attribute in ATTRIBUTES}


def shows(person: Person) -> bool:
    """Whether ``person`` is in the address book: who can sign in to the communications side and is not hidden."""
    return person.enabled and bool(person.sip) and not person.msExchHideFromAddressLists


def find(people: Iterable[Person], queries: Sequence[Query]) -> list[Person]:
    """Those of ``people`` who are in the book and are what every one of ``queries`` asks for.

    Whom one of them names in full comes first. A query without a value asks for nothing; no other, and nobody is.
    """
    asked = [(_rows(query), value) for query in queries if (value := _bare(query.value))]
    if not asked:
        return []
    found = [person for person in people if shows(person) and all(_fits(person, *query) for query in asked)]
    return sorted(found, key=lambda person: not any(_is(person, *query) for query in asked))


def _bare(value: str) -> str:
    """A text as it is compared: in no case, and an address without its scheme."""
    return value.strip().casefold().removeprefix("sip:")


def _rows(query: Query) -> list[Attribute]:
    return [BY_NAME[name.lower()] for name in query.attributes if name.lower() in BY_NAME]


def _fits(person: Person, rows: list[Attribute], value: str) -> bool:
    return any(row.begins(person, value) for row in rows)


def _is(person: Person, rows: list[Attribute], value: str) -> bool:
    """Whether an attribute of ``person`` is ``value`` and no more."""
    return value in {_bare(told) for row in rows for told in row.values(person)}
