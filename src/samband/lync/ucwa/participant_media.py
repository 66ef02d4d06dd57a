"""``participantAudio`` and ``participantVideo``: who in a meeting has sound and pictures, and who mutes whom."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from samband.lync.actions.im import ImMeeting
from samband.lync.actions.media_parts import MediaPart
from samband.lync.actions.media_server import Kind
from samband.lync.ucwa.call import Call, show
from samband.lync.ucwa.channel import Urgency
from samband.lync.ucwa.part import Place
from samband.model.failures import Failure
from samband.wire.conference.addresses import read_address
from samband.wire.http import HttpResponse
from samband.wire.ucwa.errors import UcwaError
from samband.wire.ucwa.events import Kind as EventKind
from samband.wire.ucwa.events import Reference
from samband.wire.ucwa.resources import Resource, resource

KINDS: dict[str, Kind] = {"participantAudio": "audio", "participantVideo": "video"}
"""Relation -> medium."""
_WISHES: dict[Kind, tuple[str, str]] = {"audio": ("muteAudio", "unmuteAudio"), "video": ("muteVideo", "unmuteVideo")}
"""How a medium is muted, and how it is no longer."""
_BY_WORD = {rel.lower(): rel for rel in KINDS}


class Side(Protocol):
    """The conversation, as far as its media need it."""

    @property
    def reference(self) -> Reference: ...

    @property
    def leads(self) -> bool:
        """Whether the owner is a presenter."""
        ...

    def participant_of(self, address: str) -> Reference:
        """The participant of an address, the owner's own too."""
        ...

    def overview(self) -> Resource:
        """``conversation``."""
        ...


@dataclass(frozen=True, slots=True)
class _Used:
    """How somebody uses a medium, over all their clients.

    ``muted``: by the server; ``silent``: for whatever reason.
    """

    sends: bool
    muted: bool
    silent: bool


class ParticipantMedia:
    """Of one conversation in a meeting, from its beginning until ``close``."""

    def __init__(self, place: Place, meeting: ImMeeting, side: Side) -> None:
        self._place = place
        self._side = side
        self._media = place.verbs.media
        focus = read_address(meeting.address)
        self._where = (focus.organizer, focus.id) if focus is not None else ("", "")
        self._told: dict[tuple[str, str], Resource] = {}
        """What the client was told, by address and relation."""
        self._locked = self.locked
        self._deaf = self._media.follow(*self._where, self.changed)

    @property
    def available(self) -> bool:
        """Whether there is any here."""
        return self._media.availability != "TextOnly"

    @property
    def locked(self) -> bool:
        """Whether all who are no presenters are muted, and stay so."""
        try:
            return self._media.muting.is_locked(*self._where)
        except Failure:
            return False

    def close(self) -> None:
        """The conversation is over."""
        self._deaf()

    def links(self, address: str) -> dict[str, str]:
        """The media that somebody uses."""
        own = self._side.participant_of(address).href
        return {rel: f"{own}/{rel}" for rel in self._uses(address)}

    # --- requests

    async def serve(self, call: Call, address: str, words: list[str]) -> HttpResponse:
        """Serve what is below ``participantAudio`` or ``participantVideo``. Raises ``UcwaError`` and ``Failure``."""
        rel = _BY_WORD[words[0]]
        used = self._uses(address).get(rel)
        if used is None:
            raise UcwaError("NotFound", "They do not use this medium")
        kind = KINDS[rel]
        mute, unmute = (word.lower() for word in _WISHES[kind])
        match words[1:]:
            case []:
                call.only("GET")
                return show(self._shown(address, rel, used))
            case [wish] if wish in (mute, unmute):
                call.only("POST")
                muted = wish == mute
                await self._media.muting.mute(*self._where, self._place.address, address, kind, muted)
                return HttpResponse(204)
        raise UcwaError("NotFound", "There is nothing at this address")

    async def lock(self, call: Call, *, locked: bool) -> HttpResponse:
        """Serve ``enableAudienceMuteLock`` and ``disableAudienceMuteLock``. Raises ``UcwaError`` and ``Failure``."""
        call.only("POST")
        await self._media.muting.lock(*self._where, self._place.address, locked)
        return HttpResponse(204)

    # --- what happens

    def changed(self) -> None:
        """Tell who uses a medium now, who no longer does, and what is different."""
        now: dict[tuple[str, str], Resource] = {}
        for address in dict.fromkeys(one.address for one in self._parts):
            for rel, used in self._uses(address).items():
                now[address, rel] = self._shown(address, rel, used)
        before, self._told = self._told, now
        for key in before.keys() - now.keys():
            self._tell(key, "deleted", None)
        for key, shown in now.items():
            if key not in before:
                self._tell(key, "added", shown)
            elif before[key] != shown:
                self._tell(key, "updated", shown)
        if self._locked is not self.locked:
            self._locked = self.locked
            sender, shown = self._place.reference("communication", "communication"), self._side.overview()
            self._place.tell(sender, "updated", self._side.reference, Urgency.HIGH, embedded=shown)

    def _tell(self, key: tuple[str, str], kind: EventKind, shown: Resource | None) -> None:
        address, rel = key
        whose = self._side.participant_of(address)
        link = Reference(rel, f"{whose.href}/{rel}")
        self._place.tell(self._side.reference, kind, link, Urgency.HIGH, within=whose, embedded=shown)

    # --- who uses what

    @property
    def _parts(self) -> Collection[MediaPart]:
        return self._media.parts(*self._where)

    def _uses(self, address: str) -> dict[str, _Used]:
        own = [one for one in self._parts if one.address == address]
        found: dict[str, _Used] = {}
        for rel, kind in KINDS.items():
            sending = [one for one in own if one.published]
            on = [one for one in sending if (one.audio if kind == "audio" else one.video)]
            muted = any(kind in one.muted for one in own)
            if own and (kind == "audio" or on or muted):
                silent = all(kind in one.muted for one in on)
                found[rel] = _Used(bool(sending if kind == "audio" else on), muted, silent)
        return found

    def _shown(self, address: str, rel: str, used: _Used) -> Resource:
        kind, (mute, unmute) = KINDS[rel], _WISHES[KINDS[rel]]
        whose = self._side.participant_of(address)
        here = f"{whose.href}/{rel}"
        links = {"self": here, "participant": whose.href}
        own = address == self._place.address
        if own or self._side.leads:
            if used.muted and not (own and kind == "audio" and self.locked and not self._side.leads):
                links[unmute] = f"{here}/{unmute}"
            elif not used.muted:
                links[mute] = f"{here}/{mute}"
        values = {
            f"{kind}Direction": "SendReceive" if used.sends else "ReceiveOnly",
            f"{kind}Muted": used.silent,
            f"{kind}SourceId": address,
        }
        return resource(rel, links, values)
