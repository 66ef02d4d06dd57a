"""How much of the server one caller may take: requests at a time, hanging connections, and time spent on them.

The names and meanings are those of Exchange's throttling policies. Time is a budget in milliseconds: it begins full,
requests draw on it, and it fills up again by the hour; a caller who overdraws it too far is told how long to wait.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from samband.model.caller import Caller
from samband.model.failures import Failure

_KEPT = 4096
_HOUR = 3600.0
_LEAST_WAIT = 1000


@dataclass(frozen=True, slots=True)
class ThrottlingPolicy:
    """What a caller may take; 0 is no limit. Burst and cutoff are in milliseconds, the rate in milliseconds an hour."""

    max_concurrency: int = 0
    hanging_connections: int = 0
    max_burst: int = 0
    recharge_rate: int = 0
    cutoff_balance: int = 0


@dataclass(slots=True)
class _Budget:
    balance: float
    at: float
    requests: int = 0
    hanging: int = 0


class _Request(AbstractContextManager[None]):
    """A request under way, which its budget pays for."""

    __slots__ = ("_begun", "_budget", "_clock")

    def __init__(self, budget: _Budget, clock: Callable[[], float]) -> None:
        self._budget = budget
        self._clock = clock

    def __enter__(self) -> None:
        self._begun = self._clock()
        self._budget.requests += 1

    def __exit__(self, *_: object) -> None:
        self._budget.requests -= 1
        self._budget.balance -= (self._clock() - self._begun) * 1000


class Throttling:
    """Keeps every caller's budget. ``clock`` counts seconds."""

    def __init__(self, policy: ThrottlingPolicy, clock: Callable[[], float]) -> None:
        self._policy = policy
        self._clock = clock
        self._budgets: dict[str, _Budget] = {}

    def request(self, caller: Caller) -> AbstractContextManager[None]:
        """One request of ``caller``. Raises a fatal ``Failure`` where it is one too many.

        An application that acts as itself is a server: its policy is its own.
        """
        if caller.person is None:
            return nullcontext()
        budget = self._budget(caller)
        self._check(budget)
        return _Request(budget, self._clock)

    def hanging(self, caller: Caller, answer: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """``answer``, counted while it lasts. Raises ``Failure`` ErrorExceededConnectionCount."""
        if caller.person is None:
            return answer
        budget, most = self._budget(caller), self._policy.hanging_connections
        if most and budget.hanging >= most:
            raise _too_many("HangingConnectionLimit", most)
        return _counted(answer, budget)

    def _check(self, budget: _Budget) -> None:
        policy = self._policy
        if policy.max_concurrency and budget.requests >= policy.max_concurrency:
            raise _too_many("MaxConcurrency", policy.max_concurrency)
        over = -policy.cutoff_balance - budget.balance
        if policy.recharge_rate and over >= 0:
            wait = max(_LEAST_WAIT, int(over * _HOUR * 1000 / policy.recharge_rate) + 1)
            raise Failure(
                "ErrorServerBusy",
                "The server cannot service this request right now. Try again later.",
                fatal=True,
                details={"BackOffMilliseconds": str(wait)},
            )

    def _budget(self, caller: Caller) -> _Budget:
        now = self._clock()
        budget = self._budgets.get(caller.name)
        if budget is None:
            self._forget_the_idle(now)
            budget = self._budgets[caller.name] = _Budget(self._policy.max_burst, now)
        self._recharge(budget, now)
        return budget

    def _recharge(self, budget: _Budget, now: float) -> None:
        gained = (now - budget.at) * self._policy.recharge_rate / _HOUR
        budget.balance = min(self._policy.max_burst, budget.balance + gained)
        budget.at = now

    def _forget_the_idle(self, now: float) -> None:
        if len(self._budgets) < _KEPT:
            return
        for name, budget in list(self._budgets.items()):
            self._recharge(budget, now)
            if not budget.requests and not budget.hanging and budget.balance >= self._policy.max_burst:
                del self._budgets[name]


def _too_many(policy: str, limit: int) -> Failure:
    return Failure(
        "ErrorExceededConnectionCount",
        "You have exceeded the available concurrent connections for your account. "
        "Try again once your other requests have completed.",
        fatal=True,
        details={"Policy": policy, f"{policy.removesuffix('Limit')}Limit": str(limit)},
    )


async def _counted(answer: AsyncIterator[bytes], budget: _Budget) -> AsyncIterator[bytes]:
    # Counted from the first chunk that is asked for: an answer nobody reads holds nothing.
    budget.hanging += 1
    try:
        async for part in answer:
            yield part
    finally:
        budget.hanging -= 1
        close = getattr(answer, "aclose", None)
        if close is not None:
            await close()
