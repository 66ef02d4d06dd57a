"""Operations on user configurations on the wire."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass

from samband.wire.ews.folder_ids import GivenDistinguishedId, GivenFolder, read_folder
from samband.wire.ews.ids import write_id
from samband.wire.ews.names import T
from samband.wire.xml.reading import Element, at_most, attribute, bad_attribute, bad_element, missing, required, text
from samband.wire.xml.text import escape, escape_attribute
from samband.wire.xml.values import read_boolean, read_instant, read_integer, write_boolean

MAX_ENTRIES = 10_000
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_NAME = re.compile(r"[A-Za-z0-9.]{1,236}")
_ALL = frozenset({"Dictionary", "XmlData", "BinaryData"})
PARTS = _ALL | {"Id", "All"}

Typed = tuple[str, tuple[str, ...]]
"""One of the types of dictionaries, and canonical texts."""


@dataclass(frozen=True, slots=True)
class ConfigurationName:
    """Which configuration: its name and its folder."""

    name: str
    folder: GivenFolder

    @property
    def valid(self) -> bool:
        """Whether a configuration may be called so."""
        return bool(_NAME.fullmatch(self.name)) and not self.name.lower().startswith("ipm.configuration")


@dataclass(frozen=True, slots=True)
class Configuration:
    """A configuration of a request or an answer: None for a part that it does not have."""

    dictionary: tuple[tuple[Typed, Typed | None], ...] | None = None
    xml_data: bytes | None = None
    binary_data: bytes | None = None


def read_name(parent: Element, tag: str) -> ConfigurationName:
    """The required UserConfigurationName ``tag`` of ``parent``. Raises ``SchemaViolation``."""
    element = required(parent, tag)
    name = attribute(element, "Name")
    if not name:
        raise bad_attribute("Name", name)
    if len(element) == 0:
        raise missing(element, T + "FolderId")
    return ConfigurationName(name, read_folder(element[0]))


def read_parts(element: Element) -> frozenset[str]:
    """The parts UserConfigurationProperties asks for, each by its own name. Raises ``SchemaViolation``."""
    asked = frozenset(text(element).split())
    if not asked or not asked <= PARTS:
        raise bad_element(element)
    return asked | _ALL | {"Id"} if "All" in asked else asked


def read_configuration(element: Element) -> Configuration:
    """The contents of a UserConfiguration. Raises ``SchemaViolation``."""
    given = element.find(T + "Dictionary")
    dictionary = None
    if given is not None:
        at_most(given, MAX_ENTRIES)
        dictionary = tuple(dict(_entry(one) for one in given.iterchildren(T + "DictionaryEntry")).items())
    return Configuration(dictionary, _stream(element, "XmlData"), _stream(element, "BinaryData"))


def _stream(parent: Element, name: str) -> bytes | None:
    element = parent.find(T + name)
    return None if element is None else _base64(element)


def _base64(element: Element) -> bytes:
    try:
        return base64.b64decode("".join(text(element).split()), validate=True)
    except (ValueError, binascii.Error):
        raise bad_element(element) from None


def _entry(element: Element) -> tuple[Typed, Typed | None]:
    value = required(element, T + "DictionaryValue")
    null = value.get(_NIL, "false") in ("true", "1")
    return _typed(required(element, T + "DictionaryKey")), None if null else _typed(value)


def _typed(element: Element) -> Typed:
    kind = required(element, T + "Type")
    read = _TYPES.get(text(kind).strip())
    if read is None:
        raise bad_element(kind)
    values = list(element.iterchildren(T + "Value"))
    if not values:
        raise missing(element, T + "Value")
    if len(values) > 1 and text(kind).strip() != "StringArray":
        raise bad_element(values[1])
    return text(kind).strip(), tuple(_canonical(read, value) for value in values)


def _canonical(read: Callable[[str], str], element: Element) -> str:
    try:
        return read(text(element))
    except ValueError:
        raise bad_element(element) from None


def _whole(lowest: int, highest: int) -> Callable[[str], str]:
    def read(given: str) -> str:
        value = (
            int(given) if highest >= 2**63 and given.strip().isdecimal() and len(given) < 24 else read_integer(given)
        )
        if not lowest <= value <= highest:
            raise ValueError("out of range")
        return str(value)

    return read


def _instant(given: str) -> str:
    read_instant(given)
    return given.strip()


def _bytes(given: str) -> str:
    return base64.b64encode(base64.b64decode("".join(given.split()), validate=True)).decode("ascii")


_TYPES: dict[str, Callable[[str], str]] = {
    "Boolean": lambda given: write_boolean(read_boolean(given.lower())),
    "Byte": _whole(0, 255),
    "ByteArray": _bytes,
    "DateTime": _instant,
    "Integer32": _whole(-(2**31), 2**31 - 1),
    "Integer64": _whole(-(2**63), 2**63 - 1),
    "String": str,
    "StringArray": str,
    "UnsignedInteger32": _whole(0, 2**32 - 1),
    "UnsignedInteger64": _whole(0, 2**64 - 1),
}
"""How the text of each type is read and kept. Raises ``ValueError``."""


def write_configuration(name: ConfigurationName, item_id: str, found: Configuration) -> str:
    """``<m:UserConfiguration>``; ``item_id`` is the written ``t:ItemId`` or empty."""
    dictionary = ""
    if found.dictionary is not None:
        entries = "".join(_write_entry(key, value) for key, value in found.dictionary)
        dictionary = f"<t:Dictionary>{entries}</t:Dictionary>"
    streams = _write_stream("XmlData", found.xml_data) + _write_stream("BinaryData", found.binary_data)
    return f"<m:UserConfiguration>{_write_name(name)}{item_id}{dictionary}{streams}</m:UserConfiguration>"


def _write_name(name: ConfigurationName) -> str:
    folder = name.folder
    if isinstance(folder, GivenDistinguishedId):
        address = f"<t:Mailbox><t:EmailAddress>{escape(folder.address)}</t:EmailAddress></t:Mailbox>"
        inner = f'<t:DistinguishedFolderId Id="{folder.name}">{address if folder.address else ""}'
        inner += "</t:DistinguishedFolderId>"
    else:
        assert folder.id is not None
        inner = f'<t:FolderId Id="{write_id(folder.id.kind, folder.id.mailbox, folder.id.row)}"/>'
    return f'<t:UserConfigurationName Name="{escape_attribute(name.name)}">{inner}</t:UserConfigurationName>'


def _write_stream(name: str, content: bytes | None) -> str:
    return "" if content is None else f"<t:{name}>{base64.b64encode(content).decode('ascii')}</t:{name}>"


def _write_entry(key: Typed, value: Typed | None) -> str:
    written = '<t:DictionaryValue xsi:nil="true" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"/>'
    if value is not None:
        written = _write_typed("DictionaryValue", value)
    return f"<t:DictionaryEntry>{_write_typed('DictionaryKey', key)}{written}</t:DictionaryEntry>"


def _write_typed(name: str, value: Typed) -> str:
    texts = "".join(f"<t:Value>{escape(one)}</t:Value>" for one in value[1])
    return f"<t:{name}><t:Type>{value[0]}</t:Type>{texts}</t:{name}>"
