"""Whom the server vouches for [RFC3325]."""

from __future__ import annotations

from samband.model.people import Person
from samband.wire.sip.address import quote_string


def asserted(person: Person) -> str:
    """The P-Asserted-Identity of a person [RFC3325 9.1]."""
    return f"{quote_string(person.displayName)} <sip:{person.sip}>" if person.displayName else f"<sip:{person.sip}>"
