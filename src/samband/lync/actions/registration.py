"""Who is signed in where: the registrar's verbs [RFC3261 10; MS-SIPREGE 3.1.2].

Registrations live in memory: over TCP and TLS they end with their connection, and a client that loses its server signs
in again. Those over UDP are also kept, by ``bindings``.
"""

from __future__ import annotations

import base64
import heapq
import itertools
import os
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from msgspec import Struct

from samband.lync.actions.gruus import TemporaryGruus, public_value
from samband.model.failures import Failure
from samband.model.people import Person

W = TypeVar("W")
"""How a door reaches an endpoint; this module only keeps it."""

LYNC_TAG = "msrtc-event-categories"
"""The option tag that tells a Lync client from a plain SIP client."""

Reason = Literal["added", "refreshed", "removed"]
End = Literal["signed out", "expired", "connection lost", "replaced", "too many", "rejected", "deactivated", "revoked"]
"""Why an endpoint is gone. The server ended it itself where it is one of the last four."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the registrar accepts, in seconds and in endpoints a user."""

    shortest: int = 60
    longest: int = 7200
    usual: int = 7200
    endpoints: int = 16


class Claim(Struct, Generic[W], kw_only=True):
    """What a client asks for: one binding of an address."""

    address: str
    """``user@domain`` in lower case."""
    person: Person
    contact: str
    way: W
    connection: int
    """Number of the connection the binding lives and dies with, 0 where there is none (UDP)."""
    seconds: int | None
    """Life asked for, None where the client does not care, 0 to end the binding."""
    call_id: str
    cseq: int
    epid: str = ""
    instance: str = ""
    reg_id: int = 0
    """Which of several flows of one client it is [RFC5626]; 0 where the client has but one."""
    supported: frozenset[str] = frozenset()
    """Option tags in lower case."""
    agent: str = ""

    @property
    def key(self) -> str:
        """What tells the endpoints of one user apart: a new connection of one client keeps it."""
        if self.instance or self.epid:
            flow = f";{self.reg_id}" if self.reg_id else ""
            return f"{self.epid};{self.instance}{flow}".lower()
        return self.contact


@dataclass(slots=True, eq=False, kw_only=True)
class Endpoint(Generic[W]):
    """One signed-in client. Instances stand for themselves: compare by identity."""

    address: str
    person: Person
    key: str
    contact: str
    way: W
    connection: int
    call_id: str
    cseq: int
    epid: str
    instance: str
    supported: frozenset[str]
    agent: str
    opaque: str
    """``user:epid:...`` of its GRUU, empty where the client knows none."""
    seconds: int
    """Life granted."""
    expires_at: float
    """On the registrar's clock."""
    reg_id: int = 0
    number: int = 0
    """Stands for it in temporary addresses; another one when its Call-ID is another [RFC5627]."""
    alive: bool = True
    lync: bool = False
    """Whether it is a Lync client: sessions, categories and best-effort notifications instead of the plain ways."""

    @property
    def gruu(self) -> str:
        """The address of this endpoint alone, empty where the client knows none [MS-SIPRE 2.2.3]."""
        return f"sip:{self.address};opaque={self.opaque};gruu" if self.opaque else ""

    @property
    def public_gruu(self) -> str:
        """The same for plain clients, empty where it names no instance [RFC5627]."""
        value = public_value(self.instance)
        return f"sip:{self.address};gr={value}" if value else ""


Added = Callable[[Endpoint[W]], None]
Removed = Callable[[Endpoint[W], End], None]


