"""Guesses at passwords wait their turn, whichever SIP protocol carries them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

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

    def account(self, login: str) -> str:
        """What attempts for ``login`` are counted under."""
        return self._accounts.account(login)

    def trusted(self, account: str, address: str) -> bool:
        """Whether a proof may be looked at uncounted, as ``Throttle.trusted`` says."""
        return self._accounts.throttle.trusted(account, address)

    def take(self, account: str, address: str) -> float | None:
        """The seconds to wait before a proof for ``account`` may be looked at; None for a guesser too fast.

        The proof counts as wrong until ``right`` says otherwise.
        """
        return self._accounts.throttle.reserve(account, address)

    async def pause(self, seconds: float) -> None:
        """Wait for a turn taken."""
        if seconds > 0:
            await self._sleep(seconds)

    def right(self, account: str, address: str) -> None:
        """The proof looked at last was a right one."""
        self._accounts.throttle.succeeded(account, address)
