"""Judging Bearer tokens that other servers show."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from samband.model.caller import Caller
from samband.trust.denied import Denied
from samband.trust.oauth import rules
from samband.trust.oauth.partners import Partners
from samband.trust.oauth.people import View
from samband.trust.oauth.rules import Service
from samband.wire.jose.challenge import Challenge
from samband.wire.jose.token import Token

METHOD = "bearer"


class OAuthValidator:
    """Judges tokens for one service by all rules, every time: nothing of a verdict is remembered."""

    def __init__(self, ours: Service, partners: Partners, view: View, clock: Callable[[], datetime]) -> None:
        self._ours = ours
        self._partners = partners
        self._view = view
        self._clock = clock

    def challenge(self) -> str:
        """The value of ``WWW-Authenticate``: who we are and whose tokens we take."""
        return Challenge(self._ours.application, tuple(self._partners.issuers())).write()

    def validate(self, token: str, host: str) -> Caller | Denied:
        """Who shows ``token`` in a request to ``host`` (without port), or why they are refused."""
        try:
            return self._judge(token, host)
        except Denied as denied:
            return denied.as_value()

    def _judge(self, text: str, host: str) -> Caller:
        outer, signed = rules.taken_apart(rules.read(text))
        rules.algorithm(signed)
        principal, candidates = rules.issuer(signed, self._partners)
        signer = rules.signature(signed, principal, candidates, self._partners)
        partner = rules.application(signed, principal, signer, self._partners)
        if outer is not None:
            rules.same_application(outer, signed)
        for one in (signed, outer) if outer is not None else (signed,):
            rules.audience(one, self._ours, host)
            rules.lifetime(one, self._clock())
        if outer is None:
            rules.may_act_as_itself(partner)
            person = None
        else:
            rules.may_act_for_users(signed, partner)
            person = self._view.person(_claims(outer))
        return Caller(person, METHOD, partner.row.application, partner.row.permissions)


def _claims(outer: Token) -> dict[str, str]:
    return {name: value for name, value in outer.claims.items() if isinstance(value, str)}
