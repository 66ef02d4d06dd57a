"""How applications, realms and audiences are named."""

from __future__ import annotations

import re
from dataclasses import dataclass

EXCHANGE = "00000002-0000-0ff1-ce00-000000000000"
SHAREPOINT = "00000003-0000-0ff1-ce00-000000000000"
LYNC = "00000004-0000-0ff1-ce00-000000000000"
ACS = "00000001-0000-0000-c000-000000000000"

ANY_REALM = "*"
_PRINCIPAL = re.compile(r"([^/@\s]+)@([^/@\s]+)")
_AUDIENCE = re.compile(r"([^/@\s]+)(?:/([^/@\s]+))?@([^/@\s]+)")


@dataclass(frozen=True, slots=True)
class Principal:
    """An application in a realm: ``<application>@<realm>``. Both compare with case."""

    application: str
    realm: str

    @classmethod
    def parse(cls, text: str) -> Principal:
        """Raises ``ValueError``."""
        match = _PRINCIPAL.fullmatch(text)
        if match is None:
            raise ValueError("not a principal")
        return cls(match[1], match[2])

    def __str__(self) -> str:
        return f"{self.application}@{self.realm}"


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a token is for: ``<application>/<host>@<realm>``. ``host`` is empty where the token does not say it."""

    application: str
    host: str
    realm: str

    @classmethod
    def parse(cls, text: str) -> Audience:
        """Raises ``ValueError``."""
        match = _AUDIENCE.fullmatch(text)
        if match is None:
            raise ValueError("not an audience")
        return cls(match[1], match[2] or "", match[3])

    def __str__(self) -> str:
        return f"{self.application}/{self.host}@{self.realm}" if self.host else f"{self.application}@{self.realm}"
