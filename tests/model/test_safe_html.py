"""What formats text stays, and nothing else does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from samband.model.safe_html import safe_html

CASES = [
    ("hello", "hello"),
    ("<b>bold</b> and <i onclick='x()' style='position:fixed'>not</i>", "<b>bold</b> and <i>not</i>"),
    ("<div>a<br>b</div>", "<div>a<br>b</div>"),
    ("<p>x<script>alert(1)</script>y</p>", "<p>xy</p>"),
    ("<img src=x onerror=alert(1)>text", "text"),
    ("<a href='https://example.com/?a=1&amp;b=\"2'>l</a>", '<a href="https://example.com/?a=1&amp;b=&quot;2">l</a>'),
    ("<a href=' javascript:alert(1)'>l</a>", "<a>l</a>"),
    ("<a href='data:text/html,x'>l</a>", "<a>l</a>"),
    ("<style>p{}</style><p>&lt;script&gt;</p>", "<p>&lt;script&gt;</p>"),
    ("<svg><a href='https://x'>in</a></svg>out", "out"),
    ("a\x00b\x0bc", "abc"),
    ("<!-- <b>x</b> --><u>y</u>", "<u>y</u>"),
    ("", ""),
]


@pytest.mark.parametrize(("markup", "expected"), CASES)
def test_what_stays(markup: str, expected: str) -> None:
    assert safe_html(markup) == expected


PIECES = st.lists(
    st.sampled_from(
        (
            "<b>",
            "</b>",
            "<script>",
            "</script>",
            "<a href='javascript:x'>",
            "</a>",
            "<",
            ">",
            "&",
            '"',
            "<svg/onload=x>",
        )
    )
)
NAMES = "html body a b blockquote br code div em i li ol p pre s span strong sub sup u ul"
ALLOWED = frozenset(NAMES.split())


@given(st.one_of(st.text(), PIECES.map("".join)))
def test_nothing_runs_whatever_is_written(markup: str) -> None:
    written = safe_html(markup)
    assert safe_html(f"<div>{written}</div>") is not None
    root = etree.HTML(f"<div>{written}</div>")
    for element in root.iter("*"):
        assert element.tag in ALLOWED
        assert set(element.keys()) <= {"href"}
        assert not element.get("href", "").lower().startswith("javascript")


def test_deep_markup() -> None:
    assert "words" in safe_html("<div>" * 200 + "words" + "</div>" * 200)
