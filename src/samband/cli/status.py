"""Show the six steps with their state, and the features each person has."""

from __future__ import annotations

import argparse

from samband.cli.folder import add_folder, on_ground
from samband.deployment.places import Places
from samband.deployment.standing_text import standing_text
from samband.deployment.steps import Facts, Standing, assess
from samband.ground import Ground
from samband.serve import administer
from samband.serve.naming import resolver
from samband.serve.paths import taken_ports
from samband.store import unified_contacts
from samband.trust.oauth.names import EXCHANGE, LYNC
from samband.trust.oauth.partners import Partners


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words after ``samband status``."""
    add_folder(parser)
    parser.add_argument("--user", help="only this person's features, by login")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what is found now."""

    async def work(ground: Ground) -> Standing:
        standing = assess(await _facts(ground))
        if not arguments.user:
            return standing
        person = await ground.people.find(arguments.user)
        upn = person.userPrincipalName
        return Standing(standing.steps, {upn: standing.features[upn]})

    print(standing_text(on_ground(arguments.folder, work)))
    return 0


async def _facts(ground: Ground) -> Facts:
    site = ground.site
    places = Places(site, taken_ports(site.listen, probe=False))
    wanted = [f"{name}.{domain}" for domain in site.organisation.all_sip_domains for name in _DISCOVERY]
    asked = resolver(places)
    moved = await ground.store.read(unified_contacts.everyone)
    async with administer(ground) as trusts:
        exchange, lync = trusts.get("exchange"), trusts.get("lync")
        return Facts(
            names={name: next(iter(await asked.addresses(name)), "") for name in wanted},
            own_names=frozenset(places.hosts),
            people=tuple(await ground.people.list()),
            exchange_trusts_lync=exchange is not None and _trusts(exchange.partners, LYNC),
            lync_trusts_exchange=lync is not None and _trusts(lync.partners, EXCHANGE),
            autodiscover_url=places.exchange_autodiscover_url,
            instant_messaging_type=site.owa.instant_messaging_type,
            instant_messaging_server_name=site.owa.instant_messaging_server_name,
            ucs_allowed=site.user_services.ucs_allowed,
            ucs_moved=frozenset(guid for guid, ucs in moved.items() if ucs.migrated),
        )


_DISCOVERY = ("lyncdiscoverinternal", "lyncdiscover", "autodiscover")


def _trusts(partners: Partners, application: str) -> bool:
    return any(one.row.enabled and one.row.application == application for one in partners.all())
