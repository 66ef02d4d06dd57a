"""Text into XML: escaping, and dropping what XML 1.0 cannot carry."""

from __future__ import annotations

import re

_SPECIAL = re.compile("[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SPECIAL_IN_ATTRIBUTE = re.compile('[&<>"\r\n\t\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]')
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#xD;", "\n": "&#xA;", "\t": "&#x9;"}


def _replace(found: re.Match[str]) -> str:
    return _ESCAPES.get(found.group(), "")


def escape(text: str) -> str:
    """``text`` as the content of an element; characters outside XML 1.0's ``Char`` are dropped [XML 2.2]."""
    return _SPECIAL.sub(_replace, text) if _SPECIAL.search(text) else text


def escape_attribute(text: str) -> str:
    """``text`` as an attribute's value between double quotes."""
    return _SPECIAL_IN_ATTRIBUTE.sub(_replace, text) if _SPECIAL_IN_ATTRIBUTE.search(text) else text


def element(name: str, text: str) -> str:
    """``<name>text</name>``, the text escaped."""
    return f"<{name}>{escape(text)}</{name}>"
