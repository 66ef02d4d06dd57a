"""Plain clients, which prove requests by Digest [RFC3261 22]."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from samband.lync.sip.admission import Admitted, Verdict
from samband.lync.sip.challenges import Challenges, bound
from samband.lync.sip.flow import Flow
from samband.lync.sip.proven_people import ProvenPeople
from samband.model.people import Person
from samband.trust.denied import Denied
from samband.trust.sip.digest import DigestVerifier, Proof
from samband.trust.sip.turns import Turns
from samband.wire.sip.message import SipRequest


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


class DigestClients:
    """Judges proofs by Digest; guessed passwords wait for their turn."""

    def __init__(self, policy: DigestPolicy, challenges: Challenges, proven: ProvenPeople) -> None:
        self._policy = policy
        self._challenges = challenges
        self._proven = proven

    @property
    def realm(self) -> str:
        return self._policy.verifier.realm

    def judge(self, request: SipRequest, flow: Flow, proof: Proof) -> Verdict | Coroutine[Any, Any, Verdict]:
        """Who proves ``request``, or what it gets instead. Raises ``Denied``."""
        policy = self._policy
        opened = policy.verifier.opened(proof, bound(flow))
        if not opened:
            return self._challenges.challenge(request, flow, stale=True)
        person = policy.verifier.find(proof.username)
        account = person.objectGUID if person is not None else proof.username
        if policy.turns.trusted(account, flow.peer[0]):
            return self._judged(request, flow, proof, opened, person, counted=False)
        wait = policy.turns.take(account, flow.peer[0])
        if wait is None:
            raise Denied("too many attempts", account=proof.username)
        if wait > 0:
            return self._judged_later(request, flow, proof, opened, wait)
        return self._judged(request, flow, proof, opened, person)

    async def _judged_later(self, request: SipRequest, flow: Flow, proof: Proof, opened: str, wait: float) -> Verdict:
        await self._policy.turns.pause(wait)
        if flow.closed:
            return None
        return self._judged(request, flow, proof, opened, self._policy.verifier.find(proof.username))

    def _judged(
        self,
        request: SipRequest,
        flow: Flow,
        proof: Proof,
        opened: str,
        person: Person | None,
        *,
        counted: bool = True,
    ) -> Verdict:
        """``person``: whom the proof's username names now. Where it is not ``counted`` only a wrong one is."""
        policy = self._policy
        uri = proof.uri if proof.uri != request.uri and policy.is_own(proof.uri) else request.uri
        account = person.objectGUID if person is not None else proof.username
        try:
            fresh = policy.verifier.proves(proof, person, request.method, uri, opened)
        except Denied as denied:
            if not counted:
                policy.turns.take(account, flow.peer[0])
            return self._challenges.refused(request, flow, denied)
        if counted:
            policy.turns.right(account, flow.peer[0])
        if not fresh or person is None:
            return self._challenges.challenge(request, flow, stale=True)
        address = person.sip.lower()
        refusal = self._challenges.misnamed(request, person, address)
        if refusal is not None:
            return refusal
        if request.method == "REGISTER" and flow.reliable and not policy.every_request:
            guid = person.objectGUID
            if flow.proven.get(address) != guid:
                flow.proven[address] = guid
                self._proven.remember(guid, flow)
        return Admitted(person)
