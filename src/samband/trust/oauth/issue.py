"""Making tokens: an application's own, and one for a user with the application's inside [MS-XOAUTH 4.3]."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from samband.trust.oauth.keys import SigningKeys
from samband.trust.oauth.names import Audience, Principal
from samband.wire.jose import token

LIFETIME = timedelta(hours=1)
ACTOR_CLAIM = "actortoken"


class TokenIssuer:
    """Issues tokens in the name of one service, ``principal``, signed with its own key."""

    def __init__(self, keys: SigningKeys, principal: Principal, clock: Callable[[], datetime]) -> None:
        self._keys = keys
        self.principal = principal
        self._clock = clock

    @property
    def key(self) -> str:
        """Thumbprint of the key that signs now: tokens by another one should not be used any longer."""
        return self._keys.x5t

    def as_itself(self, audience: Audience, *, delegation: bool = False) -> str:
        """The application's own token; with ``delegation`` it may stand inside one for a user."""
        claims = {**self._head(audience), "nameid": str(self.principal)}
        if delegation:
            claims["trustedfordelegation"] = "true"
        part = token.signed_part({"typ": "JWT", "alg": "RS256", "x5t": self._keys.x5t}, claims)
        return token.join(part, self._keys.sign(part.encode("ascii")))

    def for_user(self, audience: Audience, user: Mapping[str, str]) -> str:
        """A token for the user that the claims ``user`` name, with the application's own token inside."""
        actor = self.as_itself(audience, delegation=True)
        claims = {**self._head(audience), **user, ACTOR_CLAIM: actor}
        return token.join(token.signed_part({"typ": "JWT", "alg": "none"}, claims))

    def _head(self, audience: Audience) -> dict[str, str]:
        # Times are text, as Exchange writes them.
        now = self._clock()
        return {
            "aud": str(audience),
            "iss": str(self.principal),
            "nbf": str(int(now.timestamp())),
            "exp": str(int((now + LIFETIME).timestamp())),
        }
