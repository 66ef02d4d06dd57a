"""Which records of a plan the DNS lacks or has otherwise, each with what fails for want of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from samband.deployment.dns_records import Need, Record
from samband.deployment.findings import Finding, Weight
from samband.wire.dns import Lookup, Outcome, Resolver, Service

AT_ONCE = 16
"""Questions under way at a time."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A record of the plan and what the DNS says."""

    record: Record
    lookup: Lookup
    wrong: str = ""
    """What is wrong in words, empty where nothing is."""


async def look_up(records: Iterable[Record], resolver: Resolver) -> list[Looked]:
    """Ask for every record; the answers in the same order."""
    limit = asyncio.Semaphore(AT_ONCE)

    async def one(record: Record) -> Looked:
        async with limit:
            lookup = await _ask(record, resolver)
            return Looked(record, lookup, await _wrong(record, lookup, resolver))

    return list(await asyncio.gather(*(one(record) for record in records)))


async def _ask(record: Record, resolver: Resolver) -> Lookup:
    if record.kind == "SRV":
        return await resolver.lookup(record.owner, "SRV")
    addresses = await resolver.addresses(record.owner)
    if addresses:
        return Lookup(Outcome.FOUND, addresses)
    return await resolver.lookup(record.owner, record.kind)


async def _wrong(record: Record, lookup: Lookup, resolver: Resolver) -> str:
    if lookup.outcome is Outcome.NO_ANSWER:
        return f"the DNS gave no answer: {lookup.why}"
    if lookup.outcome is not Outcome.FOUND:
        return "there is no such record"
    if record.kind != "SRV":
        found = ", ".join(lookup.values)
        return "" if record.value in lookup.values else f"leads to {found} instead of {record.value}"
    return await _wrong_service(record, lookup, resolver)


async def _wrong_service(record: Record, lookup: Lookup, resolver: Resolver) -> str:
    """Judge the service that clients would take: the lowest priority's."""
    wanted = record.service
    try:
        offers = [Service.read(value) for value in lookup.values]
    except ValueError:
        return f"cannot be read: {', '.join(lookup.values)}"
    best = min(offers, key=lambda one: one.priority)
    domain = record.owner.split(".", 2)[2]
    if not (best.target == domain or best.target.endswith(f".{domain}")):
        return f"its target {best.target} is not in {domain}: clients that match names strictly refuse it"
    if best.target == wanted.target and best.port != wanted.port:
        return f"names port {best.port} instead of {wanted.port}"
    if not await resolver.addresses(best.target):
        return f"its target {best.target} does not resolve"
    if best.target != wanted.target:
        return f"names {best.target} instead of {wanted.target}"
    return ""


def findings(looked: Sequence[Looked]) -> list[Finding]:
    """One finding for each record that is missing or wrong."""
    return [_finding(one) for one in looked if one.wrong]


def _finding(looked: Looked) -> Finding:
    record = looked.record
    dot = "." if record.kind == "SRV" else ""
    remedy = f"Publish: {record.owner}. {record.ttl} IN {record.kind} {record.value}{dot}"
    weight = Weight.FAULT if record.need is Need.REQUIRED else Weight.WARNING
    return record_finding(record.owner, record.kind, looked.wrong, remedy, weight, record.purpose)


def record_finding(
    owner: str, kind: str, wrong: str, remedy: str, weight: Weight = Weight.FAULT, purpose: str = ""
) -> Finding:
    """What is wrong with one record, in words; its name is that of the record."""
    first = owner.partition(".")[0]
    article, symptom = SYMPTOMS.get(first, ("", f"Not reached: {purpose}."))
    return Finding(
        name=f"dns.{first.lstrip('_')}{'-srv' if kind == 'SRV' else ''}",
        step=1,
        weight=weight,
        symptom=symptom,
        cause=f"{owner} {kind}: {wrong}.",
        remedy=remedy,
        article=article,
    )


SYMPTOMS = {
    "lyncdiscover": (
        "2565604",
        "OWA has no meeting button, no presence and no instant messages; clients find no Lync.",
    ),
    "lyncdiscoverinternal": ("2566790", "Clients inside do not find Lync, or are sent to the outside."),
    "_sipfederationtls": ("2565604", "No federation; OWA has no instant messages."),
    "_sip": ("2566790", "Automatic sign-in finds no server for the domain."),
    "sip": ("2566790", "Automatic sign-in finds no server for the domain."),
    "_sipinternaltls": ("2566790", "Old clients inside find no server for the domain."),
    "sipinternal": ("2566790", "Old clients inside find no server for the domain."),
    "autodiscover": ("2787614", "Lync cannot find mailboxes: no conversation history, free/busy, out of office."),
    "_autodiscover": ("2787614", "Clients that ask for this record do not find mailboxes."),
}
"""First label of the owner -> the support article, and what people see."""
