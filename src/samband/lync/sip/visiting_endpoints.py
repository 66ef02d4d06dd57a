"""Clients of other organisations' people: signed in elsewhere, known here by what they are in the middle of."""

from __future__ import annotations

from collections.abc import Callable

from samband.lync.actions.registration import End, Endpoint, Removed
from samband.lync.sip.flow import Flow, Visitor
from samband.lync.sip.inbound import Inbound
from samband.lync.sip.places import Way
from samband.model.people import Person
from samband.wire.sip.address import epid_in, uri_in

MOST = 10_000
"""Most clients over one connection between servers."""

Key = tuple[str, str]
"""Address and epid."""


class VisitingEndpoints:
    """One for a Lync side. An endpoint lives as long as the connection that its server speaks over."""

    def __init__(self) -> None:
        self._by_flow: dict[Flow, dict[Key, Endpoint[Way]]] = {}
        self._removed: list[Removed[Way]] = []

    def listen(self, removed: Callable[[Endpoint[Way], End], None]) -> None:
        """Hear of endpoints that are gone."""
        self._removed.append(removed)

    def of(self, inbound: Inbound) -> Endpoint[Way] | None:
        """The client that a visitor's request comes from; None where it says nothing of where it is."""
        request, flow, visitor = inbound.request, inbound.flow, inbound.visitor
        if visitor is None:
            return None
        known = self._by_flow.get(flow)
        if known is None:
            known = self._by_flow[flow] = {}
            flow.on_lost(self._lost)
        epid = epid_in(request.headers["From"][0])
        key = (visitor.address, epid)
        contact = uri_in(request.get("Contact") or "")
        found = known.get(key)
        if found is None and contact and len(known) < MOST:
            found = known[key] = _endpoint(visitor, epid, contact, flow)
        elif found is not None and contact:
            found.contact = contact
            if visitor.name and found.person.displayName != visitor.name:
                found.person = _person(visitor)
        return found

    def _lost(self, flow: Flow) -> None:
        for endpoint in self._by_flow.pop(flow, {}).values():
            endpoint.alive = False
            for hear in self._removed:
                hear(endpoint, "connection lost")


def _endpoint(visitor: Visitor, epid: str, contact: str, flow: Flow) -> Endpoint[Way]:
    return Endpoint(
        address=visitor.address,
        person=_person(visitor),
        key=epid or contact,
        contact=contact,
        way=Way(flow, None),
        connection=flow.connection,
        call_id="",
        cseq=0,
        epid=epid,
        instance="",
        supported=frozenset(),
        agent="",
        opaque="",
        seconds=0,
        expires_at=0.0,
        lync=True,
    )


def _person(visitor: Visitor) -> Person:
    """What is known of somebody from elsewhere."""
    return Person(
        objectGUID="",
        sAMAccountName="",
        userPrincipalName="",
        displayName=visitor.name or visitor.address,
        msRTCSIP_PrimaryUserAddress=f"sip:{visitor.address}",
        msRTCSIP_UserEnabled=True,
    )
