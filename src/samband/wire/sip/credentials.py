"""Challenges and credentials in header fields: a scheme and its parameters [RFC3261 20.7, 20.44, 25.1]."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from samband.wire.sip.native import parameters_in_c

_PARAMETER = re.compile(
    r"""\s*([A-Za-z0-9!#$%&'*+.^_`|~-]+)\s*=\s*(?:"([^"\\]*(?:\\.[^"\\]*)*)"|([^\s,"]*))\s*(?:,|$)"""
)
_ESCAPED = re.compile(r"\\(.)")
_DIGEST = ("username", "realm", "nonce", "uri", "response", "algorithm", "qop", "nc", "cnonce")
_USUAL = (*_DIGEST, "opaque", "targetname", "crand", "cnum", "gssapi-data", "version")
_NAMES = {name: name for name in _USUAL} | {f" {name}": name for name in _USUAL}
"""Names of parameters as most clients write them, behind a comma or a comma and a blank."""


class Malformed(ValueError):
    """A field that is not a scheme with parameters."""


class Credentials(Struct, frozen=True):
    """What stands in Authorization, WWW-Authenticate and their kin. Names of parameters are lower case."""

    scheme: str
    params: dict[str, str]

    def get(self, name: str) -> str:
        """A parameter without its quotes, empty where it is absent."""
        return self.params.get(name, "")


def read_credentials(value: str) -> Credentials:
    """Parse one field's value. Raises ``Malformed``, for a parameter given twice too."""
    scheme, _, rest = value.strip().partition(" ")
    if not scheme or "=" in scheme or "," in scheme:
        raise Malformed("no scheme")
    return Credentials(scheme, read_ordinary(rest) or _read_carefully(rest))


@parameters_in_c(_NAMES)
def read_ordinary(rest: str) -> dict[str, str] | None:
    """What nearly all parameters are, in few steps; None for anything unusual, which ``_read_carefully`` judges."""
    if "\\" in rest:
        return None
    params: dict[str, str] = {}
    for part in rest.split(","):
        spelled, _, value = part.partition("=")
        name = _NAMES.get(spelled)
        if name is None or name in params:
            return None
        if value[:1] == '"' == value[-1:] and value.count('"') == 2:
            value = value[1:-1]
        elif not (value.isascii() and value.isalnum()):
            return None
        params[name] = value
    return params


def _read_carefully(rest: str) -> dict[str, str]:
    params: dict[str, str] = {}
    at, end = 0, len(rest)
    while at < end:
        found = _PARAMETER.match(rest, at)
        if found is None:
            raise Malformed("not a parameter")
        name, quoted, plain = found.groups()
        name = name.lower()
        if name in params:
            raise Malformed("a parameter given twice")
        if quoted is None:
            params[name] = plain
        else:
            params[name] = _ESCAPED.sub(r"\1", quoted) if "\\" in quoted else quoted
        at = found.end()
    return params


def quote(value: str) -> str:
    """``value`` as a quoted-string."""
    if "\\" in value or '"' in value:
        value = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{value}"'


def write_credentials(scheme: str, quoted: Iterable[tuple[str, str]], plain: Iterable[tuple[str, str]] = ()) -> str:
    """A field's value: parameters in quotes, and after them those that are tokens; ``, `` between all of them."""
    params = [f"{name}={quote(value)}" for name, value in quoted]
    params += [f"{name}={value}" for name, value in plain]
    return f"{scheme} {', '.join(params)}"
