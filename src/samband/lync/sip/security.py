"""Who sends a SIP message [MS-SIPAE 3.3.5; RFC3261 22].

Lync clients make a security association on their connection and sign everything from then on; plain clients prove
requests by Digest.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import datetime
from typing import Any

from samband.directory.api import Directory
from samband.lync.sip import diagnostics
from samband.lync.sip.admission import Admitted, Verdict
from samband.lync.sip.challenges import Challenges, sender
from samband.lync.sip.digest_clients import DigestClients, DigestPolicy
from samband.lync.sip.flow import Flow, PartnerServer, Visitor
from samband.lync.sip.handshakes import Handshakes
from samband.lync.sip.known_servers import KnownServers
from samband.lync.sip.pace import Pace
from samband.lync.sip.proven_people import ProvenPeople
from samband.lync.sip.signatures import REPEATED, Signatures, fault_in
from samband.lync.sip.visitors import Judged, Visitors
from samband.model.people import Person
from samband.trust.denied import Denied
from samband.trust.sip.association import Begin, SecurityAssociation
from samband.trust.sip.digest import Proof
from samband.wire.sip import ms_auth
from samband.wire.sip.credentials import Credentials, Malformed, read_credentials
from samband.wire.sip.message import SipMessage, SipRequest, SipResponse

log = logging.getLogger(__name__)

_PROOFS = ("Authorization", "Proxy-Authorization")


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
        self._handshakes = Handshakes(dict(protocols), host, random)
        self._directory = directory
        self._targets = {name: ms_auth.target(name, host) for name in protocols}
        offers = {
            name: ms_auth.challenge(
                name, ms_auth.REALM, self._targets[name], sts_uri=sts_uri if name == "TLS-DSK" else ""
            )
            for name in protocols
        }
        self._challenges = Challenges(offers, digest.verifier if digest else None, host, clock, token)
        self._proven = ProvenPeople()
        self._digest = DigestClients(digest, self._challenges, self._proven) if digest is not None else None
        self._signatures = signatures = Signatures(self._targets, clock, random)
        # Many messages pass these: who calls them gets them without a step between.
        self.seal = signatures.seal
        self.proof = signatures.proof
        self.association = signatures.newest

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
        signature = self._signatures.shown(request)
        if signature is not None:
            return self._signed(request, flow, signature)
        try:
            credentials = self._credentials(request)
            if credentials is not None:
                if credentials.scheme in self._targets:
                    if "gssapi-data" in credentials.params:
                        return self._handshake(request, flow, credentials)
                    return self._signed(request, flow, ms_auth.signature_of(credentials))
                if self._digest is not None:
                    return self._digest.judge(request, flow, Proof.read(credentials))
        except Malformed:
            return self._challenges.malformed(request)
        except Denied as denied:
            return self._challenges.refused(request, flow, denied)
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
        signature = self._signatures.shown(response) or self._signature(response)
        if signature is not None:
            association = self._signatures.live(flow, signature)
            if association is not None:
                return fault_in(response, association, signature) is None
        # Without a signature that could hold, it is believed of who signs nothing.
        return self.association(flow) is None

    def challenge(self, request: SipRequest, flow: Flow, *, stale: bool = False) -> SipResponse:
        """What asks the sender of ``request`` for a proof, or for another one."""
        return self._challenges.challenge(request, flow, stale=stale)

    def forget(self, guid: str) -> list[Flow]:
        """Take no earlier proof of a person any more: the connections on which nobody has one now.

        To be called when a password changed or certificates were revoked.
        """
        return self._proven.forget(guid)

    def known(self) -> list[str]:
        """objectGUIDs of everyone whose proof is taken on some connection."""
        return self._proven.everyone()

    # --- Lync clients

    def _signature(self, response: SipResponse) -> ms_auth.Signature | None:
        """What signs a response, wherever it stands in it."""
        try:
            credentials = self._credentials(response)
        except Malformed:
            return None
        if credentials is None or credentials.scheme not in self._targets:
            return None
        return ms_auth.signature_of(credentials)

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
            realm = self._digest.realm
            for value in digest:
                found = read_credentials(value)
                if found.params.get("realm") == realm:
                    return found
        return None

    async def _handshake(self, request: SipRequest, flow: Flow, credentials: Credentials) -> Verdict:
        moment = self._proven.moment()
        try:
            association, answer = await self._handshakes.step(flow, credentials)
        except Malformed:
            return self._challenges.malformed(request)
        except Denied as denied:
            return self._challenges.refused(request, flow, denied)
        if flow.closed:
            return None
        if association.person is not None:
            guid = association.person.objectGUID
            if self._proven.forgotten_since(guid, moment):
                flow.associations.pop(association.opaque, None)
                return self._challenges.refused(request, flow, Denied("the proof was revoked meanwhile"))
            self._proven.remember(guid, flow)
        if answer or not association.ready:
            return self._challenges.next_token(request, association, self._targets[association.protocol], answer)
        # Before version 4 the message that ends the handshake is not signed.
        signature = ms_auth.signature_of(credentials)
        if association.version >= 4 and (fault := fault_in(request, association, signature)):
            flow.associations.pop(association.opaque, None)
            return self._challenges.refused(request, flow, Denied(f"the message that ends the handshake: {fault}"))
        return self._authorised(request, association.person, association)

    def _signed(self, request: SipRequest, flow: Flow, signature: ms_auth.Signature) -> Verdict:
        association = self._signatures.live(flow, signature)
        if association is None:
            return self._challenges.challenge(request, flow)
        fault = fault_in(request, association, signature)
        if fault is None:
            return self._authorised(request, association.person, association)
        log.info("dropped a SIP %s from %s: %s", request.method, flow.peer[0], fault)
        # A repetition comes from somebody else than the client: a challenge would only disturb it.
        return None if fault == REPEATED else self._challenges.challenge(request, flow)

    # --- both

    def _unproven(self, request: SipRequest, flow: Flow) -> Verdict:
        if flow.proven and (guid := flow.proven.get(sender(request))) is not None:
            return self._authorised(request, self._directory.by_guid(guid), None)
        if request.method == "ACK":
            # Nobody may challenge an ACK [RFC3261 22.1]; a client that signs would have signed it.
            return Admitted(None, None) if self.association(flow) is None else None
        return self._challenges.challenge(request, flow)

    def _authorised(
        self, request: SipRequest, person: Person | None, association: SecurityAssociation | None
    ) -> Admitted | SipResponse:
        """Whether the person, as the directory knows them now, may send this."""
        person = self._directory.by_guid(person.objectGUID) if person is not None else None
        refusal = self._challenges.misnamed(request, person, person.sip.lower() if person is not None else "")
        if refusal is None:
            return Admitted(person, association)
        self.seal(refusal, association)
        return refusal


def _admitted(judged: Judged) -> Verdict:
    return Admitted(None, None, judged) if isinstance(judged, Visitor) else judged
