"""Reading XML that a stranger sent: no document type, no entities, no network, bounded size and depth.

Elements are lxml's, asked for by qualified name (``T + "ItemId"``); prefixes never matter.
"""

from __future__ import annotations

import re
import threading
from typing import Any

from lxml import etree

from samband.wire.xml.names import forget_names

Element = etree._Element

MAX_BYTES = 64 * 1024 * 1024
"""The largest document read when nothing else is said."""
LARGE = 256 * 1024
"""A document of more bytes than this is worth reading in another thread."""
MAX_TAGS = 500_000
MAX_DEPTH = 200
_NAMES_STAY_FOR = 4 * 1024 * 1024
"""Bytes of documents after which the names in them are forgotten."""
_LONG_TEXT = 9_000_000
"""libxml2 refuses single texts of 10 MB in its ordinary mode; larger documents take the lenient parser."""

_CDATA = re.compile(rb"<!\[CDATA\[.*?\]\]>", re.DOTALL)
_ENCODING = re.compile(rb"^<\?xml[^>]{0,200}?encoding\s*=\s*['\"]([A-Za-z0-9._-]{1,40})['\"]")
_USUAL = b'<?xml version="1.0" encoding="utf-8"?>'
_ENCODINGS = frozenset(
    {b"utf-8", b"us-ascii", b"ascii", b"iso-8859-1", b"windows-1252", b"utf-16", b"utf-16le", b"utf-16be"}
)


def _parser(*, huge: bool) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=huge,
        remove_comments=True,
        remove_pis=True,
    )


class _Reader(threading.local):
    """What one thread reads with. Its parser is kept: to make one costs more than to read a request."""

    def __init__(self) -> None:
        self.parser = _parser(huge=False)
        self.amount = 0

    def about_to_read(self, amount: int) -> None:
        """From time to time begin anew, so that names of old documents go."""
        self.amount += amount
        if self.amount > _NAMES_STAY_FOR:
            forget_names()
            self.parser = _parser(huge=False)
            self.amount = amount


_reader = _Reader()


class Malformed(ValueError):
    """Not a document we read. The message says why and quotes nothing of it."""


class SchemaViolation(ValueError):
    """A well-formed document that lacks, or wrongly fills, something its schema asks for."""


def parse(body: bytes, limit: int = MAX_BYTES) -> Element:
    """The root element of ``body`` (bytes, at most ``limit``). Comments and processing instructions are dropped.

    Raises ``Malformed`` for anything that is not well-formed, is too large or too deep, or has a document type.
    """
    if len(body) > limit:
        raise Malformed(f"document larger than {limit} bytes")
    body = _as_ascii_superset(body)
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        body = _without_hidden_doctype(body)
    if body.count(b"<") > MAX_TAGS and _CDATA.sub(b"", body).count(b"<") > MAX_TAGS:
        raise Malformed(f"more than {MAX_TAGS} tags")
    huge = len(body) > _LONG_TEXT
    _reader.about_to_read(len(body))
    try:
        root = etree.fromstring(body, _parser(huge=True) if huge else _reader.parser)
    except etree.XMLSyntaxError as error:
        raise Malformed(f"not well-formed XML{_where(error)}") from None
    except (ValueError, LookupError):
        raise Malformed("not well-formed XML") from None
    if b"<!" in body and root.getroottree().docinfo.internalDTD is not None:
        raise Malformed("document types are refused")
    if huge:
        _check_depth(root)
    return root


def _where(error: etree.XMLSyntaxError) -> str:
    """`` at line 3, column 7 (tag name mismatch)``: the error by libxml2's name for it, whose sentence would quote."""
    kept: Any = error.error_log
    last = kept.last_error
    if last is None:
        return ""
    what = last.type_name.removeprefix("NS_").removeprefix("ERR_").replace("_", " ").lower()
    return f" at line {last.line}, column {last.column} ({what})"


