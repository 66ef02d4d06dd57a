"""Extended (MAPI) properties: their names, and their values as canonical text [MS-OXWSXPROP].

A key is ``0x0e23:Integer`` or ``{guid}:name:String`` or ``{guid}:0x8570:Integer``: one key for one property, however
the client spells it. Its value is canonical text, or a tuple of them for an array.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from samband.wire.ews.fields.codecs import Term, read_base64, read_local
from samband.wire.ews.fields.errors import PropertyError
from samband.wire.ews.fields.mapi import COLUMNS, COMPUTED
from samband.wire.ews.fields.mapi_contact import ADDRESSES, MIRRORS, show
from samband.wire.ews.names import T
from samband.wire.xml.reading import Element, SchemaViolation, attribute, bad_attribute, bad_element
from samband.wire.xml.text import escape, escape_attribute
from samband.wire.xml.values import read_boolean, read_integer, write_boolean, write_instant

SETS: dict[str, str] = {
    "Meeting": "6ed8da90-450b-101b-98da-00aa003f1305",
    "Appointment": "00062002-0000-0000-c000-000000000046",
    "Common": "00062008-0000-0000-c000-000000000046",
    "PublicStrings": "00020329-0000-0000-c000-000000000046",
    "Address": "00062004-0000-0000-c000-000000000046",
    "InternetHeaders": "00020386-0000-0000-c000-000000000046",
    "CalendarAssistant": "11000e07-b51b-40d6-af21-caa85edab1d0",
    "UnifiedMessaging": "4442858e-a9e3-4e80-b900-317a210cc15b",
    "Task": "00062003-0000-0000-c000-000000000046",
    "Sharing": "00062040-0000-0000-c000-000000000046",
}
"""The distinguished property sets and their guids [MS-OXPROPS 1.3.2]."""

_MAX_ARRAY = 10_000


def _whole(lowest: int, highest: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        value = read_integer(text)
        if not lowest <= value <= highest:
            raise ValueError("out of range")
        return value

    return read


def _instant_term(text: str) -> datetime:
    value = read_local(text)
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _guid(text: str) -> str:
    return str(UUID(text.strip()))


_INT32 = _whole(-(2**31), 2**31 - 1)
_INT64 = _whole(-(2**63), 2**63 - 1)
_TERMS: dict[str, Callable[[str], Term]] = {
    "ApplicationTime": float,
    "Binary": read_base64,
    "Boolean": read_boolean,
    "CLSID": _guid,
    "Currency": _INT64,
    "Double": float,
    "Float": float,
    "Integer": _INT32,
    "Long": _INT64,
    "Short": _whole(-(2**15), 2**15 - 1),
    "SystemTime": _instant_term,
    "String": str,
}
"""How the text of each type becomes what filters compare. Raises ``ValueError``."""

TYPES = frozenset(_TERMS) | {f"{name}Array" for name in _TERMS if name != "Boolean"}
_REFUSED = frozenset({"Null", "Object", "ObjectArray", "Error"})


def canonical(kind: str, text: str) -> str:
    """The one text for a value of the single type ``kind``. Raises ``ValueError``."""
    value = _TERMS[kind](text)
    if isinstance(value, bool):
        return write_boolean(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, datetime):
        return write_instant(value)
    return text.strip() if isinstance(value, float) else str(value)


@dataclass(frozen=True, slots=True)
class Extended:
    """The path of one extended property: its ``key``, its type, and ``uri``, the written ExtendedFieldURI."""

    key: str
    kind: str
    uri: str
    searchable = True
    sortable = True

    @property
    def column(self) -> str:
        """The store's column of the same value, empty where there is none."""
        return COLUMNS.get(self.key, "")

    @property
    def path_xml(self) -> str:
        return self.uri

    @property
    def single(self) -> str:
        """The type of one value."""
        return self.kind.removesuffix("Array")

    def value(self, item: Any) -> str | tuple[str, ...] | None:
        """Canonical text, a tuple of them, or None where the item does not have the property."""
        found: str | tuple[str, ...] | None = item.properties.extended.get(self.key)
        if found is None:
            compute = COMPUTED.get(self.key)
            if compute is not None:
                return compute(item)
            if item.kind == "Contact" and (self.key in MIRRORS or self.key in ADDRESSES):
                return show(self.key, item.properties)
        return found

    def terms(self, item: Any) -> Sequence[Term]:
        value = self.value(item)
        if value is None:
            return ()
        term = _TERMS[self.single]
        return [term(text) for text in ((value,) if isinstance(value, str) else value)]

    def constant(self, text: str) -> Term:
        """A filter's constant as a term. Raises ``ValueError``."""
        return _TERMS[self.single](text)

    def writer(self) -> Callable[[Any], str]:
        """The function that writes ``<t:ExtendedProperty>`` of an item."""
        start = f"<t:ExtendedProperty>{self.uri}"

        def write(item: Any) -> str:
            value = self.value(item)
            if value is None:
                return ""
            if isinstance(value, str):
                return f"{start}<t:Value>{escape(value)}</t:Value></t:ExtendedProperty>"
            values = "".join([f"<t:Value>{escape(text)}</t:Value>" for text in value])
            return f"{start}<t:Values>{values}</t:Values></t:ExtendedProperty>" if values else ""

        return write


