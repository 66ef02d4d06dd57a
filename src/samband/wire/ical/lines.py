"""Content lines: folding, text values, parameters [RFC5545 3.1]."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

MAX_BYTES = 4 * 1024 * 1024
MAX_LINES = 100_000
_OCTETS = 75
_ESCAPES = {"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"}
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_NAME = re.compile(r"[A-Za-z0-9-]+")
_PIECES = {at: re.compile(rf"(?:^|{at})((?:[^\\{at}]|\\.|\\\Z)*)", re.DOTALL) for at in ",;"}
_PARAMETER = re.compile(r';([A-Za-z0-9-]+)=((?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)')


class BadCalendar(ValueError):
    """Not iCalendar. The message quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One content line: its name in upper case, parameters by name in upper case, and the value as written."""

    name: str
    value: str
    parameters: Mapping[str, str] = field(default_factory=dict)


def escaped(text: str) -> str:
    """A text value: characters with a meaning escaped, control characters dropped."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(_ESCAPES.get(character, character) for character in _UNSAFE.sub("", text))


def unescaped(value: str) -> str:
    """The text of a text value."""
    return re.sub(r"\\(.)", lambda found: "\n" if found.group(1) in "nN" else found.group(1), value, flags=re.DOTALL)


def values_of(value: str) -> list[str]:
    """The texts of a list of text values."""
    return [unescaped(part) for part in pieces(value, ",") if part]


def pieces(value: str, at: str) -> list[str]:
    """``value`` as written, in pieces at each comma or semicolon that no backslash makes part of a text."""
    return _PIECES[at].findall(value)


def quoted(value: str) -> str:
    """A parameter's value."""
    plain = _UNSAFE.sub("", value).replace('"', "'").replace("\n", " ")
    return f'"{plain}"' if re.search("[;:,]", plain) else plain


def folded(line: str) -> str:
    """``line`` in pieces of at most 75 octets, never inside a character."""
    if len(line) <= _OCTETS and line.isascii():
        return line
    octets = line.encode("utf-8", "replace")
    pieces, place, room = [], 0, _OCTETS
    while place < len(octets):
        end = min(place + room, len(octets))
        while end < len(octets) and octets[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(octets[place:end])
        place, room = end, _OCTETS - 1
    return b"\r\n ".join(pieces).decode("utf-8")


def write_lines(lines: Iterable[str]) -> str:
    """Lines as a text, folded, each with its end of line."""
    return "".join(f"{folded(line)}\r\n" for line in lines)


def read_lines(text: str) -> list[Line]:
    """The content lines of a text. Raises ``BadCalendar``."""
    if len(text) > MAX_BYTES:
        raise BadCalendar("the calendar is too large")
    unfolded = re.sub(r"\r?\n[ \t]", "", text.removeprefix("\ufeff"))
    written = [line for line in re.split(r"\r\n|\n|\r", unfolded) if line.strip()]
    if len(written) > MAX_LINES:
        raise BadCalendar("the calendar has too many lines")
    return [_line(line) for line in written]


def _line(written: str) -> Line:
    name = _NAME.match(written)
    if name is None:
        raise BadCalendar("a line without a name")
    place, parameters = name.end(), {}
    while found := _PARAMETER.match(written, place):
        parameters[found.group(1).upper()] = found.group(2).strip('"')
        place = found.end()
    if written[place : place + 1] != ":":
        raise BadCalendar("a line without a value")
    return Line(name.group().upper(), written[place + 1 :], parameters)
