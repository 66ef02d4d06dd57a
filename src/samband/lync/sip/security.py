"""Who sends a SIP message, and proof of who sends ours [MS-SIPAE 3.3.5; RFC3261 22].

Lync clients make a security association on their connection and sign everything from then on; plain clients prove
requests by Digest. Every message to a client with a ready association is signed, whatever it is: clients drop what is
not, without a word.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec import Struct

from samband.directory.api import Directory
from samband.lync.sip import diagnostics
from samband.lync.sip.challenges import HANDSHAKE_FAILED, Challenges, bound
from samband.lync.sip.flow import Flow, PartnerServer, Visitor
from samband.lync.sip.handshakes import Handshakes
from samband.lync.sip.known_servers import KnownServers
from samband.lync.sip.pace import Pace
from samband.lync.sip.visitors import Judged, Visitors
from samband.model.people import Person
from samband.trust.denied import Denied
from samband.trust.expiry import Expired
from samband.trust.sip.association import Begin, SecurityAssociation
from samband.trust.sip.digest import DigestVerifier, Proof
from samband.trust.sip.turns import Turns
from samband.trust.sip.words import Words
from samband.wire.sip import ms_auth
from samband.wire.sip.address import uri_in
from samband.wire.sip.credentials import Credentials, Malformed, read_credentials
from samband.wire.sip.dialog import Dialog
from samband.wire.sip.message import SipMessage, SipRequest, SipResponse
from samband.wire.sip.uri import aor_of

log = logging.getLogger(__name__)


class Admitted(Struct, frozen=True):
    """Who sent a request.

    ``person`` is None only for the ACK of a plain client, which nobody may challenge; ``association`` is None for
    clients that sign nothing.
    """

    person: Person | None
    association: SecurityAssociation | None
    visitor: Visitor | None = None
    """Somebody of another organisation; then ``person`` is None."""


_PROOFS = ("Authorization", "Proxy-Authorization")
Verdict = Admitted | SipResponse | None
"""None: the message is to be dropped without an answer."""


@dataclass(frozen=True, slots=True)
class DigestPolicy:
    """How plain clients are let in.

    With ``every_request`` each request must bring a proof; else a REGISTER with one is enough for its connection, for
    requests from the same address. ``is_own`` tells addresses of the server itself and of its domains: a proof may be
    made for one of them whatever the request is for, as the two may differ on the way [RFC7616 3.4.6].
    """

    verifier: DigestVerifier
    turns: Turns
    is_own: Callable[[str], bool]
    every_request: bool = False


class Guard:
    """Admits requests, signs messages.

    ``protocols`` maps the names of signing protocols to what begins an association, in the order of the offers;
    ``sts_uri`` is where TLS-DSK clients get their certificate; ``host`` is the server's name, which clients take for
    the target of their proofs. ``known`` judges servers that are taken at their word, ``visitors`` those of
    other organisations; ``pace`` holds back who has not signed in yet, None: nobody. ``clock``: aware time;
    ``token``: fresh words; ``random``: so many random bytes.
    """

    def __init__(
        self,
        protocols: Mapping[str, Begin],
        digest: DigestPolicy | None,
        directory: Directory,
        *,
        host: str,
        sts_uri: str,
        clock: Callable[[], datetime],
        token: Callable[[], str],
        random: Callable[[int], bytes],
        known: KnownServers | None = None,
        pace: Pace | None = None,
        visitors: Visitors | None = None,
    ) -> None:
        self._known = known
        self._pace = pace
        self._visitors = visitors
        self._protocols = dict(protocols)
        self._handshakes = Handshakes(self._protocols, host, random)
        self._digest = digest
        self._directory = directory
        self._host = host
        self._clock = clock
        self._salts = Words(random, 8, upper=True)
        self._targets = {name: ms_auth.target(name, host) for name in self._protocols}
        offers = {
            name: ms_auth.challenge(
                name, ms_auth.REALM, self._targets[name], sts_uri=sts_uri if name == "TLS-DSK" else ""
            )
            for name in self._protocols
        }
        self._challenges = Challenges(offers, digest.verifier if digest else None, host, clock, token)
        self._flows: dict[str, set[Flow]] = {}
        """objectGUID -> the connections on which this person proved who they are."""
        self._forgotten: dict[str, int] = {}
        """objectGUID -> which call of ``forget`` was its last: a handshake under way must not outlive it."""
        self._forgets = 0

    # --- messages in

    def inspect(self, request: SipRequest, flow: Flow) -> Verdict | Coroutine[Any, Any, Verdict]:
        """Who sends ``request``, or what it gets instead; at once except for handshakes and guessed passwords."""
        if flow.partner is not None:
            return self._visiting(request, flow, flow.partner)
        if flow.names and self._known is not None:
            found = self._known.sender(request, flow)
            return Admitted(found, None) if isinstance(found, Person) else found
        if request.method == "REGISTER" and not flow.let_in and self._pace is not None:
            wait = self._pace.wait()
            if wait:
                return self._challenges.later(request, wait)
            flow.let_in = True
        headers = request.headers
        if "Authorization" not in headers and "Proxy-Authorization" not in headers:
            return self._unproven(request, flow)
        try:
            credentials = self._credentials(request)
            if credentials is not None:
                if credentials.scheme in self._targets:
                    if "gssapi-data" in credentials.params:
                        return self._handshake(request, flow, credentials)
                    return self._signed(request, flow, credentials)
                if self._digest is not None:
                    return self._proven_by_digest(self._digest, request, flow, Proof.read(credentials))
        except Malformed:
            return self._challenges.malformed(request)
        except Denied as denied:
            return self._refused(request, flow, denied)
        return self._unproven(request, flow)

    def _visiting(
        self, request: SipRequest, flow: Flow, partner: PartnerServer
    ) -> Verdict | Coroutine[Any, Any, Verdict]:
        if self._visitors is None:
            return self._challenges.forbid(request, diagnostics.NOT_TRUSTED)
        judged = self._visitors.judge(request, flow, partner)
        return (
            _admitted(judged) if judged is None or isinstance(judged, Visitor | SipResponse) else self._visited(judged)
        )

    @staticmethod
    async def _visited(judged: Awaitable[Judged]) -> Verdict:
        return _admitted(await judged)

    def hear(self, response: SipResponse, flow: Flow) -> bool:
        """Whether a client's response may be believed: where the client signs, its final responses must be signed."""
        if response.status < 200:
            return True
        try:
            credentials = self._credentials(response)
        except Malformed:
            credentials = None
        if credentials is not None and credentials.scheme in self._targets:
            association = self._live(flow, credentials)
            if association is not None:
                return _fault(response, association, credentials) is None
        # Without a signature that could hold, it is believed of who signs nothing.
        return self.association(flow) is None

    def association(self, flow: Flow, person: Person | None = None) -> SecurityAssociation | None:
        """The newest ready association of a flow, of anybody or of one person: what signs messages to them."""
        now = self._clock()
        for association in reversed(flow.associations.values()):
            owner = association.person
            if association.live(now) and (person is None or (owner and owner.objectGUID == person.objectGUID)):
                return association
        return None

    def forget(self, guid: str) -> list[Flow]:
        """Take no earlier proof of a person any more: the connections on which nobody has one now.

        To be called when a password changed or certificates were revoked.
        """
        self._forgets += 1
        self._forgotten[guid] = self._forgets
        left = []
        for flow in self._flows.pop(guid, ()):
            for opaque, association in list(flow.associations.items()):
                if association.person is not None and association.person.objectGUID == guid:
                    del flow.associations[opaque]
            for address in [address for address, owner in flow.proven.items() if owner == guid]:
                del flow.proven[address]
            if not flow.associations and not flow.proven:
                left.append(flow)
        return left

    def known(self) -> list[str]:
        """objectGUIDs of everyone whose proof is taken on some connection."""
        return list(self._flows)

    # --- messages out

    def challenge(self, request: SipRequest, flow: Flow, *, stale: bool = False) -> SipResponse:
        """What asks the sender of ``request`` for a proof, or for another one."""
        return self._challenges.challenge(request, flow, stale=stale)

    def seal(self, message: SipMessage, association: SecurityAssociation | None) -> None:
        """Sign a message for the holder of a ready association; nothing may be changed on it afterwards."""
        if association is not None and association.ready:
            part = ms_auth.message_part(message, association.version)
            message.headers["Authentication-Info"] = [self._information(part, association)]

    def proof(self, dialog: Dialog, method: str, association: SecurityAssociation | None) -> str:
        """What ``seal`` puts on the latest request within ``dialog``, as a line; empty where nothing is signed."""
        if association is None or not association.ready:
            return ""
        part = ms_auth.request_part(dialog, method, association.version)
        return f"Authentication-Info: {self._information(part, association)}\r\n"

    def _information(self, part: str, association: SecurityAssociation) -> str:
        number = association.sent = association.sent + 1
        salt = self._salts.next()
        protocol = association.protocol
        target = self._targets[protocol]
        signature = association.sign(ms_auth.signed_text(protocol, salt, str(number), ms_auth.REALM, target, part))
        return f'{protocol} rspauth="{signature}", srand="{salt}", snum="{number}"{association.tail}'

    # --- Lync clients

    def _credentials(self, message: SipMessage) -> Credentials | None:
        """Those for a signing protocol of ours, our realm and our name; else the first for Digest and its realm."""
        headers = message.headers
        digest: list[str] = []
        for field in _PROOFS:
            if field in headers:
                for value in headers[field]:
                    scheme = value.partition(" ")[0]
                    target = self._targets.get(scheme)
                    if target is not None:
                        found = read_credentials(value)
                        get = found.params.get
                        if get("realm") == ms_auth.REALM and get("targetname", "").lower() == target.lower():
                            return found
                    elif scheme.lower() == "digest":
                        digest.append(value)
        if self._digest is not None:
            realm = self._digest.verifier.realm
            for value in digest:
                found = read_credentials(value)
                if found.params.get("realm") == realm:
                    return found
        return None

    async def _handshake(self, request: SipRequest, flow: Flow, credentials: Credentials) -> Verdict:
        before = self._forgets
        try:
            association, answer = await self._handshakes.step(flow, credentials)
        except Malformed:
            return self._challenges.malformed(request)
        except Denied as denied:
            return self._refused(request, flow, denied)
        if flow.closed:
            return None
        if association.person is not None:
            guid = association.person.objectGUID
            if self._forgotten.get(guid, 0) > before:
                flow.associations.pop(association.opaque, None)
                return self._refused(request, flow, Denied("the proof was revoked meanwhile"))
            self._remember(guid, flow)
        if answer or not association.ready:
            return self._challenges.next_token(request, association, self._targets[association.protocol], answer)
        # Before version 4 the message that ends the handshake is not signed.
        if association.version >= 4 and (fault := _fault(request, association, credentials)):
            flow.associations.pop(association.opaque, None)
            return self._refused(request, flow, Denied(f"the message that ends the handshake: {fault}"))
        return self._authorised(request, association.person, association)

    def _signed(self, request: SipRequest, flow: Flow, credentials: Credentials) -> Verdict:
        association = self._live(flow, credentials)
        if association is None:
            return self._challenges.challenge(request, flow)
        fault = _fault(request, association, credentials)
        if fault is None:
            return self._authorised(request, association.person, association)
        log.info("dropped a SIP %s from %s: %s", request.method, flow.peer[0], fault)
        # A repetition comes from somebody else than the client: a challenge would only disturb it.
        return None if fault == REPEATED else self._challenges.challenge(request, flow)

    def _live(self, flow: Flow, credentials: Credentials) -> SecurityAssociation | None:
        association = flow.associations.get(credentials.params.get("opaque", ""))
        if association is None or association.protocol != credentials.scheme or not association.live(self._clock()):
            return None
        return association

    # --- plain clients

    def _proven_by_digest(
        self, policy: DigestPolicy, request: SipRequest, flow: Flow, proof: Proof
    ) -> Verdict | Coroutine[Any, Any, Verdict]:
        opened = policy.verifier.opened(proof, bound(flow))
        if not opened:
            return self._challenges.challenge(request, flow, stale=True)
        person = policy.verifier.find(proof.username)
        account = person.objectGUID if person is not None else proof.username
        if policy.turns.trusted(account, flow.peer[0]):
            return self._judged(policy, request, flow, proof, opened, person, counted=False)
        wait = policy.turns.take(account, flow.peer[0])
        if wait is None:
            raise Denied("too many attempts", account=proof.username)
        if wait > 0:
            return self._judged_later(policy, request, flow, proof, opened, wait)
        return self._judged(policy, request, flow, proof, opened, person)

    async def _judged_later(
        self, policy: DigestPolicy, request: SipRequest, flow: Flow, proof: Proof, opened: str, wait: float
    ) -> Verdict:
        await policy.turns.pause(wait)
        if flow.closed:
            return None
        return self._judged(policy, request, flow, proof, opened, policy.verifier.find(proof.username))

    def _judged(
        self,
        policy: DigestPolicy,
        request: SipRequest,
        flow: Flow,
        proof: Proof,
        opened: str,
        person: Person | None,
        *,
        counted: bool = True,
    ) -> Verdict:
        """``person``: whom the proof's username names now. Where it is not ``counted`` only a wrong one is."""
        uri = proof.uri if proof.uri != request.uri and policy.is_own(proof.uri) else request.uri
        account = person.objectGUID if person is not None else proof.username
        try:
            fresh = policy.verifier.proves(proof, person, request.method, uri, opened)
        except Denied as denied:
            if not counted:
                policy.turns.take(account, flow.peer[0])
            return self._refused(request, flow, denied)
        if counted:
            policy.turns.right(account, flow.peer[0])
        if not fresh or person is None:
            return self._challenges.challenge(request, flow, stale=True)
        address = person.sip.lower()
        refusal = self._misnamed(request, person, address)
        if refusal is not None:
            return refusal
        if request.method == "REGISTER" and flow.reliable and not policy.every_request:
            guid = person.objectGUID
            if flow.proven.get(address) != guid:
                flow.proven[address] = guid
                self._remember(guid, flow)
        return Admitted(person, None)

    def _unproven(self, request: SipRequest, flow: Flow) -> Verdict:
        if flow.proven and (guid := flow.proven.get(_sender(request))) is not None:
            return self._authorised(request, self._directory.by_guid(guid), None)
        if request.method == "ACK":
            # Nobody may challenge an ACK [RFC3261 22.1]; a client that signs would have signed it.
            return Admitted(None, None) if self.association(flow) is None else None
        return self._challenges.challenge(request, flow)

    # --- both

    def _remember(self, guid: str, flow: Flow) -> None:
        flows = self._flows.get(guid)
        if flows is None:
            flows = self._flows[guid] = set()
        if flow not in flows:
            flows.add(flow)
            flow.on_lost(functools.partial(self._lost, guid))

    def _lost(self, guid: str, flow: Flow) -> None:
        flows = self._flows.get(guid)
        if flows is not None:
            flows.discard(flow)
            if not flows:
                del self._flows[guid]

    def _authorised(
        self, request: SipRequest, person: Person | None, association: SecurityAssociation | None
    ) -> Admitted | SipResponse:
        """Whether the person, as the directory knows them now, may send this."""
        person = self._directory.by_guid(person.objectGUID) if person is not None else None
        refusal = self._misnamed(request, person, person.sip.lower() if person is not None else "")
        if refusal is None:
            return Admitted(person, association)
        self.seal(refusal, association)
        return refusal

    def _misnamed(self, request: SipRequest, person: Person | None, address: str) -> SipResponse | None:
        """The refusal of what is sent by nobody with an ``address``, or under another one."""
        if person is not None and person.enabled and address:
            if _sender(request) == address:
                return None
            diagnosis = diagnostics.NOT_OWN
        else:
            diagnosis = diagnostics.REJECTED
        log.info("forbade a SIP %s of %.100r", request.method, person.userPrincipalName if person else "")
        return self._challenges.forbid(request, diagnosis)

    def _refused(self, request: SipRequest, flow: Flow, denied: Denied) -> SipResponse:
        log.info("refused SIP sign-in of %.100r from %s: %s", denied.account, flow.peer[0], denied.reason)
        # Why is told only to who has shown that they know the password.
        code, sentence = HANDSHAKE_FAILED
        told = f"{sentence}: {denied.reason}" if isinstance(denied, Expired) else sentence
        return self._challenges.challenge(request, flow, diagnosis=(code, told))


def _admitted(judged: Judged) -> Verdict:
    return Admitted(None, None, judged) if isinstance(judged, Visitor) else judged


REPEATED = "a number seen before"


def _fault(message: SipMessage, association: SecurityAssociation, credentials: Credentials) -> str | None:
    """What is wrong with the signature of a client's message; None, and its number is used up, where nothing is."""
    get = credentials.params.get
    shown = get("cnum", "")
    if not (shown.isascii() and shown.isdigit() and len(shown) <= 10):
        return "no number"
    number = int(shown)
    if not association.received.fresh(number):
        return REPEATED
    part = ms_auth.message_part(message, association.version)
    text = ms_auth.signed_text(
        association.protocol, get("crand", ""), shown, ms_auth.REALM, get("targetname", ""), part
    )
    if not association.verify(text, get("response", "")):
        return "a wrong signature"
    association.received.accept(number)
    return None


def _sender(request: SipRequest) -> str:
    """``user@domain`` of From, lower case."""
    values = request.headers.get("From")
    return aor_of(uri_in(values[0])) if values else ""
