"""The Bearer challenge by which a server says whose tokens it takes [MS-XOAUTH 3.2.5.4]."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

TOKEN_TYPES = "app_asserted_user_v1 service_asserted_app_v1"
"""A token for a user with the application's inside, and an application's own."""

_PARAMETER = re.compile(r'\s*([A-Za-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))\s*(?:,|$)')


@dataclass(frozen=True, slots=True)
class Challenge:
    """``trusted_issuers`` are principals ``appid@realm``; ``realm`` is empty where the server does not say it."""

    client_id: str
    trusted_issuers: tuple[str, ...]
    realm: str = ""

    def write(self) -> str:
        """The value of ``WWW-Authenticate``."""
        realm = f'realm="{self.realm}", ' if self.realm else ""
        return (
            f'Bearer {realm}client_id="{self.client_id}", trusted_issuers="{",".join(self.trusted_issuers)}",'
            f' token_types="{TOKEN_TYPES}", error="invalid_token"'
        )


def read(values: Iterable[str]) -> Challenge | None:
    """The first Bearer challenge among values of ``WWW-Authenticate`` that names a ``client_id``."""
    for value in values:
        scheme, _, rest = value.strip().partition(" ")
        if scheme.lower() != "bearer":
            continue
        found = {name.lower(): (quoted or plain) for name, quoted, plain in _PARAMETER.findall(rest)}
        if not found.get("client_id"):
            continue
        issuers = tuple(part.strip() for part in found.get("trusted_issuers", "").split(",") if part.strip())
        return Challenge(found["client_id"], issuers, found.get("realm", ""))
    return None
