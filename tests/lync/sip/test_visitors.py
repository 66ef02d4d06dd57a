"""Who may say what: every rule for other organisations' servers, one row a rule."""

from __future__ import annotations

import asyncio
import inspect
from dataclasses import replace

import pytest

from samband.lync.sip.federation_dns import FederationDns
from samband.lync.sip.flow import Flow, PartnerServer, Visitor
from samband.lync.sip.places import Places
from samband.lync.sip.visitors import RATES, UNPROVEN, Judged, Visitors
from samband.model.federation import FederatedDomain, FederationPolicy, Standing
from samband.wire.dns import Kind, Lookup, Outcome
from samband.wire.sip.message import SipRequest, SipResponse
from tests.lync.sip.sides import Everyone

OURS, THEIRS = "contoso.test", "fabrikam.test"
THEIR_AUTHORITY, OTHER_AUTHORITY = "their PEM", "another PEM"
EDGE = PartnerServer(frozenset({f"sip.{THEIRS}"}), frozenset({"leaf", "hash of their PEM"}))
PUBLIC = PartnerServer(frozenset({f"sip.{THEIRS}"}), frozenset({"leaf", "public"}))
ALLOWED = FederationPolicy(False, (FederatedDomain(THEIRS, authorities=THEIR_AUTHORITY),))
NO_ONE, ANY_ONE = FederationPolicy(), FederationPolicy(True)


class Dns:
    """A few SRV records; counts questions."""

    def __init__(self, **more: str) -> None:
        self.srv = {f"_sipfederationtls._tcp.{THEIRS}": (f"0 0 5061 sip.{THEIRS}",)}
        self.asked = 0

    async def lookup(self, name: str, kind: Kind) -> Lookup:
        self.asked += 1
        found = self.srv.get(name, ())
        return Lookup(Outcome.FOUND if found else Outcome.NO_NAME, found)

    async def addresses(self, name: str) -> tuple[str, ...]:
        return ("127.0.0.2",)


class World:
    """An access edge, with a clock of its own."""

    def __init__(self, policy: FederationPolicy) -> None:
        self.policy = policy
        self.now = 1000.0
        self.dns = Dns()
        self.people = Everyone()
        self.closed: list[Flow] = []
        self.visitors = Visitors(
            lambda: self.policy,
            FederationDns(self.dns, lambda: self.now, lambda: 0.0),
            self.people,  # type: ignore[arg-type]
            Places(f"lync.{OURS}", frozenset({OURS}), bound={("127.0.0.1", 5061)}),
            fingerprints=lambda pem: frozenset({f"hash of {pem}"}),
            token=lambda: "tag",
            now=lambda: self.now,
        )

    def flow(self, partner: PartnerServer) -> Flow:
        peer, local = ("127.0.0.2", 1), ("127.0.0.1", 5061)
        flow = Flow("tls", peer, local, 1, lambda _: None, lambda: self.closed.append(flow), partner=partner)
        return flow

    def judge(self, request: SipRequest, partner: PartnerServer, flow: Flow | None = None) -> Judged:
        async def run() -> Judged:
            judged = self.visitors.judge(request, flow or self.flow(partner), partner)
            return await judged if inspect.isawaitable(judged) else judged

        return asyncio.run(run())


def request(
    sender: str = f"bob@{THEIRS}", to: str = f"alice@{OURS}", method: str = "MESSAGE", **fields: str
) -> SipRequest:
    headers = {
        "Via": ["SIP/2.0/TLS 127.0.0.2:5061;branch=z9hG4bK1"],
        "From": [f"<sip:{sender}>;tag=1"],
        "To": [f"<sip:{to}>"],
        "Call-ID": ["call"],
        "CSeq": [f"1 {method}"],
        "Max-Forwards": ["70"],
    }
    headers |= {name.replace("_", "-"): [value] for name, value in fields.items()}
    return SipRequest(method, f"sip:{to}", headers)


