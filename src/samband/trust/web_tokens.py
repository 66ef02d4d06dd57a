"""Web tokens: a web ticket's sibling for programs that speak OAuth, one opaque word [MS-OCAUTHWS].

As with tickets nothing is kept of them: any server of the site with the same secret takes one, until it expires or its
owner's password is another.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from samband.directory.api import Directory
from samband.model.caller import Caller
from samband.model.people import Person
from samband.trust.denied import Denied
from samband.trust.http import BearerValidator

LIFETIME = timedelta(hours=8)
METHOD = "web-token"
PREFIX = "cwt="
_VERSION = b"\x01"
_NONCE, _MOMENT, _MAC = 16, 6, 32
_LONGEST = 512


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token; ``seconds`` is its life."""

    text: str = field(repr=False)
    seconds: int


class WebTokens:
    """Issues and checks the tokens of one site.

    ``secret`` (32 bytes or more) is the site's own and outlives restarts. ``mark`` tells a person's (objectGUID)
    password from other ones. ``clock`` gives aware time, ``random`` so many random bytes.
    """

    def __init__(
        self,
        secret: bytes,
        host: str,
        directory: Directory,
        clock: Callable[[], datetime],
        random: Callable[[int], bytes],
        mark: Callable[[str], bytes],
    ) -> None:
        """``host`` names the issuer: another host with the same secret is another issuer."""
        if len(secret) < _MAC:
            raise ValueError("the secret of web tokens is too short")
        self._key = hmac.digest(secret, b"web token of " + host.lower().encode(), "sha256")
        self._directory = directory
        self._clock = clock
        self._random = random
        self._mark = mark

    def issue(self, person: Person) -> IssuedToken:
        """A token for ``person``."""
        expires = int((self._clock() + LIFETIME).timestamp())
        said = _VERSION + self._random(_NONCE) + expires.to_bytes(_MOMENT, "big") + person.objectGUID.encode()
        text = base64.urlsafe_b64encode(said + self._mac(said, person.objectGUID)).decode().rstrip("=")
        return IssuedToken(PREFIX + text, int(LIFETIME.total_seconds()))

    def check(self, token: str) -> Person:
        """Whose a token is. Raises ``Denied`` where it is not ours, not of now, or its owner may not sign in."""
        said, mac, guid, expires = _read(token)
        if not hmac.compare_digest(self._mac(said, guid), mac):
            raise Denied("the web token was not issued here, or for another password")
        if self._clock().timestamp() >= expires:
            raise Denied("the web token has expired")
        person = self._directory.by_guid(guid)
        if person is None or not person.enabled:
            raise Denied("the owner of the web token may not sign in")
        return person

    def _mac(self, said: bytes, guid: str) -> bytes:
        return hmac.digest(self._key, said + self._mark(guid), "sha256")


class EitherToken:
    """Judges Bearer tokens of both kinds: a user's own, and those of other servers."""

    def __init__(self, own: WebTokens, servers: BearerValidator) -> None:
        self._own = own
        self._servers = servers

    def challenge(self) -> str:
        """See ``BearerValidator``."""
        return self._servers.challenge()

    def validate(self, token: str, host: str) -> Caller | Denied:
        """See ``BearerValidator``."""
        if not token.startswith(PREFIX):
            return self._servers.validate(token, host)
        try:
            return Caller(self._own.check(token), METHOD)
        except Denied as denied:
            return denied.as_value()


def _read(token: str) -> tuple[bytes, bytes, str, int]:
    """What is said, what it is signed with, whose it is and until when, none of it believed yet."""
    text = token.removeprefix(PREFIX)
    if len(text) > _LONGEST:
        raise Denied("malformed web token")
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        said, mac = data[:-_MAC], data[-_MAC:]
        head = len(_VERSION) + _NONCE
        guid = said[head + _MOMENT :].decode("ascii")
    except (binascii.Error, ValueError):
        raise Denied("malformed web token") from None
    if said[: len(_VERSION)] != _VERSION or not guid:
        raise Denied("malformed web token")
    return said, mac, guid, int.from_bytes(said[head : head + _MOMENT], "big")
