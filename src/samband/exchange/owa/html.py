"""Somebody else's HTML, made harmless: only what lays out text is left, pictures of the message stand in it.

Pictures from elsewhere are not asked for: they would tell their server who reads, and when. The page it makes is shown
in a frame of its own that may run nothing, load nothing and be nobody (``POLICY``): the two do not rely on each other.
"""

from __future__ import annotations

import base64
import html
import re
from collections import Counter
from collections.abc import Mapping

import nh3

from samband.model.bodies import as_kind
from samband.model.item_values import Body, BodyKind

POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline';"
    " img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
MAX_HTML = 4 * 1024 * 1024
"""Characters of a body that are shown as they are meant; a longer one is shown as text."""
_OPENED = re.compile(r"<(/?)([A-Za-z][^\s/>]*)")
_SHALLOW = """
    area base br col embed hr img input link meta source track wbr
    colgroup dd dt li option p tbody td tfoot th thead tr
"""
_SHALLOW_TAGS = frozenset(_SHALLOW.split())
"""Tags that hold nothing, or that the next one of their kind closes."""
_ATTRIBUTES = {
    **{tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()},
    "*": {"style", "align", "dir", "lang", "title", "width", "height", "color", "bgcolor", "valign"},
    "img": {"src", "alt", "width", "height"},
    "font": {"color", "face", "size"},
    "table": {"border", "cellpadding", "cellspacing", "width", "align"},
}
_STYLE_NAMES = """
    background-color border border-bottom border-collapse border-left border-right border-spacing border-top color
    font-family font-size font-style font-weight height line-height list-style-type margin margin-bottom margin-left
    margin-right margin-top max-width padding padding-bottom padding-left padding-right padding-top text-align
    text-decoration text-indent vertical-align white-space width
"""
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Types of what is shown inside a message: nothing that can hold a script."""
MOST_DEEP = 500
"""Tags within each other of a body that is shown as it is meant: each costs as much as there are around it."""
MAX_SHOWN = 16 * 1024 * 1024
"""Characters of the pictures in one page: one may stand in it many times, and each time it is there anew."""
_LOADS = re.compile(r"url\s*\(|image\s*\(|expression|[\\@]", re.IGNORECASE)
# Nothing else runs while a stranger's text is searched: no character of it may be looked at again and again.
_ELSEWHERE = re.compile(r"<img[^<>]*?\ssrc\s*+=\s*+[\"']?\s*+(?:https?:)?//", re.IGNORECASE)


def _kept(tag: str, attribute: str, value: str) -> str | None:
    if tag == "img" and attribute == "src" and not value.startswith("cid:"):
        return None
    return None if attribute == "style" and _LOADS.search(value) else value


_CLEANER = nh3.Cleaner(
    tags=nh3.ALLOWED_TAGS | {"font"},
    clean_content_tags={"script", "style", "title"},
    attributes=_ATTRIBUTES,
    attribute_filter=_kept,
    filter_style_properties=set(_STYLE_NAMES.split()),
    url_schemes={"http", "https", "mailto", "tel", "cid"},
    set_tag_attribute_values={"a": {"target": "_blank"}},
)
_CID = re.compile(r'(<img[^>]*? src=")cid:([^"]+)"')
_NOT_LOADED = (
    '<div id="elsewhere">Pictures from the internet are not shown, so that nobody learns that you read this.</div>'
)
_STYLE = (
    "body{font:15px/1.5 system-ui,'Segoe UI',sans-serif;color:#222;margin:0;overflow-wrap:anywhere}"
    "img{max-width:100%;height:auto}pre{white-space:pre-wrap}"
    "#elsewhere{background:#f4f6f9;color:#5c6670;font-size:13px;padding:6px 10px;margin-bottom:12px}"
    "blockquote{margin:0 0 0 .5em;padding-left:.8em;border-left:3px solid #cfd6e0;color:#555}"
)


def harmless(body: Body | None, pictures: Mapping[str, tuple[str, bytes]]) -> str:
    """A whole page that shows ``body``. ``pictures``: Content-ID -> type and content of those it may show."""
    if body is None:
        inside = ""
    elif body.kind is BodyKind.TEXT or len(body.content) > MAX_HTML or _is_deep(body.content):
        text = as_kind(body, BodyKind.TEXT).content
        inside = f'<div style="white-space:pre-wrap">{html.escape(text, quote=False)}</div>'
    else:
        inside = _Pictures(pictures).put(_CLEANER.clean(body.content))
        if _ELSEWHERE.search(body.content):
            inside = _NOT_LOADED + inside
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><style>{_STYLE}</style></head><body>{inside}</body></html>'
    )


def _is_deep(markup: str) -> bool:
    """Whether more than ``MOST_DEEP`` tags are open somewhere. Whatever closes another one than was opened closes
    nothing."""
    opened: Counter[str] = Counter()
    depth = 0
    for found in _OPENED.finditer(markup):
        name = found[2].lower()
        if name in _SHALLOW_TAGS:
            continue
        if not found[1]:
            opened[name] += 1
            depth += 1
            if depth > MOST_DEEP:
                return True
        elif opened[name]:
            opened[name] -= 1
            depth -= 1
    return False


class _Pictures:
    """Those of one page, put where its text names them, for as long as there is room."""

    def __init__(self, pictures: Mapping[str, tuple[str, bytes]]) -> None:
        self._pictures = pictures
        self._written: dict[str, str] = {}
        self._room = MAX_SHOWN

    def put(self, markup: str) -> str:
        return _CID.sub(self._shown, markup)

    def _shown(self, found: re.Match[str]) -> str:
        picture = self._address(html.unescape(found[2]))
        if len(picture) > self._room:
            picture = ""
        self._room -= len(picture)
        return f'{found[1]}{picture}"'

    def _address(self, cid: str) -> str:
        """What shows it; empty where it is none of the message's."""
        if cid not in self._pictures:
            return ""
        if cid not in self._written:
            kind, content = self._pictures[cid]
            self._written[cid] = f"data:{kind};base64,{base64.b64encode(content).decode()}"
        return self._written[cid]
