"""Whom the server vouches for [RFC3325]."""

from __future__ import annotations

from functools import lru_cache

from samband.model.people import Person
from samband.wire.sip.address import quote_string


def asserted(person: Person) -> str:
    """The P-Asserted-Identity of a person [RFC3325 9.1]."""
    return _written(person.displayName, person.sip)


@lru_cache(maxsize=16384)
def _written(name: str, address: str) -> str:
    return f"{quote_string(name)} <sip:{address}>" if name else f"<sip:{address}>"
