"""Whom the address book shows, and what finds them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.model.address_book import ADDRESS, ATTRIBUTES, BY_NAME, Query, find
from samband.model.people import Person
from samband.model.phone_numbers import digits, tel_uri
from tests.trust.fakes import person

BOB = person("bob", givenName="Bob", sn="Brown", telephoneNumber="+46 (0)8 555 01 02", mobile="070-123 45 67")
BOBBY = person("bobby", displayName="Bobby Brown", givenName="Bobby", sn="Brown", title="Engineer", company="Contoso")
GONE = person("gone", sn="Brown", enabled=False)
HIDDEN = person("hidden", sn="Brown", msExchHideFromAddressLists=True)
NEVER = person("never", sn="Brown", msRTCSIP_UserEnabled=False)
EVERYBODY = (BOBBY, BOB, GONE, HIDDEN, NEVER)

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


@given(st.text(max_size=6), st.sampled_from(ATTRIBUTES))
def test_whoever_is_found_has_a_value_that_begins_so(value: str, row: object) -> None:
    name = row.name  # type: ignore[attr-defined]
    for found in find(EVERYBODY, [Query((name,), value)]):
        told = [one.casefold().removeprefix("sip:") for one in BY_NAME[name.lower()].values(found)]
        asked = value.strip().casefold().removeprefix("sip:")
        assert any(one.startswith(asked) or digits(one).startswith(digits(asked)) for one in told)


@given(st.builds(lambda name, sn: person("x", displayName=name, sn=sn), st.text(min_size=1), st.text(min_size=1)))
def test_everybody_is_found_by_what_is_told_of_them(someone: Person) -> None:
    for row in ATTRIBUTES:
        for value in row.values(someone):
            if value.strip() == value:
                assert find([someone], [Query((row.name,), value)]) == [someone], row.name


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


@given(st.text(max_size=30))
def test_a_dialled_number_stays_as_it_is(number: str) -> None:
    once = tel_uri(number)
    assert tel_uri(once) == once
