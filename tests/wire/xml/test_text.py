from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from samband.wire.xml.text import escape, escape_attribute

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))
NOT_CHAR = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@given(ANY_TEXT)
def test_text_comes_back_but_for_what_xml_cannot_carry(text: str) -> None:
    assert (etree.fromstring(f"<a>{escape(text)}</a>").text or "") == NOT_CHAR.sub("", text)


@given(ANY_TEXT)
def test_attributes_come_back_but_for_what_xml_cannot_carry(text: str) -> None:
    assert etree.fromstring(f'<a b="{escape_attribute(text)}"/>').get("b") == NOT_CHAR.sub("", text)


def test_plain_text_is_the_same_object() -> None:
    text = "nothing special"
    assert escape(text) is text
