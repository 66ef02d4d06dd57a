"""Requests of clients go wrong as they arrive: they are late, dropped, or answered with an error."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from samband.lync.sip.admission import Verdict
from samband.lync.sip.flow import Flow
from samband.lync.sip.security import Guard
from samband.serve.faults.rules import Pending
from samband.serve.faults.sip_faults import SipFault
from samband.serve.sip_proofs import random_token
from samband.wire.sip.message import SipRequest, SipResponse, respond


class FaultyGate:
    """Stands before ``guard``: see ``lync.sip.admission.Gate``. Who sends what is struck is not asked."""

    def __init__(self, guard: Guard, pending: Pending[SipFault]) -> None:
        self._guard = guard
        self._pending = pending
        self.hear, self.seal, self.proof = guard.hear, guard.seal, guard.proof

    def inspect(self, request: SipRequest, flow: Flow) -> Verdict | Coroutine[Any, Any, Verdict]:
        """Who is speaking; or what the request gets instead, or what it waits for."""
        if not self._pending.live or flow.hosted:
            return self._guard.inspect(request, flow)
        fault = self._pending.next(lambda one: one.meets_arriving(request, reliable=flow.reliable))
        if fault is None:
            return self._guard.inspect(request, flow)
        return self._late(fault, request, flow) if fault.delay else self._struck(fault, request, flow)

    async def _late(self, fault: SipFault, request: SipRequest, flow: Flow) -> Verdict:
        await asyncio.sleep(fault.delay)
        if flow.closed:
            return None
        verdict = self._struck(fault, request, flow)
        return await verdict if isinstance(verdict, Coroutine) else verdict

    def _struck(self, fault: SipFault, request: SipRequest, flow: Flow) -> Verdict | Coroutine[Any, Any, Verdict]:
        answer = self._answer(fault, request, flow) if fault.status else None
        if fault.close:
            if answer is not None:
                flow.send(answer.to_bytes())
            flow.close()
            return None
        if answer is None and not fault.drop:
            return self._guard.inspect(request, flow)
        return answer

    def _answer(self, fault: SipFault, request: SipRequest, flow: Flow) -> SipResponse:
        if fault.status in (401, 407):
            answer = self._guard.challenge(request, flow, stale=fault.stale)
            answer.reason = fault.reason or answer.reason
        else:
            answer = respond(request, fault.status, fault.reason, tag=random_token())
        if fault.retry_after:
            answer.put("Retry-After", str(fault.retry_after))
        for name, value in fault.fields.items():
            answer.put(name, value)
        if fault.status not in (401, 407):
            # Nobody has signed a challenge: there is nothing yet to sign it with.
            self._guard.seal(answer, self._guard.association(flow))
        return answer
