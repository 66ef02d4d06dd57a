"""Which words of what a query string found a client is to show as found [MS-OXWSSRCH]."""

from __future__ import annotations

import re

from samband.wire.xml.reading import Element, bad_element
from samband.wire.xml.text import escape
from samband.wire.xml.values import read_boolean

_PHRASE = re.compile(r'(?:([A-Za-z]+):)?(?:"([^"]+)"|([^\s()"]+))')
_OPERATORS = frozenset({"AND", "OR", "NOT"})
_SCOPE_OF_TERM = {"subject": "Subject", "body": "Body", "content": "Body"}

Terms = tuple[tuple[str, str], ...]
"""(scope, word): where it is looked for (nothing: anywhere), and what."""


def read_flag(element: Element, name: str) -> bool:
    """An optional boolean attribute of ``m:QueryString``. Raises ``SchemaViolation``."""
    text = element.get(name)
    try:
        return text is not None and read_boolean(text)
    except ValueError:
        raise bad_element(element) from None


def read_highlight(query: Element | None) -> Terms | None:
    """The words that ``m:QueryString`` looks for, None where it does not ask to be told. Raises ``SchemaViolation``."""
    if query is None or not read_flag(query, "ReturnHighlightTerms"):
        return None
    return highlight_terms((query.text or "").strip())


def highlight_terms(query: str) -> Terms:
    """What a query string looks for, as far as that is words of a text."""
    found: dict[tuple[str, str], None] = {}
    for name, phrase, word in _PHRASE.findall(query):
        value = phrase or word.rstrip("*")
        if value and word not in _OPERATORS and (not name or name.lower() in _SCOPE_OF_TERM):
            found[(_SCOPE_OF_TERM.get(name.lower(), ""), value)] = None
    return tuple(found)


def write_highlight(terms: Terms | None) -> str:
    """``<m:HighlightTerms>``; nothing where nobody asked."""
    if terms is None:
        return ""
    inside = "".join(
        f"<t:Term><t:Scope>{escape(scope)}</t:Scope><t:Value>{escape(value)}</t:Value></t:Term>"
        for scope, value in terms
    )
    return f"<m:HighlightTerms>{inside}</m:HighlightTerms>"
