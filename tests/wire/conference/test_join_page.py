"""The page behind a join link, as people, browsers and pidgin-sipe read it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from samband.wire.conference.join_page import JoinPage, read_address, write_missing_page, write_page

ADDRESS = "conf:sip:alice@contoso.test;gruu;opaque=app:conf:focus:id:AB12?required-media=chat"


def page(subject: str = "Tea", address: str = ADDRESS) -> str:
    focus = "sip:alice@contoso.test;gruu;opaque=app:conf:focus:id:AB12"
    ways = ("guest", "password")
    return write_page(
        JoinPage(subject, "Alice", "alice@contoso.test", "AB12", address, focus, "tomorrow", ways)
    ).decode()


def test_a_client_finds_the_conference() -> None:
    text = page()
    assert read_address(text) == ADDRESS
    # Clients search the bytes for this very beginning.
    assert re.search('href="conf&#58;sip&#58;alice&#64;contoso.test;gruu;opaque=app&#58;conf&#58;', text)


def test_a_person_reads_it() -> None:
    shown = html.fromstring(page("A <script>alert(1)</script> & more")).text_content()
    for words in ("A <script>alert(1)</script> & more", "Alice (alice@contoso.test)", "AB12", "Open in Lync"):
        assert words in shown
    assert "<script>" not in page("<script>")
    main = html.fromstring(page('"><script>')).get_element_by_id("meeting")
    assert (main.get("data-ways"), main.get("data-id")) == ("guest password", "AB12")
    assert main.get("data-focus") == "sip:alice@contoso.test;gruu;opaque=app:conf:focus:id:AB12"


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30))
def test_any_address_comes_back(user: str) -> None:
    address = f"conf:sip:{user}@contoso.test"
    assert read_address(page(address=address)) == address


@pytest.mark.parametrize("text", [write_missing_page().decode(), "", '<a href="https://x">'])
def test_a_page_without_a_conference(text: str) -> None:
    assert read_address(text) == ""
