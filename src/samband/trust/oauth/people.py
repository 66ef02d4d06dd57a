"""Whom the claims of a token mean: each side knows people by its own attributes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from samband.directory.api import Directory
from samband.model.people import Person
from samband.trust.oauth.diagnostics import INVALID_USER, refusal

_SID = re.compile(r"[Ss]-1-[0-9-]+")
Find = Callable[[str], Person | None]


@dataclass(frozen=True, slots=True)
class View:
    """How one side reads and writes the claims about a user.

    ``own`` are claims by which this side knows its people: one that is there must lead to a person. ``other`` are
    known to the other side: where they lead to nobody here they say nothing. All that lead somewhere must agree.
    """

    own: Mapping[str, Find]
    other: Mapping[str, Find]
    claims: Callable[[Person], dict[str, str]]

    def person(self, claims: Mapping[str, str]) -> Person:
        """The one user that ``claims`` mean. Raises ``Denied``."""
        found = [self._own(name, claims[name], find) for name, find in self.own.items() if _usable(claims, name)]
        if not found:
            raise refusal(INVALID_USER, "the token names no user")
        others = [find(claims[name]) for name, find in self.other.items() if _usable(claims, name)]
        everyone = {person.objectGUID for person in (*found, *others) if person is not None}
        if len(everyone) > 1:
            raise refusal(INVALID_USER, "the claims of the token are of different users")
        if not found[0].enabled:
            raise refusal(INVALID_USER, "the user's account is disabled")
        return found[0]

    def _own(self, name: str, value: str, find: Find) -> Person:
        person = find(value)
        if person is None:
            raise refusal(INVALID_USER, f"the user of the claim {name} does not exist")
        return person


def exchange_view(directory: Directory) -> View:
    """Exchange knows people by mailbox, UPN and the SMTP addresses in proxyAddresses."""

    def mailbox(value: str) -> Person | None:
        return directory.by_mailbox(value.partition("@")[0])

    by_upn = _by_upn(directory)
    own: dict[str, Find] = {"msexchuid": mailbox, "nameid": by_upn, "upn": by_upn, "smtp": directory.by_smtp}
    return View(own, {"sip": directory.by_proxy_sip}, lambda person: _claims(person, person.proxy_sip))


def lync_view(directory: Directory) -> View:
    """Lync knows people by UPN and their SIP address."""
    by_upn = _by_upn(directory)
    own: dict[str, Find] = {"nameid": by_upn, "upn": by_upn, "sip": directory.by_sip}
    return View(own, {"smtp": directory.by_smtp}, lambda person: _claims(person, person.sip))


def _by_upn(directory: Directory) -> Find:
    def find(value: str) -> Person | None:
        person = directory.by_login(value)
        return person if person is not None and person.userPrincipalName.lower() == value.lower() else None

    return find


def _claims(person: Person, sip: str) -> dict[str, str]:
    """The claims about a user as this side writes them: in lower case, as SharePoint insists."""
    upn = person.userPrincipalName.lower()
    claims = {"nameid": upn, "nii": "urn:office:idp:activedirectory", "upn": upn}
    if person.mail:
        claims["smtp"] = person.mail.lower()
    if sip:
        claims["sip"] = sip.lower()
    return claims


def _usable(claims: Mapping[str, str], name: str) -> bool:
    """A claim that is there; a SID in ``nameid`` is the business of those who have SIDs."""
    value = claims.get(name, "")
    return bool(value) and not (name == "nameid" and _SID.fullmatch(value))
