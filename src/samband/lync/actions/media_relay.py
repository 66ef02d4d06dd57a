"""Time-limited credentials of a TURN server that shares a secret with this site.

The way is that of coturn's ``use-auth-secret``: the name says until when it is good, the password is an HMAC of it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class RelayCredentials:
    """Good for ``lifetime`` at every one of ``urls``."""

    urls: tuple[str, ...]
    username: str
    password: str = field(repr=False)
    lifetime: timedelta


class MediaRelay:
    """One for a site. ``urls`` are ``turn:HOST:PORT`` and ``turns:HOST:PORT``, perhaps with ``?transport=``."""

    def __init__(
        self, urls: tuple[str, ...], secret: bytes, lifetime: timedelta, clock: Callable[[], datetime]
    ) -> None:
        self.urls = urls
        self._secret = secret
        self._lifetime = lifetime
        self._clock = clock

    def credentials(self, name: str, longest: timedelta | None = None) -> RelayCredentials:
        """For somebody, good for no longer than ``longest``; ``name`` is for the relay's own log."""
        lifetime = self._lifetime if longest is None else min(longest, self._lifetime)
        until = int((self._clock() + lifetime).timestamp())
        username = f"{until}:{name}"
        mac = hmac.new(self._secret, username.encode(), hashlib.sha1).digest()
        return RelayCredentials(self.urls, username, base64.b64encode(mac).decode(), lifetime)
