"""Who is in a conversation, who waits to be let in, and what whoever leads a meeting does with them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from samband.lync.actions.im import Attendance, Wish
from samband.lync.ucwa import sides
from samband.lync.ucwa.call import Call, show
from samband.lync.ucwa.channel import Urgency
from samband.lync.ucwa.conversation import Conversation
from samband.lync.ucwa.part import Place
from samband.lync.ucwa.participant_media import KINDS
from samband.wire.http import HttpResponse
from samband.wire.ucwa.errors import UcwaError
from samband.wire.ucwa.events import Kind, Reference
from samband.wire.ucwa.resources import Resource, embedding, resource

PATIENCE = 10.0
"""Seconds until a wish has come to nothing."""
_VIEWS: dict[str, tuple[str, Callable[[Attendance], bool]]] = {
    "attendees": ("attendees", lambda part: not part.leads and not part.waits),
    "leaders": ("leaders", lambda part: part.leads and not part.waits),
    "lobby": ("lobby", lambda part: part.waits),
}
"""Path -> relation, and whom it holds."""
MEDIA = frozenset(rel.lower() for rel in KINDS)
_WISHES: tuple[Wish, ...] = ("admit", "reject", "eject", "promote", "demote")
_SENTENCES = {
    "Forbidden": "Only presenters may do this, and nobody with the organizer",
    "NotFound": "The participant is no longer there",
}


class Participants:
    """Serves ``participants`` and its views of every conversation; ``typed`` is told who types no longer."""

    def __init__(self, place: Place, typed: Callable[[Conversation, str, bool], None]) -> None:
        self._place = place
        self._typed = typed

    # --- requests

    async def serve(self, call: Call, one: Conversation, words: list[str]) -> HttpResponse | None:
        """Answer one request; None where there is nothing at its address. Raises ``UcwaError``."""
        own = self._place.address
        match words:
            case ["participants"]:
                call.only("GET")
                return self._list(call, one, "participants", [own, *one.others])
            case [view] if view in _VIEWS and one.meeting is not None:
                call.only("GET")
                rel, holds = _VIEWS[view]
                everybody = {own: one.own_part, **one.others}
                return self._list(call, one, rel, [at for at, part in everybody.items() if holds(part)])
            case ["participants", address] if address == own or address in one.others:
                call.only("GET")
                return show(sides.of(one, address))
            case ["participants", address, word, *rest] if one.media is not None and word in MEDIA:
                if address == own or address in one.others:
                    return await one.media.serve(call, address, [word, *rest])
            case ["participants", address, word] if word == sides.MESSAGING.lower():
                if (address == own or address in one.others) and sides.writes(one, address):
                    call.only("GET")
                    return show(self._messaging(one, address))
            case ["participants", address, wish] if address in one.others and wish in _WISHES:
                call.only("POST")
                return await self._lead(one, address, next(one for one in _WISHES if one == wish))
        return None

    def _list(self, call: Call, one: Conversation, rel: str, addresses: list[str]) -> HttpResponse:
        found = resource(rel, {"self": call.link(*one.here, rel)})
        shown = [sides.of(one, at) for at in addresses]
        return show(embedding(found, {"participant": shown}))

    async def _lead(self, one: Conversation, address: str, wish: Wish) -> HttpResponse:
        """Have the meeting do it, and wait for what it says."""
        if one.meeting is None or one.state != "Conferenced":
            raise UcwaError("Conflict", "The conversation is not in a meeting")
        done: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        one.meeting.lead(wish, address, lambda code: None if done.done() else done.set_result(code))
        try:
            async with asyncio.timeout(PATIENCE):
                code = await done
        except TimeoutError:
            raise UcwaError("ServiceUnavailable", "The meeting does not answer") from None
        if code:
            raise UcwaError(code, _SENTENCES.get(code, "The meeting refused"))
        return HttpResponse(204)

    # --- what happens

    def changed(self, one: Conversation) -> None:
        """Tell who came, who left, and who is something else than before."""
        if one.meeting is None or one.state != "Conferenced":
            return
        own, members = self._place.address, one.meeting.members
        before, all_before = one.others, {own: one.own_part, **one.others}
        led, one.own_part = one.own_part.leads, members.get(own, one.own_part)
        leads = one.own_part.leads
        one.others = {at: part for at, part in members.items() if at != own and (leads or not part.waits)}
        if led is not leads:
            local = sides.own(one)
            self._place.tell(one.reference, "updated", one.local_reference, Urgency.HIGH, embedded=local)
            communication, shown = self._place.reference("communication", "communication"), one.overview()
            self._place.tell(communication, "updated", one.reference, Urgency.HIGH, embedded=shown)
        for address in before.keys() - one.others.keys():
            self._typed(one, address, False)
            self._view(one, address, before[address], "deleted")
            self._place.tell(one.reference, "deleted", one.participant_reference(address), Urgency.HIGH)
        for address, part in one.others.items():
            known = before.get(address)
            if known is None:
                self._tell(one, address, "added")
                self._view(one, address, part, "added")
            elif known != part or led is not leads:
                if _view_of(known) != _view_of(part):
                    self._view(one, address, known, "deleted")
                    self._view(one, address, part, "added")
                self._tell(one, address, "updated")
        for address, part in {own: one.own_part, **one.others}.items():
            if part.writes is not all_before.get(address, Attendance()).writes:
                sides.tell_writing(one, address, "added" if part.writes else "deleted")

    def _messaging(self, one: Conversation, address: str) -> Resource:
        whose = one.participant_of(address).href
        return resource(sides.MESSAGING, {"self": f"{whose}/{sides.MESSAGING}", "participant": whose})

    def _tell(self, one: Conversation, address: str, kind: Kind) -> None:
        shown = sides.other(one, address)
        self._place.tell(one.reference, kind, one.participant_reference(address), Urgency.HIGH, embedded=shown)

    def _view(self, one: Conversation, address: str, part: Attendance, kind: Kind) -> None:
        """Those who lead, those who do not, or the lobby have one more, or one less."""
        view = _view_of(part)
        within = Reference(view, self._place.link(*one.here, view))
        self._place.tell(one.reference, kind, one.participant_reference(address), Urgency.HIGH, within=within)


def _view_of(part: Attendance) -> str:
    return next(rel for rel, holds in _VIEWS.values() if holds(part))
