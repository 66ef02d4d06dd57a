"""People of a test organisation, with random bytes that repeat."""

from __future__ import annotations

from random import Random
from typing import Any

from samband.directory.new_people import new_person
from samband.model.people import Person


def somebody(name: str, **options: Any) -> Person:
    """A person of contoso.test; the same name gives the same GUIDs."""
    return new_person("contoso.test", name, Random(name).randbytes, **options)
