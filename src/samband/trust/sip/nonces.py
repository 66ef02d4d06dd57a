"""Nonces of SIP Digest: stateless until used, bound to one connection, good for a while, each count once."""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable

from samband.trust.sip.replay import ReplayWindow
from samband.trust.sip.words import Words

_STAMP, _SALT, _MAC = 16, 16, 32
_HEAD = _STAMP + _SALT
_LENGTH = _HEAD + _MAC


class Nonces:
    """Makes and judges nonces: hex of a time, a salt, and a keyed BLAKE2b of both and of whom they are for [RFC7693].

    ``secret`` has up to 64 bytes. ``clock`` gives seconds (not below 0) that never go back; a nonce lives for
    ``lifetime`` of them. What was used is remembered for at most ``limit`` nonces; one pushed out early counts as too
    old, so forgetting never lets a repetition pass.
    """

    def __init__(
        self,
        secret: bytes,
        clock: Callable[[], float],
        random: Callable[[int], bytes],
        *,
        lifetime: float = 300.0,
        limit: int = 20_000,
    ) -> None:
        # Copied for each nonce: what depends on the secret alone is computed once.
        self._keyed = hashlib.blake2b(key=secret, digest_size=_MAC // 2)
        self._clock = clock
        self._salts = Words(random, _SALT)
        self._lifetime = lifetime
        self._limit = limit
        self._used: OrderedDict[str, ReplayWindow | int] = OrderedDict()
        """The one count seen of a nonce, which most have; or all of them."""
        self._forgotten = -1.0

    def new(self, bound: str) -> str:
        """A nonce for whoever ``bound`` names: a connection, or a peer."""
        head = f"{int(self._clock() * 1000):016x}{self._salts.next()}"
        mac = self._keyed.copy()
        mac.update(f"{head}{bound}".encode())
        return head + mac.hexdigest()

    def opened(self, nonce: str, bound: str) -> str:
        """What ``use`` knows a nonce by; empty unless it is ours, was made for ``bound`` and is not too old."""
        if len(nonce) != _LENGTH or not nonce.isascii():
            return ""
        head = nonce[:_HEAD]
        mac = self._keyed.copy()
        mac.update(f"{head}{bound}".encode())
        if not hmac.compare_digest(nonce[_HEAD:], mac.hexdigest()):
            return ""
        return head if self._current(head) else ""

    def use(self, opened: str, count: int) -> bool:
        """Take ``count`` of a nonce as seen; False where it was before, or the nonce has become too old since."""
        if count < 1 or not self._current(opened):
            return False
        used = self._used.get(opened)
        if used is None:
            self._used[opened] = count
            if len(self._used) > self._limit:
                oldest, _ = self._used.popitem(last=False)
                self._forgotten = max(self._forgotten, int(oldest[:_STAMP], 16) / 1000)
            return True
        if isinstance(used, int):
            first, used = used, ReplayWindow()
            used.accept(first)
            self._used[opened] = used
        return used.accept(count)

    def _current(self, head: str) -> bool:
        made = int(head[:_STAMP], 16) / 1000
        if self._clock() - made > self._lifetime:
            return False
        return made > self._forgotten or head in self._used
