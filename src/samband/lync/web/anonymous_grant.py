"""Tokens for people without an account: the link of a meeting, and its passcode where it has one, become a token."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from samband.lync.actions.guests import Guests
from samband.model.failures import Failure
from samband.model.guests import Guest
from samband.model.rates import Buckets
from samband.trust.denied import Denied
from samband.trust.guest_tokens import GuestTokens
from samband.trust.throttle import Throttle, network
from samband.trust.web_tokens import IssuedToken
from samband.wire.conference.addresses import read_address
from samband.wire.web_auth.oauth_token import TokenRequest

log = logging.getLogger(__name__)
RATE, MOST_AT_ONCE = 1.0, 60.0
"""Tokens a second for one address (IPv6: one /64), and how many it may save up: a whole company may sit behind one."""
_MOST_ADDRESSES = 10_000


class Refused(Exception):
    """Why there is no token, in a sentence; ``later`` are seconds after which it may be otherwise, 0: never."""

    def __init__(self, why: str, later: int = 0) -> None:
        super().__init__(why)
        self.later = later


class AnonymousGrant:
    """One for a site. ``now``: seconds that never go back; ``throttle`` holds up those who guess passcodes."""

    def __init__(
        self,
        guests: Guests,
        tokens: GuestTokens,
        throttle: Throttle,
        now: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._guests = guests
        self._tokens = tokens
        self._throttle = throttle
        self._now = now
        self._sleep = sleep
        self._rates = Buckets(RATE, MOST_AT_ONCE, _MOST_ADDRESSES)

    async def issue(self, asked: TokenRequest, peer: str) -> IssuedToken:
        """A token for whoever asks from the address ``peer``. Raises ``Refused``."""
        if not self._rates.take(network(peer), self._now()):
            raise Refused("Too many people join from your network now. Try again in a minute.", 60)
        focus = read_address(asked.conference)
        if focus is None or focus.part != "focus":
            raise Refused("This is not the address of a meeting.")
        before = self._before(asked)
        try:
            _, conference = await self._guests.meeting(focus.organizer, focus.id)
            if before is not None and (before.organizer, before.conference) == (conference.organizer, conference.id):
                await self._guests.check(before)
                return self._tokens.issue(before)
        except Failure as error:
            raise Refused(f"{error.text}.") from None
        account = f"meeting {conference.organizer} {conference.id}"
        if conference.terms.passcode:
            wait = self._throttle.reserve(account, peer)
            if wait is None:
                raise Refused("There were too many wrong passcodes. Try again in a few minutes.", 60)
            await self._sleep(wait)
        guest = self._guests.admit(conference, asked.password)
        if guest is None:
            log.info("refused a guest of %.100r from %s: a wrong passcode", asked.conference, peer)
            raise Refused("The passcode is wrong." if conference.terms.passcode else "The meeting's id is wrong.")
        if conference.terms.passcode:
            self._throttle.succeeded(account, peer)
        log.info("gave a guest of %.100r a token, from %s", asked.conference, peer)
        return self._tokens.issue(guest)

    def _before(self, asked: TokenRequest) -> Guest | None:
        """The guest whose token is to be renewed."""
        try:
            return self._tokens.check(asked.renew) if asked.renew else None
        except Denied as denied:
            raise Refused("The token that is to be renewed is over.") from denied
