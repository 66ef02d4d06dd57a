"""A whole check of a site: everything the article names, tried for its people, bounded and all at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from samband.deployment.dns_check import findings as dns_findings
from samband.deployment.dns_check import look_up
from samband.deployment.dns_records import needed
from samband.deployment.findings import Finding
from samband.deployment.measured import MEASURED, SIGN_IN, Measured, Report, cells_of, row_of
from samband.deployment.measured_findings import Lists, findings_of, merged, people_findings, trouble_finding
from samband.deployment.places import Places
from samband.deployment.troubles import Trouble
from samband.ground import Ground, utc_now
from samband.integration.exchange_client import ExchangeClient
from samband.integration.online_meetings import LyncMeetings
from samband.model.failures import Failure
from samband.model.people import Person
from samband.net import tls
from samband.net.dns_client import RememberingResolver
from samband.net.http_client import SocketClient
from samband.net.tls_look import is_open
from samband.serve.check.endpoints import ADDRESS_BOOK
from samband.serve.check.identity import Identity
from samband.serve.check.listeners import Listener, look_at
from samband.serve.check.lync_sign_in import LyncUser
from samband.serve.check.mailbox import Owner
from samband.serve.check.media import media_findings
from samband.serve.check.owa import OwaMessaging
from samband.serve.check.probing import PATIENCE, Fine, NotTried, Probe, Ways, measured
from samband.serve.check.servers import Servers
from samband.serve.media import janus_secret
from samband.serve.naming import resolver
from samband.serve.paths import taken_ports
from samband.serve.trust import open_trust
from samband.store import contacts, unified_contacts
from samband.trust.oauth.names import EXCHANGE, LYNC
from samband.trust.oauth.partner_gate import PartnerGate
from samband.wire.dns import Service
from samband.wire.http import HttpClient

AT_ONCE = 6
"""People tried at a time."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Whom to try it as: one login or everybody, ``most`` of them; with a password, if they gave it."""

    login: str = ""
    password: str = field(default="", repr=False)
    most: int = 100


async def check_site(ground: Ground, wish: Wish) -> Report:
    """Try everything on the running site of ``ground``. Raises ``Failure`` for an unknown login."""
    began = time.monotonic()
    async with AsyncExitStack() as stack:
        check = await _Check.open(stack, ground)
        everybody = [one for one in await ground.people.list() if not one.is_resource and one.enabled]
        people = [await ground.people.find(wish.login)] if wish.login else everybody[: wish.most]
        limit = asyncio.Semaphore(AT_ONCE)

        async def tried(person: Person) -> tuple[Measured, ...]:
            async with limit:
                return await check.person(Identity(ground, person, wish.password))

        found, around = await asyncio.gather(asyncio.gather(*(tried(one) for one in people)), check.around())
        results = {person.userPrincipalName: one for person, one in zip(people, found, strict=True)}
        known = people_findings(
            people, check.lists, (one.sip.lower() for one in everybody if one.sip), check.sip_domains
        )
        return Report(
            site=ground.site.organisation.domain,
            row=row_of(await check.targets(), here=ground.site.roles.lync),
            when=f"{utc_now():%Y-%m-%d %H:%M} UTC",
            seconds=round(time.monotonic() - began, 1),
            cells=cells_of(results),
            people=results,
            findings=merged([*around, *known, *findings_of(results)]),
            of=1 if wish.login else len(everybody),
        )


async def must_be_served(ground: Ground) -> None:
    """Raises ``Failure`` where no process serves the site: one sentence instead of a finding for all there is."""
    listen = ground.site.listen
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(listen.address, listen.address)
    if not await is_open(address, listen.https, PATIENCE):
        text = (
            f"nothing answers at {listen.address}:{listen.https}: run `samband serve {ground.folder}`, then check again"
        )
        raise Failure("NotServed", text)


