"""OWA's instant messaging, tried as OWA does it: as a trusted application of Lync, for one person."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass

from samband.deployment.troubles import Trouble
from samband.ground import Ground
from samband.model.instant_messaging import OwaVirtualDirectory
from samband.model.people import Person
from samband.net import tls
from samband.net.sip_client import SipConnection
from samband.serve.check.probing import NO_SIP_PROXY, Fine, Met, Ways, words
from samband.serve.check.sip_asker import Asker
from samband.store import owa
from samband.wire.http import HttpClient

_DISCOVERY = ("lyncdiscoverinternal", "lyncdiscover")
_PORT = 5061


@dataclass(frozen=True, slots=True)
class OwaMessaging:
    """What OWA works with: its virtual directory, and the certificate it shows to Lync."""

    settings: OwaVirtualDirectory
    url: str
    http: HttpClient
    context: ssl.SSLContext
    ways: Ways

    @classmethod
    async def of(cls, ground: Ground, http: HttpClient, ways: Ways) -> OwaMessaging:
        """As the site's own OWA has them. Raises ``OSError``."""
        settings = await ground.store.read(owa.virtual_directory)
        host = ground.site.host_names.mail.lower()
        pem = await asyncio.to_thread(ground.certificates.server, "owa", [host])
        context = await asyncio.to_thread(tls.client_context, ground.certificates.authority_file, pem)
        return cls(settings, f"https://{host}/owa/", http, context, ways)

    async def try_as(self, person: Person) -> Fine:
        """Find Lync by the person's SIP address, connect as the application, have their presence."""
        if not person.proxy_sip:
            raise Met(Trouble.NO_SIP_PROXY, NO_SIP_PROXY)
        await self._find_lync(person.proxy_sip.rpartition("@")[2].lower())
        if self.settings.missing:
            raise Met(Trouble.OWA_NO_IM, f"{self.settings.missing[0]} (step 5)")
        await self._connect(person)
        await self._open()
        return Fine()

    async def _connect(self, person: Person) -> None:
        host = self.settings.instant_messaging_server_name
        addresses = await self.ways.names.addresses(host)
        if not addresses:
            raise Met(Trouble.OWA_NO_IM, f"InstantMessagingServerName is {host}, which does not resolve (step 5)")
        port = self.ways.port(host, _PORT)
        try:
            async with await SipConnection.open(addresses[0], port, host, self.context) as connection:
                await Asker(person.proxy_sip).presence(connection)
        except OSError as error:
            raise Met(Trouble.SIP_DOWN, f"{host}:{port} cannot be reached: {words(error)}") from None

    async def _open(self) -> None:
        """The web client itself: it must be there, whatever it asks for first."""
        try:
            answer = await self.http.send("GET", self.url)
        except OSError as error:
            raise Met(Trouble.OWA_DOWN, f"{self.url} cannot be reached: {words(error)}") from None
        if answer.status not in (200, 302, 401):
            raise Met(Trouble.OWA_DOWN, f"{self.url} answers {answer.status}: no Outlook Web App is there")

    async def _find_lync(self, domain: str) -> None:
        names, asked = self.ways.names, [f"{name}.{domain}" for name in _DISCOVERY]
        if not [one for one in asked if await names.addresses(one)]:
            raise Met(Trouble.LYNC_NOT_FOUND, f"neither {' nor '.join(asked)} resolves (step 1)")
        federation = f"_sipfederationtls._tcp.{domain}"
        if not (await names.lookup(federation, "SRV")).values:
            raise Met(Trouble.LYNC_NOT_FOUND, f"there is no SRV record {federation} (step 1)")
