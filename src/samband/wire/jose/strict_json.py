"""JSON that means one thing only."""

from __future__ import annotations

import json
from typing import Any, NoReturn


def read_object(data: bytes) -> dict[str, Any]:
    """A JSON object in UTF-8 without duplicate names and without NaN. Raises ``ValueError``."""
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in a JSON object")
    return found


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")