def read_path(element: Element) -> Extended:
    """The property an ExtendedFieldURI names. Raises ``SchemaViolation`` or ``PropertyError``."""
    kind = attribute(element, "PropertyType")
    if kind not in TYPES and kind not in _REFUSED:
        raise bad_attribute("PropertyType", kind)
    given = {name: element.get(name) for name in _NAMES}
    tag, name, number = given["PropertyTag"], given["PropertyName"], given["PropertyId"]
    distinguished, guid = given["DistinguishedPropertySetId"], given["PropertySetId"]
    written = "".join(f' {name}="{escape_attribute(value)}"' for name, value in given.items() if value is not None)
    uri = f'<t:ExtendedFieldURI{written} PropertyType="{kind}"/>'
    if kind in _REFUSED:
        raise _invalid(uri)
    if tag is not None:
        if name or number or distinguished or guid:
            raise _invalid(uri)
        return Extended(f"0x{_tag(tag):04x}:{kind}", kind, uri)
    if (distinguished is None) == (guid is None) or (name is None) == (number is None):
        raise _invalid(uri)
    if distinguished is not None and distinguished not in SETS:
        raise bad_attribute("DistinguishedPropertySetId", distinguished)
    return Extended(f"{{{_set(distinguished, guid)}}}:{_name(name, number)}:{kind}", kind, uri)


_NAMES = ("DistinguishedPropertySetId", "PropertySetId", "PropertyTag", "PropertyName", "PropertyId")


def _tag(text: str) -> int:
    try:
        value = int(text, 16) if text[:2].lower() == "0x" else int(text)
    except ValueError:
        raise bad_attribute("PropertyTag", text) from None
    if not 0 <= value <= 0xFFFF:
        raise bad_attribute("PropertyTag", text)
    return value


def _set(distinguished: str | None, guid: str | None) -> str:
    if distinguished is not None:
        return SETS[distinguished]
    try:
        return _guid(guid or "")
    except ValueError:
        raise bad_attribute("PropertySetId", guid or "") from None


def _name(name: str | None, number: str | None) -> str:
    if name is not None:
        return name
    try:
        return f"0x{int(number or '') & 0xFFFFFFFF:04x}"
    except ValueError:
        raise bad_attribute("PropertyId", number or "") from None


def _invalid(uri: str) -> PropertyError:
    return PropertyError("ErrorInvalidExtendedProperty", "The extended property attribute combination is invalid.", uri)


def read_property(element: Element) -> tuple[Extended, str | tuple[str, ...]]:
    """An ExtendedProperty: its path and canonical value. Raises ``SchemaViolation`` or ``PropertyError``."""
    found = element.find(T + "ExtendedFieldURI")
    if found is None:
        raise SchemaViolation("The element 'ExtendedProperty' has incomplete content.")
    path = read_path(found)
    values = element.find(T + "Values")
    try:
        if values is None:
            value = element.find(T + "Value")
            if path.kind.endswith("Array") or value is None:
                raise _wrong(path)
            return path, canonical(path.single, value.text or "")
        if not path.kind.endswith("Array"):
            raise _wrong(path)
        if len(values) > _MAX_ARRAY:
            raise bad_element(values)
        return path, tuple(canonical(path.single, value.text or "") for value in values.iterchildren(T + "Value"))
    except PropertyError:
        raise
    except ValueError as reason:
        if isinstance(reason, SchemaViolation):
            raise
        raise _wrong(path) from None


def _wrong(path: Extended) -> PropertyError:
    return PropertyError(
        "ErrorInvalidExtendedPropertyValue", "The extended property value does not match its type.", path.uri
    )
