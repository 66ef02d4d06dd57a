"""Addresses of a conference's parts: GRUUs of the organiser with an ``app:conf`` opaque [MS-CONFBAS].

Many plain clients drop the parameters of an address that they are given: for them there is one without.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from samband.wire.sip.uri import BadUri, parse_uri

_PLAIN = "+meeting-"
_PLAIN_USER = re.compile(r"(.+)\+meeting-([A-Za-z0-9._-]{1,64})")
Part = Literal["focusfactory", "focus", "chat"]
_OPAQUE = re.compile(r"app:conf:(?:(focusfactory)|(focus|chat):id:([A-Za-z0-9._-]{1,64}))")


@dataclass(frozen=True, slots=True)
class ConferenceAddress:
    """``organizer`` is ``user@domain`` in lower case; the focus factory has no conference ``id``."""

    organizer: str
    part: Part
    id: str = ""

    def __str__(self) -> str:
        tail = "focusfactory" if self.part == "focusfactory" else f"{self.part}:id:{self.id}"
        return f"sip:{self.organizer};gruu;opaque=app:conf:{tail}"

    @property
    def plain(self) -> str:
        """The address of the conference for plain clients."""
        user, _, domain = self.organizer.rpartition("@")
        return f"sip:{user}{_PLAIN}{self.id}@{domain}"

    def sibling(self, part: Part) -> ConferenceAddress:
        """Another part of the same conference."""
        return ConferenceAddress(self.organizer, part, self.id)


def read_address(text: str) -> ConferenceAddress | None:
    """The address in a URI, None where it names no part of a conference."""
    if "app:conf:" not in text:
        return _read_plain(text) if _PLAIN in text else None
    try:
        uri = parse_uri(text)
    except BadUri:
        return None
    found = _OPAQUE.fullmatch(uri.opaque)
    if found is None or "gruu" not in uri.params or not uri.user or uri.scheme != "sip":
        return None
    if found[1]:
        return ConferenceAddress(uri.aor, "focusfactory")
    return ConferenceAddress(uri.aor, "focus" if found[2] == "focus" else "chat", found[3])


def _read_plain(text: str) -> ConferenceAddress | None:
    try:
        uri = parse_uri(text)
    except BadUri:
        return None
    found = _PLAIN_USER.fullmatch(uri.user)
    if found is None or uri.scheme != "sip":
        return None
    return ConferenceAddress(f"{found[1]}@{uri.host}".lower(), "focus", found[2])
