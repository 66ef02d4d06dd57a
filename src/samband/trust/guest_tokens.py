"""Tokens of guests: a word that is good for one meeting, for an hour [MS-OCAUTHWS].

As with ``web_tokens`` nothing is kept of them, and neither kind is ever taken for the other.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta

from samband.model.guests import Guest
from samband.trust.denied import Denied
from samband.trust.web_tokens import PREFIX, IssuedToken

LIFETIME = timedelta(hours=1)
_VERSION = b"\x02"
_ID, _MOMENT, _KNOWS, _MAC = 16, 6, 8, 32
_HEAD = len(_VERSION) + _ID + _MOMENT + _KNOWS
_LONGEST = 512


class GuestTokens:
    """Issues and checks the guests' tokens of one site; ``secret`` and ``host`` as for ``WebTokens``."""

    def __init__(self, secret: bytes, host: str, clock: Callable[[], datetime]) -> None:
        if len(secret) < _MAC:
            raise ValueError("the secret of guests' tokens is too short")
        self._key = hmac.digest(secret, b"guest token of " + host.lower().encode(), "sha256")
        self._clock = clock

    def issue(self, guest: Guest) -> IssuedToken:
        """A token for ``guest``."""
        expires = int((self._clock() + LIFETIME).timestamp()).to_bytes(_MOMENT, "big")
        meeting = f"{guest.organizer} {guest.conference}".encode()
        said = _VERSION + bytes.fromhex(guest.id) + expires + guest.knows.ljust(_KNOWS, b"\0") + meeting
        text = base64.urlsafe_b64encode(said + self._mac(said)).decode().rstrip("=")
        return IssuedToken(PREFIX + text, int(LIFETIME.total_seconds()))

    def check(self, token: str) -> Guest | None:
        """Whose a token is; None for one that is no guest's. Raises ``Denied`` for one that is not ours or is over."""
        data = _decoded(token)
        if data is None:
            return None
        said, mac = data[:-_MAC], data[-_MAC:]
        if not hmac.compare_digest(self._mac(said), mac):
            raise Denied("the guest's token was not issued here")
        expires = int.from_bytes(said[_HEAD - _MOMENT - _KNOWS : _HEAD - _KNOWS], "big")
        if self._clock().timestamp() >= expires:
            raise Denied("the guest's token has expired")
        organizer, _, conference = said[_HEAD:].decode().partition(" ")
        knows = said[_HEAD - _KNOWS : _HEAD].strip(b"\0") and said[_HEAD - _KNOWS : _HEAD]
        return Guest(said[1 : 1 + _ID].hex(), organizer, conference, knows)

    def _mac(self, said: bytes) -> bytes:
        return hmac.digest(self._key, said, "sha256")


def _decoded(token: str) -> bytes | None:
    text = token.removeprefix(PREFIX)
    if not token.startswith(PREFIX) or len(text) > _LONGEST:
        return None
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if data[:1] == _VERSION and len(data) > _HEAD + _MAC else None
