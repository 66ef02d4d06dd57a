"""A service asks another only where an administrator made that other its partner application."""

from __future__ import annotations

from samband.model.people import Person
from samband.trust.denied import Denied
from samband.trust.oauth.client import OAuthClient
from samband.trust.oauth.partners import Partners


class PartnerGate:
    """``OAuthClient`` for calls to ``application``: refuses at once where that is no partner here, or switched off."""

    def __init__(self, client: OAuthClient, partners: Partners, application: str, name: str) -> None:
        self._client = client
        self._partners = partners
        self._application = application
        self._name = name

    async def authorization_for(self, url: str, person: Person | None) -> str:
        """See ``OAuthClient.authorization_for``."""
        if not any(
            partner.row.enabled and partner.row.application == self._application for partner in self._partners.all()
        ):
            raise Denied(f"there is no partner application for {self._name} here")
        return await self._client.authorization_for(url, person)

    def forget(self, url: str) -> None:
        """See ``OAuthClient.forget``."""
        self._client.forget(url)
