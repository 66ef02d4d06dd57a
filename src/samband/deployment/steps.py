"""The six deployment steps and the features they light up, derived from what is found: never from a topology's name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

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
    """Host name -> where it leads, empty where it does not resolve."""
    own_names: frozenset[str]
    """Names that the site itself knows the way to, whatever the resolver says."""
    people: tuple[Person, ...]
    exchange_trusts_lync: bool
    lync_trusts_exchange: bool
    autodiscover_url: str
    instant_messaging_type: str
    instant_messaging_server_name: str
    trusted_applications: tuple[str, ...] = ()
    ucs_allowed: bool = True
    """The policy: contact lists move into mailboxes."""
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


def assess(facts: Facts) -> Standing:
    """The steps and features that ``facts`` amount to."""
    steps = (_dns(facts), _sip_addresses(facts), _mail_addresses(facts), _partners(facts), _owa(facts), _STEP_6)
    return Standing(steps, {person.userPrincipalName: _features(person, steps, facts) for person in facts.people})


_STEP_6 = Step(6, "Lync trusts the Office 365 authentication service", State.NOT_REQUIRED)


def _dns(facts: Facts) -> Step:
    unresolved = [name for name, target in facts.names.items() if not target]
    missing = tuple(f"{name} {_unresolved(name, facts)}" for name in unresolved)
    lost = tuple(name for name in unresolved if name.lower() not in facts.own_names)
    state = State.PARTLY if missing and not lost else _state(missing, len(facts.names))
    return Step(1, "DNS: clients and OWA find Lync", state, missing)


def _unresolved(name: str, facts: Facts) -> str:
    if name.lower() in facts.own_names:
        return "is known to this site, but not to this machine's resolver"
    return "does not resolve"


def _sip_addresses(facts: Facts) -> Step:
    enabled = [person for person in facts.people if person.sip]
    missing = tuple(
        f"{person.userPrincipalName}: no sip: address in proxyAddresses" for person in enabled if not person.proxy_sip
    )
    return Step(2, "Exchange reads the SIP address (proxyAddresses)", _state(missing, len(enabled)), missing)


def _mail_addresses(facts: Facts) -> Step:
    with_mailbox = [person for person in facts.people if person.msExchMailboxGuid and person.sip]
    missing = tuple(f"{person.userPrincipalName}: mail is empty" for person in with_mailbox if not person.mail)
    return Step(3, "Lync reads the e-mail address (mail)", _state(missing, len(with_mailbox)), missing)


def _partners(facts: Facts) -> Step:
    wanted = (
        (facts.exchange_trusts_lync, "Exchange has no partner application for Lync"),
        (facts.lync_trusts_exchange, "Lync has no partner application for Exchange"),
        (bool(facts.autodiscover_url), "oauth.exchange_autodiscover_url is empty"),
    )
    missing = tuple(why for there, why in wanted if not there)
    return Step(4, "Partner applications (server-to-server OAuth)", _state(missing, len(wanted)), missing)


def _owa(facts: Facts) -> Step:
    wanted = (
        (facts.instant_messaging_type == "OCS", 'owa.instant_messaging_type is not "OCS"'),
        (bool(facts.instant_messaging_server_name), "owa.instant_messaging_server_name is empty"),
        (bool(facts.trusted_applications), "Lync has no trusted application for OWA"),
    )
    missing = tuple(why for there, why in wanted if not there)
    return Step(5, "OWA virtual directory: instant messaging", _state(missing, len(wanted)), missing)


def _state(missing: tuple[str, ...], wanted: int) -> State:
    if not missing:
        return State.DONE
    return State.UNDONE if len(missing) >= wanted else State.PARTLY


_ABSENT = "not in this version"


def _features(person: Person, steps: tuple[Step, ...], facts: Facts) -> tuple[Feature, ...]:
    mailbox = "" if person.msExchMailboxGuid else "no mailbox"
    lync = "" if person.sip else "not enabled for Lync"
    mail = "" if person.mail else "mail is empty (step 3)"
    partners = "" if steps[3].state is State.DONE else "partner applications (step 4)"
    moves = facts.ucs_allowed or person.objectGUID in facts.ucs_moved
    policy = "" if moves else "policy (user_services.ucs_allowed)"
    ews = (mailbox, lync, mail)
    return (
        _feature("Outlook integration", ews),
        _feature("Free/busy", ews),
        _feature("Out of office", ews),
        _feature("Calendar in presence", (*ews, partners)),
        _feature("Conversation history", (_ABSENT,)),
        _feature("High-resolution photos", ews),
        _feature("Unified contact store", (*ews, partners, policy)),
        _feature("OWA IM and presence", (_ABSENT,)),
        _feature("OWA online meetings", (_ABSENT,)),
    )


def _feature(name: str, reasons: Iterable[str]) -> Feature:
    why = next((reason for reason in reasons if reason), "")
    return Feature(name, not why, why)
