"""Slowing down those who guess passwords, without locking out those who know them.

Every attempt reserves its place in time before anything is checked, so that a thousand attempts at once are no
faster than a thousand in a row. The first few cost nothing; after that each doubles the distance to the next. A
place too far away is refused unchecked. Guesses are counted for the account, for the address, and for the two
together; whoever signed in from an address before is not held up there by what others try elsewhere.
"""

from __future__ import annotations

import ipaddress
import itertools
from collections import OrderedDict
from collections.abc import Callable

FREE_FOR_ACCOUNT = 5
FREE_FOR_ADDRESS = 300
"""Many people may share one address: a crowd that signs in at once, all of it still unchecked, is not held up."""
FIRST_DELAY = 0.25
LONGEST_DELAY = 8.0
PATIENCE = 10.0
FORGET_AFTER = 600.0
_LOOKS = 16
"""So many of those used longest ago are looked at for one that may be forgotten."""


class _Meter:
    """Attempts under one key since they were last forgotten, and when the next may be checked."""

    __slots__ = ("attempts", "free", "free_at", "last")

    def __init__(self, free: int) -> None:
        self.free = free
        self.attempts = 0
        self.free_at = 0.0
        self.last = 0.0

    def take(self, start: float) -> None:
        self.attempts += 1
        self.last = start
        over = self.attempts - self.free
        self.free_at = start + (min(FIRST_DELAY * 2 ** min(over - 1, 16), LONGEST_DELAY) if over > 0 else 0.0)


class _Table:
    """At most ``limit`` meters. Of those that were used longest ago the one with the fewest attempts gives way: who is
    held up is not freed by a flood of newcomers."""

    def __init__(self, free: int, limit: int) -> None:
        self._free = free
        self._limit = limit
        self.meters: OrderedDict[str, _Meter] = OrderedDict()

    def __len__(self) -> int:
        return len(self.meters)

    def meter(self, key: str, now: float) -> _Meter:
        meter = self.meters.get(key)
        if meter is None or now - meter.last > FORGET_AFTER:
            if meter is None and len(self.meters) >= self._limit:
                self._make_room(now)
            meter = self.meters[key] = _Meter(self._free)
        self.meters.move_to_end(key)
        return meter

    def _make_room(self, now: float) -> None:
        oldest = list(itertools.islice(self.meters.items(), _LOOKS))
        counts = {key: 0 if now - meter.last > FORGET_AFTER else meter.attempts for key, meter in oldest}
        least = min(counts, key=counts.__getitem__)
        for key, count in counts.items():
            if count > self._free:
                self.meters.move_to_end(key)  # so that the next look falls upon others
        del self.meters[least]

    def forget(self, key: str) -> None:
        self.meters.pop(key, None)

    def refund(self, key: str) -> None:
        meter = self.meters.get(key)
        if meter is not None and meter.attempts > 0:
            meter.attempts -= 1


class Throttle:
    """``clock`` gives seconds that never go back; each table holds at most ``limit`` keys."""

    def __init__(self, clock: Callable[[], float], *, limit: int = 20_000) -> None:
        self._clock = clock
        self._limit = limit
        self._accounts = _Table(FREE_FOR_ACCOUNT, limit)
        self._addresses = _Table(FREE_FOR_ADDRESS, limit)
        self._pairs = _Table(FREE_FOR_ACCOUNT, limit)
        self._known: OrderedDict[str, None] = OrderedDict()

    def trusted(self, account: str, address: str) -> bool:
        """Whether an attempt may be checked now, and needs a place in time only if it turns out to be wrong.

        So it is for whoever signed in from ``address`` and did nothing wrong since. For who decides at once: between
        this, the check and the ``reserve`` for a wrong attempt nothing else may be asked here.
        """
        _, address, pair = _keys(account, address)
        if pair not in self._known or pair in self._pairs.meters:
            return False
        meter = self._addresses.meters.get(address)
        if meter is not None and (meter.attempts >= meter.free or meter.free_at > self._clock()):
            return False
        self._known.move_to_end(pair)
        return True

    def reserve(self, account: str, address: str) -> float | None:
        """The seconds to wait before an attempt may be checked; None where it must be refused unchecked.

        The attempt counts as a wrong one until ``succeeded`` says otherwise.
        """
        now = self._clock()
        account, address, pair = _keys(account, address)
        meters = [self._addresses.meter(address, now), self._pairs.meter(pair, now)]
        if pair not in self._known:
            meters.append(self._accounts.meter(account, now))
        start = max(now, *(meter.free_at for meter in meters))
        if start - now > PATIENCE:
            return None
        for meter in meters:
            meter.take(start)
        return start - now

    def succeeded(self, account: str, address: str) -> None:
        """The attempt reserved last was a right one."""
        account, address, pair = _keys(account, address)
        self._pairs.forget(pair)
        self._accounts.refund(account)
        self._addresses.refund(address)
        self._known[pair] = None
        self._known.move_to_end(pair)
        while len(self._known) > self._limit:
            self._known.popitem(last=False)


def network(address: str) -> str:
    """What counts as one address: an IPv6 client has a whole /64 to itself."""
    if ":" not in address:
        return address
    try:
        return str(ipaddress.IPv6Network((address.strip("[]").partition("%")[0], 64), strict=False))
    except ValueError:
        return address


def _keys(account: str, address: str) -> tuple[str, str, str]:
    account, address = account.lower()[:256], network(address)[:64]
    return account, address, f"{address} {account}"