@dataclass(frozen=True, slots=True)
class _Check:
    ground: Ground
    places: Places
    ways: Ways
    servers: Servers
    owa: OwaMessaging | None
    lists: dict[str, Lists]

    @classmethod
    async def open(cls, stack: AsyncExitStack, ground: Ground) -> _Check:
        places = Places(ground.site, taken_ports(ground.site.listen, probe=False))
        context = await asyncio.to_thread(tls.client_context, ground.certificates.authority_file)
        ports = places.ports
        own = frozenset(places.hosts)
        listening = {443: ports.https, 80: ports.http or 80, 5061: ports.sip_tls}
        ways = Ways(RememberingResolver(resolver(places)), listening, own.__contains__, context)
        http = ways.http()
        stack.push_async_callback(http.close)
        trusts = await stack.enter_async_context(open_trust(ground, places, http))
        exchange, lync, url = trusts.get("exchange"), trusts.get("lync"), places.exchange_autodiscover_url
        client = meetings = None
        if lync is not None:
            client = ExchangeClient(http, PartnerGate(lync.client, lync.partners, EXCHANGE, "Exchange"), url)
        if exchange is not None:
            gate = PartnerGate(exchange.client, exchange.partners, LYNC, "Lync")
            meetings = LyncMeetings(http, ways.names, gate)
        servers = Servers(client, meetings, utc_now(), knows_exchange=bool(url))
        owa = await OwaMessaging.of(ground, http, ways, places) if exchange is not None else None
        return cls(ground, places, ways, servers, owa, await _lists(ground))

    @property
    def sip_domains(self) -> tuple[str, ...]:
        return self.ground.site.organisation.all_sip_domains

    async def person(self, identity: Identity) -> tuple[Measured, ...]:
        """Everything a person is meant to have, their own connection's probes one after the other."""
        person = identity.person
        mailbox, lync = bool(person.msExchMailboxGuid), bool(person.sip)
        owner = Owner(identity, self.ways, self.servers.now)
        as_owner: list[tuple[str, Probe]] = [
            ("Outlook integration", owner.outlook),
            ("Free/busy", owner.free_busy),
            ("Out of office", owner.out_of_office),
            ("High-resolution photos", owner.photo),
        ]
        try:
            runs = [
                self._in_turn(person, [(SIGN_IN, LyncUser(identity, self.ways).sign_in)] if lync else []),
                self._in_turn(person, as_owner if mailbox else []),
                self._in_turn(person, self._by_servers(identity) if mailbox and lync else []),
            ]
            found = [one for group in await asyncio.gather(*runs) for one in group]
            return tuple(sorted(found, key=lambda one: MEASURED.index(one.feature)))
        finally:
            await owner.close()

    def _by_servers(self, identity: Identity) -> list[tuple[str, Probe]]:
        person = identity.person
        moved = self.lists.get(person.objectGUID, Lists()).moved
        return [
            ("Calendar in presence", lambda: self.servers.calendar(person)),
            ("Conversation history", lambda: self.servers.history(person)),
            ("Unified contact store", lambda: self.servers.contact_list(person, moved=moved)),
            ("OWA IM and presence", lambda: self._owa(identity)),
            ("OWA online meetings", lambda: self.servers.meeting(person)),
        ]

    async def _owa(self, identity: Identity) -> Fine:
        if self.owa is None:
            raise NotTried("the mailbox side is not on this site")
        return await self.owa.try_as(identity)

    async def _in_turn(self, person: Person, probes: Sequence[tuple[str, Probe]]) -> list[Measured]:
        return [await measured(name, person.userPrincipalName, probe) for name, probe in probes]

    async def around(self) -> list[Finding]:
        """What is wrong with records, ports and certificates."""
        looked = await look_up(needed(self.places), self.ways.names)
        authorities = self.ground.certificates.authority_file
        return [
            *dns_findings(looked),
            *await self._address_book(),
            *await self._media(),
            *await look_at(self._listeners(), self.ways.names, authorities, self.servers.now),
        ]

    async def _address_book(self) -> list[Finding]:
        """Whether the web services have one; where they cannot be reached, others say so."""
        if not self.ground.site.roles.lync:
            return []
        http = self.ways.http()
        try:
            return await address_book_findings(http, self.ground.site.host_names.lync)
        finally:
            await http.close()

    async def _media(self) -> list[Finding]:
        """Whether what carries sound and pictures is there, where the site has it."""
        site = self.ground.site
        if not site.roles.lync:
            return []
        http = SocketClient(self.ways.context, {})
        try:
            secret = await asyncio.to_thread(janus_secret, self.ground.folder, site.media)
            return await media_findings(site.media, secret, http, self.ways.names)
        except Failure as failure:
            return [trouble_finding(Trouble.MEDIA_REFUSES, f"{failure.text}.")]
        finally:
            await http.close()

    def _listeners(self) -> list[Listener]:
        names, ports, roles = self.ground.site.host_names, self.places.ports, self.ground.site.roles
        found = []
        if roles.exchange:
            domains = self.ground.site.organisation.accepted_domains
            hosts = [names.mail, names.autodiscover, *(f"autodiscover.{domain}" for domain in domains)]
            found += [Listener(host, ports.https, "HTTPS") for host in dict.fromkeys(one.lower() for one in hosts)]
            mail = ((ports.smtp, "SMTP"), (ports.submission, "submission"))
            found += [Listener(names.mail, port, what, tls=False) for port, what in mail if port is not None]
        if roles.lync:
            found += [Listener(f"lyncdiscover.{one}", ports.https, "HTTPS") for one in self.sip_domains]
            found += [Listener(names.lync, ports.https, "HTTPS"), Listener(names.lync, ports.sip_tls, "SIP over TLS")]
            if ports.sip_servers is not None:
                found.append(Listener(names.lync, ports.sip_servers, "SIP for servers", tls=False))
        return found

    async def targets(self) -> list[str]:
        """The hosts to which discovery sends the site's people."""
        found = []
        for domain in self.sip_domains:
            for owner in (f"_sip._tls.{domain}", f"_sipfederationtls._tcp.{domain}"):
                found += [Service.read(one).target for one in (await self.ways.names.lookup(owner, "SRV")).values]
        return found


async def address_book_findings(http: HttpClient, host: str) -> list[Finding]:
    """Whether the web services on ``host`` have an address book: there is nothing where it is not published."""
    url = f"https://{host}{ADDRESS_BOOK}"
    try:
        answer = await http.send("GET", url, timeout=PATIENCE)
    except OSError:
        return []
    return [trouble_finding(Trouble.NO_ADDRESS_BOOK, f"{url} answers 404.")] if answer.status == 404 else []


async def _lists(ground: Ground) -> dict[str, Lists]:
    moved = await ground.store.read(unified_contacts.everyone)
    people = [one.objectGUID for one in await ground.people.list() if one.sip]
    lists = await ground.store.read(lambda tx: {guid: contacts.get(tx, guid) for guid in people})
    return {guid: Lists(frozenset(one.contacts), guid in moved and moved[guid].migrated) for guid, one in lists.items()}
