"""HTML that somebody else wrote, reduced to what formats text: nothing runs, and nothing is fetched."""

from __future__ import annotations

import html
import re

from lxml import etree

_KEPT_NAMES = "a b blockquote br code div em i li ol p pre s span strong sub sup u ul"
_DROPPED_NAMES = "embed head iframe math noscript object script select style svg template textarea title"
_KEPT = frozenset(_KEPT_NAMES.split())
_DROPPED = frozenset(_DROPPED_NAMES.split())
_EMPTY = frozenset({"br"})
_ADDRESS = re.compile(r"(https?|mailto|sip|sips|tel):", re.IGNORECASE)
_UNCARRIED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
DEPTH = 64
"""How deep elements stand in each other; what is deeper keeps its words alone."""


def safe_html(markup: str) -> str:
    """A fragment with the words of ``markup``, its plain formatting and its links. Never fails."""
    parser = etree.HTMLParser(recover=True, no_network=True, remove_comments=True, remove_pis=True)
    try:
        parser.feed(_UNCARRIED.sub("", markup) or " ")
        root = parser.close()
    except (etree.LxmlError, ValueError):
        return ""
    if root is None:
        return ""
    parts: list[str] = []
    _write(root, parts)
    return "".join(parts)


def _write(root: etree._Element, parts: list[str]) -> None:
    dropping: etree._Element | None = None
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        name = element.tag if isinstance(element.tag, str) else ""
        kept = name in _KEPT
        if event == "start":
            depth += 1
            if dropping is None and name in _DROPPED:
                dropping = element
            if dropping is None:
                parts.append(_opening(element, name) if kept and depth <= DEPTH else "")
                parts.append(html.escape(element.text or ""))
            continue
        if dropping is element:
            dropping = None
        elif dropping is None and kept and name not in _EMPTY and depth <= DEPTH:
            parts.append(f"</{name}>")
        depth -= 1
        if dropping is None and element is not root:
            parts.append(html.escape(element.tail or ""))


def _opening(element: etree._Element, name: str) -> str:
    address = (element.get("href") or "").strip() if name == "a" else ""
    return f'<a href="{html.escape(address)}">' if _ADDRESS.match(address) else f"<{name}>"
