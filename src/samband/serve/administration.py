"""A site opened to be administered, not served: its trust, reached without a running server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from samband.deployment.places import Places
from samband.ground import Ground
from samband.net.http_routes import HttpRoutes
from samband.serve.outgoing import open_client
from samband.serve.paths import add_metadata, taken_ports
from samband.serve.trust import SideTrust, open_trust


@asynccontextmanager
async def administer(ground: Ground) -> AsyncIterator[dict[str, SideTrust]]:
    """The trust of each side; their own metadata documents are read in this process, others' over the network."""
    places = Places(ground.site, taken_ports(ground.site.listen, probe=False))
    routes = HttpRoutes()
    async with open_client(ground, places, routes) as client, open_trust(ground, places, client) as trusts:
        add_metadata(routes, ground.site.host_names, trusts)
        yield trusts
