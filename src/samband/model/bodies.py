"""Bodies in their two forms: HTML as text and text as HTML, and the first words of either."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from lxml import etree

from samband.model.item_values import Body, BodyKind

PREVIEW_LENGTH = 255
"""How many characters of a body a preview has."""
_PREVIEW_SOURCE = 16 * 1024
"""How much of a body a preview is made of."""
_SKIPPED = frozenset({"head", "script", "style", "title", "template"})
_BLOCK_NAMES = """
    address article aside blockquote div dl dt dd fieldset footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre
    section table tr ul
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_SPACES = re.compile(r"[ \t\r\n\f]+")
_UNCARRIED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BLANK_LINES = re.compile(r"\n{3,}")


def as_kind(body: Body, kind: str) -> Body:
    """``body`` as ``Text`` or ``HTML``; itself where it is that already, or for ``Best``."""
    if kind == BodyKind.TEXT and body.kind is BodyKind.HTML:
        text = text_of_html(body.content)
        return Body(BodyKind.TEXT, f"{text}\r\n" if text else "")
    if kind == BodyKind.HTML and body.kind is BodyKind.TEXT:
        return Body(BodyKind.HTML, html_of_text(body.content))
    return body


def html_of_text(text: str) -> str:
    """A document that shows ``text`` as it stands."""
    lines = html.escape(text, quote=False).replace("\r\n", "\n").replace("\n", "<br>")
    return (
        '<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head>'
        f'<body><div style="white-space: pre-wrap">{lines}</div></body></html>'
    )


def text_of_html(markup: str) -> str:
    """The words of an HTML document; blocks and line breaks become ends of lines. Never fails."""
    parser = etree.HTMLParser(recover=True, no_network=True, remove_comments=True, remove_pis=True)
    try:
        parser.feed(_UNCARRIED.sub("", markup) or " ")
        root = parser.close()
    except (etree.LxmlError, ValueError):
        return ""
    if root is None:
        return ""
    lines = (line.strip(" ") for line in "".join(_words(root)).split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip().replace("\n", "\r\n")


def _words(root: etree._Element) -> Iterator[str]:
    """The text of a document, with an end of line where a block begins or ends."""
    skipping: etree._Element | None = None
    for event, element in etree.iterwalk(root, events=("start", "end")):
        name = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            if skipping is None and name in _SKIPPED:
                skipping = element
            if skipping is None:
                yield "\n" if name in _BLOCKS or name == "br" else ""
                yield _SPACES.sub(" ", element.text or "")
            continue
        if skipping is element:
            skipping = None
        elif skipping is None and name in _BLOCKS:
            yield "\n"
        if skipping is None:
            yield _SPACES.sub(" ", element.tail or "")


def preview(body: Body | None) -> str:
    """The first words of ``body`` in one line."""
    if body is None:
        return ""
    start = body.content[:_PREVIEW_SOURCE]
    if body.kind is BodyKind.HTML:
        start = text_of_html(start)
    return " ".join(start[: PREVIEW_LENGTH * 8].split())[:PREVIEW_LENGTH]
