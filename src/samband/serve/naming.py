"""The site and the DNS (step 1): where it asks, what it publishes, and its own name server."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from samband.deployment.dns_check import Looked, look_up
from samband.deployment.dns_records import needed
from samband.deployment.places import Places
from samband.ground import Ground
from samband.model.failures import Failure
from samband.net import dns_client
from samband.net.dns_client import Change, DnsClient, DnsRefusal, TsigKey
from samband.net.dns_server import DnsServer
from samband.net.dns_zone import Zones


def resolver(places: Places) -> DnsClient:
    """Whom the site asks for names."""
    return DnsClient(places.resolver)


async def open_name_server(stack: AsyncExitStack, ground: Ground, places: Places) -> None:
    """Answer for the site's domains, where ``listen.dns`` says so. Raises ``OSError`` where the port is taken."""
    if places.ports.dns is None:
        return
    key = await asyncio.to_thread(tsig_key, ground)
    zones = await asyncio.to_thread(Zones, ground.folder / "zones", places.zones)
    server = DnsServer(zones, key)
    stack.push_async_callback(server.close)
    await server.listen(ground.site.listen.address, places.ports.dns)


def tsig_key(ground: Ground) -> TsigKey | None:
    """The key that signs updates, None where there is no file with its secret."""
    names = ground.site.dns
    try:
        secret = (ground.folder / names.tsig_secret_file).read_text("ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    return TsigKey(names.tsig_name, names.tsig_algorithm, secret)


async def publish(ground: Ground, places: Places, *, only_discovery: bool = False) -> list[str]:
    """Make the records of the site be in the DNS, all or those of step 1; the zones changed. Raises ``Failure``."""
    return await _send(ground, places, there=True, only_discovery=only_discovery)


async def withdraw(ground: Ground, places: Places, *, only_discovery: bool = False) -> list[str]:
    """Take them out of the DNS; others at the same names stay. Raises ``Failure``."""
    return await _send(ground, places, there=False, only_discovery=only_discovery)


async def _send(ground: Ground, places: Places, *, there: bool, only_discovery: bool) -> list[str]:
    server = places.update_server
    if not server:
        raise Failure(
            "NoUpdateServer", "dns.update_server is empty: say in samband.toml which name server takes signed updates"
        )
    records = [one for one in needed(places) if one.discovery or not only_discovery]
    changes = [Change(one.owner, one.kind, one.ttl, one.value, there) for one in records]
    try:
        key = await asyncio.to_thread(tsig_key, ground)
        return await dns_client.update(server, key, changes)
    except DnsRefusal as refusal:
        raise Failure("DnsRefusal", str(refusal)) from None


async def look(places: Places) -> list[Looked]:
    """Every record of the site as the DNS has it now."""
    return await look_up(needed(places), resolver(places))
