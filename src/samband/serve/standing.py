"""What the standing of a site is derived from, looked at live."""

from __future__ import annotations

from samband.deployment.places import Places
from samband.deployment.steps import Facts
from samband.ground import Ground
from samband.serve.administration import administer
from samband.serve.naming import resolver
from samband.serve.paths import taken_ports
from samband.store import owa, unified_contacts
from samband.trust.oauth.names import EXCHANGE, LYNC
from samband.trust.oauth.partners import Partners

_DISCOVERY = ("lyncdiscoverinternal", "lyncdiscover")
_FEDERATION = "_sipfederationtls._tcp"


async def facts_of(ground: Ground) -> Facts:
    """Look at everything the six steps are about."""
    site = ground.site
    places = Places(site, taken_ports(site.listen, probe=False))
    moved = await ground.store.read(unified_contacts.everyone)
    async with administer(ground) as trusts:
        exchange, lync = trusts.get("exchange"), trusts.get("lync")
        exchange_trusts_lync = exchange is not None and _trusts(exchange.partners, LYNC)
        lync_trusts_exchange = lync is not None and _trusts(lync.partners, EXCHANGE)
    return Facts(
        names=await _names(places),
        own_names=frozenset(places.hosts) | frozenset(places.srv),
        people=tuple(one for one in await ground.people.list() if not one.is_resource),
        exchange_trusts_lync=exchange_trusts_lync,
        lync_trusts_exchange=lync_trusts_exchange,
        autodiscover_url=places.exchange_autodiscover_url,
        owa=await ground.store.read(owa.virtual_directory),
        trusted_applications=await ground.store.read(owa.applications),
        takes_servers=not site.roles.lync or site.listen.sip_servers != "off",
        owa_host=site.host_names.mail.lower(),
        ucs_allowed=site.user_services.ucs_allowed,
        history_kept=site.user_services.server_conversation_history,
        ucs_moved=frozenset(guid for guid, ucs in moved.items() if ucs.migrated),
    )


async def _names(places: Places) -> dict[str, str]:
    asked = resolver(places)
    found: dict[str, str] = {}
    for domain in places.site.organisation.all_sip_domains:
        for name in _DISCOVERY:
            host = f"{name}.{domain}"
            found[host] = next(iter(await asked.addresses(host)), "")
        owner = f"{_FEDERATION}.{domain}"
        found[owner] = next(iter((await asked.lookup(owner, "SRV")).values), "")
    return found


def _trusts(partners: Partners, application: str) -> bool:
    return any(one.row.enabled and one.row.application == application for one in partners.all())
