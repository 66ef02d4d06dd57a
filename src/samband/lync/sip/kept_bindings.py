"""The registrar's endpoints over UDP and what is kept of them, one made of the other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from samband.directory.api import Directory
from samband.lync.actions.bindings import Bindings
from samband.lync.actions.registration import Claim, End, Endpoint, Registrar
from samband.lync.sip.flow import Flow
from samband.lync.sip.places import Way
from samband.model.bindings import Binding


class KeptBindings:
    """Notes endpoints as they come and go; makes those of ``before`` anew once their listener is there."""

    def __init__(
        self,
        bindings: Bindings,
        before: Sequence[Binding],
        registrar: Registrar[Way],
        directory: Directory,
        now: Callable[[], float],
    ) -> None:
        """``now`` is the registrar's clock."""
        self._bindings = bindings
        self._before = before
        self._registrar = registrar
        self._directory = directory
        self._now = now
        registrar.listen(removed=self._removed)

    def settled(self) -> Awaitable[None]:
        """Done once everything noted before this call is on disk; else it raises what the write raised."""
        return self._bindings.settled()

    def note(self, endpoint: Endpoint[Way]) -> None:
        """An endpoint over UDP is new or was refreshed."""
        flow = endpoint.way.flow
        left = endpoint.expires_at - self._now()
        binding = Binding(
            address=endpoint.address,
            key=endpoint.key,
            person=endpoint.person.objectGUID,
            contact=endpoint.contact,
            peer=flow.peer,
            local=flow.local,
            call_id=endpoint.call_id,
            cseq=endpoint.cseq,
            epid=endpoint.epid,
            instance=endpoint.instance,
            reg_id=endpoint.reg_id,
            supported=tuple(sorted(endpoint.supported)),
            agent=endpoint.agent,
            expires=self._bindings.clock().timestamp() + left,
        )
        self._bindings.note(endpoint.address, endpoint.key, binding)

    def restore(self, local: tuple[str, int], flow: Callable[[tuple[str, int]], Flow]) -> None:
        """The listener at ``local`` is bound: whoever it had heard, and is still somebody, is signed in as before."""
        time = self._bindings.clock().timestamp()
        for binding in self._before:
            person = self._directory.by_guid(binding.person)
            left = int(binding.expires - time)
            if binding.local != local or left <= 0 or person is None or not person.enabled:
                continue
            if person.sip.lower() != binding.address:
                continue
            way = Way(flow(binding.peer), None)
            claim = Claim(
                address=binding.address,
                person=person,
                contact=binding.contact,
                way=way,
                connection=0,
                seconds=left,
                call_id=binding.call_id,
                cseq=binding.cseq,
                epid=binding.epid,
                instance=binding.instance,
                reg_id=binding.reg_id,
                supported=frozenset(binding.supported),
                agent=binding.agent,
            )
            way.flow.kept_until = self._registrar.restore(claim, left).expires_at

    def _removed(self, endpoint: Endpoint[Way], _end: End) -> None:
        if not endpoint.connection:
            self._bindings.note(endpoint.address, endpoint.key, None)
