"""Contact lists of a site administered from outside its serving process, which is asked over the network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from samband.deployment.places import Places
from samband.ground import Ground, utc_now
from samband.integration.unified_contacts import UnifiedContactStore
from samband.lync.actions.contacts import Contacts
from samband.lync.actions.unified_contacts import UnifiedContacts
from samband.model.failures import Failure
from samband.net import tls
from samband.net.http_client import SocketClient
from samband.serve.features import unified_contact_store
from samband.serve.paths import taken_ports
from samband.serve.trust import open_trust


@asynccontextmanager
async def administer_contacts(ground: Ground) -> AsyncIterator[UnifiedContactStore]:
    """The verbs that move contact lists. Raises ``Failure`` where this site has no Lync side with a way to Exchange."""
    places = Places(ground.site, taken_ports(ground.site.listen, probe=False))
    context = await asyncio.to_thread(tls.client_context, ground.certificates.authority_file)
    client = SocketClient(context, places.hosts)
    ucs = UnifiedContacts(ground.store, ground.feed, ground.directory, Contacts(ground.store, ground.feed), utc_now)
    await ucs.start()
    try:
        async with open_trust(ground, places, client) as trusts:
            lync = trusts.get("lync")
            store = None if lync is None else unified_contact_store(ground, places, client, lync, ucs)
            if store is None:
                raise Failure("NoExchange", "the Lync side of this site does not know its way to Exchange")
            yield store
    finally:
        ucs.close()
        await client.close()
