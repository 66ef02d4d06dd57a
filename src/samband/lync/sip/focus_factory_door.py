"""The focus factory: what kinds of conferences there are, and new ones [MS-CONFBAS]."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import UTC, datetime

from samband.lync.actions.conferences import Conferences
from samband.lync.sip.cccp_requests import answer, fail, read_body, unknown
from samband.lync.sip.inbound import Inbound
from samband.lync.sip.router import Router
from samband.model.conferences import AccessLevel, Terms
from samband.model.failures import Failure
from samband.model.people import Person
from samband.wire.conference.addresses import ConferenceAddress, read_address
from samband.wire.conference.cccp import AddConference, C3pRequest, DeleteConference, GetCapabilities
from samband.wire.conference.cccp_answers import added_conference, capabilities, deleted_conference, success

KINDS = ("chat",)
"""Meetings are text alone: nothing here mixes sound or pictures."""
_ACCESS = {
    "closedAuthenticated": AccessLevel.INVITED,
    "openAuthenticated": AccessLevel.SAME_ENTERPRISE,
    "anonymous": AccessLevel.EVERYONE,
}


class FocusFactoryDoor:
    """Serves SERVICE requests of organisers to their own factory."""

    def __init__(self, router: Router, conferences: Conferences) -> None:
        self._router = router
        self._conferences = conferences

    def handle(self, inbound: Inbound, address: ConferenceAddress) -> Awaitable[None] | None:
        """Answer one request."""
        person = inbound.person
        if inbound.request.method != "SERVICE":
            if inbound.transaction is not None:
                inbound.refuse(405, Allow="SERVICE")
            return None
        if person is None or person.sip.lower() != address.organizer:
            inbound.refuse(403)
            return None
        request = read_body(inbound)
        if request is None:
            return None
        match request.operation:
            case GetCapabilities():
                inbound.reply(answer(inbound, self._router.token(), success(request, capabilities(KINDS))))
                return None
            case AddConference() as wanted:
                return self._add(inbound, person, request, wanted)
            case DeleteConference() as wanted:
                return self._delete(inbound, person, request, wanted)
            case _:
                unknown(inbound, self._router.token(), request)
                return None

    async def _add(self, inbound: Inbound, person: Person, request: C3pRequest, wanted: AddConference) -> None:
        focus = ConferenceAddress(person.sip.lower(), "focus", wanted.id)
        tag = self._router.token()
        try:
            if wanted.id and read_address(str(focus)) != focus:
                raise Failure("BadRequest", "The id cannot stand in an address")
            if set(wanted.kinds) - set(KINDS):
                raise Failure("NotImplemented", "Meetings are text only")
            conference = await self._conferences.add(
                person,
                Terms(subject=wanted.subject, access=_ACCESS.get(wanted.admission, AccessLevel.SAME_ENTERPRISE)),
                id=wanted.id,
                expires=_instant(wanted.expires),
                listed=False,
            )
        except Failure as error:
            fail(inbound, tag, request, error)
            return
        made = ConferenceAddress(focus.organizer, "focus", conference.id)
        inbound.reply(answer(inbound, tag, success(request, added_conference(str(made), conference.version))))

    async def _delete(self, inbound: Inbound, person: Person, request: C3pRequest, wanted: DeleteConference) -> None:
        focus = ConferenceAddress(person.sip.lower(), "focus", wanted.id)
        tag = self._router.token()
        try:
            if not wanted.id:
                focus = _own(wanted.conference, person)
            await self._conferences.remove(person, focus.id)
        except Failure as error:
            fail(inbound, tag, request, error)
            return
        inbound.reply(answer(inbound, tag, success(request, deleted_conference(str(focus)))))


def _own(text: str, organizer: Person) -> ConferenceAddress:
    """The address of a focus of the organiser's own. Raises ``Failure``."""
    found = read_address(text)
    if found is None or found.organizer != organizer.sip.lower():
        raise Failure("NotFound", "There is no such conference")
    return found


def _instant(text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Failure("BadRequest", "The expiry is no instant") from None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
