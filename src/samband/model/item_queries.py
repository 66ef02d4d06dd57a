"""What is asked of the columns that copy properties of items."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple


class Condition(NamedTuple):
    """``column`` ``operator`` ``value``; operators are ``=``, ``<``, ``<=``, ``>``, ``>=``."""

    column: str
    operator: str
    value: str | int | float | bytes | datetime