def _as_ascii_superset(body: bytes) -> bytes:
    """``body`` in an encoding in which markup is ASCII; UTF-16 becomes UTF-8."""
    if body.startswith(_USUAL):
        return body
    if body[:2] in (b"\xff\xfe", b"\xfe\xff") or body[:2] in (b"<\x00", b"\x00<"):
        encoding = "utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-16-le" if body[1] == 0 else "utf-16-be"
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError:
            raise Malformed("broken UTF-16") from None
        return re.sub(r"^<\?xml[^>]*\?>", "", text).encode("utf-8", "replace")
    body = body.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    declared = _ENCODING.match(body)
    if declared:
        if declared.group(1).lower() not in _ENCODINGS:
            raise Malformed("unsupported encoding")
        if declared.group(1).lower().startswith(b"utf-16"):
            return body[body.index(b"?>") + 2 :]
    return body


def _without_hidden_doctype(body: bytes) -> bytes:
    """``body`` where the words of a document type stand only in a CDATA section; raises ``Malformed`` elsewhere."""
    outside = _CDATA.sub(b"", body)
    if b"<!DOCTYPE" in outside or b"<!ENTITY" in outside:
        raise Malformed("document types are refused")
    return body


def _check_depth(root: Element) -> None:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise Malformed("nested too deeply")


def local_name(element: Element) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def namespace(element: Element) -> str:
    """The namespace of an element, empty where it has none."""
    return str(element.tag)[1:].rpartition("}")[0]


def first(parent: Element, tag: str) -> Element | None:
    """The first child ``tag`` of ``parent``, None where there is none: ``find`` without the cost of reading a path."""
    for child in parent:
        if child.tag == tag:
            return child
    return None


def required(parent: Element, tag: str) -> Element:
    """The child ``tag`` of ``parent``. Raises ``SchemaViolation`` naming it where it is absent."""
    found = first(parent, tag)
    if found is None:
        raise missing(parent, tag)
    return found


def at_most(container: Element, count: int) -> None:
    """Raise ``Malformed`` where ``container`` has more than ``count`` children."""
    if len(container) > count:
        raise Malformed(f"more than {count} children of {local_name(container)}")


def missing(parent: Element, tag: str) -> SchemaViolation:
    """What to raise where ``parent`` lacks its child ``tag``."""
    space, _, name = tag[1:].rpartition("}")
    return SchemaViolation(
        f"The element '{local_name(parent)}' in namespace '{namespace(parent)}' has incomplete content. "
        f"List of possible elements expected: '{name}' in namespace '{space}'."
    )


def unexpected(parent: Element, child: Element) -> SchemaViolation:
    """What to raise where ``child`` has no place in ``parent``."""
    return SchemaViolation(
        f"The element '{local_name(parent)}' in namespace '{namespace(parent)}' has invalid child element "
        f"'{local_name(child)}' in namespace '{namespace(child)}'."
    )


def attribute(element: Element, name: str) -> str:
    """A required attribute. Raises ``SchemaViolation`` where it is absent."""
    value = element.get(name)
    if value is None:
        raise SchemaViolation(f"The required attribute '{name}' is missing.")
    return value


def text(element: Element | None, default: str = "") -> str:
    """The text of an element, or ``default`` where there is no element or no text."""
    return default if element is None else element.text or default


def bad_attribute(name: str, value: str) -> SchemaViolation:
    """What to raise where an attribute's value is not of its type."""
    return SchemaViolation(
        f"The '{name}' attribute is invalid - The value '{value[:200]}' is invalid according to its datatype."
    )


def bad_element(element: Element) -> SchemaViolation:
    """What to raise where an element's text is not of its type."""
    value = (element.text or "")[:200]
    return SchemaViolation(
        f"The '{element.tag}' element is invalid - The value '{value}' is invalid according to its datatype."
    )


def one_of(element: Element, allowed: frozenset[str]) -> str:
    """The text of an enumerated element. Raises ``SchemaViolation`` for any other."""
    value = (element.text or "").strip()
    if value not in allowed:
        raise bad_element(element)
    return value


def attribute_of(element: Element, name: str, allowed: frozenset[str], default: str | None = None) -> str:
    """An enumerated attribute, required where ``default`` is None. Raises ``SchemaViolation`` for any other value."""
    value = element.get(name, default)
    if value is None:
        return attribute(element, name)
    if value not in allowed:
        raise bad_attribute(name, value)
    return value
