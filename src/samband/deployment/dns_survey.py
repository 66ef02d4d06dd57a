"""The records of any deployment, Microsoft's included: whether they lead on premises or online, and which are wrong.

On premises and in a hybrid every record leads on premises; with Skype for Business Online alone there are exactly four,
and they lead to its three directors (KB 2566790).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from samband.deployment.dns_check import record_finding
from samband.deployment.findings import Finding, Weight
from samband.deployment.measured import HYBRID, ON_PREMISES, ONLINE
from samband.deployment.measured_findings import trouble_finding
from samband.deployment.troubles import Trouble
from samband.wire.dns import Kind, Lookup, Outcome, Resolver, Service

DIRECTORS = {
    "lyncdiscover": "webdir.online.lync.com",
    "_sip._tls": "sipdir.online.lync.com",
    "_sipfederationtls._tcp": "sipfed.online.lync.com",
    "sip": "sipdir.online.lync.com",
}
"""First labels of a record -> where it leads if the deployment is online only."""
_PORTS = {"_sip._tls": 443, "_sipfederationtls._tcp": 5061}
_ON_PREMISES = ("lyncdiscover", "_sip._tls", "_sipfederationtls._tcp", "meet")


@dataclass(frozen=True, slots=True)
class Found:
    """One record as the DNS has it. ``target`` is the host it names, empty for an address or where there is none."""

    labels: str
    owner: str
    kind: Kind
    lookup: Lookup
    target: str = ""
    port: int = 0
    leads: bool = False
    """Whether there is an address at its end."""

    @property
    def there(self) -> bool:
        return self.lookup.outcome is Outcome.FOUND

    @property
    def online(self) -> bool:
        """Whether it leads to Skype for Business Online."""
        return self.target.endswith(".online.lync.com")


@dataclass(frozen=True, slots=True)
class DnsSurvey:
    """The records, the row of the article's table they fit, and what is wrong with them."""

    records: tuple[Found, ...]
    row: str
    findings: tuple[Finding, ...]

    def services(self) -> list[tuple[str, int]]:
        """Host and port of every SRV record that leads somewhere."""
        return list(dict.fromkeys((one.target, one.port) for one in self.records if one.kind == "SRV" and one.leads))


async def survey_dns(sip_domain: str, smtp_domain: str, resolver: Resolver) -> DnsSurvey:
    """Ask for everything a deployment for these domains may have."""
    asked = [
        *((labels, f"{labels}.{sip_domain}") for labels in (*DIRECTORS, "meet")),
        ("autodiscover", f"autodiscover.{smtp_domain}"),
        ("_autodiscover._tcp", f"_autodiscover._tcp.{smtp_domain}"),
    ]
    records = tuple(await asyncio.gather(*(_found(labels, owner, resolver) for labels, owner in asked)))
    lync = [one for one in records if one.labels in DIRECTORS and one.there]
    online = [one for one in lync if one.online]
    if online and len(online) == len(lync):
        row, wrong = ONLINE, _wrong_online(records)
    else:
        row, wrong = HYBRID if online else ON_PREMISES, _wrong_on_premises(records)
    # Nothing is known of a record that was asked for in vain: the server is told of, once.
    found = [*_vain(records), *wrong, *_wrong_autodiscover(records, smtp_domain)]
    return DnsSurvey(records, row, tuple(found))


def _vain(records: Iterable[Found]) -> list[Finding]:
    asked = [one.owner for one in records if one.lookup.outcome is Outcome.NO_ANSWER]
    if not asked:
        return []
    more = f" and {len(asked) - 1} more names" if len(asked) > 1 else ""
    return [trouble_finding(Trouble.NO_RESOLVER, f"The DNS gave no answer for {asked[0]}{more}.")]


async def _found(labels: str, owner: str, resolver: Resolver) -> Found:
    if not labels.startswith("_"):
        alias, addresses = await asyncio.gather(resolver.lookup(owner, "CNAME"), resolver.addresses(owner))
        if alias.outcome is Outcome.FOUND:
            return Found(labels, owner, "CNAME", alias, alias.values[0], leads=bool(addresses))
        if addresses:
            return Found(labels, owner, "A", Lookup(Outcome.FOUND, addresses), leads=True)
        return Found(labels, owner, "A", await resolver.lookup(owner, "A"))
    lookup = await resolver.lookup(owner, "SRV")
    try:
        offers = [Service.read(value) for value in lookup.values]
    except ValueError:
        offers = []
    if not offers:
        return Found(labels, owner, "SRV", lookup)
    best = min(offers, key=lambda one: one.priority)
    leads = bool(await resolver.addresses(best.target))
    return Found(labels, owner, "SRV", lookup, best.target, best.port, leads)


def _wrong_online(records: Iterable[Found]) -> list[Finding]:
    found = []
    for one in records:
        if one.labels not in DIRECTORS or one.lookup.outcome is Outcome.NO_ANSWER:
            continue
        target, port = DIRECTORS[one.labels], _PORTS.get(one.labels, 0)
        wrong = _absence(one)
        if not wrong and one.target != target:
            wrong = f"names {one.target} instead of {target}"
        elif not wrong and one.port != port:
            wrong = f"names port {one.port} instead of {port}"
        if wrong:
            kind = "SRV" if port else "CNAME"
            value = f"100 1 {port} {target}." if port else f"{target}."
            found.append(record_finding(one.owner, kind, wrong, f"Publish: {one.owner}. 3600 IN {kind} {value}"))
    return found


def _wrong_on_premises(records: Iterable[Found]) -> list[Finding]:
    found = []
    for one in records:
        if one.lookup.outcome is Outcome.NO_ANSWER:
            continue
        if one.labels in _ON_PREMISES and (wrong := _absence(one) or _astray(one)):
            weight = Weight.WARNING if one.labels == "meet" else Weight.FAULT
            remedy = f"Publish {one.owner} {one.kind} with the address or host of the deployment on premises."
            found.append(record_finding(one.owner, one.kind, wrong, remedy, weight, "links that join meetings"))
        elif one.labels == "sip" and one.online:
            found.append(record_finding(one.owner, one.kind, _astray(one), "Let it lead on premises."))
    return found


def _wrong_autodiscover(records: Iterable[Found], domain: str) -> list[Finding]:
    mine = [one for one in records if one.labels in ("autodiscover", "_autodiscover._tcp")]
    if any(one.leads or one.lookup.outcome is Outcome.NO_ANSWER for one in mine):
        return []
    name = f"autodiscover.{domain}"
    wrong = "there is no such record that leads anywhere, nor an SRV record"
    return [record_finding(name, "A", wrong, f"Publish {name} with the address of Exchange's client access.")]


def _absence(one: Found) -> str:
    return "" if one.there else "there is no such record"


def _astray(one: Found) -> str:
    """What is wrong with a record that is there and is to lead on premises."""
    if one.online:
        return f"leads online, to {one.target}; on premises and in a hybrid every record leads on premises"
    domain = one.owner.split(".", 2)[2] if one.kind == "SRV" else ""
    if domain and one.target != domain and not one.target.endswith(f".{domain}"):
        return f"its target {one.target} is not in {domain}: clients that match names strictly refuse it"
    return "" if one.leads else f"its target {one.target} does not resolve"
