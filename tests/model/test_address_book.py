"""Whom the address book shows, and what finds them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from samband.model.address_book import ADDRESS, ATTRIBUTES, Attribute, Query, folded
from samband.model.address_index import AddressIndex
from samband.model.people import Person
from samband.model.phone_numbers import tel_uri
from tests.trust.fakes import person

BOB = person("bob", givenName="Bob", sn="Brown", telephoneNumber="+46 (0)8 555 01 02", mobile="070-123 45 67")
BOBBY = person("bobby", displayName="Bobby Brown", givenName="Bobby", sn="Brown", title="Engineer", company="Contoso")
GONE = person("gone", sn="Brown", enabled=False)
HIDDEN = person("hidden", sn="Brown", msExchHideFromAddressLists=True)
NEVER = person("never", sn="Brown", msRTCSIP_UserEnabled=False)
EVERYBODY = (BOBBY, BOB, GONE, HIDDEN, NEVER)


def find(people: Iterable[Person], queries: Sequence[Query]) -> list[Person]:
    """Those found, whom a query names in full first."""
    matches = AddressIndex(people).find(queries)
    found = [one for one in people if one.objectGUID in matches.found]
    return sorted(found, key=lambda one: one.objectGUID not in matches.named)


SEARCHES = {
    "the beginning of a name": (Query(("sn",), "bro"), [BOBBY, BOB]),
    "in any case": (Query(("SN",), "BROWN"), [BOBBY, BOB]),
    "whom it names in full first": (Query(("givenName",), "bob"), [BOB, BOBBY]),
    "an address": (Query((ADDRESS,), "sip:bob@contoso.test"), [BOB]),
    "an address without its scheme": (Query((ADDRESS,), "bob"), [BOBBY, BOB]),
    "one of several attributes": (Query(("sn", "company"), "conto"), [BOBBY]),
    "a login": (Query(("mailNickname",), "bobb"), [BOBBY]),
    "a number as it was typed": (Query(("telephoneNumber",), "+46 (0)8"), [BOB]),
    "a number as it is dialled": (Query(("telephoneNumber",), "+468555"), [BOB]),
    "a number within the country": (Query(("mobile",), "0701"), [BOB]),
    "the middle of a name": (Query(("sn",), "rown"), []),
    "what is not kept": (Query(("homePhone", "c"), "b"), []),
    "nothing": (Query(("sn",), " "), []),
    "a scheme alone": (Query((ADDRESS,), "sip:"), []),
}


@pytest.mark.parametrize("name", SEARCHES)
def test_searches(name: str) -> None:
    query, expected = SEARCHES[name]
    assert find(EVERYBODY, [query]) == expected


def test_people_must_fit_every_query() -> None:
    brown = Query(("sn",), "brown")
    assert find(EVERYBODY, [brown, Query(("title",), "eng")]) == [BOBBY]
    assert find(EVERYBODY, [brown, Query(("title",), "law")]) == []
    assert find(EVERYBODY, [brown, Query(("title",), "")]) == [BOBBY, BOB], "an empty one asks for nothing"
    assert find(EVERYBODY, []) == []


PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is slow, and nothing is wrong with that."""
names = st.sampled_from(["a", "A", "ab", "b a", "Ba", "+1", "+1 (0)1", "01", "1b", " a ", "sip:a"])
peoples = st.lists(st.tuples(names, names, names), max_size=6).map(
    lambda some: [
        person(f"x{number}", displayName=name, sn=sn, telephoneNumber=phone)
        for number, (name, sn, phone) in enumerate(some)
    ]
)


@PATIENT
@given(peoples, names, st.sampled_from(ATTRIBUTES))
def test_the_index_finds_whom_a_look_at_everybody_finds(people: list[Person], value: str, row: Attribute) -> None:
    asked = row.asked(folded(value))
    expected = [one for one in people if any(key.startswith(asked) for key in row.keys(one))] if asked else []
    assert set(find(people, [Query((row.name,), value)])) == set(expected)


@PATIENT
@given(peoples, peoples, names)
def test_an_index_that_changed_is_as_one_made_anew(before: list[Person], after: list[Person], value: str) -> None:
    index = AddressIndex(before)
    for guid in {one.objectGUID for one in (*before, *after)}:
        index.put(guid, next((one for one in after if one.objectGUID == guid), None))
    for row in ATTRIBUTES:
        query = [Query((row.name,), value)]
        assert index.find(query) == AddressIndex(after).find(query)


@PATIENT
@given(peoples)
def test_everybody_is_found_by_what_is_told_of_them(people: list[Person]) -> None:
    for someone in people:
        for row in ATTRIBUTES:
            for value in row.values(someone):
                assert someone in find(people, [Query((row.name,), value)]), row.name


NUMBERS = {
    "+46 8 555 01 02": "tel:+4685550102",
    "+46 (0)8 555 01 02": "tel:+4685550102",
    "(425) 555-0102": "tel:4255550102",
    "+1 425 555 0102 x123": "tel:+14255550102;ext=123",
    "+1 425 555 0102;ext=123": "tel:+14255550102;ext=123",
    "+1 425 555 0102 ext. 7": "tel:+14255550102;ext=7",
    "tel:+4685550102": "tel:+4685550102",
    "ask the exchange": "",
    "": "",
}


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_as_they_are_dialled(number: str) -> None:
    assert tel_uri(number) == NUMBERS[number]


@PATIENT
@given(st.text(max_size=30))
def test_a_dialled_number_stays_as_it_is(number: str) -> None:
    once = tel_uri(number)
    assert tel_uri(once) == once
