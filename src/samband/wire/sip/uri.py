"""SIP, SIPS and TEL addresses [RFC3261 19.1; RFC3966], and the GRUUs Lync clients use."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv6Address
from urllib.parse import unquote

_THREE_COLONS = re.compile(r":::(?=[0-9]+\.)")


class BadUri(ValueError):
    """Not an address. ``scheme`` says what it claimed to be."""

    def __init__(self, text: str, scheme: str = "") -> None:
        super().__init__(text)
        self.scheme = scheme


@dataclass(frozen=True, slots=True)
class SipUri:
    """A parsed address. Parameter names are lower-case; a parameter without value has the value ``""``.

    ``user`` is as it was written (with escapes); ``host`` is lower-case, an IPv6 address without brackets. For a
    ``tel:`` address ``user`` is the number and ``host`` is empty. ``headers`` is the raw text after ``?``.
    """

    scheme: str
    user: str
    host: str
    port: int | None = None
    params: dict[str, str] = field(default_factory=dict)
    headers: str = ""
    aor: str = field(init=False, compare=False, repr=False)
    """``user@host`` in lower case, escapes resolved; the host alone where there is no user."""

    def __post_init__(self) -> None:
        user = unquote(self.user) if "%" in self.user else self.user
        object.__setattr__(self, "aor", f"{user}@{self.host}".lower() if user else self.host)

    @property
    def opaque(self) -> str:
        return self.params.get("opaque", "")

    @property
    def transport(self) -> str:
        """``tcp``, ``tls``, ``udp``, ``ws`` or empty."""
        return self.params.get("transport", "").lower()

    def __str__(self) -> str:
        if self.scheme == "tel":
            return f"tel:{self.user}{self._tail()}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        at = f"{self.user}@" if self.user else ""
        port = f":{self.port}" if self.port is not None else ""
        return f"{self.scheme}:{at}{host}{port}{self._tail()}"

    def _tail(self) -> str:
        params = "".join([f";{name}={value}" if value else f";{name}" for name, value in self.params.items()])
        return f"{params}?{self.headers}" if self.headers else params


@lru_cache(maxsize=16384)
def parse_uri(text: str) -> SipUri:
    """Read an address. Raises ``BadUri``; its ``scheme`` is set where only the scheme is not one of ours."""
    scheme, colon, rest = text.partition(":")
    scheme = scheme.lower()
    if not colon or not scheme.isascii() or not scheme.replace("+", "").replace("-", "").replace(".", "").isalnum():
        raise BadUri("An address begins with a scheme")
    if scheme not in ("sip", "sips", "tel"):
        raise BadUri("Unknown scheme", scheme)
    if not rest or any(character in rest for character in ' \t\r\n<>"'):
        raise BadUri("Malformed address")
    if scheme == "tel":
        number, _, params = rest.partition(";")
        return SipUri(scheme, number, "", None, _params(params))
    return _sip(scheme, rest)


def _sip(scheme: str, rest: str) -> SipUri:
    user, at, tail = rest.rpartition("@")
    if "@" in user or (at and not user):
        raise BadUri("Malformed user")
    tail, _, headers = tail.partition("?")
    hostport, _, params = tail.partition(";")
    host, port = split_hostport(hostport)
    return SipUri(scheme, user, host, port, _params(params), headers)


def split_hostport(text: str) -> tuple[str, int | None]:
    """``host[:port]`` as lower-case host (IPv6 in its shortest form, without brackets) and port. Raises ``BadUri``."""
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise BadUri("Malformed host")
        host, port = _ipv6(host), rest[1:]
    else:
        host, _, port = text.partition(":")
    if not host or (port and not (port.isascii() and port.isdigit() and len(port) <= 5 and int(port) < 65536)):
        raise BadUri("Malformed host or port")
    return host.lower(), int(port) if port else None


def _ipv6(text: str) -> str:
    """Three colons before an IPv4 address, which RFC 3261's grammar lets stand, mean two [RFC5118 4.10]."""
    try:
        return str(IPv6Address(_THREE_COLONS.sub("::", text)))
    except ValueError:
        raise BadUri("Malformed host") from None


def _params(text: str) -> dict[str, str]:
    if not text:
        return {}
    params: dict[str, str] = {}
    for part in text.split(";"):
        name, _, value = part.partition("=")
        name = name.strip().lower()
        if name and name not in params:
            params[name] = value.strip()
    return params


def aor_of(text: str) -> str:
    """``user@host`` in lower case of an address in text form; empty where it cannot be read."""
    try:
        return parse_uri(text).aor
    except BadUri:
        return ""
