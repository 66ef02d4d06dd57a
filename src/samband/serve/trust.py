"""Server-to-server trust of a site: each side's keys, partners, metadata document and judge of tokens."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from samband.deployment.places import Places
from samband.ground import Ground, utc_now
from samband.trust.oauth.client import OAuthClient
from samband.trust.oauth.issue import TokenIssuer
from samband.trust.oauth.keys import SigningKeys
from samband.trust.oauth.metadata import MetadataEndpoint
from samband.trust.oauth.names import ANY_REALM, EXCHANGE, LYNC, Principal
from samband.trust.oauth.partners import Partners
from samband.trust.oauth.people import exchange_view, lync_view
from samband.trust.oauth.rules import Service
from samband.trust.oauth.validate import OAuthValidator
from samband.wire.http import HttpClient

SIDES = {"exchange": EXCHANGE, "lync": LYNC}


@dataclass(frozen=True, slots=True)
class SideTrust:
    """One side's part in server-to-server OAuth."""

    keys: SigningKeys
    partners: Partners
    validator: OAuthValidator
    client: OAuthClient
    metadata: MetadataEndpoint
    metadata_url: str


@asynccontextmanager
async def open_trust(ground: Ground, places: Places, http: HttpClient) -> AsyncIterator[dict[str, SideTrust]]:
    """The trust of each side this site runs, by ``exchange`` and ``lync``; a side without a key gets one."""
    roles = ground.site.roles
    async with AsyncExitStack() as stack:
        found = {}
        for side, here in (("exchange", roles.exchange), ("lync", roles.lync)):
            if here:
                found[side] = await _open_side(stack, ground, places, http, side)
        yield found


async def _open_side(stack: AsyncExitStack, ground: Ground, places: Places, http: HttpClient, side: str) -> SideTrust:
    application = SIDES[side]
    organisation = ground.site.organisation
    realm = organisation.domain
    names = ground.site.host_names
    keys = SigningKeys(
        ground.store, ground.feed, application, utc_now, name=f"{side} {realm}", domains=organisation.all_sip_domains
    )
    stack.callback(keys.close)
    await keys.load()
    partners = Partners(ground.store, ground.feed, application, http, time.monotonic)
    stack.callback(partners.close)
    await partners.load()
    exchange = side == "exchange"
    hosts = (names.mail, names.autodiscover) if exchange else (names.lync, names.lyncdiscover)
    service = Service(application, frozenset((realm,)), frozenset(host.lower() for host in hosts))
    view = (exchange_view if exchange else lync_view)(ground.directory)
    url = places.metadata_urls[0 if exchange else 1]
    return SideTrust(
        keys=keys,
        partners=partners,
        validator=OAuthValidator(service, partners, view, utc_now),
        client=OAuthClient(http, TokenIssuer(keys, Principal(application, realm), utc_now), view, utc_now),
        metadata=MetadataEndpoint(
            keys, application, name=side.title(), realm=ANY_REALM if exchange else realm, location=url
        ),
        metadata_url=url,
    )


async def introduce(trusts: dict[str, SideTrust]) -> None:
    """Make the two sides of a new site each other's partner applications, as setting it up by hand would."""
    if set(trusts) == set(SIDES):
        await trusts["exchange"].partners.add_by_metadata("lync", trusts["lync"].metadata_url)
        await trusts["lync"].partners.add_by_metadata("exchange", trusts["exchange"].metadata_url)
