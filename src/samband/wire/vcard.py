"""vCards, line by line: versions 2.1, 3.0 [RFC2426] and 4.0 [RFC6350] read, 3.0 and 4.0 written."""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from samband.wire.ical.lines import escaped, pieces, quoted, unescaped, write_lines

MAX_CARD = 16 * 1024 * 1024
_NAME = re.compile(r"(?:[A-Za-z0-9-]+\.)?([A-Za-z0-9-]+)")
_PARAMETER = re.compile(r';([A-Za-z0-9-]+)(?:=((?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*))?')


class BadCard(ValueError):
    """Not a vCard."""


@dataclass(frozen=True, slots=True)
class CardLine:
    """One property: ``kinds`` are its TYPEs in upper case, ``parameters`` the others; ``value`` as written."""

    name: str
    value: str
    kinds: frozenset[str] = frozenset()
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The value as a text."""
        return unescaped(self.value)

    @property
    def parts(self) -> list[str]:
        """The texts of a structured value."""
        return [unescaped(part) for part in pieces(self.value, ";")]

    @property
    def listed(self) -> list[str]:
        """The texts of a list."""
        return [text for part in pieces(self.value, ",") if (text := unescaped(part).strip())]

    @property
    def content(self) -> bytes | None:
        """The bytes of a value in base64, also in a ``data:`` URI; None where it is none."""
        text = self.value.partition(";base64,")[2] if self.value.startswith("data:") else self.value
        coded = self.parameters.get("ENCODING", "").upper() in ("B", "BASE64") or text is not self.value
        try:
            return base64.b64decode("".join(text.split()), validate=True) if coded else None
        except binascii.Error:
            return None


def read_card(text: str) -> list[CardLine]:
    """The properties of one card, ``BEGIN`` and ``END`` left out. Raises ``BadCard``."""
    lines = [_line(written) for written in _unfolded(text)]
    if len(lines) < 2 or lines[0].name != "BEGIN" or lines[-1].name != "END":
        raise BadCard("it has no beginning or no end")
    return lines[1:-1]


def _unfolded(text: str) -> Iterator[str]:
    joined = re.sub(r"\r?\n[ \t]", "", text.removeprefix("\ufeff"))
    pending = ""
    for line in re.split(r"\r\n|\n|\r", joined):
        line = pending + line
        pending = ""
        # In 2.1 a quoted-printable value goes on in the next line after "=".
        if line.endswith("=") and "QUOTED-PRINTABLE" in line.partition(":")[0].upper():
            pending = line[:-1]
        elif line.strip():
            yield line


def _line(written: str) -> CardLine:
    found = _NAME.match(written)
    if found is None:
        raise BadCard("a line has no name")
    place, kinds, parameters = found.end(), set(), {}
    while parameter := _PARAMETER.match(written, place):
        name, value = parameter.group(1).upper(), parameter.group(2)
        if value is None:
            kinds.add(name)
        elif name == "TYPE":
            kinds.update(kind.strip(' "').upper() for kind in value.split(","))
        else:
            parameters[name] = value.strip('"')
        place = parameter.end()
    if written[place : place + 1] != ":":
        raise BadCard("a line has no value")
    for bare in kinds & {"QUOTED-PRINTABLE", "BASE64"}:
        parameters["ENCODING"] = bare
    value = written[place + 1 :]
    if parameters.get("ENCODING", "").upper() == "QUOTED-PRINTABLE":
        charset = parameters.get("CHARSET", "utf-8")
        value = _decoded(quopri.decodestring(value.encode("utf-8", "replace")), charset).replace("\r\n", "\\n")
    return CardLine(found.group(1).upper(), value, frozenset(kinds), parameters)


def _decoded(content: bytes, charset: str) -> str:
    try:
        return content.decode(charset, "replace")
    except LookupError:
        return content.decode("latin-1")


def cards_in(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """Where each card of a file is: its offset and length."""
    begin: int | None = None
    depth = at = 0
    while line := file.readline():
        word = line.strip().upper()
        if word == b"BEGIN:VCARD":
            begin, depth = (at if depth == 0 else begin), depth + 1
        at += len(line)
        if word == b"END:VCARD" and depth:
            depth -= 1
            if depth == 0 and begin is not None:
                yield begin, at - begin


def prop(name: str, value: str, **parameters: str) -> str:
    """A property whose ``value`` is ready for the wire."""
    more = "".join(f";{key.replace('_', '-')}={value}" for key, value in parameters.items() if value)
    return f"{name}{more}:{value}"


def said(name: str, text: str, **parameters: str) -> str:
    """A property with a text."""
    return prop(name, escaped(text), **parameters)


def structured(name: str, parts: Sequence[str], **parameters: str) -> str:
    """A property with a structured value."""
    return prop(name, ";".join(map(escaped, parts)), **parameters)


def listed(name: str, texts: Iterable[str]) -> str:
    """A property with a list."""
    return prop(name, ",".join(map(escaped, texts)))


def parameter(text: str) -> str:
    """A parameter's value."""
    return quoted(text)


def write_card(lines: Iterable[str], version: str = "3.0") -> str:
    """One card."""
    return write_lines(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD"])
