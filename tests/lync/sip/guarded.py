"""A guard with every protocol on, over people and passwords in memory."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from samband.lync.sip.digest_clients import DigestPolicy
from samband.lync.sip.known_servers import KnownServers
from samband.lync.sip.pace import Pace
from samband.lync.sip.places import Places
from samband.lync.sip.security import Guard
from samband.model.people import Person
from samband.trust.denied import Denied
from samband.trust.expiry import Expired
from samband.trust.forms import ha1
from samband.trust.ntlm import keys
from samband.trust.ntlm.acceptor import NtlmAcceptor, TargetNames
from samband.trust.sip import protocols
from samband.trust.sip.association import Begin
from samband.trust.sip.digest import DigestVerifier
from samband.trust.sip.nonces import Nonces
from samband.trust.sip.tls_dsk.association import CertificateOwner
from samband.trust.sip.turns import Turns
from samband.trust.throttle import Throttle
from tests.lync.sip.lync_client import HOST
from tests.trust.fakes import Clock, People, person
from tests.trust.sip.tls_client import Authority, Party, der

CA = Authority()
SERVER = CA.server(HOST)
ALICE_DEVICE = CA.issue("alice@contoso.test")
BOB_DEVICE = CA.issue("bob@contoso.test")
STS = "https://lync.contoso.test/CertProv/CertProvisioningService.svc"
REALM = "contoso.test"
PLACES = Places(HOST, frozenset({REALM}), bound={("127.0.0.1", 5060)})


@dataclass
class Site:
    """What the guard asks: ``passwords`` by login name, certificates by their bytes."""

    clock: Clock = field(default_factory=Clock)
    people: People = field(default_factory=People)
    passwords: dict[str, str] = field(default_factory=dict)
    certificates: dict[bytes, str] = field(default_factory=dict)
    throttle: Throttle = field(init=False)
    lifetime: timedelta = timedelta(days=100)
    algorithms: tuple[str, ...] = ("MD5", "SHA-256")
    old: set[str] = field(default_factory=set)
    """Whose passwords have expired, by objectGUID."""

    def __post_init__(self) -> None:
        self.throttle = Throttle(self.clock)
        for name, device in (("alice", ALICE_DEVICE), ("bob", BOB_DEVICE)):
            self.add(person(name), f"pw-{name}", device)

    def add(self, one: Person, password: str, device: Party | None = None) -> None:
        self.people.put(one)
        self.passwords[one.objectGUID] = password
        if device is not None:
            self.certificates[der(device.certificate)] = one.objectGUID

    async def owner(self, certificate: bytes) -> CertificateOwner:
        found = self.people.by_guid(self.certificates.get(certificate, ""))
        if found is None:
            raise Denied("the certificate was revoked or is not on record")
        return CertificateOwner(found, self.clock.time() + self.lifetime)

    def account(self, login: str) -> str:
        found = self.people.by_login(login)
        return found.objectGUID if found else login

    def credential(self, login: str) -> tuple[Person, bytes] | None:
        found = self.people.by_login(login)
        return (found, keys.nt_hash(self.passwords[found.objectGUID])) if found else None

    def ha1(self, guid: str, algorithm: str, username: str = "") -> str | None:
        return ha1(algorithm, username, REALM, self.passwords[guid]) if guid in self.passwords else None

    def check_age(self, person: Person) -> None:
        if person.objectGUID in self.old:
            raise Expired(person.sAMAccountName)

    def acceptor(self) -> NtlmAcceptor:
        names = TargetNames("CONTOSO", "LYNC", "contoso.test", HOST)
        return NtlmAcceptor(names, self.credential, random=os.urandom, clock=self.clock.time, check_age=self.check_age)

    def turns(self, sleep: Callable[[float], Awaitable[None]] | None = None) -> Turns:
        return Turns(self, sleep or self.clock.sleep)

    def verifier(self) -> DigestVerifier:
        nonces = Nonces(bytes(32), self.clock, os.urandom)
        return DigestVerifier(REALM, nonces, self, self.people, os.urandom, self.algorithms, self.check_age)

    def guard(
        self,
        *names: str,
        digest: bool = True,
        every_request: bool = False,
        servers: KnownServers | None = None,
        pace: Pace | None = None,
    ) -> Guard:
        """With the signing protocols of ``names``, all of them if none is named."""
        known: dict[str, Begin] = {
            "NTLM": protocols.ntlm(self.acceptor, self.turns(), self.clock.time),
            "TLS-DSK": protocols.tls_dsk(SERVER, self, self.clock.time, os.urandom),
        }
        policy = (
            DigestPolicy(self.verifier(), self.turns(), PLACES.is_own, every_request=every_request) if digest else None
        )
        return Guard(
            {name: known[name] for name in names or known},
            policy,
            self.people,
            host=HOST,
            sts_uri=STS,
            clock=self.clock.time,
            token=lambda: os.urandom(8).hex(),
            random=os.urandom,
            known=servers,
            pace=pace,
        )

    def now(self) -> datetime:
        return self.clock.time()
