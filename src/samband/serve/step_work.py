"""Doing and undoing the six steps, with the verbs that an administrator would use by hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import msgspec

from samband.deployment.dns_check import look_up
from samband.deployment.dns_records import Need, needed
from samband.deployment.places import Places
from samband.exchange.actions.owa import OwaSettings
from samband.ground import Ground
from samband.lync.actions.trusted_applications import TrustedApplications
from samband.model.failures import Failure
from samband.model.instant_messaging import OWA_APPLICATION, OWA_PORT, OwaVirtualDirectory
from samband.model.people import Person
from samband.serve import naming
from samband.serve.administration import administer
from samband.serve.paths import taken_ports
from samband.serve.trust import introduce
from samband.store import undone
from samband.trust.oauth.names import EXCHANGE, LYNC

Work = Callable[["StepWork"], Awaitable[list[str]]]


@dataclass(frozen=True, slots=True)
class StepWork:
    """One site, and (``login``) the one person whom steps 2 and 3 are to be about; empty: everybody."""

    ground: Ground
    login: str = ""

    @property
    def places(self) -> Places:
        """Where the site is found."""
        return Places(self.ground.site, taken_ports(self.ground.site.listen, probe=False))

    async def do(self, number: int) -> list[str]:
        """Do a step; what was done, a line each, none where nothing was left to do. Raises ``Failure``."""
        return await _DO[number](self)

    async def undo(self, number: int) -> list[str]:
        """Undo a step; what was undone, a line each. Raises ``Failure``."""
        return await _UNDO[number](self)

    async def people(self) -> list[Person]:
        """Whom steps 2 and 3 are about."""
        if self.login:
            return [await self.ground.people.find(self.login)]
        return [one for one in await self.ground.people.list() if not one.is_resource]


async def _publish(work: StepWork) -> list[str]:
    zones = await naming.publish(work.ground, work.places, only_discovery=True)
    said = [f"published the discovery records of {zone}" for zone in zones]
    others = [one for one in needed(work.places) if not one.discovery and one.need is Need.REQUIRED]
    lacking = sum(bool(one.wrong) for one in await look_up(others, naming.resolver(work.places)))
    if lacking:
        said.append(f"{lacking} records that the site needs beside them are not there: samband dns publish, or plan")
    return said


async def _withdraw(work: StepWork) -> list[str]:
    zones = await naming.withdraw(work.ground, work.places, only_discovery=True)
    return [f"withdrew the discovery records of {zone}" for zone in zones]


async def _give(work: StepWork, step: int, attribute: str, wanted: Callable[[Person], tuple[str, ...]]) -> list[str]:
    """Give people the values of ``attribute`` they lack: those taken from them, else ``wanted``."""
    taken = await work.ground.store.read(lambda tx: undone.kept(tx, step))
    said = []
    for person in await work.people():
        missing = wanted(person)
        if not missing:
            continue
        values = taken.get(person.objectGUID, missing)
        before = getattr(person, attribute)
        kept = before if isinstance(before, tuple) else ()
        await work.ground.people.set(person.sAMAccountName, {attribute: [*kept, *values]})
        await work.ground.store.write(partial(undone.forget, step=step, person=person.objectGUID))
        said.append(f"{person.userPrincipalName}: {attribute} has {', '.join(values)}")
    return said


async def _take(work: StepWork, step: int, attribute: str, there: Callable[[Person], tuple[str, ...]]) -> list[str]:
    """Take from people the values ``there`` of ``attribute``; they are kept for doing the step again."""
    said = []
    for person in await work.people():
        values = there(person)
        if not values:
            continue
        keep = partial(undone.keep, step=step, person=person.objectGUID, attribute=attribute, values=values)
        await work.ground.store.write(keep)
        before = getattr(person, attribute)
        kept = [one for one in before if one not in values] if isinstance(before, tuple) else []
        await work.ground.people.set(person.sAMAccountName, {attribute: kept})
        said.append(f"{person.userPrincipalName}: {attribute} no longer has {', '.join(values)}")
    return said


def _sip_wanted(person: Person) -> tuple[str, ...]:
    return (f"sip:{person.sip}",) if person.sip and not person.proxy_sip else ()


def _sip_there(person: Person) -> tuple[str, ...]:
    return tuple(one for one in person.proxyAddresses if one[:4].lower() == "sip:")


def _mail_wanted(person: Person) -> tuple[str, ...]:
    return (person.primary_smtp,) if person.primary_smtp and not person.mail else ()


def _mail_there(person: Person) -> tuple[str, ...]:
    return (person.mail,) if person.mail else ()


async def _introduce(work: StepWork) -> list[str]:
    if not work.places.exchange_autodiscover_url:
        raise Failure("NoAutodiscover", 'set oauth.exchange_autodiscover_url in samband.toml first, such as "own"')
    async with administer(work.ground) as trusts:
        await introduce(trusts)
        return [
            f"{side} trusts {', '.join(one.row.name for one in trust.partners.all())}" for side, trust in trusts.items()
        ]


async def _part(work: StepWork) -> list[str]:
    said = []
    async with administer(work.ground) as trusts:
        for side, trust in trusts.items():
            for partner in trust.partners.all():
                if partner.row.application in (EXCHANGE, LYNC):
                    await trust.partners.remove(partner.row.name)
                    said.append(f"{side} no longer trusts {partner.row.name}")
    return said


async def _set_owa(work: StepWork) -> list[str]:
    ground, host = work.ground, work.ground.site.host_names.mail.lower()
    if ground.site.roles.lync and ground.site.listen.sip_servers == "off":
        raise Failure("NoServers", "set listen.sip_servers in samband.toml first, such as 5062, and restart")
    owa, applications = OwaSettings(ground.store, ground.feed), TrustedApplications(ground.store, ground.feed)
    try:
        await owa.start()
        await owa.set(
            msgspec.structs.replace(
                owa.now,
                instant_messaging_enabled=True,
                instant_messaging_type="OCS",
                instant_messaging_server_name=ground.site.host_names.lync,
            )
        )
        await applications.add(host, OWA_APPLICATION, OWA_PORT)
    finally:
        owa.close()
        applications.close()
    return [
        f"the OWA virtual directory has InstantMessagingType OCS and the server {ground.site.host_names.lync}",
        f"Lync trusts the application {OWA_APPLICATION} of {host}",
    ]


async def _clear_owa(work: StepWork) -> list[str]:
    ground, host = work.ground, work.ground.site.host_names.mail.lower()
    owa, applications = OwaSettings(ground.store, ground.feed), TrustedApplications(ground.store, ground.feed)
    try:
        await owa.set(OwaVirtualDirectory())
        await applications.start()
        for one in applications.all():
            if one.pool_fqdn == host:
                await applications.remove(one.pool_fqdn, one.application_id)
    finally:
        owa.close()
        applications.close()
    return ["the OWA virtual directory has InstantMessagingType None", f"Lync trusts no application of {host}"]


async def _not_required(_: StepWork) -> list[str]:
    raise Failure("NotRequired", "step 6 is for people whose mailbox or Lync home is online; this site has none")


_DO: dict[int, Work] = {
    1: _publish,
    2: lambda work: _give(work, 2, "proxyAddresses", _sip_wanted),
    3: lambda work: _give(work, 3, "mail", _mail_wanted),
    4: _introduce,
    5: _set_owa,
    6: _not_required,
}
_UNDO: dict[int, Work] = {
    1: _withdraw,
    2: lambda work: _take(work, 2, "proxyAddresses", _sip_there),
    3: lambda work: _take(work, 3, "mail", _mail_there),
    4: _part,
    5: _clear_owa,
    6: _not_required,
}
