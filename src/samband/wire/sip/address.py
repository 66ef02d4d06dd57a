"""Addresses in header fields: ``"Name" <uri>;param=value`` [RFC3261 20.10, 25.1]."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from samband.wire.sip.native import in_c
from samband.wire.sip.uri import BadUri

_COMMA_PARTS = re.compile(r'(?:"(?:[^"\\]|\\.)*(?:"|\\?\Z)|<[^>]*(?:>|\Z)|[^,"<])+', re.DOTALL)
_SEMICOLON_PARTS = re.compile(r'(?:"(?:[^"\\]|\\.)*(?:"|\\?\Z)|<[^>]*(?:>|\Z)|[^;"<])+', re.DOTALL)
"""A quote or bracket that is never closed takes the rest: the time stays linear."""


@dataclass(frozen=True, slots=True)
class Address:
    """A name-addr or addr-spec with the parameters of its field. Parameter names are lower-case, values unquoted."""

    uri: str
    display: str = ""
    params: dict[str, str] = field(default_factory=dict)

    @property
    def tag(self) -> str:
        return self.params.get("tag", "")

    @property
    def epid(self) -> str:
        """The endpoint identifier Lync clients put on From and To; empty where there is none."""
        return self.params.get("epid", "")

    def __str__(self) -> str:
        name = f'"{_escape(self.display)}" ' if self.display else ""
        tail = "".join([f";{key}={_quoted(value)}" if value else f";{key}" for key, value in self.params.items()])
        return f"{name}<{self.uri}>{tail}"


@lru_cache(maxsize=8192)
def parse_addresses(text: str) -> tuple[Address, ...]:
    """Every address of a list field, such as Contact. Raises ``BadUri``."""
    return tuple([parse_address(part) for part in split_list(text)])


def parse_address(text: str) -> Address:
    """Read one address.

    Raises ``BadUri`` where it has no address, an open quote or bracket, or no brackets where they are needed
    [RFC3261 20.10].
    """
    text = text.strip()
    display = ""
    if text.startswith('"'):
        end = _closing_quote(text, 0)
        display = unquote_string(text[: end + 1])
        text = text[end + 1 :].lstrip()
        if not text.startswith("<"):
            raise BadUri("A quoted name needs an address in brackets")
    opened = text.find("<")
    if opened >= 0:
        closed = text.find(">", opened)
        if closed < 0:
            raise BadUri("Open bracket")
        display = display or text[:opened].strip()
        return Address(text[opened + 1 : closed].strip(), display, parse_params(text[closed + 1 :]))
    uri, _, params = text.partition(";")
    uri = uri.strip()
    if not uri or any(character in uri for character in ' ?,>"'):
        raise BadUri("No address")
    return Address(uri, display, parse_params(params))


def parse_params(text: str) -> dict[str, str]:
    """``;a=b;c="d e"`` as a mapping; the first of several equal names counts."""
    params: dict[str, str] = {}
    for part in split_list(text, ";"):
        name, _, value = part.partition("=")
        name = name.strip().lower()
        value = value.strip()
        if name and name not in params:
            params[name] = unquote_string(value) if value.startswith('"') else value
    return params


def split_list(text: str, separator: Literal[",", ";"] = ",") -> list[str]:
    """The elements of a list field: separators inside quotes and angle brackets do not count; empty ones vanish."""
    if '"' not in text and "<" not in text:
        parts = text.split(separator)
    else:
        parts = (_COMMA_PARTS if separator == "," else _SEMICOLON_PARTS).findall(text)
    return [stripped for part in parts if (stripped := part.strip())]


def _closing_quote(text: str, opening: int) -> int:
    index = opening + 1
    while index < len(text):
        if text[index] == "\\":
            index += 1
        elif text[index] == '"':
            return index
        index += 1
    raise BadUri("Open quote")


def unquote_string(text: str) -> str:
    """The value of a quoted-string, escapes resolved; other text as it is."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    inner = text[1:-1]
    if "\\" not in inner:
        return inner
    out: list[str] = []
    escaped = False
    for character in inner:
        if character == "\\" and not escaped:
            escaped = True
            continue
        out.append(character)
        escaped = False
    return "".join(out)


def quote_string(text: str) -> str:
    """``text`` as a quoted-string."""
    return f'"{_escape(text)}"'


def _escape(text: str) -> str:
    if not text.isprintable():
        # There is no way to write the end of a line.
        text = text.replace("\r", " ").replace("\n", " ")
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _quoted(value: str) -> str:
    plain = value.replace("-", "").replace(".", "").replace("_", "").replace("~", "").isalnum()
    return value if plain and value.isascii() else quote_string(value)


@in_c
def uri_in(value: str) -> str:
    """The address text of a From, To, Contact or Route value, without building anything more."""
    opened = value.find("<")
    if value.startswith('"'):
        try:
            opened = value.find("<", _closing_quote(value, 0))
        except BadUri:
            return ""
    if opened < 0:
        return value.partition(";")[0].strip()
    closed = value.find(">", opened)
    return value[opened + 1 : closed].strip() if closed > 0 else ""


@in_c
def tag_in(value: str) -> str:
    """The tag of a From or To value, empty where there is none."""
    return _param_in(value, ";tag=")


@in_c
def epid_in(value: str) -> str:
    """The epid of a From or To value, empty where there is none."""
    return _param_in(value, ";epid=")


def _param_in(value: str, key: str) -> str:
    tail = value[value.rfind(">") + 1 :]
    start = tail.find(key)
    if start < 0:
        loose = " " in tail or "\t" in tail or key[1].upper() in tail
        return parse_params(tail).get(key[1:-1], "") if loose else ""
    start += len(key)
    end = tail.find(";", start)
    return (tail[start:] if end < 0 else tail[start:end]).strip()
