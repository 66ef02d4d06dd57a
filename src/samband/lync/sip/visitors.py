"""Visitors: people of other organisations, for whom their own servers speak over mutual TLS.

A server speaks for a domain where that domain may speak with us, where its certificate is for the host that the domain
names (in the DNS, or as its administrator told ours), and where the right authority issued it. It speaks for that
domain and for no other.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Final
from weakref import WeakKeyDictionary

from samband.directory.api import Directory
from samband.lync.sip import diagnostics
from samband.lync.sip.federation_dns import FederationDns, Unreachable
from samband.lync.sip.flow import Flow, PartnerServer, Visitor
from samband.lync.sip.places import Places
from samband.model.federation import FederatedDomain, FederationPolicy, Standing
from samband.model.guests import DOMAIN as GUESTS
from samband.model.rates import Bucket
from samband.wire.sip.address import split_list, tag_in, uri_in
from samband.wire.sip.message import SipRequest, SipResponse, respond
from samband.wire.sip.uri import BadUri, aor_of, parse_uri
from samband.wire.sip.via import sent_by

log = logging.getLogger(__name__)

RATES: Final = {Standing.ALLOWED: (200.0, 1000.0), Standing.DISCOVERED: (20.0, 100.0)}
"""Requests a second of a domain, and how many it may save up."""
UNPROVEN: Final = (10.0, 50.0)
"""Requests a second, of one connection, that name a domain which it has not proved yet."""
KEPT: Final = 300.0
"""Seconds for which a proof counts."""
MOST_DOMAINS: Final = 10_000
METHODS: Final = frozenset(
    {"ACK", "BYE", "CANCEL", "INFO", "INVITE", "MESSAGE", "NOTIFY", "OPTIONS", "PRACK", "REFER", "SUBSCRIBE", "UPDATE"}
)
EVENTS: Final = frozenset({"presence", "conference", "refer"})
"""What visitors may subscribe to."""

Judged = Visitor | SipResponse | None


class Visitors:
    """Judges what comes from other organisations' servers.

    ``fingerprints``: of the certificates in a PEM text; ``token``: fresh words; ``now``: seconds that never go back.
    """

    def __init__(
        self,
        policy: Callable[[], FederationPolicy],
        dns: FederationDns,
        directory: Directory,
        places: Places,
        *,
        fingerprints: Callable[[str], frozenset[str]],
        token: Callable[[], str],
        now: Callable[[], float],
    ) -> None:
        self._policy = policy
        self._dns = dns
        self._directory = directory
        self._places = places
        self._fingerprints = fingerprints
        self._token = token
        self._now = now
        self._proofs: WeakKeyDictionary[Flow, dict[str, tuple[FederatedDomain, float]]] = WeakKeyDictionary()
        self._unproven: WeakKeyDictionary[Flow, Bucket] = WeakKeyDictionary()
        self._rates: dict[tuple[str, Standing], Bucket] = {}

    def judge(self, request: SipRequest, flow: Flow, partner: PartnerServer) -> Judged | Awaitable[Judged]:
        """For whom ``request`` is sent, or the refusal it gets; at once unless the DNS must be asked."""
        sender = aor_of(uri_in(request.headers["From"][0]))
        user, _, domain = sender.rpartition("@")
        if not user or domain in (*self._places.domains, GUESTS) or not _asserts(request, domain):
            return self._refuse(request, 403, diagnostics.NOT_OWN, partner, sender)
        standing = self._policy().standing(domain)
        if not standing.open:
            return self._refuse(request, 403, diagnostics.SOURCE_DOMAIN, partner, sender)
        if partner.domain:
            if partner.domain != domain:
                return self._refuse(request, 403, diagnostics.NOT_OWN, partner, sender)
        elif not self._proven(flow, domain):
            if not self._unproven.setdefault(flow, Bucket(*UNPROVEN)).take(self._now()):
                return self._busy(request)
            return self._proved(request, flow, partner, sender)
        return self._let(request, Visitor(sender), standing, partner)

    def changed(self) -> None:
        """The policy is another one: connections of domains that may speak no more end, with all that hangs on them."""
        policy = self._policy()
        for flow, proofs in list(self._proofs.items()):
            if any(
                not policy.standing(domain).open or policy.entry(domain) != at for domain, (at, _) in proofs.items()
            ):
                flow.close()

    # --- proof

    def _proven(self, flow: Flow, domain: str) -> bool:
        entry, until = self._proofs.get(flow, {}).get(domain, (None, 0.0))
        return until > self._now() and entry == self._policy().entry(domain)

    async def _proved(self, request: SipRequest, flow: Flow, partner: PartnerServer, sender: str) -> Judged:
        domain = sender.rpartition("@")[2]
        policy = self._policy()
        entry = policy.entry(domain)
        if not self._issued_rightly(policy, entry, partner) or not await self._named(entry, partner):
            return self._refuse(request, 403, diagnostics.NOT_TRUSTED, partner, sender)
        self._proofs.setdefault(flow, {})[domain] = (entry, self._now() + KEPT)
        standing = self._policy().standing(domain)
        if flow.closed or not standing.open:
            return self._refuse(request, 403, diagnostics.SOURCE_DOMAIN, partner, sender)
        return self._let(request, Visitor(sender), standing, partner)

    def _issued_rightly(self, policy: FederationPolicy, entry: FederatedDomain, partner: PartnerServer) -> bool:
        """By the authority of this partner; where it has none of its own, by none of another partner's."""
        if entry.authorities:
            return not partner.chain.isdisjoint(self._fingerprints(entry.authorities))
        others = (self._fingerprints(one.authorities) for one in policy.domains if one.authorities)
        return bool(partner.chain) and all(partner.chain.isdisjoint(one) for one in others)

    async def _named(self, entry: FederatedDomain, partner: PartnerServer) -> bool:
        """Whether the certificate is for a host that the domain names."""
        if entry.server is not None:
            return entry.server[0] in partner.names
        try:
            servers = await self._dns.servers(entry.domain)
        except Unreachable as error:
            log.info("federation: %s names no server: %s", entry.domain, error)
            return False
        return any(server.target in partner.names for server in servers)

    # --- what a proven server may send

    def _let(self, request: SipRequest, visitor: Visitor, standing: Standing, partner: PartnerServer) -> Judged:
        if not self._rate(visitor.domain, standing).take(self._now()):
            return self._busy(request)
        event = (request.get("Event") or "presence").partition(";")[0].strip().lower()
        if request.method not in METHODS or (request.method == "SUBSCRIBE" and event not in EVENTS):
            return self._refuse(request, 403, diagnostics.NOT_FOR_PARTNERS, partner, visitor.address)
        if self._looped(request):
            return respond(request, 482, tag=self._token())
        if not tag_in(request.headers["To"][0]) and not self._is_ours(request.uri):
            return self._refuse(request, 404, diagnostics.DOMAIN_UNKNOWN, partner, visitor.address)
        if not all(self._may_be_reached(text) for text in (request.uri, uri_in(request.headers["To"][0]))):
            return self._refuse(request, 404, diagnostics.USER_UNKNOWN, partner, visitor.address)
        return visitor

    def _rate(self, domain: str, standing: Standing) -> Bucket:
        key = (domain, standing)
        found = self._rates.get(key)
        if found is None:
            while len(self._rates) >= MOST_DOMAINS:
                del self._rates[next(iter(self._rates))]
            found = self._rates[key] = Bucket(*RATES[standing])
        return found

    def _looped(self, request: SipRequest) -> bool:
        """Whether it was here before: one of its Via values is this server's."""
        for via in [one for value in request.headers["Via"] for one in split_list(value)][1:]:
            host, port = sent_by(via)
            if host == self._places.host or (host, port or 5061) in self._places.bound:
                return True
        return False

    def _is_ours(self, text: str) -> bool:
        """Whether an address is in a domain that is served here, or the server's."""
        try:
            uri = parse_uri(text)
        except BadUri:
            return False
        return uri.scheme != "tel" and (self._places.is_domain(uri) or (not uri.user and self._places.is_server(uri)))

    def _may_be_reached(self, text: str) -> bool:
        """False for one of our people who does not speak with other organisations; to them there is nobody."""
        try:
            uri = parse_uri(text)
        except BadUri:
            return True
        if uri.scheme == "tel" or uri.host not in self._places.domains or not uri.user:
            return True
        person = self._directory.by_sip(uri.aor)
        return person is None or person.msRTCSIP_FederationEnabled

    # --- refusals

    def _busy(self, request: SipRequest) -> SipResponse:
        return respond(request, 503, tag=self._token()).put("Retry-After", "5")

    def _refuse(
        self, request: SipRequest, status: int, diagnosis: diagnostics.Diagnosis, partner: PartnerServer, sender: str
    ) -> SipResponse:
        names = partner.domain or ", ".join(sorted(partner.names))
        log.warning("refused a SIP %s of %.100r by the server %.200s: %s", request.method, sender, names, diagnosis[1])
        return diagnostics.diagnose(respond(request, status, tag=self._token()), diagnosis, self._places.host)


def _asserts(request: SipRequest, domain: str) -> bool:
    """Whether every asserted identity with a SIP address is of that domain [RFC3325 9.1]."""
    for value in request.headers.get("P-Asserted-Identity", ()):
        for one in split_list(value):
            address = uri_in(one)
            if not address.lower().startswith("tel:") and aor_of(address).rpartition("@")[2] != domain:
                return False
    return True
