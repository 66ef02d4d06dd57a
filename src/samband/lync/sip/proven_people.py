"""Who has proved on which connections who they are, so that the proof can be taken back."""

from __future__ import annotations

import functools

from samband.lync.sip.flow import Flow


class ProvenPeople:
    """People by objectGUID, with the connections on which they made an association or proved an address."""

    def __init__(self) -> None:
        self._flows: dict[str, set[Flow]] = {}
        self._forgotten: dict[str, int] = {}
        """Which call of ``forget`` was a person's last: a handshake under way must not outlive it."""
        self._forgets = 0

    def remember(self, guid: str, flow: Flow) -> None:
        """They did so on ``flow``."""
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

    def forget(self, guid: str) -> list[Flow]:
        """Take no earlier proof of a person any more: the connections on which nobody has one now."""
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

    def moment(self) -> int:
        """Now, for ``forgotten_since``."""
        return self._forgets

    def forgotten_since(self, guid: str, moment: int) -> bool:
        """Whether a proof that was begun at ``moment`` counts no more."""
        return self._forgotten.get(guid, 0) > moment

    def everyone(self) -> list[str]:
        """objectGUIDs of everyone whose proof is taken on some connection."""
        return list(self._flows)
