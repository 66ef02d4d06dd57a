"""What people write to each other in HTML, made harmless: what formats it and its links stay, nothing runs or is
fetched."""

from __future__ import annotations

import html
import re

import nh3

MOST_TAGS = 5000
"""More than anybody writes: tags within tags cost the square of their number."""
_TAGS = """
    a b big blockquote br code div em font i li ol p pre s small span strike strong sub sup u ul
"""
_STYLES = """
    background-color color direction font font-family font-size font-style font-variant font-weight line-height margin
    margin-bottom margin-left margin-right margin-top padding text-align text-decoration text-indent white-space
"""
_COMPUTED = re.compile(r"\\|/\*|(?<!rgb)(?<!rgba)\(", re.IGNORECASE)
"""In a style: what old engines run or fetch, and what hides it."""


def _attribute(_tag: str, name: str, value: str) -> str | None:
    return None if name == "style" and _COMPUTED.search(value) else value


_CLEANER = nh3.Cleaner(
    tags=set(_TAGS.split()),
    clean_content_tags={"script", "style", "title"},
    attributes={"a": {"href"}, "font": {"color", "face", "size"}, "*": {"dir", "lang", "style"}},
    attribute_filter=_attribute,
    filter_style_properties=set(_STYLES.split()),
    url_schemes={"http", "https", "mailto", "sip", "tel"},
    url_relative="deny",
    link_rel=None,
)


def harmless(markup: str) -> str:
    """``markup`` without what is more than formatted text; text without any markup stays as it is.

    What has more than ``MOST_TAGS`` tags is shown as it is written, tags and all.
    """
    if "<" not in markup:
        return markup
    if markup.count("<") > MOST_TAGS:
        return html.escape(markup, quote=False)
    return str(_CLEANER.clean(markup))
