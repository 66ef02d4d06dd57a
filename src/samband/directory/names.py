"""What people are called, and in which form those names compare."""

from __future__ import annotations

from collections.abc import Iterator

from samband.model.people import Person

LOGIN = "login"
UPN = "upn"
SMTP = "smtp"
PROXY_SIP = "proxy-sip"
SIP = "sip"
MAILBOX = "mailbox"
LEGACY_DN = "legacy-dn"

Name = tuple[str, str]


def folded(name: str) -> str:
    """The form in which names compare: case does not count."""
    return name.strip().casefold()


def lookup_names(person: Person) -> set[Name]:
    """The names by which the directory finds ``person``."""
    return {(kind, folded(name)) for kind, name in _lookups(person) if name}


def claimed_names(person: Person) -> set[Name]:
    """The names that nobody else may have: also ``mail``, and the SIP address of a person who is not enabled."""
    claims = lookup_names(person)
    if person.mail:
        claims.add((SMTP, folded(person.mail)))
    if person.msRTCSIP_PrimaryUserAddress:
        claims.add((SIP, folded(person.msRTCSIP_PrimaryUserAddress[len("sip:") :])))
    return claims


def _lookups(person: Person) -> Iterator[Name]:
    yield LOGIN, person.sAMAccountName
    yield UPN, person.userPrincipalName
    yield PROXY_SIP, person.proxy_sip
    yield SIP, person.sip
    yield MAILBOX, person.msExchMailboxGuid
    yield MAILBOX, person.msExchArchiveGUID
    yield LEGACY_DN, person.legacyExchangeDN
    for address in person.smtp_addresses:
        yield SMTP, address
    # A mailbox that moved keeps answering to its old distinguished names.
    for address in person.proxyAddresses:
        if address[:5].lower() == "x500:":
            yield LEGACY_DN, address[5:]


def login_names(login: str, logon_domains: frozenset[str]) -> list[Name]:
    """How to look for what was typed: ``DOMAIN\\name``, ``name`` or ``name@domain``, likeliest first.

    ``logon_domains`` are the folded domains that may stand before the backslash; empty means that any may.
    """
    domain, backslash, name = login.rpartition("\\")
    if backslash:
        known = not logon_domains or folded(domain) in logon_domains or domain in ("", ".")
        return [(LOGIN, folded(name))] if known else []
    return [(UPN, folded(login)), (LOGIN, folded(login))] if "@" in login else [(LOGIN, folded(login))]