class Registrar(Generic[W]):
    """Every endpoint of a site. Runs on the event loop; nothing here waits."""

    def __init__(self, now: Callable[[], float], limits: Limits = Limits()) -> None:
        """``now``: seconds on a clock that never goes back."""
        self._now = now
        self.limits = limits
        self._users: dict[str, dict[str, Endpoint[W]]] = {}
        self._by_person: dict[str, list[Endpoint[W]]] = {}
        self._gruus = TemporaryGruus(os.urandom(32), os.urandom)
        self._by_number: dict[int, Endpoint[W]] = {}
        self._by_opaque: dict[tuple[str, str], Endpoint[W]] = {}
        self._by_contact: dict[str, list[Endpoint[W]]] = {}
        self._by_connection: dict[int, list[Endpoint[W]]] = {}
        self._due: list[tuple[float, int, Endpoint[W]]] = []
        self._order = itertools.count()
        self._added: list[Added[W]] = []
        self._removed: list[Removed[W]] = []

    def listen(self, added: Added[W] | None = None, removed: Removed[W] | None = None) -> None:
        """Hear of endpoints that appear and vanish; a refresh is neither."""
        if added is not None:
            self._added.append(added)
        if removed is not None:
            self._removed.append(removed)

    def endpoints(self, address: str) -> list[Endpoint[W]]:
        """The endpoints of ``user@domain``, the newest last."""
        bound = self._users.get(address)
        return list(bound.values()) if bound else []

    def bound(self, address: str) -> Mapping[str, Endpoint[W]]:
        """The same by their keys, to be looked at and not to be kept."""
        return self._users.get(address) or {}

    def people(self) -> list[str]:
        """Whoever is signed in (objectGUID)."""
        return list(self._by_person)

    def addresses(self, guid: str) -> list[str]:
        """The addresses that a person (objectGUID) is signed in with: one, but while it changes."""
        return list({endpoint.address: None for endpoint in self._by_person.get(guid, ())})

    def by_opaque(self, address: str, opaque: str) -> Endpoint[W] | None:
        """The endpoint that a GRUU names."""
        return self._by_opaque.get((address, opaque))

    def by_gruu(self, address: str, value: str) -> Endpoint[W] | None:
        """The endpoint that a plain client's GRUU names: by ``gr``, where that is empty by the user part."""
        if value:
            named = [one for one in self.endpoints(address) if public_value(one.instance) == value.lower()]
            return named[-1] if named else None
        number = self._gruus.number(address.partition("@")[0])
        found = None if number is None else self._by_number.get(number)
        return found if found is not None and found.address.partition("@")[2] == address.partition("@")[2] else None

    def temporary_gruu(self, endpoint: Endpoint[W]) -> str:
        """One more address of an endpoint that does not tell whose it is [RFC5627]."""
        return f"sip:{self._gruus.user(endpoint.number)}@{endpoint.address.partition('@')[2]};gr"

    def by_epid(self, address: str, epid: str) -> Endpoint[W] | None:
        """The endpoint with this ``epid``, which Lync clients put on From and To."""
        return next((one for one in self.endpoints(address) if one.epid == epid), None)

    def by_contact(self, contact: str) -> list[Endpoint[W]]:
        """Whoever registered this contact: several users may claim the same one."""
        return self._by_contact.get(contact, [])

    def on_connection(self, connection: int) -> list[Endpoint[W]]:
        """The endpoints that live and die with a connection."""
        return self._by_connection.get(connection, [])

    def __len__(self) -> int:
        return sum(len(bound) for bound in self._users.values())

    def register(self, claim: Claim[W]) -> tuple[Endpoint[W] | None, Reason]:
        """Make, refresh or (``seconds`` 0) end one binding. The endpoint is None where there is none now.

        Raises ``Failure`` with ``Interval Too Brief`` (details: ``Min-Expires``) or, for a request older than the
        latest one of the same Call-ID, ``Server Internal Error`` [RFC3261 10.3].
        """
        seconds = self._granted(claim.seconds)
        known = self._users.get(claim.address, {}).get(claim.key)
        if known is not None:
            _check_order(known, claim.call_id, claim.cseq)
        if seconds == 0:
            if known is not None:
                self.remove(known, "signed out")
            return None, "removed"
        if known is not None and known.connection == claim.connection and known.contact == claim.contact:
            return self._refresh(known, claim, seconds), "refreshed"
        if known is not None:
            self.remove(known, "replaced")
        return self._add(claim, seconds), "added"

    def renew(self, endpoint: Endpoint[W], person: Person, call_id: str, cseq: int) -> None:
        """Refresh a binding by what says the same as its last claim, but for these.

        Raises ``Failure`` with ``Server Internal Error`` as ``register`` does.
        """
        if endpoint.call_id == call_id and cseq > endpoint.cseq and endpoint.person is person:
            endpoint.cseq = cseq
        else:
            _check_order(endpoint, call_id, cseq)
            self._follow(endpoint, person, call_id, cseq)
        endpoint.expires_at = self._now() + endpoint.seconds

    def restore(self, claim: Claim[W], seconds: int) -> Endpoint[W]:
        """Bind anew what was bound before a restart and has ``seconds`` to go."""
        return self._add(claim, seconds)

    def sign_out(self, address: str, end: Literal["rejected", "deactivated", "revoked"]) -> int:
        """End every binding of a user by the server's own decision; how many there were."""
        endpoints = self.endpoints(address)
        for endpoint in endpoints:
            self.remove(endpoint, end)
        return len(endpoints)

    def lose(self, connection: int) -> None:
        """A connection is gone, and all that came over it has been served."""
        for endpoint in list(self._by_connection.get(connection, ())):
            self.remove(endpoint, "connection lost")

    def expire(self) -> None:
        """End the bindings whose time is over."""
        now = self._now()
        while self._due and self._due[0][0] <= now:
            _, _, endpoint = heapq.heappop(self._due)
            if endpoint.alive and endpoint.expires_at > now:
                heapq.heappush(self._due, (endpoint.expires_at, next(self._order), endpoint))
            elif endpoint.alive:
                self.remove(endpoint, "expired")

    def remove(self, endpoint: Endpoint[W], end: End) -> None:
        """End one binding and tell the listeners."""
        if not endpoint.alive:
            return
        endpoint.alive = False
        bound = self._users[endpoint.address]
        del bound[endpoint.key]
        if not bound:
            del self._users[endpoint.address]
        if self._by_opaque.get((endpoint.address, endpoint.opaque)) is endpoint:
            del self._by_opaque[endpoint.address, endpoint.opaque]
        self._by_number.pop(endpoint.number, None)
        _leave(self._by_person, endpoint.person.objectGUID, endpoint)
        _leave(self._by_contact, endpoint.contact, endpoint)
        _leave(self._by_connection, endpoint.connection, endpoint)
        for hear in self._removed:
            hear(endpoint, end)

    def _granted(self, asked: int | None) -> int:
        limits = self.limits
        if asked is None:
            return limits.usual
        if 0 < asked < limits.shortest:
            text = "The registration would end too soon"
            raise Failure("Interval Too Brief", text, details={"Min-Expires": str(limits.shortest)})
        return min(asked, limits.longest)

    def _refresh(self, endpoint: Endpoint[W], claim: Claim[W], seconds: int) -> Endpoint[W]:
        self._follow(endpoint, claim.person, claim.call_id, claim.cseq)
        endpoint.way = claim.way
        endpoint.supported = claim.supported
        endpoint.lync = LYNC_TAG in claim.supported
        endpoint.agent = claim.agent
        endpoint.seconds = seconds
        sooner = self._now() + seconds < endpoint.expires_at
        endpoint.expires_at = self._now() + seconds
        if sooner:
            heapq.heappush(self._due, (endpoint.expires_at, next(self._order), endpoint))
        return endpoint

    def _follow(self, endpoint: Endpoint[W], person: Person, call_id: str, cseq: int) -> None:
        """Take down who refreshed a binding, and by which request."""
        if endpoint.person.objectGUID != person.objectGUID:
            _leave(self._by_person, endpoint.person.objectGUID, endpoint)
            self._by_person.setdefault(person.objectGUID, []).append(endpoint)
        endpoint.person = person
        if endpoint.call_id != call_id:
            self._renumber(endpoint)
            endpoint.call_id = call_id
        endpoint.cseq = cseq

    def _renumber(self, endpoint: Endpoint[W]) -> None:
        """Have all earlier temporary addresses of an endpoint lead nowhere."""
        self._by_number.pop(endpoint.number, None)
        endpoint.number = next(self._gruus.numbers)
        self._by_number[endpoint.number] = endpoint

    def _add(self, claim: Claim[W], seconds: int) -> Endpoint[W]:
        endpoint = Endpoint(
            address=claim.address,
            person=claim.person,
            key=claim.key,
            contact=claim.contact,
            way=claim.way,
            connection=claim.connection,
            call_id=claim.call_id,
            cseq=claim.cseq,
            epid=claim.epid,
            instance=claim.instance,
            supported=claim.supported,
            agent=claim.agent,
            reg_id=claim.reg_id,
            opaque=opaque_of(claim.instance) if claim.instance and "gruu-10" in claim.supported else "",
            seconds=seconds,
            expires_at=self._now() + seconds,
            lync=LYNC_TAG in claim.supported,
        )
        bound = self._users.setdefault(claim.address, {})
        if len(bound) >= self.limits.endpoints:
            self.remove(next(iter(bound.values())), "too many")
            bound = self._users.setdefault(claim.address, {})
        bound[endpoint.key] = endpoint
        self._renumber(endpoint)
        if endpoint.opaque:
            self._by_opaque[endpoint.address, endpoint.opaque] = endpoint
        self._by_person.setdefault(claim.person.objectGUID, []).append(endpoint)
        self._by_contact.setdefault(endpoint.contact, []).append(endpoint)
        if endpoint.connection:
            self._by_connection.setdefault(endpoint.connection, []).append(endpoint)
        heapq.heappush(self._due, (endpoint.expires_at, next(self._order), endpoint))
        for hear in self._added:
            hear(endpoint)
        return endpoint


K = TypeVar("K")


def _check_order(endpoint: Endpoint[W], call_id: str, cseq: int) -> None:
    if endpoint.call_id == call_id and cseq <= endpoint.cseq:
        raise Failure("Server Internal Error", "The request is older than the binding")


def _leave(index: dict[K, list[Endpoint[W]]], key: K, endpoint: Endpoint[W]) -> None:
    held = index.get(key)
    if held is not None and endpoint in held:
        held.remove(endpoint)
        if not held:
            del index[key]


def opaque_of(instance: str) -> str:
    """The GRUU's ``opaque`` of a ``+sip.instance`` (``<urn:uuid:...>``) [MS-SIPRE 2.2.2].

    The UUID's 16 bytes and two zero bytes in URL-safe base64: 24 characters without padding.
    """
    text = instance.strip("<>").lower().removeprefix("urn:uuid:")
    try:
        value = uuid.UUID(text)
    except ValueError:
        value = uuid.uuid5(uuid.NAMESPACE_URL, instance.encode("utf-8", "backslashreplace").decode())
    return "user:epid:" + base64.urlsafe_b64encode(value.bytes_le + b"\0\0").decode("ascii")
