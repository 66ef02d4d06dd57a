"""Settings that clients keep in a folder: a typed dictionary, a stream of XML, a stream of bytes."""

from __future__ import annotations

import msgspec


class TypedValue(msgspec.Struct, frozen=True, array_like=True):
    """A key or a value of a dictionary: one of EWS's types for them, and its texts (several only in arrays)."""

    type: str
    texts: tuple[str, ...]


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """One entry of a dictionary; ``value`` None is its null."""

    key: TypedValue
    value: TypedValue | None


class UserConfiguration(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a configuration holds; None: it has no such part."""

    dictionary: tuple[Entry, ...] | None = None
    xml_data: bytes | None = None
    binary_data: bytes | None = None

    def changed_by(self, given: UserConfiguration) -> UserConfiguration:
        """This with the parts that ``given`` has."""
        return UserConfiguration(
            dictionary=self.dictionary if given.dictionary is None else given.dictionary,
            xml_data=self.xml_data if given.xml_data is None else given.xml_data,
            binary_data=self.binary_data if given.binary_data is None else given.binary_data,
        )


CLASS_PREFIX = "IPM.Configuration."
"""A configuration is an associated item of its folder whose class is this and its name."""
