"""Where a partner's servers are: strict names, order, and what is kept."""

from __future__ import annotations

import asyncio

import pytest

from samband.lync.sip.federation_dns import BAD, GOOD, FederationDns, Unreachable, in_order
from samband.wire.dns import Kind, Lookup, Outcome, Service

DOMAIN = "fabrikam.test"


class Resolver:
    def __init__(self, lookup: Lookup) -> None:
        self.answer = lookup
        self.asked: list[tuple[str, Kind]] = []

    async def lookup(self, name: str, kind: Kind) -> Lookup:
        self.asked.append((name, kind))
        return self.answer

    async def addresses(self, name: str) -> tuple[str, ...]:
        return ()


def found(*values: str) -> Lookup:
    return Lookup(Outcome.FOUND, values)


@pytest.mark.parametrize(
    ("lookup", "expected"),
    [
        (found(f"0 0 5061 sip.{DOMAIN}"), f"sip.{DOMAIN}:5061"),
        (found(f"0 0 443 {DOMAIN}"), f"{DOMAIN}:443"),
        (found(f"9 0 1 b.{DOMAIN}", f"1 0 2 a.{DOMAIN}"), f"a.{DOMAIN}:2 b.{DOMAIN}:1"),
        (found("0 0 5061 sip.hosting.test"), "1009"),
        (found(f"0 0 5061 evil{DOMAIN}"), "1009"),
        (found("0 0 5061 sip.hosting.test", f"5 0 5061 sip.{DOMAIN}"), f"sip.{DOMAIN}:5061"),
        (found("0 0 0 ."), "1008"),
        (found("nonsense"), "1008"),
        (found(f"0 0 0 sip.{DOMAIN}"), "1008"),
        (Lookup(Outcome.NO_NAME), "1008"),
        (Lookup(Outcome.NO_DATA), "1008"),
        (Lookup(Outcome.NO_ANSWER), "1008"),
    ],
)
def test_the_servers_of_a_domain(lookup: Lookup, expected: str) -> None:
    dns = FederationDns(Resolver(lookup), lambda: 0.0, lambda: 0.0)
    try:
        servers = asyncio.run(dns.servers(DOMAIN))
    except Unreachable as error:
        assert str(error.diagnosis[0]) == expected
    else:
        assert " ".join(f"{one.target}:{one.port}" for one in servers) == expected


def test_answers_are_kept_for_a_while() -> None:
    now = [0.0]
    resolver = Resolver(Lookup(Outcome.NO_ANSWER))
    dns = FederationDns(resolver, lambda: now[0], lambda: 0.0)

    def ask() -> bool:
        try:
            return bool(asyncio.run(dns.servers(DOMAIN)))
        except Unreachable:
            return False

    assert not ask()
    resolver.answer = found(f"0 0 5061 sip.{DOMAIN}")
    assert not ask()
    now[0] += BAD
    assert ask()
    resolver.answer = Lookup(Outcome.NO_NAME)
    now[0] += GOOD - 1
    assert ask()
    now[0] += 1
    assert not ask()
    assert len(resolver.asked) == 3


def test_equal_priorities_are_drawn_by_weight() -> None:
    heavy, light, last = Service(1, 90, 1, "heavy"), Service(1, 10, 1, "light"), Service(2, 0, 1, "last")
    drawn_light, drawn_heavy = (
        in_order((last, light, heavy), lambda: 0.05),
        in_order((last, light, heavy), lambda: 0.5),
    )
    assert drawn_light == (light, heavy, last)
    assert drawn_heavy == (heavy, light, last)
