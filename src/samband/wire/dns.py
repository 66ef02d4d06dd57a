"""Questions to the DNS and what came of them, as rooms ask and read them: no sockets here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

Kind = Literal["A", "AAAA", "CNAME", "SRV", "SOA"]


class Outcome(StrEnum):
    """What came of a question."""

    FOUND = "found"
    NO_DATA = "no such record"
    NO_NAME = "no such name"
    NO_ANSWER = "no answer"


@dataclass(frozen=True, slots=True)
class Lookup:
    """Records in presentation format [RFC1035 5.1], host names without their last dot; none unless ``FOUND``.

    ``why`` says in words what went wrong where there is no answer.
    """

    outcome: Outcome
    values: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """The data of an SRV record [RFC2782]."""

    priority: int
    weight: int
    port: int
    target: str

    @classmethod
    def read(cls, value: str) -> Service:
        """From presentation format. Raises ``ValueError``."""
        priority, weight, port, target = value.split()
        return cls(int(priority), int(weight), int(port), target.rstrip(".").lower())

    def __str__(self) -> str:
        return f"{self.priority} {self.weight} {self.port} {self.target}"


class Resolver(Protocol):
    """Asks the DNS. Neither method raises: a question without an answer is an answer too."""

    async def lookup(self, name: str, kind: Kind) -> Lookup:
        """The records of one kind that ``name`` has itself, or that its CNAME leads to."""
        ...

    async def addresses(self, name: str) -> tuple[str, ...]:
        """Where ``name`` leads, IPv4 first; none where it does not resolve."""
        ...
