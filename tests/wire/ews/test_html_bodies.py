"""HTML bodies made safe to show: a table of attacks, and whatever anybody writes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from samband.wire.ews.fields.html_bodies import Wish, has_external_images, rewritten

FILTER = Wish(filter=True)

ATTACKS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//x.test/a.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    '<img src="javascript:alert(1)">',
    '<img src="data:image/svg+xml;base64,AAAA">',
    '<a href="javascript:alert(1)">a</a>',
    '<a href="java\nscript:alert(1)">a</a>',
    '<a href=" &#1; javascript:alert(1)">a</a>',
    '<a href="jav&#x09;ascript:alert(1)">a</a>',
    '<a href="vbscript:x">a</a>',
    '<a href="data:text/html;base64,PHNjcmlwdD4=">a</a>',
    '<div style="background:url(javascript:alert(1))">a</div>',
    '<div style="width:expression(alert(1))">a</div>',
    '<div style="wid\\74h:1;position:fixed">a</div>',
    "<style>@import 'http://x.test/a.css';</style>",
    '<link rel="stylesheet" href="http://x.test/a.css">',
    '<iframe src="http://x.test/"></iframe>',
    '<object data="http://x.test/a.swf"></object>',
    '<embed src="http://x.test/a.swf">',
    '<form action="http://x.test/"><input name="a"></form>',
    '<meta http-equiv="refresh" content="0;url=http://x.test/">',
    '<base href="http://x.test/">',
    "<svg><script>alert(1)</script></svg>",
    "<math><mi xlink:href='javascript:alert(1)'>a</mi></math>",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<template><script>alert(1)</script></template>",
    "<body onload=alert(1)>",
    "<xml><o:p onclick=alert(1)></o:p></xml>",
]
_HANDLER = re.compile(r"\son[a-z]+\s*=", re.IGNORECASE)


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_dangerous_goes_and_words_stay(attack: str) -> None:
    shown = rewritten(f"<p>before</p>{attack}<p>after</p>", FILTER).markup
    assert "before" in shown and "after" in shown
    harmless(shown)
    assert rewritten(shown, FILTER).markup == shown


def harmless(shown: str) -> None:
    """No element, attribute or address of ``shown`` can do anything, as a parser of HTML sees it."""
    root = etree.fromstring(shown or "<html></html>", etree.HTMLParser())
    for element in root.iter() if root is not None else ():
        assert isinstance(element.tag, str), "a comment"
        assert element.tag not in (
            "script",
            "style",
            "iframe",
            "object",
            "embed",
            "form",
            "input",
            "base",
            "link",
            "svg",
        )
        assert element.tag != "meta" or element.get("http-equiv") == "Content-Type"
        for name, value in element.attrib.items():
            assert not str(name).startswith("on")
            plain = re.sub(r"[\x00-\x20]", "", str(value)).lower()
            if name in ("href", "src", "background", "cite"):
                assert not plain.startswith(("javascript:", "vbscript:", "data:text", "data:image/svg"))
            if name == "style":
                assert "url(" not in plain and "expression" not in plain and "\\" not in plain


@given(st.text(st.sampled_from("<>/=\"' abcsrtiponlfh:&;!-#\x01\u00e5"), max_size=120), st.sampled_from(ATTACKS))
def test_whatever_stands_around_it(text: str, attack: str) -> None:
    harmless(rewritten(text + attack, FILTER).markup)
    rewritten(text, Wish(block_images=True, blank_targets=True))


def test_a_harmless_document_stays_what_it_is() -> None:
    document = (
        '<html><head></head><body><h1 style="color: red">A</h1><p>B <b>c</b> <a href="http://x.test/?a=1&amp;b=2">d</a>'
        '<img src="cid:1@x" alt="e"></p><table border="1"><tr><td align="left">f</td></tr></table></body></html>'
    )
    shown = rewritten(document, FILTER).markup
    declared = '<head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head>'
    assert shown.replace("\r\n", "") == document.replace("<head></head>", declared)
    words = rewritten("Just & words", FILTER).markup
    assert words == (
        '<html>\r\n<head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\r\n</head>\r\n'
        "<body>\r\nJust &amp; words \r\n</body>\r\n</html>\r\n"
    )
    assert rewritten("", FILTER).markup == rewritten("\x00", FILTER).markup


def test_images_and_links() -> None:
    markup = (
        '<p><img src="http://x.test/a.png"><img src="//x.test/b.png"><img src="cid:1@x"><img src="cid:2@x">'
        '<a href="http://x.test/">d</a><a name="e">f</a></p>'
    )
    assert has_external_images(markup) and not has_external_images('<img src="cid:1@x"><a href="http://x.test/">')
    blocked = rewritten(markup, Wish(block_images=True))
    assert (
        blocked.blocked
        and blocked.markup.count("blockedimagesrc=") == 2
        and 'src="http' not in re.sub("blockedimagesrc", "", blocked.markup).replace('="http://x.test/a.png"', "")
    )
    linked = rewritten(markup, Wish(blank_targets=True)).markup
    assert linked.count('target="_blank"') == 1
    known = {"1@x": "https://mail.test/1"}
    pointed = rewritten(markup, Wish(), lambda content_id: known.get(content_id, "")).markup
    assert 'src="https://mail.test/1"' in pointed and 'src="cid:2@x"' in pointed
