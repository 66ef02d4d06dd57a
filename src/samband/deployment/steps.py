"""The six deployment steps and the features they light up, derived from what is found: never from a topology's name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from samband.model.instant_messaging import OwaVirtualDirectory, TrustedApplication
from samband.model.people import Person


class State(StrEnum):
    """How far a step is."""

    DONE = "done"
    PARTLY = "partly"
    UNDONE = "not done"
    NOT_REQUIRED = "not required"


@dataclass(frozen=True, slots=True)
class Facts:
    """What was looked at: names as they resolve, people, trust in both directions, the OWA virtual directory."""

    names: Mapping[str, str]
    """Discovery name -> where it leads, empty where it does not resolve."""
    own_names: frozenset[str]
    """Names that the site itself knows the way to, whatever the resolver says."""
    people: tuple[Person, ...]
    exchange_trusts_lync: bool
    lync_trusts_exchange: bool
    autodiscover_url: str
    owa: OwaVirtualDirectory
    trusted_applications: tuple[TrustedApplication, ...]
    owa_host: str
    """The name in OWA's certificate, by which the Lync side knows it."""
    takes_servers: bool = True
    """Whether the Lync side, where it is the site's, listens for trusted applications."""
    ucs_allowed: bool = True
    """The policy: contact lists move into mailboxes."""
    history_kept: bool = True
    """The policy: the server writes conversation history."""
    ucs_moved: frozenset[str] = frozenset()
    """objectGUIDs of people whose list lives in the mailbox, whatever the policy."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its number and title in the article, its state, and what is missing (empty where done)."""

    number: int
    title: str
    state: State
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature for one person: on, or why not."""

    name: str
    on: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """The six steps of a site, and every person's features."""

    steps: tuple[Step, ...]
    features: Mapping[str, tuple[Feature, ...]] = field(default_factory=dict)
    """userPrincipalName -> features."""


TITLES = {
    1: "DNS: clients and OWA find Lync",
    2: "Exchange reads the SIP address (proxyAddresses)",
    3: "Lync reads the e-mail address (mail)",
    4: "Partner applications (server-to-server OAuth)",
    5: "OWA virtual directory: instant messaging",
    6: "Lync trusts the Office 365 authentication service",
}

FEATURES: Mapping[str, tuple[int, ...]] = {
    "Outlook integration": (3,),
    "Free/busy": (3,),
    "Out of office": (3,),
    "Calendar in presence": (3, 4),
    "Conversation history": (3, 4),
    "High-resolution photos": (3,),
    "Unified contact store": (3, 4),
    "OWA IM and presence": (1, 2, 5),
    "OWA online meetings": (1, 2, 4),
}
"""Feature -> the steps it needs. Step 6 is for people whose Lync home or mailbox is online."""


def assess(facts: Facts) -> Standing:
    """The steps and features that ``facts`` amount to."""
    steps = (
        _dns(facts),
        _sip_addresses(facts),
        _mail_addresses(facts),
        _partners(facts),
        _owa(facts),
        Step(6, TITLES[6], State.NOT_REQUIRED),
    )
    return Standing(steps, {person.userPrincipalName: _features(person, steps, facts) for person in facts.people})


def dependents(facts: Facts, number: int) -> dict[str, tuple[int, int]]:
    """Feature -> for how many people it is on with step ``number`` done, and with it undone, all else as it is."""
    steps = assess(facts).steps
    found: dict[str, tuple[int, int]] = {}
    for name, needs in FEATURES.items():
        if number in needs:
            counts = [
                sum(_feature(name, person, steps, facts, {number: done}).on for person in facts.people)
                for done in (True, False)
            ]
            found[name] = (counts[0], counts[1])
    return found


def _dns(facts: Facts) -> Step:
    unresolved = [name for name, target in facts.names.items() if not target]
    missing = tuple(f"{name} {_unresolved(name, facts)}" for name in unresolved)
    return Step(1, TITLES[1], _state(missing, len(facts.names)), missing)


def _unresolved(name: str, facts: Facts) -> str:
    if name.lower() in facts.own_names:
        return "is known to this site, but does not resolve"
    return "does not resolve"


def _sip_addresses(facts: Facts) -> Step:
    enabled = [person for person in facts.people if person.sip]
    missing = tuple(f"{person.userPrincipalName}: {_NO_PROXY}" for person in enabled if not person.proxy_sip)
    return Step(2, TITLES[2], _state(missing, len(enabled)), missing)


def _mail_addresses(facts: Facts) -> Step:
    with_mailbox = [person for person in facts.people if person.msExchMailboxGuid and person.sip]
    missing = tuple(f"{person.userPrincipalName}: {_NO_MAIL}" for person in with_mailbox if not person.mail)
    return Step(3, TITLES[3], _state(missing, len(with_mailbox)), missing)


_NO_PROXY = "no sip: address in proxyAddresses"
_NO_MAIL = "mail is empty"


def _partners(facts: Facts) -> Step:
    wanted = (
        (facts.exchange_trusts_lync, "Exchange has no partner application for Lync"),
        (facts.lync_trusts_exchange, "Lync has no partner application for Exchange"),
        (bool(facts.autodiscover_url), "oauth.exchange_autodiscover_url is empty"),
    )
    missing = tuple(why for there, why in wanted if not there)
    return Step(4, TITLES[4], _state(missing, len(wanted)), missing)


def _owa(facts: Facts) -> Step:
    missing = facts.owa.missing
    if facts.owa_host not in {one.pool_fqdn for one in facts.trusted_applications}:
        missing = (*missing, f"Lync has no trusted application for {facts.owa_host}")
    if not facts.takes_servers:
        missing = (*missing, "listen.sip_servers is off: Lync takes no connections of trusted applications")
    return Step(5, TITLES[5], _state(missing, 3 if facts.takes_servers else 4), missing)


def _state(missing: tuple[str, ...], wanted: int) -> State:
    if not missing:
        return State.DONE
    return State.UNDONE if len(missing) >= wanted else State.PARTLY


def _features(person: Person, steps: tuple[Step, ...], facts: Facts) -> tuple[Feature, ...]:
    return tuple(_feature(name, person, steps, facts, {}) for name in FEATURES)


def _feature(name: str, person: Person, steps: tuple[Step, ...], facts: Facts, assumed: Mapping[int, bool]) -> Feature:
    reasons = (
        "" if person.msExchMailboxGuid else "no mailbox",
        "" if person.sip else "not enabled for Lync",
        *(_lacking(number, person, steps, assumed) for number in FEATURES[name]),
        _policy(name, person, facts),
    )
    return _judged(name, reasons)


def _lacking(number: int, person: Person, steps: tuple[Step, ...], assumed: Mapping[int, bool]) -> str:
    """Why a step is not done for this person, empty where it is."""
    if number in assumed:
        return "" if assumed[number] else f"step {number}"
    if number == 2:
        return "" if person.proxy_sip else f"{_NO_PROXY} (step 2)"
    if number == 3:
        return "" if person.mail else f"{_NO_MAIL} (step 3)"
    step = steps[number - 1]
    return "" if step.state is State.DONE else f"{step.missing[0]} (step {number})"


def _policy(name: str, person: Person, facts: Facts) -> str:
    if name == "Conversation history" and not facts.history_kept:
        return "policy (user_services.server_conversation_history)"
    if name != "Unified contact store" or facts.ucs_allowed or person.objectGUID in facts.ucs_moved:
        return ""
    return "policy (user_services.ucs_allowed)"


def _judged(name: str, reasons: Iterable[str]) -> Feature:
    why = next((reason for reason in reasons if reason), "")
    return Feature(name, not why, why)