def outcome(judged: Judged) -> str:
    """``user@domain`` that was let in, or the status and the number of the diagnosis."""
    if isinstance(judged, Visitor):
        return judged.address
    assert isinstance(judged, SipResponse)
    return f"{judged.status} {(judged.get('ms-diagnostics') or '').partition(';')[0]}".strip()


BOB = f"bob@{THEIRS}"
VIA = "SIP/2.0/TLS 127.0.0.2:5061;branch=z9hG4bK1, SIP/2.0/TLS "
BLOCKED = FederationPolicy(True, (FederatedDomain(THEIRS, blocked=True),))
BY_PROXY = FederationPolicy(False, (FederatedDomain(THEIRS, proxy="edge.hosting.test:5061"),))

ROWS: dict[str, tuple[FederationPolicy, PartnerServer, SipRequest, str]] = {
    "allowed": (ALLOWED, EDGE, request(), BOB),
    "case does not matter": (ALLOWED, EDGE, request(sender=f"Bob@{THEIRS.upper()}"), BOB),
    "on no list": (NO_ONE, EDGE, request(), "403 1015"),
    "discovered": (ANY_ONE, PUBLIC, request(), BOB),
    "blocked, whatever discovery says": (BLOCKED, PUBLIC, request(), "403 1015"),
    "below a blocked domain": (BLOCKED, PUBLIC, request(f"bob@eu.{THEIRS}"), "403 1015"),
    "below an allowed domain": (ALLOWED, EDGE, request(f"bob@eu.{THEIRS}"), "403 1015"),
    "a guest, forged": (ANY_ONE, PUBLIC, request("0123abcd@anonymous.invalid"), "403 4004"),
    "one of ours, forged": (ANY_ONE, PUBLIC, request(f"alice@{OURS}"), "403 4004"),
    "nobody": (ANY_ONE, PUBLIC, request("fabrikam.test"), "403 4004"),
    "another's domain": (ANY_ONE, PUBLIC, request("eve@northwind.test"), "403 1010"),
    "asserts one of ours": (ALLOWED, EDGE, request(P_Asserted_Identity=f"<sip:alice@{OURS}>"), "403 4004"),
    "asserts itself": (ALLOWED, EDGE, request(P_Asserted_Identity=f'"B" <sip:{BOB}>, <tel:+46>'), BOB),
    "certificate for another host": (
        ALLOWED,
        PartnerServer(frozenset({f"www.{THEIRS}", f"*.{THEIRS}"}), EDGE.chain),
        request(),
        "403 1010",
    ),
    "certificate of a public authority, where its own is known": (ALLOWED, PUBLIC, request(), "403 1010"),
    "certificate of another partner's authority": (
        FederationPolicy(True, (FederatedDomain("northwind.test", authorities=OTHER_AUTHORITY),)),
        PartnerServer(EDGE.names, frozenset({"leaf", "hash of another PEM"})),
        request(),
        "403 1010",
    ),
    "nothing known of the chain": (ANY_ONE, PartnerServer(EDGE.names), request(), "403 1010"),
    "the server it was said to have": (
        BY_PROXY,
        PartnerServer(frozenset({"edge.hosting.test"}), PUBLIC.chain),
        request(),
        BOB,
    ),
    "not the server it was said to have": (BY_PROXY, PUBLIC, request(), "403 1010"),
    "over a connection of ours": (ALLOWED, PartnerServer(domain=THEIRS), request(), BOB),
    "another over a connection of ours": (
        ANY_ONE,
        PartnerServer(domain="northwind.test"),
        request(),
        "403 4004",
    ),
    "to another organisation": (ALLOWED, EDGE, request(to="eve@northwind.test"), "404 1005"),
    "to an address of a client": (ALLOWED, EDGE, request(to="127.0.0.1:5070"), "404 1005"),
    "a method for clients": (ALLOWED, EDGE, request(method="REGISTER"), "403 1027"),
    "presence": (ALLOWED, EDGE, request(method="SUBSCRIBE", Event="presence"), BOB),
    "contacts": (ALLOWED, EDGE, request(method="SUBSCRIBE", Event="vnd-microsoft-roaming-contacts"), "403 1027"),
    "was here before, by name": (ALLOWED, EDGE, request(Via=f"{VIA}lync.{OURS};branch=1"), "482"),
    "was here before, by address": (ALLOWED, EDGE, request(Via=f"{VIA}127.0.0.1:5061;branch=1"), "482"),
    "came a long way": (ALLOWED, EDGE, request(Via=f"{VIA}10.0.0.1:5061;branch=1"), BOB),
}


