"""The web query of the address book, SearchAbEntry [MS-DLX], as clients of Lync ask and read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from samband.wire.xml.reading import (
    Element,
    Malformed,
    SchemaViolation,
    at_most,
    bad_element,
    required,
    text,
)
from samband.wire.xml.text import element
from samband.wire.xml.values import read_integer

NAMESPACE = "DistributionListExpander"
_N = "{" + NAMESPACE + "}"
SEARCH = _N + "SearchAbEntry"
_QUERY = _N + "AbEntryRequest.ChangeSearchQuery"
_MOST_QUERIES = 20
_MOST_NAMES = 100
_LONGEST_VALUE = 256


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """``queries`` are attributes, one of which is to begin with a text; people must fit all of them.

    ``limit`` is how many are wanted, ``wanted`` which attributes of them; none named: every one there is.
    """

    queries: tuple[tuple[tuple[str, ...], str], ...]
    limit: int
    wanted: tuple[str, ...] = ()


def read_search(asked: Element) -> SearchRequest:
    """Raises ``Malformed`` for any other operation, ``SchemaViolation`` where a part is missing or senseless."""
    if asked.tag != SEARCH:
        raise Malformed("not a SearchAbEntry")
    request = required(asked, _N + "AbEntryRequest")
    basic, change = request.find(_N + "BasicSearch"), request.find(_N + "ChangeSearch")
    if basic is not None:
        queries = [_basic(basic)]
    elif change is not None:
        at_most(change, _MOST_QUERIES)
        queries = [_one(query) for query in change.findall(_QUERY)]
    else:
        raise SchemaViolation("The element 'AbEntryRequest' has neither 'BasicSearch' nor 'ChangeSearch'.")
    metadata = required(request, _N + "Metadata")
    return SearchRequest(tuple(queries), _limit(metadata), _names(metadata.find(_N + "ReturnList")))


def write_found(people: Iterable[Mapping[str, tuple[tuple[str, ...], bool]]]) -> str:
    """SearchAbEntryResponse. Each of ``people`` is attribute -> (values, whether there may be several).

    What may have several values has them as a list even where there is one: clients look for it there.
    """
    entries = "".join(map(_entry, people))
    return (
        f'<SearchAbEntryResponse xmlns="{NAMESPACE}"><SearchAbEntryResult><Items>{entries}</Items>'
        "</SearchAbEntryResult></SearchAbEntryResponse>"
    )


def _basic(search: Element) -> tuple[tuple[str, ...], str]:
    verb = text(search.find(_N + "Verb"), "BeginsWith").strip()
    if verb != "BeginsWith":
        raise bad_element(required(search, _N + "Verb"))
    return _names(required(search, _N + "SearchList")), _value(search)


def _one(query: Element) -> tuple[tuple[str, ...], str]:
    return _names(required(query, _N + "SearchOn")), _value(query)


def _value(parent: Element) -> str:
    found = required(parent, _N + "Value")
    value = text(found).strip()
    if len(value) > _LONGEST_VALUE:
        raise bad_element(found)
    return value


def _names(found: Element | None) -> tuple[str, ...]:
    names = [name.strip() for name in text(found).split(",")]
    if len(names) > _MOST_NAMES:
        raise Malformed("too many attributes")
    return tuple(name for name in names if name)


def _limit(metadata: Element) -> int:
    found = required(metadata, _N + "MaxResultNum")
    try:
        number = read_integer(text(found))
    except ValueError:
        raise bad_element(found) from None
    if number < 0:
        raise bad_element(found)
    return number


def _entry(person: Mapping[str, tuple[tuple[str, ...], bool]]) -> str:
    attributes = "".join(_attribute(name, values, several) for name, (values, several) in person.items() if values)
    return f"<AbEntry><Attributes>{attributes}</Attributes></AbEntry>"


def _attribute(name: str, values: tuple[str, ...], several: bool) -> str:
    if several:
        told = f"<Values>{''.join(element('string', value) for value in values)}</Values>"
    else:
        told = element("Value", values[0])
    return f"<Attribute>{element('Name', name)}{told}</Attribute>"
