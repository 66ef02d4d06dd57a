"""Outgoing HTTP of a site: to its own names without a socket, else over TLS that trusts its CA too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from samband.deployment.places import Places
from samband.ground import Ground
from samband.net import tls
from samband.net.http_client import InProcessClient, SocketClient
from samband.net.http_routes import HttpRoutes


@asynccontextmanager
async def open_client(ground: Ground, places: Places, routes: HttpRoutes) -> AsyncIterator[InProcessClient]:
    """A client for which ``routes`` answer the names of the sides that run here."""
    context = await asyncio.to_thread(tls.client_context, ground.certificates.authority_file)
    outside = SocketClient(context, places.hosts)
    client = InProcessClient(outside)
    # What finds servers by name alone asks at 443, wherever this process listens.
    client.add((f"{name}:{port}" for name in places.hosts for port in {443, places.ports.https}), routes)
    try:
        yield client
    finally:
        await outside.close()
