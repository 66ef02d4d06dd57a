"""How probes prove to be the people: by what the site keeps of their passwords, or by a password that was given."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass, field

from samband.exchange.imports.sign_in import Basic, Ntlm, SignIn
from samband.ground import Ground
from samband.model.people import Person
from samband.serve.check.probing import NotTried
from samband.trust.sip.digest import ALGORITHMS

_HINT = "give --user and --password-file"


@dataclass(frozen=True, slots=True)
class Identity:
    """One person's proofs. ``password`` is empty where only the kept forms are there."""

    ground: Ground
    person: Person
    password: str = field(default="", repr=False)

    def over_http(self) -> SignIn:
        """A sign-in over HTTP, for one client with one connection a host. Raises ``NotTried``."""
        schemes: Collection[str] = self.ground.site.trust.http
        login = self.person.userPrincipalName
        if {"ntlm", "negotiate"} & set(schemes):
            if self.password:
                return Ntlm(login, self.password, os.urandom)
            kept = self.ground.passwords.nt_hash(self.person.objectGUID)
            if kept is None:
                raise NotTried(f"no password is set, or it was set before NTLM was switched on: {_HINT}")
            return Ntlm(login, kept, os.urandom)
        if not self.password:
            raise NotTried(f"trust.http has no ntlm, and Basic needs the password itself: {_HINT}")
        return Basic(login, self.password)

    def over_sip(self, realm: str, algorithm: str) -> str:
        """HA1 in hex for a Digest challenge. Raises ``NotTried``."""
        name = self.person.sAMAccountName
        if self.password:
            text = f"{name}:{realm}:{self.password}".encode()
            return ALGORITHMS[algorithm](text, usedforsecurity=False).hexdigest()
        kept = self.ground.passwords.ha1(self.person.objectGUID, algorithm)
        if kept is None:
            raise NotTried(f"no password is kept for Digest (trust.sip): {_HINT}")
        return kept
