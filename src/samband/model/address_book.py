"""The address book of the communications side: whom it shows, and by which attributes it finds them.

One row an attribute, by its Active Directory name; what the directory does not keep has no row, and finds nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from samband.model.people import Person
from samband.model.phone_numbers import digits, tel_uri

ADDRESS = "msRTCSIP-PrimaryUserAddress"


@dataclass(frozen=True, slots=True)
class Attribute:
    """``values`` are what is told of a person; ``keys`` what they are found by, folded; ``asked`` the beginnings of
    keys that a folded text asks for. ``several`` marks what may have more than one value."""

    name: str
    values: Callable[[Person], tuple[str, ...]]
    keys: Callable[[Person], tuple[str, ...]]
    asked: Callable[[str], tuple[str, ...]]
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
        lambda person: _present(folded(getattr(person, read))),
        _present,
    )


def _address(name: str) -> Attribute:
    return Attribute(
        name,
        lambda person: _present(f"sip:{person.sip}" if person.sip else ""),
        lambda person: _present(folded(person.sip)),
        _present,
    )


def _phone(name: str, field: str = "") -> Attribute:
    """The number as it was typed, and as a ``tel:`` URI where that says which country it is in."""
    read = field or name

    def values(person: Person) -> tuple[str, ...]:
        number = getattr(person, read)
        uri = tel_uri(number)
        return _present(number, uri if uri.startswith("tel:+") else "")

    def keys(person: Person) -> tuple[str, ...]:
        number = getattr(person, read)
        return _present(folded(number), digits(number))

    return Attribute(name, values, keys, lambda value: _present(value, digits(value)), several=True)


def _present(*values: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


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


def folded(text: str) -> str:
    """A text as it is compared: in no case, and an address without its scheme."""
    return text.strip().casefold().removeprefix("sip:")


def shows(person: Person) -> bool:
    """Whether ``person`` is in the address book: who can sign in to the communications side and is not hidden."""
    return person.enabled and bool(person.sip) and not person.msExchHideFromAddressLists
