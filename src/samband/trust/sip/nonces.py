"""Nonces of SIP Digest: stateless until used, bound to one connection, good for a while, each count once."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections import OrderedDict
from collections.abc import Callable

from samband.trust.sip.replay import ReplayWindow

_STAMP, _SALT, _MAC = 8, 8, 16


class Nonces:
    """Makes and judges nonces.

    ``clock`` gives seconds (not below 0) that never go back; a nonce lives for ``lifetime`` of them. What was used is
    remembered for at most ``limit`` nonces; one pushed out early counts as too old, so forgetting never lets a
    repetition pass.
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
        self._used: OrderedDict[str, tuple[float, ReplayWindow]] = OrderedDict()
        self._forgotten = -1.0

    def new(self, bound: str) -> str:
        """A nonce for whoever ``bound`` names: a connection, or a peer."""
        head = int(self._clock() * 1000).to_bytes(_STAMP, "big") + self._random(_SALT)
        return base64.urlsafe_b64encode(head + self._mac(head, bound)).decode()

    def current(self, nonce: str, bound: str) -> bool:
        """Whether ``nonce`` is ours, was made for ``bound`` and is not too old."""
        made = self._made(nonce, bound)
        if made is None or self._clock() - made > self._lifetime:
            return False
        return made > self._forgotten or nonce in self._used

    def use(self, nonce: str, bound: str, count: int) -> bool:
        """Take ``count`` of a nonce as seen; False where it was before, or the nonce is not current."""
        made = self._made(nonce, bound)
        if made is None or not self.current(nonce, bound):
            return False
        if nonce not in self._used:
            self._used[nonce] = (made, ReplayWindow())
            while len(self._used) > self._limit:
                _, (oldest, _) = self._used.popitem(last=False)
                self._forgotten = max(self._forgotten, oldest)
        return self._used[nonce][1].accept(count)

    def _made(self, nonce: str, bound: str) -> float | None:
        try:
            data = base64.b64decode(nonce, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        head = data[: _STAMP + _SALT]
        if len(data) != _STAMP + _SALT + _MAC or not hmac.compare_digest(data[-_MAC:], self._mac(head, bound)):
            return None
        return int.from_bytes(head[:_STAMP], "big") / 1000

    def _mac(self, head: bytes, bound: str) -> bytes:
        return hmac.digest(self._secret, head + bound.encode(), "sha256")[:_MAC]
