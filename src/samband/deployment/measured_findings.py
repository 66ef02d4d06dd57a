"""Findings from what probes measured and what is known of people: one a trouble and cause, with whom it concerns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from samband.deployment.findings import Finding, Weight
from samband.deployment.measured import Measured, Outcome
from samband.deployment.troubles import KNOWN, Trouble
from samband.model.people import Person


def trouble_finding(trouble: Trouble, cause: str, who: tuple[str, ...] = (), *, elsewhere: bool = False) -> Finding:
    """A trouble as an administrator reads it; ``elsewhere``: of a deployment that is not ours."""
    known = KNOWN[trouble]
    return Finding(
        name=trouble.value,
        step=known.step,
        weight=known.weight,
        symptom=known.symptom,
        cause=cause,
        remedy=(elsewhere and known.elsewhere) or known.remedy,
        article=known.article,
        who=who,
    )


def findings_of(people: Mapping[str, Sequence[Measured]]) -> list[Finding]:
    """What failed, and what works but has a trouble of its own (a photo of low resolution)."""
    found: dict[tuple[Trouble, str], dict[str, None]] = {}
    for person, measured in people.items():
        for one in measured:
            if one.trouble is not None and one.outcome is not Outcome.NOT_TRIED:
                found.setdefault((one.trouble, one.why), {})[person] = None
    return [trouble_finding(trouble, _sentence(why), tuple(who)) for (trouble, why), who in found.items()]


@dataclass(frozen=True, slots=True)
class Lists:
    """A person's contact list: the SIP addresses on it, and whether it lives in the mailbox."""

    addresses: frozenset[str] = frozenset()
    moved: bool = False


def people_findings(
    people: Iterable[Person], lists: Mapping[str, Lists], sip_addresses: Iterable[str], sip_domains: Iterable[str]
) -> list[Finding]:
    """What the directory and the contact lists (by objectGUID) say of people, before anything is tried.

    ``sip_addresses`` are those of everybody enabled for Lync, in lower case.
    """
    enabled = [one for one in people if one.sip]
    differ = [one for one in enabled if one.msExchMailboxGuid and one.mail and _differ(one)]
    bare = [one for one in enabled if not one.msExchMailboxGuid]
    moved = [one for one in enabled if lists.get(one.objectGUID, Lists()).moved]
    found = [
        _about(Trouble.ADDRESSES_DIFFER, "SIP address, mail and primary SMTP address are not the same.", differ),
        _about(Trouble.NO_UPLOAD, "Enabled for Lync, without a mailbox.", bare),
        _about(Trouble.LIST_OLD_CLIENTS, "The contact list lives in the mailbox.", moved),
        _about(
            Trouble.LIST_UNAVAILABLE,
            "The contact list lives in a mailbox that the person no longer has.",
            [one for one in moved if not one.msExchMailboxGuid],
        ),
        *_strangers(enabled, lists, frozenset(sip_addresses), frozenset(sip_domains)),
    ]
    return [finding for finding in found if finding is not None]


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each once, faults first, then by step and name."""
    order = list(Weight)
    return tuple(sorted(dict.fromkeys(findings), key=lambda one: (order.index(one.weight), one.step or 9, one.name)))


def _differ(person: Person) -> bool:
    primary = person.primary_smtp.lower()
    return len({person.sip.lower(), person.mail.lower(), *((primary,) if primary else ())}) > 1


def _about(trouble: Trouble, cause: str, people: Sequence[Person]) -> Finding | None:
    if not people:
        return None
    return trouble_finding(trouble, cause, tuple(one.userPrincipalName for one in people))


def _strangers(
    people: Iterable[Person], lists: Mapping[str, Lists], known: frozenset[str], domains: frozenset[str]
) -> list[Finding]:
    """Contacts of our domains whom nobody is any more: whose lists they are on, a finding a contact."""
    found: dict[str, list[str]] = {}
    for person in people:
        for address in sorted(lists.get(person.objectGUID, Lists()).addresses - known):
            if address.rpartition("@")[2] in domains:
                found.setdefault(address, []).append(person.userPrincipalName)
    return [
        trouble_finding(Trouble.CONTACT_UNKNOWN, f"Nobody enabled for Lync has the address {address}.", tuple(who))
        for address, who in found.items()
    ]


def _sentence(why: str) -> str:
    return why if why.endswith((".", "!", "?")) else f"{why}."
