"""OWA and its instant messaging, tried as OWA does it: as a trusted application of Lync, for one person.

The person's presence is fetched over the application's own connection; nobody is registered, so nobody appears online.
The web client itself asks for a password in a form, so people sign in to it only where theirs was given.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from dataclasses import dataclass
from urllib.parse import urlencode

from samband.deployment.places import Places
from samband.deployment.troubles import Trouble
from samband.exchange.owa.endpoint import ROOT
from samband.ground import Ground
from samband.integration.owa_im.readiness import Readiness
from samband.model.im_client import NoInstantMessaging
from samband.model.people import Person
from samband.net import tls
from samband.net.sip_client import SipConnection
from samband.serve.check.identity import Identity
from samband.serve.check.probing import NO_SIP_PROXY, Fine, Met, Ways, words
from samband.serve.check.sip_asker import Asker
from samband.serve.owa import TakesNoServers, pool_of
from samband.store import owa
from samband.wire.http import Headers, HttpClient, HttpResponse


@dataclass(frozen=True, slots=True)
class OwaMessaging:
    """What OWA works with: its virtual directory and the DNS, and the certificate it shows to Lync."""

    readiness: Readiness
    url: str
    http: HttpClient
    context: ssl.SSLContext
    ways: Ways
    places: Places

    @classmethod
    async def of(cls, ground: Ground, http: HttpClient, ways: Ways, places: Places) -> OwaMessaging:
        """As the site's own OWA has them. Raises ``OSError``."""
        settings = await ground.store.read(owa.virtual_directory)
        host = ground.site.host_names.mail.lower()
        pem = await asyncio.to_thread(ground.certificates.server, "owa", [host])
        context = await asyncio.to_thread(tls.client_context, ground.certificates.authority_file, pem)
        readiness = Readiness(lambda: settings, ways.names, time.monotonic)
        return cls(readiness, f"https://{host}{ROOT}/", http, context, ways, places)

    async def try_as(self, identity: Identity) -> Fine:
        """Find Lync by the person's SIP address, connect as the application, have their presence; open the client."""
        person = identity.person
        try:
            server = await self.readiness.server(person)
        except NoInstantMessaging as reason:
            raise _met(reason) from None
        await self._connect(server, person)
        await self._open(identity)
        return Fine()

    async def _connect(self, server: str, person: Person) -> None:
        try:
            host, port = pool_of(self.places, server)
        except TakesNoServers as error:
            raise Met(Trouble.OWA_NO_LISTENER, f"{error} (step 5)") from None
        addresses = await self.ways.names.addresses(host)
        if not addresses:
            raise Met(Trouble.OWA_NO_IM, f"InstantMessagingServerName is {server}, which does not resolve (step 5)")
        try:
            async with await SipConnection.open(addresses[0], port, host, self.context) as connection:
                await Asker(person.proxy_sip).presence(connection)
        except OSError as error:
            raise Met(Trouble.SIP_DOWN, f"{host}:{port} cannot be reached: {words(error)}") from None

    async def _open(self, identity: Identity) -> None:
        """The web client: it asks who it is, and lets in whose password was given."""
        answer = await self._ask("GET", "auth/logon")
        if answer.status != 200:
            raise Met(Trouble.OWA_DOWN, f"{self.url} answers {answer.status}")
        if not identity.password:
            return
        form = urlencode({"username": identity.person.userPrincipalName, "password": identity.password}).encode()
        answer = await self._ask("POST", "auth/logon", form, ("Content-Type", "application/x-www-form-urlencoded"))
        if answer.status != 302:
            raise Met(Trouble.OWA_REFUSES, f"{self.url} refuses the person's sign-in with {answer.status}")
        cookie = ("Cookie", Headers(answer.headers).get("Set-Cookie").partition(";")[0])
        answer = await self._ask("GET", "", b"", cookie)
        await self._ask("POST", "auth/logoff", b"", cookie)
        if answer.status != 200:
            raise Met(Trouble.OWA_DOWN, f"{self.url} answers {answer.status} to who is signed in")

    async def _ask(self, method: str, path: str, body: bytes = b"", *headers: tuple[str, str]) -> HttpResponse:
        try:
            return await self.http.send(method, f"{self.url}{path}", headers=headers, body=body)
        except OSError as error:
            raise Met(Trouble.OWA_DOWN, f"{self.url} cannot be reached: {words(error)}") from None


def _met(reason: NoInstantMessaging) -> Met:
    if reason.step == 2:
        return Met(Trouble.NO_SIP_PROXY, NO_SIP_PROXY)
    return Met(Trouble.LYNC_NOT_FOUND if reason.step == 1 else Trouble.OWA_NO_IM, str(reason))
