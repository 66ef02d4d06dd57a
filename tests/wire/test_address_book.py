"""SearchAbEntry: as clients write it, as it is answered, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from samband.wire.address_book import SearchRequest, read_search, write_found
from samband.wire.presence.directory_search import (
    DirectorySearch,
    FoundRow,
    read_directory_search,
    write_directory_found,
)
from samband.wire.xml.reading import Malformed, SchemaViolation, parse
from tests.wire.presence.plain_requests import write_directory_search

METADATA = (
    "<Metadata><FromDialPad>false</FromDialPad><MaxResultNum>100</MaxResultNum>"
    "<ReturnList>displayName, mail,photoHash</ReturnList></Metadata>"
)
BASIC = "<BasicSearch><SearchList>sn,mail</SearchList><Value> ann </Value><Verb>BeginsWith</Verb></BasicSearch>"
CHANGE = (
    '<ChangeSearch xmlns:q1="DistributionListExpander" xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/" '
    'soapenc:arrayType="q1:AbEntryRequest.ChangeSearchQuery[2]">'
    "<AbEntryRequest.ChangeSearchQuery><SearchOn>givenName</SearchOn><Value>Ann</Value>"
    "</AbEntryRequest.ChangeSearchQuery><AbEntryRequest.ChangeSearchQuery><SearchOn>sn</SearchOn><Value>B&amp;B</Value>"
    "</AbEntryRequest.ChangeSearchQuery></ChangeSearch>"
)


def asked(inside: str) -> bytes:
    return (
        f'<SearchAbEntry xmlns="DistributionListExpander"><AbEntryRequest>{inside}</AbEntryRequest></SearchAbEntry>'
    ).encode()


def test_a_basic_search() -> None:
    expected = SearchRequest(((("sn", "mail"), "ann"),), 100, ("displayName", "mail", "photoHash"))
    assert read_search(parse(asked(BASIC + METADATA))) == expected


def test_a_search_by_several_attributes() -> None:
    found = read_search(parse(asked(CHANGE + METADATA)))
    assert found.queries == ((("givenName",), "Ann"), (("sn",), "B&B"))


REFUSED = {
    "another operation": b'<QueryDLMembers xmlns="DistributionListExpander"/>',
    "no search": asked(METADATA),
    "no metadata": asked(BASIC),
    "no attributes": asked(BASIC.replace("<SearchList>sn,mail</SearchList>", "") + METADATA),
    "no value": asked(BASIC.replace("<Value> ann </Value>", "") + METADATA),
    "another verb": asked(BASIC.replace("BeginsWith", "Contains") + METADATA),
    "a number that is none": asked(BASIC + METADATA.replace("100", "all")),
    "a number below zero": asked(BASIC + METADATA.replace("100", "-1")),
    "a value without end": asked(BASIC.replace("ann", "a" * 300) + METADATA),
    "queries without end": asked(f"<ChangeSearch>{'<a/>' * 21}</ChangeSearch>" + METADATA),
    "attributes without end": asked(BASIC.replace("sn,mail", "sn," * 200) + METADATA),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    with pytest.raises((Malformed, SchemaViolation)):
        read_search(parse(REFUSED[name]))


def test_an_answer_as_clients_read_it() -> None:
    person = {
        "displayName": (("Ann <A>",), False),
        "telephoneNumber": (("+46 8", "tel:+468"), True),
        "mobile": (("1",), True),
        "title": ((), False),
    }
    root = etree.fromstring(write_found([person, {}]))
    attributes = root.findall("./{*}SearchAbEntryResult/{*}Items/{*}AbEntry/{*}Attributes/{*}Attribute")
    told = {
        one.findtext("{*}Name"): one.findtext("{*}Value") or [text.text for text in one.findall("{*}Values/{*}string")]
        for one in attributes
    }
    assert told == {"displayName": "Ann <A>", "telephoneNumber": ["+46 8", "tel:+468"], "mobile": ["1"]}


text = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(text.map(str.strip).filter(bool), text.map(str.strip)), max_size=20), st.integers(0, 10_000))
def test_a_directory_search_is_read_as_it_was_written(rows: list[tuple[str, str]], limit: int) -> None:
    search = DirectorySearch(tuple(rows), limit)
    assert read_directory_search(write_directory_search(search).encode()) == search


def test_people_found_by_sip() -> None:
    root = etree.fromstring(write_directory_found([FoundRow(uri="sip:a@x.test", displayName='A "B"')], more=True))
    (row,) = root.findall(".//{*}Array/{*}row")
    space = "{http://schemas.microsoft.com/winrtc/2002/11/sip}"
    assert (row.get(space + "uri"), row.get(space + "displayName")) == ("sip:a@x.test", 'A "B"')
    assert root.findtext(".//{*}directorySearch/{*}moreAvailable") == "true"
    assert not etree.fromstring(write_directory_found([], more=False)).findall(".//{*}Array")


def test_other_operations_and_broken_searches() -> None:
    search = write_directory_search(DirectorySearch((("sn", "a"),), 1)).encode()
    assert read_directory_search(search.replace(b"directorySearch", b"somethingElse")) is None
    for broken in (
        search.replace(b"maxResults", b"most"),
        search.replace(b"Array", b"List"),
        search.replace(b'attrib="sn"', b'attrib=""'),
        search.replace(b'value="a"', b'value="' + b"a" * 300 + b'"'),
    ):
        with pytest.raises((Malformed, SchemaViolation)):
            read_directory_search(broken)
