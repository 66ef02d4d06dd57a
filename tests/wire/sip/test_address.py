"""name-addr, parameters and lists."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.wire.sip.address import (
    Address,
    epid_in,
    parse_address,
    parse_addresses,
    parse_params,
    quote_string,
    split_list,
    tag_in,
    unquote_string,
    uri_in,
)
from samband.wire.sip.uri import BadUri

READ = [
    (
        '"Bob \\"B\\" Brown" <sip:bob@h;x=1>;tag=t;epid=e',
        Address("sip:bob@h;x=1", 'Bob "B" Brown', {"tag": "t", "epid": "e"}),
    ),
    ("<sip:bob@h>", Address("sip:bob@h")),
    ("Bob Brown <sip:bob@h>", Address("sip:bob@h", "Bob Brown")),
    ("sip:bob@h;tag=t", Address("sip:bob@h", "", {"tag": "t"})),
    (
        '<sip:a>;methods="INVITE, BYE";+sip.instance="<urn:uuid:1>"',
        Address("sip:a", "", {"methods": "INVITE, BYE", "+sip.instance": "<urn:uuid:1>"}),
    ),
    ("< sip:a@b >;proxy=replace;lr", Address("sip:a@b", "", {"proxy": "replace", "lr": ""})),
]


@pytest.mark.parametrize(("text", "address"), READ)
def test_read_and_write(text: str, address: Address) -> None:
    assert parse_address(text) == address
    assert parse_address(str(address)) == address
    assert uri_in(text) == address.uri
    assert tag_in(text) == address.tag
    assert epid_in(text) == address.epid


@pytest.mark.parametrize(
    "text",
    ["", '"open <sip:a>', "<sip:a", '"name" sip:a', "sip:a b", "sip:a@b?Route=c", ";tag=1", "sip:a@b>", 'sip:"a'],
)
def test_refused(text: str) -> None:
    with pytest.raises(BadUri):
        parse_address(text)


def test_lists() -> None:
    text = '"a, b" <sip:a;x=1,2>;m="c,d", <sip:b> ,, sip:c'
    assert split_list(text) == ['"a, b" <sip:a;x=1,2>;m="c,d"', "<sip:b>", "sip:c"]
    assert [address.uri for address in parse_addresses(text)] == ["sip:a;x=1,2", "sip:b", "sip:c"]
    assert split_list("a, b ,c") == ["a", "b", "c"]
    assert split_list('a="1;2";b', ";") == ['a="1;2"', "b"]


def test_what_is_never_closed_takes_the_rest() -> None:
    assert split_list('a, "b, c') == ["a", '"b, c']
    assert split_list("a, <b, c") == ["a", "<b, c"]
    assert split_list('a, "b\\') == ["a", '"b\\']


@pytest.mark.parametrize("hostile", ["<", '"', '"\\', "<<,", '""'])
def test_hostile_lists_take_linear_time(hostile: str) -> None:
    before = time.process_time()
    split_list(hostile * 16_000)
    assert time.process_time() - before < 1.0


def test_tags_are_found_where_they_are_and_nowhere_else() -> None:
    assert tag_in('"x;tag=no" <sip:a;tag=no>;tag=yes') == "yes"
    assert tag_in('"x;tag=no" <sip:a;tag=no>') == ""
    assert tag_in("<sip:a> ; TAG = spaced") == "spaced"
    assert tag_in("<sip:a>;Tag=upper;x=1") == "upper"


def test_parameters() -> None:
    assert parse_params(';a=1;A=2;b; c = "x;y" ;;') == {"a": "1", "b": "", "c": "x;y"}


@given(st.text(st.characters(exclude_characters="\r\n"), max_size=40))
def test_quoting_goes_both_ways(text: str) -> None:
    assert unquote_string(quote_string(text)) == text


@given(st.text(max_size=80))
def test_any_text_is_survived(text: str) -> None:
    split_list(text)
    parse_params(text)
    tag_in(text)
    uri_in(text)
    try:
        parse_address(text)
    except BadUri:
        return


def test_no_name_ends_a_line() -> None:
    assert quote_string('a\r\nX: "b"') == '"a  X: \\"b\\""'
    assert str(Address("sip:a@b", "a\nb")) == '"a b" <sip:a@b>'
