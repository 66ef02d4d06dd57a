"""Formatted text keeps its look; whatever runs, fetches or covers goes."""

from __future__ import annotations

import pytest

from samband.model.rich_text import MOST_TAGS, harmless

SIPE = (
    "<span style=\"font-size:10pt;font-family:'Segoe UI'; color:#000000\"><b>hi</b> <i>a</i> <u>b</u> <s>c</s></span>"
)
CASES = [
    ("no markup & none > needed", "no markup & none > needed"),
    ("<b>b</b><i>i</i><u>u</u><s>s</s><p>p</p><div>d<br></div>", None),
    ('<font face="Segoe UI" color="#ff0000" size="2">red</font>', None),
    ('<a href="https://example.com/?a=1&amp;b=2">l</a> <a href="sip:bob@contoso.test">b</a>', None),
    ('<a href="mailto:bob@contoso.test">m</a> :-) &lt;3', None),
    ('<DIV STYLE="color:#ff0000"><B>hi</B></DIV>', '<div style="color:#ff0000"><b>hi</b></div>'),
    ("<b>a</b><script>alert(1)</script>", "<b>a</b>"),
    ("<img src=x onerror=alert(1)>text", "text"),
    ('<b onclick="x()">a</b>', "<b>a</b>"),
    ('<a href="java\tscript:alert(1)">l</a>', "<a>l</a>"),
    ('<a href="//evil.test/x">l</a>', "<a>l</a>"),
    ("<svg><style><img src=x onerror=alert(1)></style></svg>", ""),
    ('<b style="color:expression(alert(1))">a</b>', "<b>a</b>"),
    ('<b style="color:red;background-color:url(//evil.test)">a</b>', "<b>a</b>"),
    ('<b style="color:rgb(1,2,3);position:fixed">a</b>', '<b style="color:rgb(1, 2, 3)">a</b>'),
    ('<iframe src="https://evil.test"></iframe><form><input></form>t', "t"),
]


@pytest.mark.parametrize(("markup", "expected"), CASES)
def test_what_stays(markup: str, expected: str | None) -> None:
    assert harmless(markup) == (markup if expected is None else expected)


def test_what_clients_write_keeps_its_look() -> None:
    safe = harmless(SIPE)
    for mark in ("font-size:10pt", "Segoe UI", "color:#000000", "<b>hi</b> <i>a</i> <u>b</u> <s>c</s>"):
        assert mark in safe
    assert harmless(safe) == safe


def test_too_many_tags_are_shown_as_they_are_written() -> None:
    assert harmless(f"{'<b>' * (MOST_TAGS + 1)}a") == f"{'&lt;b&gt;' * (MOST_TAGS + 1)}a"
    assert harmless(f"{'<b>' * MOST_TAGS}a").startswith("<b><b>")
