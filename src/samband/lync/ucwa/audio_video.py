"""``audioVideo`` of a conversation in a meeting: what is sent and received, and how the two sides agree on it.

Its state is in the resource alone: an event says that it changed, and the client reads it. An ``offer`` in it waits for
an answer; what the client wants to send it offers itself.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from samband.lync.actions.im import ImMeeting
from samband.lync.actions.media_parts import MediaPart
from samband.lync.ucwa.call import Call, properties, show
from samband.lync.ucwa.channel import Urgency
from samband.lync.ucwa.part import Place
from samband.model.failures import Failure
from samband.wire.conference.addresses import read_address
from samband.wire.http import HttpResponse
from samband.wire.ucwa import inputs
from samband.wire.ucwa.errors import UcwaError
from samband.wire.ucwa.events import Reference
from samband.wire.ucwa.resources import Resource, resource

LONGEST = 48 * 1024
"""Most characters of a session description."""
GUESTS_RELAY = timedelta(hours=1)
"""How long what a guest is told of the relay is good: nobody takes it back when they leave."""
_REL = "audioVideo"


class AudioVideo:
    """One for a conversation, from its first request until it ends."""

    def __init__(self, place: Place, conversation: Reference, meeting: ImMeeting, here: tuple[str, ...]) -> None:
        self._place = place
        self._conversation = conversation
        self._meeting = meeting
        self._media = place.verbs.media
        self._reference = place.reference(_REL, *here, _REL)
        self._part: MediaPart | None = None
        self._over = False
        self._deaf = self._media.listen(self._changed)

    async def serve(self, call: Call, rest: list[str]) -> HttpResponse:
        """Answer one request. Raises ``UcwaError`` and ``Failure``."""
        if not rest:
            call.only("GET")
            return show(self._resource())
        if len(rest) > 1 or rest[0] not in ("start", "publish", "answer", "report", "stop"):
            raise UcwaError("NotFound", "There is nothing at this address")
        call.only("POST")
        match rest[0]:
            case "start":
                await self._start()
                return show(self._resource(), 201, self._reference.href)
            case "publish":
                return await self._publish(properties(call.request))
            case "answer":
                body = properties(call.request)
                number = inputs.number("number", body.get("number"), 0, 10**9)
                await self._own().answer(number, inputs.text(body, "sdp", LONGEST, needed=True))
            case "report":
                body = properties(call.request)
                await self._own().report(audio=inputs.switch(body, "audio"), video=inputs.switch(body, "video"))
            case "stop":
                self._stop()
        return HttpResponse(204)

    def close(self) -> None:
        """The conversation is over."""
        self._over = True
        self._deaf()
        self._stop()

    async def _start(self) -> None:
        """Begin, or begin anew."""
        self._stop()
        focus = read_address(self._meeting.address)
        if focus is None:
            raise Failure("NotFound", "There is no meeting here")
        part = await self._media.enter(focus.organizer, focus.id, self._place.address, self._changed)
        self._stop()
        if self._over:
            part.leave()
            raise UcwaError("NotFound", "The conversation is over")
        self._part = part

    async def _publish(self, body: dict[str, Any]) -> HttpResponse:
        sdp = inputs.text(body, "sdp", LONGEST, needed=True)
        answer = await self._own().publish(sdp, audio=inputs.switch(body, "audio"), video=inputs.switch(body, "video"))
        return show(resource("mediaAnswer", {"self": f"{self._reference.href}/publish"}, {"sdp": answer}))

    def _stop(self) -> None:
        part, self._part = self._part, None
        if part is not None:
            part.leave()

    def _own(self) -> MediaPart:
        if self._part is None or self._part.over:
            raise UcwaError("Conflict", "There is no audio and video here now: start it")
        return self._part

    def _changed(self) -> None:
        """Tell the client to read it."""
        self._place.tell(self._conversation, "updated", self._reference, Urgency.HIGH)

    def _resource(self) -> Resource:
        here, part = self._reference.href, self._part
        links = {"self": here, "conversation": self._conversation.href}
        values: dict[str, object] = {"availability": self._media.availability, "state": "Disconnected"}
        if self._media.availability == "Available":
            links["start"] = f"{here}/start"
        if part is not None and not part.over:
            links |= {name: f"{here}/{name}" for name in ("publish", "answer", "report", "stop")}
            values |= {
                "state": "Connected",
                "publishing": part.published,
                "generation": part.generation,
                "muted": sorted(part.muted),
                "timesMuted": part.times_muted,
                "mayUnmute": not part.forced,
                "participants": [_shown(one) for one in part.others],
            }
            if part.offer is not None:
                tracks = [{"mid": one.mid, "kind": one.kind, "from": part.of(one)} for one in part.offer.tracks]
                values["offer"] = {"number": part.number, "sdp": part.offer.sdp, "tracks": tracks}
            values["iceServers"] = self._ice_servers()
        return resource(_REL, links, values)

    def _ice_servers(self) -> list[dict[str, object]]:
        """As a browser takes them [WebRTC 4.2.2]."""
        relay = self._place.verbs.relay
        if relay is None:
            return []
        good = relay.credentials(self._place.address, GUESTS_RELAY if self._place.of_guest else None)
        return [{"urls": list(good.urls), "username": good.username, "credential": good.password}]


def _shown(part: MediaPart) -> dict[str, object]:
    return {
        "id": part.id,
        "uri": f"sip:{part.address}",
        "name": part.name,
        "publishing": part.published,
        "audio": part.audio and "audio" not in part.muted,
        "video": part.video and "video" not in part.muted,
        "talking": part.is_talking,
    }