@pytest.mark.parametrize("row", ROWS)
def test_who_may_say_what(row: str) -> None:
    policy, partner, asked, expected = ROWS[row]
    assert outcome(World(policy).judge(asked, partner)) == expected


def test_somebody_who_does_not_speak_with_others_is_not_there() -> None:
    world = World(ALLOWED)
    world.people.known["alice"] = replace(world.people.known["alice"], msRTCSIP_FederationEnabled=False)
    assert outcome(world.judge(request(), EDGE)) == "404 1003"
    within = request()
    within.uri, within.headers["To"] = "sip:127.0.0.1:5070", [f"<sip:alice@{OURS}>;tag=2"]
    assert outcome(world.judge(within, EDGE)) == "404 1003", "also by the address of her client"


def test_a_proof_is_asked_for_once_and_ends_with_the_policy() -> None:
    world = World(ALLOWED)
    flow = world.flow(EDGE)
    for _ in range(5):
        assert outcome(world.judge(request(), EDGE, flow)) == BOB
    assert world.dns.asked == 1
    world.now += 301
    world.dns.srv.clear()
    assert outcome(world.judge(request(), EDGE, flow)) == "403 1010"
    world.policy = NO_ONE
    world.visitors.changed()
    assert world.closed == [flow]
    assert outcome(world.judge(request(), EDGE, flow)) == "403 1015"


def test_a_change_of_other_domains_leaves_a_connection_alone() -> None:
    world = World(ALLOWED)
    flow = world.flow(EDGE)
    world.judge(request(), EDGE, flow)
    world.policy = replace_domains(ALLOWED, FederatedDomain("northwind.test", blocked=True))
    world.visitors.changed()
    assert not world.closed


def replace_domains(policy: FederationPolicy, more: FederatedDomain) -> FederationPolicy:
    return FederationPolicy(policy.discovery, (*policy.domains, more))


@pytest.mark.parametrize(
    ("policy", "partner", "most"),
    [
        (ALLOWED, EDGE, RATES[Standing.ALLOWED][1]),
        (ANY_ONE, PUBLIC, RATES[Standing.DISCOVERED][1]),
    ],
)
def test_the_rate_of_a_domain(policy: FederationPolicy, partner: PartnerServer, most: float) -> None:
    world = World(policy)
    first, second = world.flow(partner), world.flow(partner)
    answers = [outcome(world.judge(request(), partner, (first, second)[n % 2])) for n in range(int(most) + 2)]
    assert answers == [BOB] * int(most) + ["503"] * 2, "over all its connections together"
    world.now += 1
    assert outcome(world.judge(request(), partner, first)) == BOB


def test_who_has_proved_nothing_cannot_make_us_ask_the_dns_for_ever() -> None:
    world = World(ANY_ONE)
    flow = world.flow(PUBLIC)
    answers = [outcome(world.judge(request(f"eve@d{n}.test"), PUBLIC, flow)) for n in range(int(UNPROVEN[1]) + 5)]
    assert answers.count("403 1010") == int(UNPROVEN[1])
    assert answers[-1] == "503"
    assert world.dns.asked == int(UNPROVEN[1])
