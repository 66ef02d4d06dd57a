"""Nonces of SIP Digest: stateless until used, bound to one connection, good for a while, each count once."""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable

from samband.trust.sip.replay import ReplayWindow

_STAMP, _SALT, _MAC = 8, 8, 16
_LENGTH = 2 * (_STAMP + _SALT + _MAC)


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
        self._secret = secret
        self._clock = clock
        self._random = random
        self._lifetime = lifetime
        self._limit = limit
        self._used: OrderedDict[bytes, tuple[float, ReplayWindow]] = OrderedDict()
        self._forgotten = -1.0

    def new(self, bound: str) -> str:
        """A nonce for whoever ``bound`` names: a connection, or a peer."""
        head = int(self._clock() * 1000).to_bytes(_STAMP, "big") + self._random(_SALT)
        return (head + self._mac(head, bound)).hex()

    def current(self, nonce: str, bound: str) -> bool:
        """Whether ``nonce`` is ours, was made for ``bound`` and is not too old."""
        return self._opened(nonce, bound) is not None

    def use(self, nonce: str, bound: str, count: int) -> bool:
        """Take ``count`` of a nonce as seen; False where it was before, or the nonce is not current."""
        opened = self._opened(nonce, bound)
        if opened is None:
            return False
        head, made = opened
        used = self._used.get(head)
        if used is None:
            used = self._used[head] = (made, ReplayWindow())
            while len(self._used) > self._limit:
                _, (oldest, _) = self._used.popitem(last=False)
                self._forgotten = max(self._forgotten, oldest)
        return used[1].accept(count)

    def _opened(self, nonce: str, bound: str) -> tuple[bytes, float] | None:
        """What a current nonce was made of, and when."""
        if len(nonce) != _LENGTH:
            return None
        try:
            data = bytes.fromhex(nonce)
        except ValueError:
            return None
        head = data[: _STAMP + _SALT]
        if data.hex() != nonce or not hmac.compare_digest(data[_STAMP + _SALT :], self._mac(head, bound)):
            return None
        made = int.from_bytes(head[:_STAMP], "big") / 1000
        if self._clock() - made > self._lifetime or (made <= self._forgotten and head not in self._used):
            return None
        return head, made

    def _mac(self, head: bytes, bound: str) -> bytes:
        return hashlib.blake2b(head + bound.encode(), key=self._secret, digest_size=_MAC).digest()
