"""Guesses at passwords wait their turn, whichever SIP protocol carries them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from samband.trust.denied import Denied
from samband.trust.throttle import Throttle


class Accounts(Protocol):
    """What ``Passwords`` has for this."""

    throttle: Throttle

    def account(self, login: str) -> str:
        """One name a person, whatever form they sign in with."""
        ...


class Turns:
    """Slows down whoever guesses. ``sleep`` waits so many seconds."""

    def __init__(self, accounts: Accounts, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._accounts = accounts
        self._sleep = sleep

    def take(self, login: str, address: str) -> float:
        """The seconds to wait before a proof for ``login`` may be looked at. Raises ``Denied`` for a guesser too fast.

        The proof counts as wrong until ``right`` says otherwise.
        """
        wait = self._accounts.throttle.reserve(self._accounts.account(login), address)
        if wait is None:
            raise Denied("too many attempts", account=login)
        return wait

    async def pause(self, seconds: float) -> None:
        """Wait for a turn taken."""
        if seconds > 0:
            await self._sleep(seconds)

    def right(self, login: str, address: str) -> None:
        """The proof looked at last was a right one."""
        self._accounts.throttle.succeeded(self._accounts.account(login), address)
