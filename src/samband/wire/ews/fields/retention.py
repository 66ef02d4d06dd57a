"""Retention tags of items and folders: a guid, and whether it was given to this or came with the folder [MS-OXWSCDATA].

A tag that is kept was given to what it is on.
"""

from __future__ import annotations

from uuid import UUID

from samband.wire.ews.fields.codecs import Codec, Plain, Write
from samband.wire.xml.reading import Element, SchemaViolation, bad_attribute, bad_element
from samband.wire.xml.values import read_boolean


def _guid(text: str) -> str:
    return str(UUID(text.strip()))


def _read(element: Element) -> Plain:
    explicit = element.get("IsExplicit")
    if explicit is None:
        raise SchemaViolation("The required attribute 'IsExplicit' is missing.")
    try:
        if not read_boolean(explicit):
            return ""
    except ValueError:
        raise bad_attribute("IsExplicit", explicit) from None
    try:
        return _guid(element.text or "")
    except ValueError:
        raise bad_element(element) from None


def _writer(name: str) -> Write:
    start, end = f'<t:{name} IsExplicit="true">', f"</t:{name}>"

    def write(value: str) -> str:
        return f"{start}{value}{end}" if value else ""

    return write


RETENTION_TAG = Codec(_read, _writer, _guid, lambda value: (value,) if value else ())
