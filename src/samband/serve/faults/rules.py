"""What every fault says, whichever protocol it is of: which of the messages that it means it strikes."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from typing import Annotated, Generic, TypeVar

import msgspec
from msgspec import Meta

log = logging.getLogger(__name__)

Count = Annotated[int, Meta(ge=1, le=1_000_000)]


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Of the messages it means ``skip`` pass, then it strikes the next ``times``.

    With a ``chance`` below 1 each of them is struck so probably, and ``seed`` decides which: the same ones every time.
    What is struck waits ``delay`` seconds first.
    """

    skip: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    times: Count = 1
    chance: Annotated[float, Meta(gt=0, le=1)] = 1.0
    seed: int = 0
    delay: Annotated[float, Meta(ge=0, le=600)] = 0.0


R = TypeVar("R", bound=Rule)


class Kept(Generic[R]):
    """A fault, and how often it struck."""

    def __init__(self, rule: R) -> None:
        self.rule = rule
        self.struck = 0
        self._passed = 0
        self._random = random.Random(rule.seed)

    @property
    def over(self) -> bool:
        """Whether it strikes no more."""
        return self.struck >= self.rule.times

    def strikes(self) -> bool:
        """Whether it strikes a message that it means; counts both."""
        if self._passed < self.rule.skip:
            self._passed += 1
            return False
        if self.rule.chance < 1 and self._random.random() >= self.rule.chance:
            return False
        self.struck += 1
        return True

    def told(self) -> dict[str, object]:
        """As it was said, and ``struck``."""
        return {**msgspec.to_builtins(self.rule), "struck": self.struck}


class Pending(Generic[R]):
    """The faults of one protocol that may still strike, in the order they were said in."""

    def __init__(self) -> None:
        self.live: list[Kept[R]] = []

    def next(self, means: Callable[[R], bool]) -> R | None:
        """The first fault that means a message and strikes it."""
        for kept in self.live:
            if means(kept.rule) and kept.strikes():
                if kept.over:
                    self.live.remove(kept)
                log.info("a fault strikes: %s", msgspec.json.encode(kept.rule).decode())
                return kept.rule
        return None
