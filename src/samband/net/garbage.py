"""How often the interpreter looks for garbage in cycles."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = 50_000
"""Objects that may come to be between two looks at the young ones; Python's own 700 are for small programs."""
GENERATIONS = 20
"""Looks at one generation between two at the next older one."""


@contextmanager
def rare_collections() -> Iterator[None]:
    """Look less often while a server runs.

    Requests under way are alive, and many at once are the rule here: one change of presence that goes to 1,000 watchers
    makes 1,000 transactions, and to walk through them again and again while they wait doubles what the change costs.
    """
    before = gc.get_threshold()
    gc.set_threshold(YOUNG, GENERATIONS, GENERATIONS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
